"""The list of orders and the page of one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.states import TransactionStatus
from preo.api.roles import Role
from preo.backoffice.paginator import BoundedPaginator
from preo.money import Money
from refunds.operations import approve_refund
from tests.backoffice.conftest import Pages
from tests.factories import NOON, make_customer, make_edition_member, make_order, make_purchase, make_refund

LIST = "admin:orders_order_changelist"


def page_of(order):
    return reverse("admin:orders_order_change", args=[order.pk])


@pytest.mark.parametrize("text", ["jens.p", "Jens Peter", "+45 12 34 56 78", "12345678"])
def test_order_is_found_by_a_part_of_its_customer(text, edition, staff, pages: Pages):
    customer = make_customer(
        edition.organization, email="jens.p@example.org", full_name="Jens Petersen", phone_number="+4512345678"
    )
    order = make_order(edition, customer=customer)
    make_order(edition)

    found = pages(staff).get(reverse(LIST), {"q": text}).context["cl"].queryset

    assert [row.pk for row in found] == [order.pk]


def test_list_costs_the_same_for_one_and_three_orders(edition, staff, pages: Pages):
    client = pages(staff)
    make_order(edition)
    client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse(LIST))
    make_order(edition)
    make_order(edition)

    with CaptureQueriesContext(connection) as three:
        client.get(reverse(LIST))

    assert len(one) == len(three)


def test_list_counts_only_so_far(edition, monkeypatch):
    monkeypatch.setattr(BoundedPaginator, "limit", 2)
    orders = [make_order(edition) for _ in range(3)]

    assert BoundedPaginator(type(orders[0]).objects.all(), 50).count == 2


def test_page_costs_the_same_for_one_and_three_purchases(edition, staff, manager, pages: Pages):
    client = pages(staff)
    orders = [make_order(edition, units=units) for units in (1, 3)]
    for order in orders:
        for purchase in order.purchases.all():
            approve_refund(make_refund(purchase, by=staff), by=manager, now=NOON)
    client.get(page_of(orders[0]))

    counts = []
    for order in orders:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page_of(order)).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 22


def test_page_shows_the_whole_order(edition, staff, manager, pages: Pages):
    order = make_order(edition, units=2)
    approve_refund(make_refund(order.purchases.first(), by=staff), by=manager, now=NOON)

    body = pages(staff).get(page_of(order)).content.decode()

    for text in (
        order.customer.email,
        "Tent, Large",
        "Pitched",
        "North gate",
        Money(1020_00, "dkk").formatted(),
        f"{Money(400_00, 'dkk').formatted()} reserved",
        "Staff Holm",
        "Manager Holm",
        "Ready",
        "Approve refund",
    ):
        assert text in body


def test_page_offers_refunds_or_says_why_not(edition, staff, pages: Pages):
    unpaid = make_order(edition, transaction_status=TransactionStatus.STARTED)
    paid = make_order(edition)

    refused = pages(staff).get(page_of(unpaid)).content.decode()
    offered = pages(staff).get(page_of(paid)).content.decode()

    assert "The payment is not completed." in refused
    assert "Refund…" not in refused
    assert f"?purchase={paid.purchases.get().pk}" in offered
    assert f"?transaction={paid.transactions.get().pk}" in offered


def test_page_takes_no_changes(edition, staff, pages: Pages):
    purchase = make_purchase(edition)

    assert pages(staff).post(page_of(purchase.order), {"status": "cancelled"}).status_code == 405


def test_page_keeps_what_the_organization_knows_from_staff_of_one_edition(edition, staff, pages: Pages):
    member = make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)
    order = make_order(edition)

    assert "Orders here" in pages(staff).get(page_of(order)).content.decode()
    assert "Orders here" not in pages(member).get(page_of(order)).content.decode()
