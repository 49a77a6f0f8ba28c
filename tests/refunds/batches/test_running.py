"""Running mass refunds: what becomes of each line, and that what nobody approved is not paid."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from orders.models import Purchase, Transaction
from orders.states import PurchaseStatus, TransactionStatus
from preo.accounts.models import StaffUser
from preo.payments import sandbox
from preo.payments.models import SandboxRefund
from preo.webhooks.models import OutboxEvent
from refunds.models import RefundRequest
from refunds.operations import execute_ready, reconcile
from refunds.operations.batches import run_batch
from refunds.operations.batches.running import _request_some
from refunds.states import BatchStatus, ItemState, RefundScope, RefundStatus
from tests.factories import NOON, make_order, make_purchase, make_refund
from tests.refunds.batches.making import running, states_of, worked

LATER = NOON + timedelta(minutes=5)


def test_a_mass_refund_gives_back_each_line_once(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, units=3)
    batch = running(edition, by=staff, approver=manager)

    batch = worked(batch)

    paid = Transaction.objects.get()
    assert (batch.status, batch.ended_at) == (BatchStatus.COMPLETED, NOON)
    assert states_of(batch) == [RefundStatus.PROCESSED] * 3
    assert (paid.reserved_minor, paid.refunded_minor) == (0, 3 * 505_00)
    assert sandbox.moved_minor(paid.provider_reference, now=NOON) == 3 * 505_00
    assert set(Purchase.objects.values_list("status", flat=True)) == {PurchaseStatus.REFUNDED}


def test_a_mass_refund_of_whole_payments_takes_the_service_fee_along(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    make_order(edition, units=2)
    batch = running(edition, by=staff, approver=manager, scope=RefundScope.TRANSACTION_FULL)

    worked(batch)

    paid, refund = Transaction.objects.get(), RefundRequest.objects.get()
    assert paid.refunded_minor == paid.amount_minor == refund.amount_minor == 1020_00
    assert (refund.purchase_id, refund.allocations.count()) == (None, 3)


def test_a_refund_of_a_mass_refund_says_who_asked_and_who_approved(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    make_purchase(edition)
    batch = running(edition, by=staff, approver=manager, comment="The field is flooded.")

    run_batch(batch.pk, now=LATER)

    refund = RefundRequest.objects.get()
    assert (refund.batch_id, refund.staff_user, refund.approved_by) == (batch.pk, staff, manager)
    assert (refund.needs_second_approver, refund.approved_at) == (True, NOON)
    assert (refund.created, refund.modified) == (batch.created, LATER)
    assert refund.comment == "The field is flooded."


def test_the_daily_limit_of_single_refunds_does_not_hold(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    organization = edition.organization
    organization.refund_daily_limit_minor = 1_00
    organization.save()
    make_order(edition, units=2)

    batch = worked(running(edition, by=staff, approver=manager))

    assert states_of(batch) == [RefundStatus.PROCESSED] * 2


@pytest.mark.parametrize(
    ("change", "why_not"),
    [
        ({"price_refunded_minor": 400_00}, "505.00 DKK was approved, and by now it comes to 105.00 DKK."),
        (
            {"price_refunded_minor": 400_00, "deposit_refunded_minor": 100_00, "handling_fee_refunded_minor": 5_00},
            "Nothing of this is left to give back.",
        ),
    ],
)
def test_a_line_that_comes_to_less_by_now_is_refused(
    edition: Edition, staff: StaffUser, manager: StaffUser, change: dict[str, int], why_not: str
) -> None:
    make_purchase(edition)
    batch = running(edition, by=staff, approver=manager)
    Purchase.objects.update(**change)

    batch = worked(batch)

    assert [(item.state, item.why_not) for item in batch.items.all()] == [(ItemState.REFUSED, why_not)]
    assert batch.status == BatchStatus.COMPLETED
    assert not RefundRequest.objects.exists()


def test_a_line_that_comes_to_more_by_now_is_refused(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    purchase = make_purchase(edition)
    Purchase.objects.update(price_refunded_minor=300_00)
    batch = running(edition, by=staff, approver=manager)
    Purchase.objects.filter(pk=purchase.pk).update(price_refunded_minor=0)

    batch = worked(batch)

    assert [item.why_not for item in batch.items.all()] == [
        "205.00 DKK was approved, and by now it comes to 505.00 DKK."
    ]
    assert not SandboxRefund.objects.exists()


def test_a_single_refund_in_between_keeps_its_line_from_being_paid(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    first, _ = make_purchase(edition), make_purchase(edition)
    batch = running(edition, by=staff, approver=manager)
    make_refund(first, by=staff)

    batch = worked(batch)

    assert states_of(batch) == [ItemState.REFUSED, RefundStatus.PROCESSED]


def test_declined_late_and_silent_refunds_end_as_single_ones_do(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    for price_minor in (10_01, 10_02, 10_03, 10_04, 10_05, 10_06):
        make_order(edition, price_minor=price_minor, deposit_minor=0, handling_fee_minor=0)

    batch = worked(running(edition, by=staff, approver=manager))
    before = (batch.status, states_of(batch))
    for later in (LATER, LATER + timedelta(minutes=5)):
        reconcile(now=later)
    batch = worked(batch, now=LATER)

    assert before == (
        BatchStatus.RUNNING,
        ["failed", "processing", "processing", "awaiting_gateway", "processed", "awaiting_gateway"],
    )
    assert states_of(batch) == ["failed", "processed", "processed", "processed", "failed", "failed"]
    assert batch.status == BatchStatus.COMPLETED


def test_what_a_killed_runner_left_ready_goes_out(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, units=2)
    batch = running(edition, by=staff, approver=manager)
    _request_some(batch.pk, limit=10, now=NOON)

    worked(batch)

    assert SandboxRefund.objects.count() == 2


def test_running_thirty_lines_costs_what_ten_do(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    def queries(units: int) -> int:
        order = make_order(edition, units=units)
        batch = running(edition, by=staff, approver=manager, selection={"order_ids": [order.pk]})
        with CaptureQueriesContext(connection) as captured:
            run_batch(batch.pk, now=NOON, limit=100)
        assert states_of(batch) == [RefundStatus.PROCESSED] * units
        return sum(not _is_of_the_sandbox(query["sql"]) for query in captured.captured_queries)

    assert queries(30) == queries(10)


def _is_of_the_sandbox(sql: str) -> bool:
    """It keeps books of its own, each refund in a transaction under a lock."""
    return any(word in sql for word in ("payments_sandboxrefund", "SAVEPOINT", "pg_advisory_xact_lock"))


def test_progress_counts_lines_where_they_are(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, units=3)
    make_order(edition, transaction_status=TransactionStatus.STARTED)
    batch = running(edition, by=staff, approver=manager)
    run_batch(batch.pk, now=NOON, limit=1)

    progress = batch.items.progress()

    assert (progress.planned, progress.processed, progress.not_possible) == (2, 1, 1)
    assert (progress.total, progress.done, progress.percent) == (3, 1, 33)
    assert batch.items.totals().get()["processed_minor"] == 505_00


def test_each_refund_and_each_step_is_told_of(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)

    worked(running(edition, by=staff, approver=manager))

    told = OutboxEvent.objects.order_by("id").values_list("type", "payload__status")
    assert list(told) == [
        ("refund_batch.requested", "planning"),
        ("refund_batch.planned", "planned"),
        ("refund_batch.approved", "running"),
        ("refund.requested", "requested"),
        ("refund.approved", "ready"),
        ("refund.processing", "processing"),
        ("refund.processed", "processed"),
        ("refund_batch.completed", "completed"),
    ]


def test_a_line_is_with_any_worker_once_it_is_ready(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = running(edition, by=staff, approver=manager)
    _request_some(batch.pk, limit=10, now=NOON)

    assert execute_ready(now=NOON) == 1
