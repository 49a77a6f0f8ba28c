"""A duplicate that was merged is still found by the address and the number it had, in the organization that merged."""

from datetime import timedelta

import pytest
from django.test import Client

from editions.models import Edition
from orders.models import Order
from preo.accounts.models import Customer, Organization, StaffUser
from preo.audit.models import AuditEvent
from preo.customers.operations.merging import merge_customers
from preo.customers.refusals import NamesTheCustomer
from tests.consents.asking import make_known
from tests.documented import DocumentedClient
from tests.factories import NOON, make_customer, make_edition, make_order

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def keep(ours: Organization, theirs: Organization) -> Customer:
    kept = make_customer(ours, email="anna@example.org", full_name="Anna Holm", last_seen=NOON)
    make_known(theirs, customer=kept)
    return kept


@pytest.fixture
def duplicate(ours: Organization) -> Customer:
    return make_customer(
        ours, email="a.holm@example.org", full_name="Ada", phone_number="+4520304050", last_seen=NOON + HOUR
    )


def merge(keep: Customer, duplicate: Customer, organization: Organization, by: StaffUser, reason: str = "One") -> None:
    merge_customers(keep, duplicate, organization=organization, by=by, reason=reason, now=NOON)


def found(by: StaffUser, text: str) -> list[str]:
    client = DocumentedClient()
    client.force_authenticate(StaffUser.objects.get(pk=by.pk))
    return [row["api_id"] for row in client.get("/v1/users", {"search": text}).json()["results"]]


@pytest.mark.parametrize("text", ["a.holm@example.org", " A.Holm@Example.org ", "+45 20 30 40 50", "20304050"])
def test_a_merged_duplicate_is_found_as_whom_it_was_merged_into(
    keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser, outsider: StaffUser, text: str
) -> None:
    Customer.objects.filter(pk=keep.pk).update(phone_number="+4599887766")
    assert found(manager, text) == [duplicate.pk]

    merge(keep, duplicate, ours, manager)

    assert found(manager, text) == [keep.pk]
    assert found(outsider, text) == []


def test_the_back_office_finds_a_merged_duplicate_by_its_address(
    keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser, outsider: StaffUser
) -> None:
    merge(keep, duplicate, ours, manager)

    for person, seen in ((manager, 1), (outsider, 0)):
        client = Client()
        client.force_login(person)
        answer = client.get("/admin/accounts/customer/", {"q": "A.Holm@example.org"})
        assert answer.context["cl"].result_count == seen


@pytest.mark.parametrize("text", ["a.holm@", "a.holm@example", "203040", "Ada"])
def test_a_merged_duplicate_is_not_found_by_a_part(
    keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser, text: str
) -> None:
    Customer.objects.filter(pk=keep.pk).update(phone_number="+4599887766")

    merge(keep, duplicate, ours, manager)

    assert found(manager, text) == []


def test_orders_are_found_by_a_merged_duplicate_where_it_was_merged(
    keep: Customer, duplicate: Customer, edition: Edition, theirs: Organization, manager: StaffUser
) -> None:
    order = make_order(edition, customer=duplicate)
    make_order(make_edition(theirs), customer=keep)

    merge(keep, duplicate, edition.organization, manager)

    for text in ("a.holm@example.org", "20 30 40 50"):
        assert list(Order.objects.containing(text)) == [order]


def test_merge_takes_along_when_the_duplicate_was_seen(
    keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser
) -> None:
    told = AuditEvent.objects.filter(object_type="accounts.customer")

    before = told.count()
    Customer.objects.filter(pk=keep.pk).update(phone_number="+4599887766")
    told_of_phone = told.count()
    merge(keep, duplicate, ours, manager)

    assert Customer.objects.get(pk=keep.pk).last_seen == NOON + HOUR
    assert Customer.objects.get(pk=keep.pk).date_joined == keep.date_joined
    assert (before < told_of_phone, told.count()) == (True, told_of_phone)


def test_merge_keeps_a_later_moment(
    keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser
) -> None:
    merge(duplicate, keep, ours, manager)

    assert Customer.objects.get(pk=duplicate.pk).last_seen == NOON + HOUR


@pytest.mark.parametrize("reason", ["Anna Holm, twice", "Also a.holm@example.org", "Called from 20304050"])
def test_merge_refuses_a_reason_that_names_one_of_the_two(
    keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser, reason: str
) -> None:
    with pytest.raises(NamesTheCustomer):
        merge(keep, duplicate, ours, manager, reason)
