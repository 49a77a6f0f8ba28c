"""Writing many rows at once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from orders.models import Order, Purchase
from preo.accounts.models import StaffUser
from preo.updating import update_each
from refunds.models import RefundRequest
from refunds.states import RefundStatus
from tests.factories import NOON, make_order, make_purchase, make_refund
from tests.trail import values_of

LATER = NOON + timedelta(hours=1)


def test_each_row_gets_its_own_values(edition: Edition) -> None:
    orders = [make_order(edition) for _ in range(3)]
    for number, order in enumerate(orders):
        order.metadata, order.modified, order.external_id = {"n": [number]}, LATER, f"x-{number}"
    orders[1].external_id = None
    orders[1].amount_minor = 1

    update_each(orders, ["metadata", "modified", "external_id"])

    found = {order.pk: order for order in Order.objects.all()}
    assert [(found[one.pk].metadata, found[one.pk].external_id) for one in orders] == [
        ({"n": [0]}, "x-0"),
        ({"n": [1]}, None),
        ({"n": [2]}, "x-2"),
    ]
    assert {order.modified for order in found.values()} == {LATER}
    assert found[orders[1].pk].amount_minor != 1


def test_a_reference_is_written_by_its_id(edition: Edition) -> None:
    first, second = make_purchase(edition), make_purchase(edition)
    first.product = second.product

    update_each([first], ["product"])

    assert Purchase.objects.get(pk=first.pk).product_id == second.product_id


def test_it_is_one_statement_for_any_number(edition: Edition) -> None:
    orders = [make_order(edition) for _ in range(3)]

    with CaptureQueriesContext(connection) as captured:
        update_each(orders, ["amount_minor"])
        update_each([], ["amount_minor"])

    assert len(captured) == 1


def test_the_history_keeps_what_was(edition: Edition, staff: StaffUser) -> None:
    refund = make_refund(make_purchase(edition), by=staff)
    refund.status = RefundStatus.INVALID

    update_each([refund], ["status"])

    assert RefundRequest.objects.get().status == RefundStatus.INVALID
    assert values_of(refund, "status") == ["requested", "invalid"]


def test_the_database_still_refuses_the_impossible(edition: Edition) -> None:
    purchase = make_purchase(edition)
    purchase.price_reserved_minor = 400_01

    with pytest.raises(IntegrityError, match="purchase_refunds_at_most_price"), transaction.atomic():
        update_each([purchase], ["price_reserved_minor"])
