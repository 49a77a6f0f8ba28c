"""Customers over REST: how they are found, what is shown of them to whom, and how a change is wired."""

from datetime import timedelta
from typing import Any

import pytest

from editions.models import Edition
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from preo.customers.operations.erasing import ask_for_erasure, carry_out_erasure
from tests.consents.asking import answer, make_asked, make_next
from tests.documented import DocumentedClient
from tests.factories import (
    NOON,
    make_customer,
    make_edition,
    make_edition_member,
    make_order,
    make_refund,
    make_staff,
)

URL = "/v1/users"
HOUR = timedelta(hours=1)


def client_of(person: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(StaffUser.objects.get(pk=person.pk))
    return found


@pytest.fixture
def client(staff: StaffUser) -> DocumentedClient:
    return client_of(staff)


@pytest.fixture
def wanted(ours: Organization, edition: Edition, theirs: Organization) -> Customer:
    """Whom the filters look for; another one is always beside."""
    make_customer(ours, full_name="Ada Byron", email="ada@other.test", phone_number="+48698765432", created=NOON)
    make_customer(theirs, full_name="Søren Kjær", email="soren@their.test", phone_number="+4512345679", created=NOON)
    customer = make_customer(
        ours,
        full_name="Søren Kjær",
        email="Soren.Kjaer@Example.org",
        phone_number="+4512345678",
        created=NOON + HOUR,
        last_seen=NOON + HOUR,
    )
    make_order(edition, customer=customer)
    return customer


def found(client: DocumentedClient, **query: Any) -> list[str]:
    answered = client.get(URL, query)
    assert answered.status_code == 200, answered.json()
    assert answered.json()["count"] == len(answered.json()["results"])
    return [row["api_id"] for row in answered.json()["results"]]


@pytest.mark.parametrize(
    "query",
    [
        {"search": "søren"},
        {"search": "KJÆR"},
        {"search": "  Søren   Kjær "},
        {"search": "kjaer@example"},
        {"search": "+45 12 34"},
        {"search": "0045 12345678"},
        {"search": "12 34 56 78"},
        {"search": "+45 (0)12-34.56"},
        {"search": "012 3456"},
        {"created_after": "2026-06-01T12:30:00Z"},
        {"created_after": "2026-06-01T13:00:00Z", "created_before": "2026-06-01T13:30:00Z"},
        {"last_seen_after": "2026-06-01T12:30:00Z"},
        {"last_seen_after": "2026-06-01T15:00:00+02:00", "last_seen_before": "2026-06-01T13:30:00Z"},
    ],
    ids=str,
)
def test_list_finds_the_wanted_customer_alone(
    client: DocumentedClient, wanted: Customer, query: dict[str, str]
) -> None:
    assert found(client, **query) == [wanted.pk]


@pytest.mark.parametrize("text", ["%", "_", "a_a", "\\", "45 12 99", "nobody of this name", "' OR 1=1"], ids=str)
def test_list_finds_nobody_by_what_nobody_has(client: DocumentedClient, wanted: Customer, text: str) -> None:
    assert found(client, search=text) == []


def test_list_narrows_to_who_ordered_in_an_edition(
    client: DocumentedClient, edition: Edition, wanted: Customer
) -> None:
    make_order(make_edition(edition.organization))
    make_order(edition, customer=wanted)

    assert found(client, edition_id=edition.pk) == [wanted.pk]


def test_list_narrows_to_whose_newest_answer_is_given(
    client: DocumentedClient, ours: Organization, wanted: Customer
) -> None:
    first = make_asked(ours)
    withdrew, silent = make_customer(ours), make_customer(ours)
    for customer in (wanted, withdrew):
        answer(OrganizationCustomer.objects.get(customer=customer), first)
    answer(OrganizationCustomer.objects.get(customer=withdrew), first, "withdrawn", at=NOON + HOUR)

    assert found(client, has_consent=first.pk) == [wanted.pk]
    second = make_next(first)
    assert found(client, has_consent=second.pk) == []
    answer(OrganizationCustomer.objects.get(customer=wanted), second, at=NOON + HOUR)
    assert found(client, has_consent=second.pk) == found(client, has_consent=first.pk) == [wanted.pk]
    assert found(client, has_consent=make_asked(ours).pk) == []
    assert silent.pk in found(client)


def test_list_has_nobody_who_stands_in_for_an_erased_customer(
    client: DocumentedClient, ours: Organization, wanted: Customer, manager: StaffUser, admin: StaffUser
) -> None:
    asked = ask_for_erasure(wanted, organization=ours, by=manager, reason="By letter", now=NOON)
    others = {*found(client)} - {wanted.pk}

    carry_out_erasure(asked, by=admin, now=NOON)

    assert {*found(client)} == others


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [("full_name", "ab"), ("-full_name", "ba"), ("email", "ba"), ("created", "ba"), ("-last_seen", "ab")],
)
def test_list_sorts(client: DocumentedClient, ours: Organization, ordering: str, expected: str) -> None:
    first = make_customer(ours, full_name="A", email="z@x.test", created=NOON + HOUR, last_seen=NOON + HOUR)
    second = make_customer(ours, full_name="B", email="y@x.test", created=NOON, last_seen=NOON)
    ids = {"a": first.pk, "b": second.pk}

    assert found(client, ordering=ordering) == [ids[letter] for letter in expected]


