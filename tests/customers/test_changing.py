"""Changing what is known of a person: what is refused, who is told, and what orders are found by afterwards."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from orders.models import Order
from orders.search import text_of
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.accounts.models.customers import CustomerQuerySet
from preo.api.roles import Role
from preo.audit.models import AuditEvent
from preo.customers.operations.changing import LARGEST_METADATA, _organizations_managed, change_customer
from preo.customers.refusals import CustomerErased, CustomerUnknown, EmailNotAvailable, EmailTaken
from preo.errors import InvalidField
from preo.public_ids import parse
from preo.webhooks.models import OutboxEvent
from tests.factories import NOON, make_customer, make_edition, make_edition_member, make_order
from tests.races import at_once, together

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def customer(ours: Organization) -> Customer:
    return make_customer(ours, email="ada@example.org", phone_number="+4520304050", metadata={"size": "L", "vip": True})


def change(customer: Customer, by: StaffUser, **changes: Any) -> Customer:
    return change_customer(customer, changes=changes, by=by, now=LATER)


def refused(customer: Customer, by: StaffUser, **changes: Any) -> tuple[str, str]:
    with pytest.raises(InvalidField) as problem:
        change(customer, by, **changes)
    return problem.value.field, problem.value.code


def events_of(customer: Customer) -> list[tuple[str, dict[str, Any]]]:
    found = OutboxEvent.objects.filter(payload__id=customer.pk).order_by("sequence")
    return [(event.type, event.payload) for event in found]


def test_change_customer_changes_the_profile(customer: Customer, manager: StaffUser) -> None:
    change(customer, manager, full_name=" Ada  Byron ", email="ada@byron.test", locale="da")

    customer.refresh_from_db()
    assert (customer.full_name, customer.email, customer.locale) == ("Ada Byron", "ada@byron.test", "da")
    assert customer.modified == LATER


def test_change_customer_to_what_is_there_changes_nothing(customer: Customer, manager: StaffUser) -> None:
    before = customer.modified

    change(customer, manager, full_name=customer.full_name, phone_number="+45 20 30 40 50 ")

    assert Customer.objects.get(pk=customer.pk).modified == before
    assert events_of(customer) == []


@pytest.mark.parametrize(
    ("patch", "merged"),
    [
        ({"vip": None}, {"size": "L"}),
        ({"size": "M", "table": 7}, {"size": "M", "vip": True, "table": 7}),
        ({"vip": {"since": 2020, "by": None}}, {"size": "L", "vip": {"since": 2020}}),
        ({}, {"size": "L", "vip": True}),
    ],
    ids=str,
)
def test_change_customer_merges_metadata(
    customer: Customer, manager: StaffUser, patch: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert change(customer, manager, metadata=patch).metadata == merged


def test_change_customer_refuses_metadata_that_grows_too_large(customer: Customer, manager: StaffUser) -> None:
    half = "x" * (LARGEST_METADATA // 2)
    change(customer, manager, metadata={"a": half})

    assert refused(customer, manager, metadata={"b": half}) == ("metadata", "too_large")


@pytest.mark.parametrize("text", ["12 34 56 78", "+45 12345678", "(12) 34-56.78", "0045 12 34 56 78", " +4512345678 "])
def test_change_customer_reads_a_phone_as_of_the_newest_order(
    customer: Customer, edition: Edition, manager: StaffUser, text: str
) -> None:
    Edition.objects.filter(pk=edition.pk).update(default_country_code="+45")
    make_order(make_edition(edition.organization, default_country_code="+46"), customer=customer)
    make_order(edition, customer=customer, created=LATER)

    assert change(customer, manager, phone_number=text).phone_number == "+4512345678"


def test_change_customer_reads_a_phone_as_of_the_edition_that_is_named(
    customer: Customer, edition: Edition, manager: StaffUser
) -> None:
    make_order(edition, customer=customer)
    polish = make_edition(edition.organization, default_country_code="+48")

    changed = change_customer(customer, changes={"phone_number": "512 345 678"}, edition=polish, by=manager, now=LATER)

    assert changed.phone_number == "+48512345678"


def test_change_customer_reads_no_phone_by_an_order_out_of_reach(
    customer: Customer, their_edition: Edition, manager: StaffUser
) -> None:
    make_order(their_edition, customer=customer)

    assert refused(customer, manager, phone_number="12 34 56 78") == ("phone_number", "country_missing")


@pytest.mark.parametrize("text", ["+45 12", "nobody", "+999 12345678", "+45 1234567890123", "++45", "\0", "+"])
def test_change_customer_refuses_what_is_no_phone(customer: Customer, manager: StaffUser, text: str) -> None:
    assert refused(customer, manager, phone_number=text) == ("phone_number", "invalid")


@pytest.mark.parametrize("text", ["nobody", "a@b", "søren@example.org", "a b@example.org", "a@example.org\n.dk"])
def test_change_customer_refuses_what_is_no_address(customer: Customer, manager: StaffUser, text: str) -> None:
    assert refused(customer, manager, email=text) == ("email", "invalid")


def test_change_customer_refuses_a_language_that_it_does_not_speak(customer: Customer, manager: StaffUser) -> None:
    assert refused(customer, manager, locale="sv") == ("locale", "invalid_choice")
    assert refused(customer, manager, locale="") == ("locale", "invalid_choice")


def test_change_customer_keeps_a_way_to_reach_them(customer: Customer, manager: StaffUser) -> None:
    change(customer, manager, phone_number="")

    assert refused(customer, manager, email="") == ("email", "required")


def test_change_customer_refuses_the_address_of_another_who_can_be_seen(
    customer: Customer, manager: StaffUser, ours: Organization
) -> None:
    other = make_customer(ours, email="Taken@Example.org")

    with pytest.raises(EmailTaken, match=f"{other.pk} has this address"):
        change(customer, manager, email="taken@example.org")


def test_change_customer_does_not_tell_of_another_out_of_sight(
    customer: Customer, manager: StaffUser, theirs: Organization
) -> None:
    other = make_customer(theirs, email="taken@example.org", full_name="Grace Hopper")

    with pytest.raises(EmailNotAvailable) as refusal:
        change(customer, manager, email="taken@example.org")

    assert refusal.value.detail == "This address can't be used here."
    assert other.pk not in refusal.value.detail


def test_change_customer_can_write_the_same_address_otherwise(customer: Customer, manager: StaffUser) -> None:
    assert change(customer, manager, email="Ada@Example.org").email == "Ada@Example.org"


def test_change_customer_lets_orders_be_found_by_the_new_profile_in_one_statement(
    customer: Customer, edition: Edition, manager: StaffUser
) -> None:
    make_order(edition, customer=customer)
    unnumbered = make_order(edition, customer=customer, order_number=None)

    with CaptureQueriesContext(connection) as captured:
        change(customer, manager, full_name="Ada Byron", phone_number="")

    assert sum("UPDATE orders_order" in query["sql"] for query in captured.captured_queries) == 1
    for order in Order.objects.prefetch_related("transactions"):
        assert order.search_text == text_of(
            order_id=order.pk,
            order_number=order.order_number,
            customer_name="Ada Byron",
            customer_email="ada@example.org",
            customer_phone="",
            transaction_ids=[paid.pk for paid in order.transactions.all()],
        )
    assert list(Order.objects.containing("ada byron").filter(order_number=None)) == [unnumbered]


def test_change_customer_gives_orders_back_what_an_empty_profile_lost(
    customer: Customer, edition: Edition, manager: StaffUser
) -> None:
    order = make_order(edition, customer=customer)
    before = order.search_text
    name, phone = customer.full_name, customer.phone_number

    change(customer, manager, full_name="", phone_number="")
    change(customer, manager, full_name=name, phone_number=phone)

    order.refresh_from_db()
    assert order.search_text == before


def test_change_customer_leaves_orders_of_others_alone(
    customer: Customer, edition: Edition, manager: StaffUser
) -> None:
    other = make_order(edition)

    change(customer, manager, full_name="Ada Byron")

    assert Order.objects.get(pk=other.pk).search_text == other.search_text


def test_change_customer_tells_each_organization_that_knows_them(
    customer: Customer, manager: StaffUser, ours: Organization, theirs: Organization
) -> None:
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)

    change(customer, manager, full_name="Ada Byron", locale="da")

    told = {"id": customer.pk, "changed": ["full_name", "locale"]}
    expected = [("customer.updated", told | {"organization_id": key}) for key in sorted([ours.pk, theirs.pk])]
    assert events_of(customer) == expected


def test_change_customer_is_told_by_name_to_the_organization_of_who_did_it_alone(
    customer: Customer, manager: StaffUser, ours: Organization, theirs: Organization
) -> None:
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)

    change(customer, manager, full_name="Ada Byron")

    events = AuditEvent.objects.filter(object_uuid=parse("usr", customer.pk), action="update")
    told = {event.organization_id: (event.actor_type, event.staff_user_id, event.operation) for event in events}
    assert told == {
        ours.pk: ("staff_user", manager.pk, "change_customer"),
        theirs.pk: ("undisclosed", None, ""),
    }


def test_change_customer_by_who_manages_one_edition(customer: Customer, edition: Edition, ours: Organization) -> None:
    person = make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER)
    with pytest.raises(CustomerUnknown):
        change(customer, person, full_name="Ada Byron")

    make_order(edition, customer=customer)

    assert change(customer, person, full_name="Ada Byron").full_name == "Ada Byron"


def test_change_customer_refuses_who_manages_none_that_knows_them(customer: Customer, outsider: StaffUser) -> None:
    with pytest.raises(CustomerUnknown):
        change(customer, outsider, full_name="Ada Byron")


def test_change_customer_refuses_an_erased_one(customer: Customer, manager: StaffUser) -> None:
    OrganizationCustomer.objects.filter(customer=customer).update(erased_at=NOON)

    with pytest.raises(CustomerErased):
        change(customer, manager, full_name="Ada Byron")


@pytest.mark.django_db(transaction=True)
def test_change_customer_gives_an_address_to_one_of_two_at_once(
    ours: Organization, customer: Customer, manager: StaffUser
) -> None:
    other = make_customer(ours)
    people = [StaffUser.objects.get(pk=manager.pk) for _ in range(2)]

    results = at_once(
        lambda: change(customer, people[0], email="new@example.org"),
        lambda: change(other, people[1], email="NEW@example.org"),
    )

    assert sorted(type(result).__name__ for result in results) == ["Customer", "EmailTaken"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_locked", [True, False], ids=["locked", "without the lock"])
def test_change_customer_at_once_keeps_what_both_wrote(
    customer: Customer, manager: StaffUser, monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    people = [StaffUser.objects.get(pk=manager.pk) for _ in range(2)]
    managed = "preo.customers.operations.changing._organizations_managed"
    monkeypatch.setattr(managed, together(_organizations_managed))
    if not is_locked:
        monkeypatch.setattr(CustomerQuerySet, "select_for_update", lambda rows, **_: rows)

    at_once(
        lambda: change(customer, people[0], metadata={"a": 1}),
        lambda: change(customer, people[1], metadata={"b": 2}),
    )

    customer.refresh_from_db()
    assert ({"a", "b"} <= customer.metadata.keys()) is is_locked
