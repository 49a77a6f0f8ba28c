"""Pausing, resuming and cancelling mass refunds."""

import pytest
from django.db import connection

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import StaffUser
from preo.mail.models import OutgoingMail
from preo.payments.models import SandboxRefund
from preo.states import IllegalMove
from preo.webhooks.models import OutboxEvent
from refunds.models import RefundBatch, RefundRequest
from refunds.operations import confirm_refund, execute_ready
from refunds.operations.batches import cancel_batch, pause_batch, resume_batch, run_batch, work_on_batch
from refunds.states import BatchStatus, ItemState, RefundStatus
from tests.factories import NOON, make_order, make_purchase
from tests.refunds.batches.making import planned, running, states_of, worked


@pytest.fixture
def batch(edition: Edition, staff: StaffUser, manager: StaffUser) -> RefundBatch:
    """Of three lines, the first of which has gone back."""
    make_order(edition, units=3)
    batch = running(edition, by=staff, approver=manager)
    run_batch(batch.pk, now=NOON, limit=1)
    return batch


def unsent(batch: RefundBatch) -> None:
    """As a runner leaves its refunds that is killed before it sends them."""
    paid = Transaction.objects.get()
    with connection.cursor() as cursor:
        # No refund goes this way, so the triggers would refuse it.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE refunds_refundrequest SET status = 'ready'")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    amount_minor = RefundRequest.objects.get().amount_minor
    paid.purchases.filter(refunds__batch=batch).update(
        price_reserved_minor=400_00,
        price_refunded_minor=0,
        deposit_reserved_minor=100_00,
        deposit_refunded_minor=0,
        handling_fee_reserved_minor=5_00,
        handling_fee_refunded_minor=0,
    )
    Transaction.objects.update(reserved_minor=amount_minor, refunded_minor=0)
    SandboxRefund.objects.all().delete()


def test_a_paused_batch_begins_and_sends_nothing(batch: RefundBatch, manager: StaffUser) -> None:
    unsent(batch)

    pause_batch(batch, by=manager, now=NOON)

    assert not work_on_batch(batch.pk, now=NOON)
    assert execute_ready(now=NOON) == 0
    assert states_of(batch) == [RefundStatus.READY, ItemState.PLANNED, ItemState.PLANNED]


def test_a_resumed_batch_goes_on(batch: RefundBatch, manager: StaffUser) -> None:
    pause_batch(batch, by=manager, now=NOON)

    resume_batch(batch, by=manager, now=NOON)
    batch = worked(batch)

    assert (batch.status, states_of(batch)) == (BatchStatus.COMPLETED, [RefundStatus.PROCESSED] * 3)


def test_cancel_batch_leaves_what_went_back(batch: RefundBatch, manager: StaffUser) -> None:
    cancel_batch(batch, by=manager, now=NOON)

    batch = worked(batch)
    assert (batch.status, batch.ended_at) == (BatchStatus.CANCELLED, NOON)
    assert states_of(batch) == [RefundStatus.PROCESSED, ItemState.CANCELLED, ItemState.CANCELLED]
    assert Transaction.objects.get().refunded_minor == 505_00


def test_cancel_batch_lets_go_of_what_is_ready(batch: RefundBatch, manager: StaffUser) -> None:
    unsent(batch)

    cancel_batch(batch, by=manager, now=NOON)

    refund, paid = RefundRequest.objects.get(), Transaction.objects.get()
    assert (refund.status, refund.service_response) == (
        RefundStatus.INVALID,
        {"message": "The mass refund was cancelled."},
    )
    assert (paid.reserved_minor, paid.refunded_minor) == (0, 0)
    assert OutboxEvent.objects.filter(type="refund.invalid").count() == 1
    assert not SandboxRefund.objects.exists()


def test_cancel_batch_leaves_what_is_with_the_provider(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition, price_minor=10_02, deposit_minor=0, handling_fee_minor=0)
    batch = running(edition, by=staff, approver=manager)
    run_batch(batch.pk, now=NOON)

    cancel_batch(batch, by=manager, now=NOON)

    assert states_of(batch) == [RefundStatus.PROCESSING]
    assert Transaction.objects.get().reserved_minor == 10_02


def test_cancel_batch_calls_off_what_nobody_paid_by_hand(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    paid, unpaid = [Transaction.objects.get(order=make_order(edition, service="manual")) for _ in range(2)]
    batch = running(edition, by=staff, approver=manager)
    run_batch(batch.pk, now=NOON)
    confirm_refund(batch.refunds.get(transaction=paid), reference="7", by=manager, now=NOON)

    cancel_batch(batch, by=manager, now=NOON)

    refund = batch.refunds.get(transaction=unpaid)
    assert (refund.status, refund.service_response["message"]) == ("failed", "The mass refund was cancelled.")
    assert list(Transaction.objects.order_by("refunded_minor").values_list("reserved_minor", "refunded_minor")) == [
        (0, 0),
        (0, 505_00),
    ]
    assert OutboxEvent.objects.filter(type="refund.failed").count() == 1
    assert not OutgoingMail.objects.filter(about=refund.pk).exists()


def test_a_plan_can_be_cancelled_and_nothing_else(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = planned(edition, by=staff)

    for step in (pause_batch, resume_batch):
        with pytest.raises(IllegalMove, match="waiting for approval"):
            step(batch, by=manager, now=NOON)
    cancel_batch(batch, by=manager, now=NOON)

    assert states_of(batch) == [ItemState.CANCELLED]


@pytest.mark.parametrize("step", [pause_batch, resume_batch, cancel_batch])
def test_what_is_over_stays_over(batch: RefundBatch, manager: StaffUser, step: object) -> None:
    worked(batch)

    with pytest.raises(IllegalMove, match="completed"):
        step(batch, by=manager, now=NOON)  # type: ignore[operator]


def test_resume_batch_refuses_one_that_runs(batch: RefundBatch, manager: StaffUser) -> None:
    with pytest.raises(IllegalMove, match="running"):
        resume_batch(batch, by=manager, now=NOON)


def test_every_step_is_told_of(batch: RefundBatch, manager: StaffUser) -> None:
    pause_batch(batch, by=manager, now=NOON)
    resume_batch(batch, by=manager, now=NOON)
    cancel_batch(batch, by=manager, now=NOON)

    told = OutboxEvent.objects.filter(type__startswith="refund_batch.").order_by("id")
    assert list(told.values_list("type", flat=True))[-3:] == [
        "refund_batch.paused",
        "refund_batch.resumed",
        "refund_batch.cancelled",
    ]