def test_list_walks_by_cursor_through_those_never_seen(client: DocumentedClient, ours: Organization) -> None:
    made = {make_customer(ours, last_seen=moment).pk for moment in (None, NOON, None, NOON + HOUR)}
    url: str | None = f"{URL}?cursor=&page_size=1&ordering=last_seen"
    seen: list[str] = []

    while url:
        answered = client.get(url).json()
        seen += [row["api_id"] for row in answered["results"]]
        url = answered["next"]

    assert (len(seen), {*seen}) == (4, made)


def test_list_for_a_member_of_one_edition_has_its_customers_alone(
    ours: Organization, edition: Edition, wanted: Customer
) -> None:
    client = client_of(make_edition_member("one@ours.example", edition=edition, role=Role.STAFF))

    assert found(client) == found(client, organization_id=ours.pk) == [wanted.pk]


def test_list_of_an_organization_tells_a_member_of_its_edition_nothing_of_others(
    ours: Organization, theirs: Organization, edition: Edition, their_edition: Edition, wanted: Customer
) -> None:
    """Known by both, but a customer of none of the editions in reach of the other."""
    person = make_edition_member("two@ours.example", edition=edition, role=Role.STAFF)
    person.edition_memberships.create(edition=their_edition, role=Role.STAFF)
    OrganizationCustomer.objects.create(organization=theirs, customer=wanted)

    assert found(client_of(person), organization_id=theirs.pk) == []
    assert found(client_of(person), organization_id=ours.pk) == [wanted.pk]


def test_list_has_a_customer_with_merged_duplicates_once(
    client: DocumentedClient, ours: Organization, wanted: Customer
) -> None:
    duplicate = make_customer(ours)
    OrganizationCustomer.objects.filter(customer=duplicate).update(customer=wanted, merged_from=duplicate)

    assert found(client, organization_id=ours.pk).count(wanted.pk) == 1
    assert duplicate.pk not in found(client)


@pytest.mark.parametrize("name", ["edition_id", "has_consent", "organization_id"])
def test_list_takes_what_is_of_others_for_missing(
    client: DocumentedClient, theirs: Organization, their_edition: Edition, name: str
) -> None:
    ids = {"edition_id": their_edition.pk, "has_consent": make_asked(theirs).pk, "organization_id": theirs.pk}

    answered = client.get(URL, {name: ids[name]})

    assert answered.status_code == 404
    assert [error["field"] for error in answered.json()["errors"]] == [name]


def test_retrieve_shows_the_profile_and_what_they_have_here(
    client: DocumentedClient, staff: StaffUser, ours: Organization, edition: Edition, wanted: Customer
) -> None:
    order = wanted.orders.get()
    make_order(edition, customer=wanted, status="pending", created=NOON + HOUR)
    refund = make_refund(order.purchases.get(), by=staff)
    known = OrganizationCustomer.objects.get(customer=wanted)
    OrganizationCustomer.objects.filter(pk=known.pk).update(external_id="C-17")
    consent = make_asked(ours)
    answer(known, consent)
    answer(known, consent, "withdrawn", at=NOON + HOUR)

    body = client.get(f"{URL}/{wanted.pk}").json()

    profile = ("api_id", "full_name", "email", "phone_number", "locale", "metadata", "last_seen")
    assert {name: body[name] for name in profile} == {
        "api_id": wanted.pk,
        "full_name": "Søren Kjær",
        "email": "Soren.Kjaer@Example.org",
        "phone_number": "+4512345678",
        "locale": "en",
        "metadata": {},
        "last_seen": "2026-06-01T13:00:00Z",
    }
    assert [found | {"organization": found["organization"]["id"]} for found in body["orders"]] == [
        {
            "organization": ours.pk,
            "external_id": "C-17",
            "order_count": 2,
            "first_order_at": "2026-06-01T12:00:00Z",
            "last_order_at": "2026-06-01T13:00:00Z",
            "spent": [{"currency": "dkk", "amount": 515.0}],
        }
    ]
    assert [(held["consent_id"], held["state"], held["version"]) for held in body["consents"]] == [
        (consent.pk, "withdrawn", 1)
    ]
    assert [(shown["id"], shown["amount"], shown["currency"]) for shown in body["refunds"]] == [
        (refund.pk, 400.0, "dkk")
    ]


def test_retrieve_shows_nothing_of_another_organization(
    client: DocumentedClient, theirs: Organization, their_edition: Edition, wanted: Customer, outsider: StaffUser
) -> None:
    before = client.get(f"{URL}/{wanted.pk}").content
    known = OrganizationCustomer.objects.create(organization=theirs, customer=wanted, external_id="T-1")
    make_refund(make_order(their_edition, customer=wanted).purchases.get(), by=outsider)
    answer(known, make_asked(theirs))

    assert client.get(f"{URL}/{wanted.pk}").content == before


