"""Signing in with a password, refreshing, signing out, and service tokens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from preo.accounts.models import Organization, ServiceToken, StaffUser
from preo.accounts.operations import digest_of, revoke_service_token
from preo.api.roles import Role
from tests.documented import DocumentedClient
from tests.factories import NOON, PASSWORD, make_token

SIGN_IN, REFRESH, REVOKE, WHO = (
    "/v1/auth/token",
    "/v1/auth/token/refresh",
    "/v1/auth/token/revoke",
    "/v1/auth/user",
)


@pytest.fixture
def client(db: None) -> DocumentedClient:
    cache.clear()
    return DocumentedClient()


def sign_in(client: DocumentedClient, email: str = "manager@ours.example", password: str = PASSWORD) -> Any:
    return client.post(SIGN_IN, {"email": email, "password": password})


def who(client: DocumentedClient, token: str) -> int:
    return int(client.get(WHO, HTTP_AUTHORIZATION=f"Bearer {token}").status_code)


@pytest.mark.parametrize("email", ["manager@ours.example", "MANAGER@Ours.Example"])
def test_sign_in_takes_the_address_in_any_case(client: DocumentedClient, manager: StaffUser, email: str) -> None:
    answer = sign_in(client, email)

    assert answer.status_code == 200
    assert who(client, answer.json()["access"]) == 200


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("manager@ours.example", "wrong"),
        ("manager@ours.example", PASSWORD.upper()),
        ("nobody@ours.example", PASSWORD),
        ("manager", PASSWORD),
        ("%", PASSWORD),
        ("ﬀ@ours.example", PASSWORD),
    ],
)
def test_sign_in_says_the_same_for_every_wrong_pair(
    client: DocumentedClient, manager: StaffUser, email: str, password: str
) -> None:
    answer = sign_in(client, email, password)

    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert answer.json() == sign_in(client, "x@y.example", "z").json()


def test_sign_in_refuses_who_is_not_active(client: DocumentedClient, manager: StaffUser) -> None:
    StaffUser.objects.update(is_active=False)

    assert sign_in(client).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "manager@ours.example"},
        {"email": "a\0@b.example", "password": PASSWORD},
        {"email": None, "password": None},
        {"email": {}, "password": []},
        {"email": "manager@ours.example", "password": PASSWORD, "role": "admin"},
    ],
)
def test_sign_in_refuses_a_body_that_is_not_a_pair(
    client: DocumentedClient, manager: StaffUser, body: dict[str, Any]
) -> None:
    assert client.post(SIGN_IN, body).status_code == 400


def test_sign_in_answers_a_password_of_10_000_characters(client: DocumentedClient, manager: StaffUser) -> None:
    assert sign_in(client, password="x" * 10_000).status_code in (400, 401)


def test_sign_in_hears_only_so_many_tries(client: DocumentedClient, manager: StaffUser) -> None:
    tries = [sign_in(client, password="wrong") for _ in range(31)]

    answer = tries[-1]
    assert {other.status_code for other in tries[:-1]} == {401}
    assert (answer.status_code, answer.headers["Content-Type"]) == (429, "application/problem+json")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["code"] == "throttled"


def test_refresh_gives_a_new_pair_and_ends_the_old_one(client: DocumentedClient, manager: StaffUser) -> None:
    old = sign_in(client).json()

    new = client.post(REFRESH, {"refresh": old["refresh"]})

    assert new.status_code == 200
    assert who(client, new.json()["access"]) == 200
    assert client.post(REFRESH, {"refresh": old["refresh"]}).status_code == 401
    assert client.post(REFRESH, {"refresh": new.json()["refresh"]}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_refresh_at_the_same_time_works_once(client: DocumentedClient, manager: StaffUser) -> None:
    refresh, start = sign_in(client).json()["refresh"], Barrier(4)

    def use() -> int:
        start.wait(20)
        try:
            return APIClient().post(REFRESH, {"refresh": refresh}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = [future.result(20) for future in [pool.submit(use) for _ in range(4)]]

    assert sorted(statuses) == [200, 401, 401, 401]


@pytest.mark.parametrize("url", [SIGN_IN, REFRESH, REVOKE])
def test_signing_in_and_out_takes_no_parameters(client: DocumentedClient, url: str) -> None:
    answer = client.post(f"{url}?unknown=1", {})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "unknown")


def test_sign_in_is_limited_whatever_the_client_says_of_itself(client: DocumentedClient, manager: StaffUser) -> None:
    tries = {"email": manager.email, "password": "wrong"}

    statuses = [client.post(SIGN_IN, tries, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(32)]

    assert statuses[-1] == 429


def test_revoke_ends_a_refresh_token(client: DocumentedClient, manager: StaffUser) -> None:
    refresh = sign_in(client).json()["refresh"]

    assert client.post(REVOKE, {"refresh": refresh}).status_code == 200
    assert client.post(REFRESH, {"refresh": refresh}).status_code == 401
    assert client.post(REVOKE, {"refresh": refresh}).status_code == 401


@pytest.mark.parametrize("url", [REFRESH, REVOKE])
@pytest.mark.parametrize("text", ["nonsense", "a.b.c", "preo_x", "x" * 10_000])
def test_a_refresh_token_that_is_none_is_refused(client: DocumentedClient, url: str, text: str) -> None:
    answer = client.post(url, {"refresh": text})

    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")


def test_an_access_token_refreshes_nothing(client: DocumentedClient, manager: StaffUser) -> None:
    pair = sign_in(client).json()

    assert client.post(REFRESH, {"refresh": pair["access"]}).status_code == 401
    assert who(client, pair["refresh"]) == 401


def test_refresh_ends_with_the_account(client: DocumentedClient, manager: StaffUser) -> None:
    refresh = sign_in(client).json()["refresh"]
    StaffUser.objects.update(is_active=False)

    assert client.post(REFRESH, {"refresh": refresh}).status_code == 401


def test_refresh_ends_with_the_row_of_the_account(client: DocumentedClient, nobody: StaffUser) -> None:
    refresh = sign_in(client, nobody.email).json()["refresh"]
    nobody.delete()

    assert client.post(REFRESH, {"refresh": refresh}).status_code == 401


def test_a_new_password_ends_every_token(client: DocumentedClient, manager: StaffUser) -> None:
    pair = sign_in(client).json()
    manager.set_password("another-long-password")
    manager.save(update_fields=["password"])

    assert who(client, pair["access"]) == 401
    assert client.post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401


def test_an_access_token_ends_with_its_time_and_with_the_account(client: DocumentedClient, manager: StaffUser) -> None:
    token = AccessToken.for_user(manager)
    old = AccessToken.for_user(manager)
    old.set_exp(from_time=datetime(2020, 1, 1, tzinfo=UTC))

    assert (who(client, str(token)), who(client, str(old))) == (200, 401)
    StaffUser.objects.update(is_active=False)
    assert who(client, str(token)) == 401


def test_a_service_token_is_stored_as_a_digest_alone(client: DocumentedClient, ours: Organization) -> None:
    text = make_token(ours)

    token = ServiceToken.objects.get()
    stored = {str(value) for value in ServiceToken.objects.values().get().values()}
    assert token.digest == digest_of(text)
    assert not any(text in value for value in stored | {repr(token), str(token)})
    assert text not in client.get(WHO, HTTP_AUTHORIZATION=f"Bearer {text}").content.decode()


def test_a_service_token_is_refused_once_it_expired(client: DocumentedClient, ours: Organization) -> None:
    text = make_token(ours, expires_at=NOON + timedelta(days=1))
    ServiceToken.objects.update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))

    assert who(client, text) == 401


def test_a_service_token_is_refused_once_it_is_revoked(client: DocumentedClient, ours: Organization) -> None:
    text = make_token(ours)
    assert who(client, text) == 200

    revoke_service_token(ServiceToken.objects.get(), now=NOON)
    revoke_service_token(ServiceToken.objects.get(), now=NOON + timedelta(days=1))

    assert who(client, text) == 401
    assert ServiceToken.objects.get().revoked_at == NOON


def test_a_service_token_is_refused_once_its_robot_is_switched_off(
    client: DocumentedClient, ours: Organization
) -> None:
    text = make_token(ours)
    StaffUser.objects.filter(robot_of=ours).update(is_active=False)

    assert who(client, text) == 401


@pytest.mark.parametrize("text", ["preo_", "preo_garbage", "preo_" + "x" * 10_000, "preo_ø", "preo_a b"])
def test_a_made_up_service_token_is_refused(client: DocumentedClient, ours: Organization, text: str) -> None:
    make_token(ours)

    answer = client.get(WHO, HTTP_AUTHORIZATION=f"Bearer {text}")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert answer.json()["code"] == "bad_token"


def test_a_service_token_remembers_its_last_use_to_the_minute(client: DocumentedClient, ours: Organization) -> None:
    text = make_token(ours)
    assert ServiceToken.objects.get().last_used_at is None

    who(client, text)
    first = ServiceToken.objects.get().last_used_at
    who(client, text)

    assert first
    assert datetime.now(UTC) - first < timedelta(minutes=1)
    assert ServiceToken.objects.get().last_used_at == first


def test_a_robot_signs_in_with_no_password(client: DocumentedClient, ours: Organization) -> None:
    make_token(ours)
    robot = StaffUser.objects.get(robot_of=ours)

    assert [sign_in(client, robot.email, password).status_code for password in ("", "!", PASSWORD)] == [400, 401, 401]


def test_who_am_i_tells_a_person_everything(
    client: DocumentedClient, manager: StaffUser, ours: Organization, their_edition: Any
) -> None:
    manager.edition_memberships.create(edition=their_edition, role=Role.STAFF)

    answer = client.get(WHO, HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(manager)}").json()

    assert answer["email"] == "manager@ours.example"
    assert answer["organizations"] == [
        {"organization": {"id": ours.pk, "name": "Ours", "slug": "ours", "avatar": None}, "role": "manager"}
    ]
    assert answer["editions"] == [
        {"edition_id": their_edition.pk, "organization_id": their_edition.organization_id, "role": "staff"}
    ]
    assert "refunds:approve" in answer["scopes"]


def test_who_am_i_tells_a_service_token_what_it_may(client: DocumentedClient, ours: Organization) -> None:
    text = make_token(ours, role=Role.STAFF, scopes={"orders:read", "editions:read"})

    answer = client.get(WHO, HTTP_AUTHORIZATION=f"Bearer {text}").json()

    assert [held["role"] for held in answer["organizations"]] == ["staff"]
    assert (answer["editions"], answer["scopes"]) == ([], ["editions:read", "orders:read"])
