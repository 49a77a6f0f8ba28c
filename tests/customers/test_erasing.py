"""Erasing: one organization forgets a customer, and keeps its books."""

import pytest

from editions.models import Edition
from orders.models import Order, Purchase
from preo.accounts.models import Customer, Erasure, Organization, OrganizationCustomer, StaffUser
from preo.accounts.states import ErasureStatus
from preo.customers.operations.erasing import (
    ask_for_erasure,
    carry_out_erasure,
)
from tests.factories import NOON, make_customer, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(ours: Organization) -> Customer:
    return make_customer(ours, email="anna@example.org", full_name="Anna Holm")


def ask(customer: Customer, organization: Organization, by: StaffUser) -> Erasure:
    return ask_for_erasure(customer, organization=organization, by=by, reason="Asked by letter", now=NOON)


def erase(customer: Customer, organization: Organization, asked_by: StaffUser, by: StaffUser) -> Erasure:
    return carry_out_erasure(ask(customer, organization, asked_by), by=by, now=NOON)


def test_erasing_leaves_orders_with_a_customer_without_a_name(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    order = make_order(edition, customer=anna, metadata={"note": "Anna"}, external_id="x1")

    erasure = erase(anna, ours, manager, admin)

    assert (erasure.status, erasure.decided_by) == (ErasureStatus.DONE, admin)
    order = Order.objects.select_related("customer").get(pk=order.pk)
    stand_in = order.customer
    assert stand_in.pk != anna.pk
    assert (stand_in.full_name, stand_in.email, stand_in.phone_number, stand_in.metadata) == ("", "", "", {})
    assert (order.metadata, order.external_id) == ({}, None)
    assert Purchase.objects.get().customer == stand_in
    assert list(Order.objects.containing(str(order.order_number))) == [order]
    assert not Order.objects.containing("anna").exists()
    row = OrganizationCustomer.objects.get()
    assert (row.customer, row.erased_at, row.external_id) == (stand_in, NOON, None)