def test_retrieve_shows_a_member_of_one_edition_what_is_of_it(
    staff: StaffUser, ours: Organization, edition: Edition, wanted: Customer
) -> None:
    OrganizationCustomer.objects.filter(customer=wanted).update(external_id="C-17")
    known = OrganizationCustomer.objects.get(customer=wanted)
    other = make_edition(ours)
    make_refund(make_order(other, customer=wanted).purchases.get(), by=staff)
    for asked in (make_asked(ours), make_asked(ours, edition=other)):
        answer(known, asked)
    here = make_asked(ours, edition=edition)
    answer(known, here)
    client = client_of(make_edition_member("one@ours.example", edition=edition, role=Role.STAFF))

    body = client.get(f"{URL}/{wanted.pk}").json()

    assert [(found["order_count"], found["external_id"]) for found in body["orders"]] == [(1, "")]
    assert [held["consent_id"] for held in body["consents"]] == [here.pk]
    assert body["refunds"] == []


def test_retrieve_shows_only_where_the_role_suffices(
    ours: Organization, theirs: Organization, their_edition: Edition, wanted: Customer
) -> None:
    """Staff here, and a guest there."""
    OrganizationCustomer.objects.create(organization=theirs, customer=wanted)
    make_order(their_edition, customer=wanted)
    person = make_staff("both@ours.example", organization=ours, role=Role.STAFF)
    person.memberships.create(organization=theirs, role=Role.GUEST)

    body = client_of(person).get(f"{URL}/{wanted.pk}").json()

    assert [found["organization"]["id"] for found in body["orders"]] == [ours.pk]


def test_update_changes_the_profile_and_answers_it_whole(
    manager: StaffUser, edition: Edition, wanted: Customer
) -> None:
    client = client_of(manager)

    answered = client.patch(
        f"{URL}/{wanted.pk}",
        {"full_name": "S. Kjær", "phone_number": "87 65 43 21", "edition_id": edition.pk, "metadata": {"size": "L"}},
    )

    assert answered.status_code == 200
    assert answered.content == client.get(f"{URL}/{wanted.pk}").content
    assert (answered.json()["phone_number"], answered.json()["metadata"]) == ("+4587654321", {"size": "L"})


@pytest.mark.parametrize("locale", ["nb", ""])
def test_update_takes_back_a_language_that_was_read(manager: StaffUser, wanted: Customer, locale: str) -> None:
    Customer.objects.filter(pk=wanted.pk).update(locale=locale)
    client = client_of(manager)
    read = client.get(f"{URL}/{wanted.pk}").json()

    answered = client.patch(f"{URL}/{wanted.pk}", {"locale": read["locale"], "full_name": "S. Kjær"})

    assert (answered.status_code, answered.json()["locale"]) == (200, locale)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"phone_number": "12"}, "phone_number"),
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"full_name": "x" * 201}, "full_name"),
        ({"full_name": "\0"}, "full_name"),
        ({"locale": "sv"}, "locale"),
        ({"metadata": None}, "metadata"),
        ({"metadata": {"a": "x" * 70_000}}, "metadata"),
        ({"edition_id": "edt_00000000000000000000000000"}, "edition_id"),
        ({"last_seen": "2026-06-01T12:00:00Z"}, "last_seen"),
    ],
    ids=str,
)
def test_update_refuses_what_it_cannot_take_by_name(
    manager: StaffUser, wanted: Customer, body: dict[str, Any], field: str
) -> None:
    answered = client_of(manager).patch(f"{URL}/{wanted.pk}", body)

    assert answered.status_code == 400
    assert [error["field"] for error in answered.json()["errors"]] == [field]


def test_update_takes_an_edition_of_others_for_missing(
    manager: StaffUser, their_edition: Edition, wanted: Customer
) -> None:
    client, body = client_of(manager), {"phone_number": "87654321"}

    answered = client.patch(f"{URL}/{wanted.pk}", body | {"edition_id": their_edition.pk})

    assert (answered.status_code, answered.json()["errors"][0]["field"]) == (404, "edition_id")


def test_update_does_not_tell_a_taken_address_out_of_sight(manager: StaffUser, wanted: Customer) -> None:
    answered = client_of(manager).patch(f"{URL}/{wanted.pk}", {"email": "soren@their.test"})

    assert (answered.status_code, answered.json()["code"]) == (409, "email_not_available")
    assert "their" not in answered.content.decode()


def test_update_needs_a_manager_of_an_organization_that_knows_them(
    ours: Organization, theirs: Organization, wanted: Customer
) -> None:
    """Staff here, and a manager there, where nobody knows them."""
    person = make_staff("both@ours.example", organization=ours, role=Role.STAFF)
    person.memberships.create(organization=theirs, role=Role.MANAGER)

    answered = client_of(person).patch(f"{URL}/{wanted.pk}", {"locale": "da"})

    assert (answered.status_code, answered.json()["code"]) == (403, "role_too_low")
