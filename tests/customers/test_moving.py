"""What an organization knows of a customer stays theirs, whoever asks the database to have it otherwise."""

from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.customers.operations.merging import merge_customers
from tests.factories import NOON, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(ours: Organization) -> OrganizationCustomer:
    return OrganizationCustomer.objects.get(customer=make_customer(ours, full_name="Anna Holm"))


def refused(known: OrganizationCustomer, **values: Any) -> bool:
    try:
        with transaction.atomic():
            OrganizationCustomer.objects.filter(pk=known.pk).update(**values)
    except ProgrammingError as problem:
        return "by a merge or an erasure alone" in str(problem)
    return False


def test_what_is_known_never_becomes_another_organizations(known: OrganizationCustomer, theirs: Organization) -> None:
    assert refused(known, organization=theirs)


def test_what_is_known_never_becomes_another_customers(
    known: OrganizationCustomer, ours: Organization, theirs: Organization
) -> None:
    other, stranger = make_customer(ours), make_customer(theirs)

    assert refused(known, customer=other)
    assert refused(known, customer=other, merged_from=stranger)
    assert refused(known, merged_from=stranger)
    assert refused(known, customer=other, erased_at=NOON)
    assert refused(known, customer=stranger, merged_from=known.customer_id)


def test_what_is_known_of_a_duplicate_follows_it_alone(
    known: OrganizationCustomer, ours: Organization, manager: StaffUser
) -> None:
    keep, other = make_customer(ours), make_customer(ours)
    merge_customers(keep, known.customer, organization=ours, by=manager, reason="Same person", now=NOON)

    assert refused(known, customer=other)
    assert refused(known, customer=known.customer_id, merged_from=None)
    assert refused(known, merged_from=other)
    assert refused(known, customer=other, merged_from=keep)


def test_what_is_known_of_an_erased_customer_stays_with_who_stands_in(
    known: OrganizationCustomer, ours: Organization
) -> None:
    stand_in = Customer.objects.create()
    OrganizationCustomer.objects.filter(pk=known.pk).update(customer=stand_in, erased_at=NOON)

    assert refused(known, customer=known.customer_id)
    assert refused(known, erased_at=None)
    assert refused(known, customer=Customer.objects.create(), erased_at=NOON)


def test_what_is_known_may_stay_where_it_is(known: OrganizationCustomer) -> None:
    assert not refused(known, organization=known.organization_id, customer=known.customer_id, external_id="7")
