"""Recording what customers answered over REST, and reading it back."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from consents.choices import AnswerState
from consents.evidence import text_sha256
from consents.models import Consent, ConsentAnswer
from editions.models import Edition
from preo.accounts.models import Organization, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from preo.api.scopes import ALL_SCOPES, Scope
from tests.consents.asking import TEXT, answer, make_asked, make_known, make_next
from tests.documented import DocumentedClient
from tests.factories import NOON, make_edition_member, make_order, make_staff, make_token
from tests.house.conftest import sign_in

HOUR = timedelta(hours=1)
CSV = {"Accept": "text/csv"}


@pytest.fixture
def asked(ours: Organization) -> Consent:
    return make_asked(ours, document_url={"en": "https://ours.example/terms"})


@pytest.fixture
def known(ours: Organization) -> OrganizationCustomer:
    return make_known(ours)


@pytest.fixture
def client(staff: StaffUser) -> DocumentedClient:
    return sign_in(staff)


def path_of(known: OrganizationCustomer) -> str:
    return f"/v1/users/{known.customer_id}/consents"


def body_of(consent: Consent, **others: Any) -> dict[str, Any]:
    return {"consent_id": consent.pk, "state": "given", "language": "en", "channel": "app", **others}


def ids_of(answer: Any) -> list[str]:
    return [row["id"] for row in answer.json()["results"]]


def test_post_records_what_was_shown_and_who_recorded_it(
    client: DocumentedClient, known: OrganizationCustomer, asked: Consent, staff: StaffUser
) -> None:
    origin = {"ip_address": "192.0.2.1", "user_agent": "A phone"}

    answered = client.post(path_of(known), body_of(asked, answered_at="2026-06-02T12:00:00+02:00", **origin))

    assert answered.status_code == 201
    found = answered.json()
    assert found["recorded_by"]["id"] == staff.pk
    assert {name: found[name] for name in found.keys() - {"id", "recorded_by", "created"}} == {
        "customer_id": known.customer_id,
        "organization_id": asked.organization_id,
        "edition_id": None,
        "consent_id": asked.pk,
        "title": "Terms",
        "type": "terms",
        "version": 1,
        "state": "given",
        "text_sha256": text_sha256(asked, language="en"),
        "language": "en",
        "channel": "app",
        "answered_at": "2026-06-02T10:00:00Z",
        **origin,
    }
    assert ids_of(client.get(path_of(known))) == [found["id"]]


def test_post_refuses_what_is_no_longer_asked(
    client: DocumentedClient, known: OrganizationCustomer, asked: Consent
) -> None:
    make_next(asked)

    answered = client.post(path_of(known), body_of(asked))

    assert (answered.status_code, answered.json()["code"]) == (409, "consent_superseded")


@pytest.mark.parametrize(
    ("others", "field", "code"),
    [
        ({"language": "nl"}, "language", "not_shown"),
        ({"state": "maybe"}, "state", "invalid_choice"),
        ({"channel": "pigeon"}, "channel", "invalid_choice"),
        ({"answered_at": "2999-01-01T00:00:00Z"}, "answered_at", "in_future"),
        ({"answered_at": "2026-05-01T12:00:00"}, "answered_at", "without_offset"),
        ({"answered_at": "0001-01-01T00:00:00+14:00"}, "answered_at", "before_published"),
        ({"answered_at": "yesterday"}, "answered_at", "not_a_moment"),
        ({"ip_address": "300.1.1.1"}, "ip_address", "invalid"),
        ({"user_agent": "\0"}, "user_agent", "null_characters_not_allowed"),
    ],
)
def test_post_names_what_is_wrong(
    client: DocumentedClient, known: OrganizationCustomer, asked: Consent, others: Any, field: str, code: str
) -> None:
    answered = client.post(path_of(known), body_of(asked, **others))

    assert answered.status_code == 400
    assert [(error["field"], error["code"]) for error in answered.json()["errors"]] == [(field, code)]


def test_post_of_a_consent_out_of_reach_is_like_one_that_is_missing(
    client: DocumentedClient, known: OrganizationCustomer, theirs: Organization
) -> None:
    missing = "cns_00000000000000000000000000"

    answers = [
        client.post(path_of(known), {**body_of(make_asked(theirs)), **changed})
        for changed in ({}, {"consent_id": missing})
    ]

    assert {answered.status_code for answered in answers} == {404}
    assert answers[0].content == answers[1].content


def test_post_of_a_consent_of_an_organization_that_does_not_know_the_customer_is_refused(
    known: OrganizationCustomer, theirs: Organization, staff: StaffUser
) -> None:
    both = make_staff("both@ours.example", organization=known.organization, role=Role.STAFF)
    both.memberships.create(organization=theirs, role=Role.STAFF)

    answered = sign_in(both).post(path_of(known), body_of(make_asked(theirs)))

    assert (answered.status_code, answered.json()["code"]) == (409, "customer_unknown")


def test_get_tells_nothing_of_another_organization_that_knows_the_customer_too(
    client: DocumentedClient, known: OrganizationCustomer, asked: Consent, theirs: Organization
) -> None:
    elsewhere = make_known(theirs, customer=known.customer)
    answer(elsewhere, make_asked(theirs, title="Their terms"))
    mine = answer(known, asked)

    answered, table = client.get(path_of(known)), client.get(path_of(known), headers=CSV)

    assert ids_of(answered) == [mine.pk]
    assert b"Their terms" not in table.getvalue()
    assert client.get(path_of(known), {"organization_id": theirs.pk}).status_code == 404
    assert client.get(path_of(known), {"consent_id": Consent.objects.get(organization=theirs).pk}).status_code == 404


def test_get_shows_a_member_of_one_edition_its_answers_alone(
    ours: Organization, edition: Edition, known: OrganizationCustomer, asked: Consent
) -> None:
    make_order(edition, customer=known.customer)
    here = answer(known, make_asked(ours, edition=edition))
    answer(known, asked)
    member = make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)

    assert ids_of(sign_in(member).get(path_of(known))) == [here.pk]


def test_get_narrows_by_what_is_asked_for(
    client: DocumentedClient, ours: Organization, known: OrganizationCustomer, asked: Consent
) -> None:
    first = answer(known, asked).pk
    later = make_next(asked)
    second = answer(known, later, AnswerState.WITHDRAWN, at=NOON + HOUR, channel="email").pk
    third = answer(known, make_asked(ours, title="News", type="marketing"), at=NOON + 2 * HOUR, language="da").pk

    def found(**query: str) -> list[str]:
        return ids_of(client.get(path_of(known), query))

    assert found() == [third, second, first]
    assert found(current="true") == [third, second]
    assert found(current="false") == [first]
    assert found(current="true", state="given") == [third]
    assert found(state="given") == [third, first]
    assert found(consent_id=asked.pk) == found(consent_id=later.pk) == [second, first]
    assert found(channel="email") == [second]
    assert found(language="da") == [third]
    assert found(answered_after="2026-06-01T13:00:00Z", answered_before="2026-06-01T14:00:00Z") == [second]
    assert found(organization_id=ours.pk) == [third, second, first]


def test_get_walks_by_cursor(client: DocumentedClient, known: OrganizationCustomer, asked: Consent) -> None:
    rows = [answer(known, asked, at=NOON + HOUR * hour).pk for hour in range(3)]

    first = client.get(path_of(known), {"cursor": "", "page_size": "2"})
    second = client.get(first.json()["next"])

    assert ids_of(first) + ids_of(second) == rows[::-1]
    assert first.json()["count"] is None


@pytest.mark.parametrize("name", ["ordering", "format", "limit"])
def test_get_refuses_what_it_does_not_know(client: DocumentedClient, known: OrganizationCustomer, name: str) -> None:
    answered = client.get(path_of(known), {name: "x"})

    assert (answered.status_code, answered.json()["errors"][0]["field"]) == (400, name)


def test_get_as_csv_has_the_words_that_were_shown(
    client: DocumentedClient, known: OrganizationCustomer, asked: Consent, staff: StaffUser
) -> None:
    answer(known, asked, ip_address="192.0.2.1", by=staff)
    answer(known, asked, AnswerState.WITHDRAWN, at=NOON + HOUR, language="da")

    table = client.get(path_of(known), headers=CSV)

    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    newest, oldest = csv.DictReader(StringIO(table.getvalue().decode()))
    assert (newest["state"], newest["text"], newest["document_url"]) == ("withdrawn", TEXT["da"], "")
    assert (oldest["text"], oldest["document_url"]) == (TEXT["en"], "https://ours.example/terms")
    assert (oldest["ip_address"], oldest["recorded_by"], oldest["answered_at"]) == (
        "192.0.2.1",
        staff.email,
        "2026-06-01T12:00:00Z",
    )
    assert oldest["text_sha256"] == text_sha256(asked, language="en")


def test_get_costs_the_same_for_many_answers(
    client: DocumentedClient, known: OrganizationCustomer, asked: Consent, django_assert_max_num_queries: Any
) -> None:
    for hour in range(5):
        answer(known, asked, at=NOON + HOUR * hour, ip_address="192.0.2.1")

    with django_assert_max_num_queries(8):
        assert len(ids_of(client.get(path_of(known)))) == 5


def test_outdated_lists_whom_to_ask_again(
    client: DocumentedClient, ours: Organization, known: OrganizationCustomer, asked: Consent
) -> None:
    stale = answer(known, asked)
    later = make_next(asked)
    answer(make_known(ours), later)

    answered = client.get(f"/v1/consents/{asked.pk}/outdated")

    customer = known.customer
    assert answered.json()["results"] == [
        {
            "customer": {"api_id": customer.pk, "full_name": customer.full_name, "email": customer.email},
            "answer_id": stale.pk,
            "consent_id": asked.pk,
            "version": 1,
            "language": "en",
            "channel": "web",
            "answered_at": "2026-06-01T12:00:00Z",
        }
    ]
    assert client.get(f"/v1/consents/{later.pk}/outdated").content == answered.content


def test_outdated_walks_by_cursor(client: DocumentedClient, ours: Organization, asked: Consent) -> None:
    answers = [answer(make_known(ours), asked).pk for _ in range(5)]
    make_next(asked)
    url, found = f"/v1/consents/{asked.pk}/outdated?cursor=&page_size=2", []

    while url:
        page = client.get(url).json()
        found += [row["answer_id"] for row in page["results"]]
        url = page["next"]

    assert found == answers


def test_outdated_as_csv_is_for_who_may_take_much_out(
    ours: Organization, known: OrganizationCustomer, asked: Consent
) -> None:
    answer(known, asked)
    make_next(asked)
    stranger = DocumentedClient()
    url = f"/v1/consents/{asked.pk}/outdated"

    def fetched(scopes: Any) -> Any:
        stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(ours, scopes=scopes)}")
        return stranger.get(url, headers=CSV)

    refused, table = fetched(ALL_SCOPES - {Scope.EXPORTS_READ}), fetched({Scope.CONSENTS_READ, Scope.EXPORTS_READ})

    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    (row,) = csv.DictReader(StringIO(table.getvalue().decode()))
    assert (row["customer_id"], row["email"], row["version"]) == (known.customer_id, known.customer.email, "1")


def test_recorded_answers_stay_after_a_refusal(
    client: DocumentedClient, known: OrganizationCustomer, asked: Consent
) -> None:
    answer(known, asked)

    client.post(path_of(known), body_of(asked, language="nl"))

    assert ConsentAnswer.objects.count() == 1
