"""Planning mass refunds: what is listed, with which amounts, and why not; and that nothing happens yet."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from orders.models import Transaction
from orders.states import TransactionStatus
from preo.accounts.models import StaffUser
from preo.errors import InvalidField
from preo.webhooks.models import OutboxEvent
from refunds.models import RefundBatch, RefundBatchItem, RefundRequest
from refunds.operations.batches import cancel_batch, fill_plan
from refunds.states import BatchStatus, ItemState, RefundReason, RefundScope
from tests.factories import NOON, make_edition, make_order, make_purchase, make_refund
from tests.refunds.batches.making import make_batch, planned


def lines_of(batch: RefundBatch) -> list[tuple[str | None, int, str]]:
    """Purchase, amount and reason of each line, in the order of turns."""
    return [(item.purchase_id, item.amount_minor, item.why_not) for item in batch.items.in_turn()]


def test_plan_batch_lists_nothing_yet(edition: Edition, staff: StaffUser) -> None:
    make_purchase(edition)

    batch = make_batch(edition, by=staff)

    assert (batch.status, batch.scope) == (BatchStatus.PLANNING, RefundScope.PURCHASE_FULL)
    assert not batch.items.exists()


def test_a_plan_lists_every_purchase_and_reserves_nothing(edition: Edition, staff: StaffUser) -> None:
    order = make_order(edition, units=2)
    make_purchase(make_edition(edition.organization))

    batch = planned(edition, by=staff)

    assert (batch.status, batch.planned_at) == (BatchStatus.PLANNED, NOON)
    assert lines_of(batch) == [(unit.pk, 505_00, "") for unit in order.purchases.order_by("id")]
    assert set(Transaction.objects.values_list("reserved_minor", "refunded_minor")) == {(0, 0)}
    assert not RefundRequest.objects.exists()


def test_a_plan_of_whole_payments_has_a_line_for_each(edition: Edition, staff: StaffUser) -> None:
    make_order(edition, units=2)
    make_order(edition, transaction_status=TransactionStatus.FAIL)

    batch = planned(edition, by=staff, scope=RefundScope.TRANSACTION_FULL)

    assert lines_of(batch) == [(None, 2 * 505_00 + 10_00, "")]


@pytest.mark.parametrize(
    ("reason", "scope", "amount_minor"),
    [
        (RefundReason.EVENT_CANCELLED, None, 505_00),
        (RefundReason.EVENT_CANCELLED, RefundScope.PURCHASE_PRICE, 400_00),
        (RefundReason.EVENT_CANCELLED, RefundScope.TRANSACTION_FULL, 515_00),
        (RefundReason.RENTAL_RETURN, None, 100_00),
        (RefundReason.OTHER, RefundScope.PURCHASE_DEPOSIT, 100_00),
    ],
)
def test_a_plan_comes_to_what_a_single_refund_would(
    edition: Edition, staff: StaffUser, reason: RefundReason, scope: RefundScope | None, amount_minor: int
) -> None:
    purchase = make_purchase(edition)

    batch = planned(edition, by=staff, reason=reason, scope=scope)
    single = make_refund(
        purchase, by=staff, reason=reason, scope=scope, of_transaction=scope == RefundScope.TRANSACTION_FULL
    )

    assert [item.amount_minor for item in batch.items.all()] == [amount_minor] == [single.amount_minor]


def test_a_plan_says_why_a_line_is_not_possible(edition: Edition, staff: StaffUser) -> None:
    make_order(edition, transaction_status=TransactionStatus.STARTED)
    make_refund(make_purchase(edition), by=staff, reason=RefundReason.EVENT_CANCELLED)
    make_order(edition, service="unheard_of")

    batch = planned(edition, by=staff)

    assert [why_not for *_, why_not in lines_of(batch)] == [
        "The payment is not completed.",
        "Nothing of this is left to give back.",
        "Refunds through unheard_of are not possible here.",
    ]
    assert {(item.state, item.amount_minor) for item in batch.items.all()} == {(ItemState.NOT_POSSIBLE, 0)}


def test_lines_of_one_payment_count_with_those_before_them(edition: Edition, staff: StaffUser) -> None:
    make_order(edition, units=3)
    Transaction.objects.update(outside_minor=600_00)

    batch = planned(edition, by=staff)

    assert [amount_minor for _, amount_minor, _ in lines_of(batch)] == [505_00, 0, 0]
    assert lines_of(batch)[1][2] == "There is 420.00 DKK left."


@pytest.mark.parametrize(
    ("others", "field", "code"),
    [
        ({"reason": RefundReason.COMPENSATION}, "reason", "needs_an_amount"),
        ({"reason": RefundReason.OTHER}, "scope", "not_for_this_reason"),
        ({"scope": RefundScope.PURCHASE_DEPOSIT}, "scope", "not_for_this_reason"),
        ({"reason": RefundReason.OTHER, "scope": RefundScope.PURCHASE_CUSTOM}, "scope", "not_for_this_reason"),
        ({"concurrency": 0}, "concurrency", "out_of_range"),
        ({"concurrency": 17}, "concurrency", "out_of_range"),
        (
            {"scope": RefundScope.TRANSACTION_FULL, "selection": {"vendor_codes": ["BAR1"]}},
            "selection.vendor_codes",
            "not_for_this_scope",
        ),
    ],
)
def test_plan_batch_refuses_what_cannot_be_planned(
    edition: Edition, staff: StaffUser, others: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(InvalidField) as refused:
        make_batch(edition, by=staff, **others)

    assert (refused.value.field, refused.value.code) == (field, code)


def test_plan_batch_refuses_a_reason_without_its_comment(edition: Edition, staff: StaffUser) -> None:
    edition.organization.refund_reasons_with_comment = [RefundReason.EVENT_CANCELLED]

    with pytest.raises(InvalidField, match="comment"):
        make_batch(edition, by=staff, comment=" ")


def test_a_plan_goes_on_behind_the_last_line(edition: Edition, staff: StaffUser) -> None:
    for _ in range(3):
        make_order(edition, units=2)
    batch = make_batch(edition, by=staff)

    has_more = [fill_plan(batch.pk, now=NOON, limit=2) for _ in range(2)]

    assert has_more == [True, False]
    assert (batch.items.count(), RefundBatch.objects.get().status) == (6, BatchStatus.PLANNED)


def test_planning_ends_when_it_is_called_off(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = make_batch(edition, by=staff)
    cancel_batch(batch, by=manager, now=NOON)

    assert not fill_plan(batch.pk, now=NOON)
    assert (batch.items.count(), RefundBatch.objects.get().status) == (0, BatchStatus.CANCELLED)


def test_planning_thirty_lines_costs_what_ten_do(edition: Edition, staff: StaffUser) -> None:
    def queries() -> int:
        for _ in range(10):
            make_purchase(edition)
        batch = make_batch(edition, by=staff)
        with CaptureQueriesContext(connection) as captured:
            fill_plan(batch.pk, now=NOON)
        return len(captured)

    ten, _, thirty = queries(), queries(), queries()

    assert (ten, RefundBatchItem.objects.count()) == (thirty, 10 + 20 + 30)


def test_totals_and_reasons_are_those_of_the_lines(edition: Edition, staff: StaffUser) -> None:
    make_order(edition, units=2)
    make_order(edition, service="manual")
    for _ in range(2):
        make_order(edition, transaction_status=TransactionStatus.STARTED)

    batch = planned(edition, by=staff)

    nothing_yet = {"processed_count": 0, "processed_minor": 0}
    assert list(batch.items.totals()) == [
        {"currency": "dkk", "service": "manual", "count": 1, "total_minor": 505_00} | nothing_yet,
        {"currency": "dkk", "service": "sandbox", "count": 2, "total_minor": 1010_00} | nothing_yet,
    ]
    assert list(batch.items.why_nots()) == [
        {"state": "not_possible", "why_not": "The payment is not completed.", "count": 2}
    ]


def test_planning_is_told_of(edition: Edition, staff: StaffUser) -> None:
    batch = planned(edition, by=staff)

    told = OutboxEvent.objects.order_by("occurred_at", "id").values_list("type", "payload__id", "payload__status")
    assert list(told) == [
        ("refund_batch.requested", batch.pk, "planning"),
        ("refund_batch.planned", batch.pk, "planned"),
    ]
