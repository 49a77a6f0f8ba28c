"""Merging duplicates: what the kept profile gets from the other, and that it never depends on who else knows them."""

from typing import Any

import pytest

from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.customers.comparing import MergePreview
from preo.customers.operations.merging import merge_customers, preview_merge
from preo.customers.refusals import OtherHasTheAddress, TooMuchMetadata
from tests.consents.asking import make_known
from tests.factories import NOON, make_customer

pytestmark = pytest.mark.django_db


def merge(keep: Customer, duplicate: Customer, organization: Organization, by: StaffUser) -> MergePreview:
    return merge_customers(keep, duplicate, organization=organization, by=by, reason="Same person", now=NOON)


def bare(organization: Organization, **others: Any) -> Customer:
    """With an address alone."""
    return make_customer(organization, **({"full_name": "", "phone_number": "", "locale": ""} | others))


def profile(customer: Customer) -> tuple[Any, ...]:
    kept = Customer.objects.get(pk=customer.pk)
    return kept.full_name, kept.phone_number, kept.locale, kept.metadata


def test_merge_fills_what_the_kept_customer_lacks(ours: Organization, manager: StaffUser) -> None:
    keep = bare(ours, metadata={"club": "north", "crm": {"id": 1}})
    duplicate = make_customer(
        ours, full_name="Anna", phone_number="+4520202020", locale="da", metadata={"club": "south", "crm": {}, "erp": 7}
    )

    merge(keep, duplicate, ours, manager)

    metadata = {"club": "north", "crm": {"id": 1}, "erp": 7}
    assert profile(keep) == ("Anna", "+4520202020", "da", metadata)


def test_merge_leaves_what_the_kept_customer_has(ours: Organization, manager: StaffUser) -> None:
    keep = make_customer(ours, full_name="Anna", phone_number="+4510101010", locale="se", metadata={"club": None})
    duplicate = make_customer(ours, full_name="A.", locale="da", metadata={"club": "south"})

    merge(keep, duplicate, ours, manager)

    assert profile(keep) == ("Anna", "+4510101010", "se", {"club": None})


def test_merge_leaves_the_duplicate_its_row(ours: Organization, manager: StaffUser) -> None:
    duplicate = make_customer(ours, full_name="Anna", metadata={"club": "north"})
    before = Customer.objects.filter(pk=duplicate.pk).values()[0]

    merge(bare(ours), duplicate, ours, manager)

    assert Customer.objects.filter(pk=duplicate.pk).values()[0] == before


def test_merge_into_who_lacks_an_address_is_refused(ours: Organization, manager: StaffUser) -> None:
    keep, duplicate = make_customer(ours), make_customer(ours, email="anna@example.org")
    Customer.objects.filter(pk=keep.pk).update(email="")
    keep.refresh_from_db()

    with pytest.raises(OtherHasTheAddress, match=f"Keep {duplicate.pk} instead"):
        preview_merge(keep, duplicate, organization=ours)
    with pytest.raises(OtherHasTheAddress, match=f"Keep {duplicate.pk} instead"):
        merge(keep, duplicate, ours, manager)
    merge(duplicate, keep, ours, manager)

    assert Customer.objects.get(pk=duplicate.pk).email == "anna@example.org"


def test_merge_of_two_without_an_address_goes_on(ours: Organization, manager: StaffUser) -> None:
    pair = make_customer(ours), make_customer(ours)
    Customer.objects.update(email="")

    merge(*pair, ours, manager)

    assert OrganizationCustomer.objects.filter(customer=pair[0], merged_from=pair[1]).exists()


def test_merge_refuses_more_metadata_than_a_profile_has(ours: Organization, manager: StaffUser) -> None:
    keep, duplicate = (make_customer(ours, metadata={key: "x" * 40_000}) for key in ("crm", "erp"))

    with pytest.raises(TooMuchMetadata):
        merge(keep, duplicate, ours, manager)


@pytest.mark.parametrize("shared", ["neither", "keep", "duplicate"])
def test_merge_is_the_same_whether_or_not_another_organization_knows_them(
    shared: str, ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    keep = bare(ours)
    duplicate = make_customer(ours, full_name="Anna", phone_number="+4520202020", metadata={"club": "north"})
    if shared != "neither":
        make_known(theirs, customer={"keep": keep, "duplicate": duplicate}[shared])

    preview = preview_merge(keep, duplicate, organization=ours)

    assert merge(keep, duplicate, ours, manager) == preview
    assert [(each.name, each.becomes) for each in preview.differences if each.is_taken_over] == [
        ("full_name", "Anna"), ("phone_number", "+4520202020"), ("locale", "en"), ("metadata", {"club": "north"}),
    ]  # fmt: skip
    assert profile(keep) == ("Anna", "+4520202020", "en", {"club": "north"})


def test_merge_goes_by_what_the_profiles_have_by_then(ours: Organization, manager: StaffUser) -> None:
    keep, duplicate = bare(ours), make_customer(ours, phone_number="+4520202020")
    Customer.objects.filter(pk=keep.pk).update(phone_number="+4510101010")
    merge(keep, duplicate, ours, manager)
    assert profile(keep)[1] == "+4510101010"

    other = make_customer(ours)
    Customer.objects.filter(pk=keep.pk).update(email="")
    with pytest.raises(OtherHasTheAddress):
        merge(keep, other, ours, manager)
