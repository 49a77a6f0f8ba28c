"""Merging duplicates: everything of one organization moves, and nothing of another's."""

import pytest

from editions.models import Edition
from orders.models import Cart, Order, Purchase
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.customers.operations.erasing import ask_for_erasure, carry_out_erasure
from preo.customers.refusals import AlreadyMerged, CustomerErased, CustomerUnknown, SameCustomer
from tests.customers.pairs import known, merge, ordered
from tests.factories import NOON, make_customer, make_refund

pytestmark = pytest.mark.django_db


def test_merge_moves_what_was_bought(
    keep: Customer, duplicate: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    order = ordered(edition, duplicate, units=2)
    refund = make_refund(order.purchases.first(), by=manager)

    merge(keep, duplicate, ours, manager)

    assert Order.objects.get() == order
    assert {*Order.objects.values_list("customer", flat=True)} == {keep.pk}
    assert {*Purchase.objects.values_list("customer", flat=True)} == {keep.pk}
    assert {*Cart.objects.values_list("customer", flat=True)} == {keep.pk}
    refund.refresh_from_db()
    assert refund.order.customer_id == keep.pk


def test_merge_lets_orders_be_found_by_the_kept_customer(
    keep: Customer, duplicate: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    order = ordered(edition, duplicate)

    merge(keep, duplicate, ours, manager)

    assert list(Order.objects.containing("anna@example.org")) == [order]
    assert list(Order.objects.containing(str(order.order_number))) == [order]
    assert list(Order.objects.containing("Anna.Holm@example.org")) == [order]
    assert not Order.objects.containing("anna.holm@example").exists()


def test_merge_adds_up_counts_and_sums(
    keep: Customer, duplicate: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    first, second = ordered(edition, keep), ordered(edition, duplicate, units=3)

    merge(keep, duplicate, ours, manager)

    row = known(ours, keep)
    assert (row.order_count, row.total_spent_minor) == (2, {"dkk": first.amount_minor + second.amount_minor})
    assert (row.first_order_at, row.last_order_at) == (NOON, NOON)
    other = OrganizationCustomer.objects.get(merged_from=duplicate)
    assert (other.customer_id, other.order_count, other.total_spent_minor) == (keep.pk, 0, {})


def test_merge_leaves_another_organization_all_it_has(
    keep: Customer,
    duplicate: Customer,
    their_edition: Edition,
    theirs: Organization,
    ours: Organization,
    manager: StaffUser,
) -> None:
    order = ordered(their_edition, duplicate)

    merge(keep, duplicate, ours, manager)

    order.refresh_from_db()
    assert order.customer_id == duplicate.pk
    assert known(theirs, duplicate).order_count == 1
    assert not OrganizationCustomer.objects.filter(organization=theirs, customer=keep).exists()


def test_merge_keeps_both_external_ids(
    keep: Customer, duplicate: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    ordered(edition, keep, external_id="100")
    ordered(edition, duplicate, external_id="200")

    merge(keep, duplicate, ours, manager)

    rows = OrganizationCustomer.objects.values_list("external_id", "customer_id")
    assert set(rows) == {("100", keep.pk), ("200", keep.pk)}


def test_merge_hands_an_external_id_to_who_has_none(
    keep: Customer, duplicate: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    ordered(edition, duplicate, external_id="200")

    merge(keep, duplicate, ours, manager)

    assert known(ours, keep).external_id == "200"


def test_merge_of_a_merged_customer_takes_along_what_was_merged_into_it(
    keep: Customer, duplicate: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    last = make_customer(ours)
    ordered(edition, duplicate)

    merge(keep, duplicate, ours, manager)
    merge(last, keep, ours, manager)

    rows = OrganizationCustomer.objects.filter(organization=ours)
    assert set(rows.values_list("customer_id", "merged_from_id")) == {
        (last.pk, None), (last.pk, keep.pk), (last.pk, duplicate.pk),
    }  # fmt: skip
    assert known(ours, last).order_count == 1
    assert Order.objects.get().customer_id == last.pk


def test_merge_back_is_refused(keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser) -> None:
    merge(keep, duplicate, ours, manager)

    with pytest.raises(AlreadyMerged, match=keep.pk):
        merge(duplicate, keep, ours, manager)
    with pytest.raises(AlreadyMerged, match=keep.pk) as refused:
        merge(keep, duplicate, ours, manager)
    assert refused.value.into == keep.pk


def test_merge_with_itself_is_refused(keep: Customer, ours: Organization, manager: StaffUser) -> None:
    with pytest.raises(SameCustomer):
        merge(keep, keep, ours, manager)


def test_merge_refuses_whom_the_organization_does_not_know(
    keep: Customer, ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    stranger = make_customer(theirs)

    with pytest.raises(CustomerUnknown) as of_stranger:
        merge(keep, stranger, ours, manager)
    stranger.pk, missing = Customer().pk, stranger.pk
    with pytest.raises(CustomerUnknown) as of_nobody:
        merge(keep, stranger, ours, manager)

    assert of_stranger.value.detail.replace(missing, "") == of_nobody.value.detail.replace(stranger.pk, "")


def test_a_stand_in_is_nobody_to_merge(
    keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    asked = ask_for_erasure(duplicate, organization=ours, by=manager, reason="Asked by letter", now=NOON)
    carry_out_erasure(asked, by=admin, now=NOON)
    stand_in = OrganizationCustomer.objects.exclude(erased_at=None).get().customer

    for pair in ((keep, stand_in), (stand_in, keep)):
        with pytest.raises(CustomerErased):
            merge(*pair, ours, manager)
