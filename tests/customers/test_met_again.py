"""Who comes again by an import, after a merge or an erasure."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from preo.accounts.customers import Person, Spent, find_or_create_customers, note_orders
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.customers.operations.erasing import ask_for_erasure, carry_out_erasure
from preo.customers.operations.merging import merge_customers
from tests.factories import NOON, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def keep(ours: Organization) -> Customer:
    return make_customer(ours, email="anna@example.org", full_name="Anna Holm")


@pytest.fixture
def duplicate(keep: Customer, ours: Organization, manager: StaffUser) -> Customer:
    """Merged into the other, each with an external id of its own."""
    duplicate = make_customer(ours, email="a.holm@example.org")
    for customer, external_id in ((keep, "100"), (duplicate, "200")):
        OrganizationCustomer.objects.filter(customer=customer).update(external_id=external_id)
    merge_customers(keep, duplicate, organization=ours, by=manager, reason="One person", now=NOON)
    return duplicate


def met(organization: Organization, *people: Person) -> list[str]:
    """Who they are, once an order of each is noted."""
    buyers, _ = find_or_create_customers(organization, people=people, now=NOON)
    pairs = zip(buyers, people, strict=True)
    spent = [Spent(buyer.id, person.external_id, NOON, 10_00, "dkk") for buyer, person in pairs]
    note_orders(organization, spent=spent, now=NOON)
    return [buyer.id for buyer in buyers]


def person(external_id: str = "", email: str = "") -> Person:
    return Person(external_id, email, "A. Holm", "", NOON)


@pytest.mark.parametrize(
    "again",
    [
        person("200"),
        person("", "A.HOLM@example.org"),
        person("200", "a.holm@example.org"),
        person("300", "a.holm@example.org"),
    ],
    ids=["external_id", "address", "both", "another_external_id"],
)
def test_an_import_of_the_duplicate_meets_the_kept_customer(
    keep: Customer, duplicate: Customer, ours: Organization, again: Person
) -> None:
    assert met(ours, again, person("100")) == [keep.pk] * 2

    row = OrganizationCustomer.objects.get(merged_from=None)
    assert (row.customer, row.order_count, row.total_spent_minor) == (keep, 2, {"dkk": 20_00})


def test_an_import_elsewhere_meets_the_duplicate_itself(duplicate: Customer, theirs: Organization) -> None:
    assert met(theirs, person("", "a.holm@example.org")) == [duplicate.pk]


def test_an_import_costs_the_same_for_any_number_of_duplicates(
    keep: Customer, ours: Organization, manager: StaffUser
) -> None:
    counts = []
    for number in (1, 3):
        people = []
        for _ in range(number):
            other = make_customer(ours)
            merge_customers(keep, other, organization=ours, by=manager, reason="One person", now=NOON)
            people.append(person("", other.email))
        with CaptureQueriesContext(connection) as statements:
            met(ours, *people)
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_an_import_after_an_erasure_makes_somebody_new(
    keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    asked = ask_for_erasure(keep, organization=ours, by=manager, reason="Asked by letter", now=NOON)
    carry_out_erasure(asked, by=admin, now=NOON)

    again = met(ours, person("100", "anna@example.org"), person("200", "a.holm@example.org"))

    assert not {*again} & {keep.pk, duplicate.pk}
    rows = OrganizationCustomer.objects.filter(erased_at=None).values_list("external_id", "order_count")
    assert set(rows) == {("100", 1), ("200", 1)}
