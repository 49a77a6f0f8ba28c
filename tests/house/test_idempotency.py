"""Safe retries, on every POST route: sent again under its key, a request has one effect and one answer."""

from typing import Any

import pytest
from django.db import connection

from editions.models import Edition
from preo.accounts.models import Membership, Organization
from preo.api.errors import PROBLEM_JSON
from preo.api.idempotency import SafeRetries
from preo.api.roles import Role
from tests.documented import DocumentedClient
from tests.factories import make_staff, make_token
from tests.house.calling import ALL, CLOSED, call, row_for, url_of
from tests.house.conftest import sign_in
from tests.house.routes import Route
from tests.house.table import OPEN, TABLE

EXEMPT = {
    "POST /v1/auth/token": "its answer is a secret, which is stored nowhere; asked again, it gives another",
    "POST /v1/auth/token/refresh": "its answer is a secret; the refresh token is good for one use anyway",
    "POST /v1/auth/token/revoke": "what is revoked stays so, however often; and nobody is signed in whose key it were",
    "POST /v1/providers/{provider}/events": "the id of each event is its key",
}
"""Routes that take no key, and why."""

REQUIRED = {
    "POST /v1/purchases/{id}/refund",
    "POST /v1/refunds",
    "POST /v1/refunds/{id}/approve",
    "POST /v1/refund-batches",
    "POST /v1/refund-batches/{id}/approve",
}
"""Routes that take nothing without one from a service token."""

KEY = "3f9c2a"
POSTS = [route for route in CLOSED if route.method == "POST" and str(route) not in EXEMPT]

each = pytest.mark.parametrize


def rows_of_everything() -> dict[str, int]:
    """How many rows each table has, the history's and the jobs' too; but for throttles, which count each try."""
    tables = set(connection.introspection.table_names()) - {"cache"}
    counts = [f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts))
        return dict(cursor.fetchall())


def replayed(answer: Any) -> tuple[bool, int, bytes]:
    return "Idempotency-Replayed" in answer.headers, answer.status_code, answer.content


def code_of(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["code"], answer.headers["Content-Type"]


def test_every_route_takes_a_key_or_says_why_not() -> None:
    posts = [route for route in ALL if route.method == "POST"]

    assert {str(route) for route in posts if not issubclass(route.view, SafeRetries)} == EXEMPT.keys()
    assert EXEMPT.keys() <= OPEN.keys()
    assert all(EXEMPT.values())


def test_what_needs_a_key_is_declared_and_no_other() -> None:
    declared = {str(route) for route in POSTS if route.action in route.view.requires_idempotency_key}
    actions = {(route.view, route.action) for route in POSTS}

    assert declared == REQUIRED
    assert all((route.view, name) in actions for route in POSTS for name in route.view.requires_idempotency_key)


@each("route", POSTS, ids=str)
def test_sent_twice_it_has_one_effect_and_one_answer(
    as_admin: DocumentedClient, edition: Edition, route: Route
) -> None:
    row = row_for(route, edition)

    first = call(as_admin, route, row, idempotency_key=KEY)
    once = rows_of_everything()
    second = call(as_admin, route, row, idempotency_key=KEY)

    assert replayed(first) == (False, TABLE[str(route)].status, first.content)
    assert replayed(second) == (True, first.status_code, first.content)
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert rows_of_everything() == once


@each("route", POSTS, ids=str)
def test_with_another_body_the_key_is_refused(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    row = row_for(route, edition)
    call(as_admin, route, row, idempotency_key=KEY)
    once = rows_of_everything()

    answer = as_admin.generic(
        "POST", url_of(route, row), b'{"a": 1}', "application/json", headers={"Idempotency-Key": KEY}
    )

    assert code_of(answer) == (422, "idempotency_key_reused", PROBLEM_JSON)
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert rows_of_everything() == once


@each("route", POSTS, ids=str)
def test_who_is_not_signed_in_gets_no_answer_again(
    as_admin: DocumentedClient, stranger: DocumentedClient, edition: Edition, route: Route
) -> None:
    row = row_for(route, edition)
    call(as_admin, route, row, idempotency_key=KEY)

    assert call(stranger, route, row, idempotency_key=KEY).status_code == 401


@each("route", POSTS, ids=str)
def test_the_key_of_somebody_else_is_another(
    as_admin: DocumentedClient, ours: Organization, edition: Edition, route: Route
) -> None:
    row = row_for(route, edition)
    other = sign_in(make_staff("other@ours.example", organization=ours, role=Role.ADMIN))
    call(as_admin, route, row, idempotency_key=KEY)

    assert "Idempotency-Replayed" not in call(other, route, row, idempotency_key=KEY).headers


@each("route", POSTS, ids=str)
def test_who_may_do_less_than_before_gets_no_answer_again(
    as_admin: DocumentedClient, edition: Edition, route: Route
) -> None:
    row = row_for(route, edition)
    call(as_admin, route, row, idempotency_key=KEY)

    Membership.objects.filter(staff_user__email="admin@ours.example").update(role=Role.GUEST)

    assert code_of(call(as_admin, route, row, idempotency_key=KEY)) == (403, "rights_lost", PROBLEM_JSON)


@each("route", POSTS, ids=str)
def test_a_service_token_needs_a_key_where_money_goes_back(
    stranger: DocumentedClient, ours: Organization, edition: Edition, route: Route
) -> None:
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(ours)}")
    row = row_for(route, edition)
    before = rows_of_everything()

    answer = call(stranger, route, row)

    if str(route) in REQUIRED:
        assert code_of(answer) == (400, "idempotency_key_required", PROBLEM_JSON)
        assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
        assert rows_of_everything() == before
    else:
        assert answer.status_code == TABLE[str(route)].status


@each("route", [route for route in CLOSED if route.method != "POST"], ids=str)
def test_other_methods_take_no_notice_of_a_key(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    assert call(as_admin, route, row_for(route, edition), idempotency_key="").status_code == TABLE[str(route)].status
