"""The rules of refunds, on the operations."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from editions.models import Edition
from editions.operations.publishing import archive_edition
from orders.models import Purchase, Transaction
from orders.states import PurchaseStatus, TransactionStatus
from preo.accounts.models import Organization, StaffUser
from preo.errors import InvalidField
from preo.payments import sandbox
from preo.payments.gateway import Outcome, Result
from preo.payments.models import SandboxRefund
from preo.webhooks.models import OutboxEvent
from refunds.models import RefundAttempt, RefundRequest
from refunds.operations import (
    AmountAboveAvailable,
    NeedsSecondApprover,
    NothingLeft,
    TransactionNotRefundable,
    approve_refund,
    begin_attempts,
    execute_ready,
    reconcile,
    record_outcomes,
    reject_refund,
    retry_refund,
)
from refunds.operations.deciding import AlreadyDecided, NotFailed, RefundNoLongerFits
from refunds.states import RefundReason, RefundScope, RefundStatus
from tests.factories import NOON, make_edition, make_location, make_order, make_purchase, make_refund
from tests.trail import steps_of

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def purchase(edition: Edition) -> Purchase:
    """One tent: 400.00 price, 100.00 deposit, 5.00 handling; the order has 10.00 service fee."""
    return make_purchase(edition)


def custom(purchase: Purchase, minor: int, *, by: StaffUser, **others: object) -> RefundRequest:
    return make_refund(purchase, by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=minor, **others)


def sums(refund: RefundRequest) -> tuple[int, int]:
    """Reserved and refunded of the refund's transaction."""
    paid = Transaction.objects.get(pk=refund.transaction_id)
    return paid.reserved_minor, paid.refunded_minor


def carried_out(refund: RefundRequest, *, by: StaffUser) -> RefundRequest:
    approve_refund(refund, by=by, now=NOON)
    execute_ready(now=NOON)
    return RefundRequest.objects.get(pk=refund.pk)


def test_refunds_of_an_archived_edition_go_on(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    """Deposits go back after an event; its set-up alone stands still."""
    archive_edition(Edition.objects.get(), by=manager, now=NOON)

    refund = carried_out(make_refund(purchase, by=staff), by=manager)

    assert (refund.status, sums(refund)) == (RefundStatus.PROCESSED, (0, 400_00))


def test_request_refund_reserves_and_sends_nothing(purchase: Purchase, staff: StaffUser) -> None:
    refund = make_refund(purchase, by=staff)

    assert refund.status == RefundStatus.REQUESTED
    assert (refund.amount_minor, refund.scope) == (400_00, RefundScope.PURCHASE_PRICE)
    assert sums(refund) == (400_00, 0)
    assert Purchase.objects.get().price_reserved_minor == 400_00
    assert not RefundAttempt.objects.exists()


@pytest.mark.parametrize(
    ("reason", "amount_minor"),
    [
        (RefundReason.DEPOSIT_RECLAIM, 100_00),
        (RefundReason.RENTAL_RETURN, 100_00),
        (RefundReason.SOLD_OUT, 505_00),
        (RefundReason.EVENT_CANCELLED, 505_00),
        (RefundReason.PRODUCT_DEFECT, 400_00),
        (RefundReason.DUPLICATE_PURCHASE, 505_00),
        (RefundReason.CUSTOMER_REQUEST, 400_00),
    ],
)
def test_request_refund_derives_the_scope_from_the_reason(
    purchase: Purchase, staff: StaffUser, reason: RefundReason, amount_minor: int
) -> None:
    refund = make_refund(purchase, by=staff, reason=reason)

    assert refund.amount_minor == amount_minor


@pytest.mark.parametrize("reason", [RefundReason.COMPENSATION, RefundReason.OVERCHARGE, RefundReason.OTHER])
def test_request_refund_needs_an_amount_for_custom_scopes(
    purchase: Purchase, staff: StaffUser, reason: RefundReason
) -> None:
    with pytest.raises(InvalidField, match="needs an amount"):
        make_refund(purchase, by=staff, reason=reason)


def test_request_refund_refuses_a_scope_that_the_reason_does_not_allow(purchase: Purchase, staff: StaffUser) -> None:
    with pytest.raises(InvalidField, match="purchase_deposit, purchase_custom"):
        make_refund(purchase, by=staff, reason=RefundReason.DEPOSIT_RECLAIM, scope=RefundScope.PURCHASE_FULL)


def test_request_refund_refuses_another_amount_than_the_scope_comes_to(purchase: Purchase, staff: StaffUser) -> None:
    with pytest.raises(InvalidField, match=r"comes to 400\.00 DKK"):
        make_refund(purchase, by=staff, amount_minor=399_99)


def test_request_refund_takes_the_amount_that_the_scope_comes_to(purchase: Purchase, staff: StaffUser) -> None:
    assert make_refund(purchase, by=staff, amount_minor=400_00).amount_minor == 400_00


def test_request_refund_gives_only_the_deposit_back_for_a_reclaim(purchase: Purchase, staff: StaffUser) -> None:
    with pytest.raises(AmountAboveAvailable, match=r"100\.00 DKK left"):
        custom(purchase, 100_01, by=staff, reason=RefundReason.DEPOSIT_RECLAIM)


def test_request_refund_takes_price_then_deposit_then_fees(purchase: Purchase, staff: StaffUser) -> None:
    refund = custom(purchase, 502_00, by=staff)

    share = refund.allocations.get()
    assert (share.price_minor, share.deposit_minor, share.handling_fee_minor) == (400_00, 100_00, 2_00)


def test_request_refund_shares_a_custom_transaction_amount_out(edition: Edition, staff: StaffUser) -> None:
    purchase = make_order(edition, units=3).purchases.first()
    assert purchase

    refund = make_refund(
        purchase, by=staff, of_transaction=True, scope=RefundScope.TRANSACTION_CUSTOM, amount_minor=100_00
    )

    assert [share.price_minor for share in refund.allocations.all()] == [33_34, 33_33, 33_33]


def test_request_refund_of_a_whole_transaction_takes_the_service_fee_too(purchase: Purchase, staff: StaffUser) -> None:
    refund = make_refund(purchase, by=staff, of_transaction=True, scope=RefundScope.TRANSACTION_FULL)

    assert refund.amount_minor == 515_00
    assert refund.allocations.get(purchase=None).service_fee_minor == 10_00


def test_request_refund_refuses_more_than_is_left(purchase: Purchase, staff: StaffUser) -> None:
    custom(purchase, 495_00, by=staff)

    with pytest.raises(AmountAboveAvailable, match=r"10\.00 DKK left"):
        custom(purchase, 10_01, by=staff)


def test_request_refund_refuses_when_nothing_is_left(purchase: Purchase, staff: StaffUser) -> None:
    make_refund(purchase, by=staff)

    with pytest.raises(NothingLeft):
        make_refund(purchase, by=staff)


@pytest.mark.parametrize("status", sorted(set(TransactionStatus) - {TransactionStatus.COMPLETED}))
def test_request_refund_refuses_a_payment_that_is_not_completed(
    edition: Edition, staff: StaffUser, status: TransactionStatus
) -> None:
    with pytest.raises(TransactionNotRefundable):
        make_refund(make_purchase(edition, transaction_status=status), by=staff)


def test_request_refund_refuses_a_provider_that_cannot_refund(edition: Edition, staff: StaffUser) -> None:
    with pytest.raises(TransactionNotRefundable, match="voucher"):
        make_refund(make_purchase(edition, service="voucher"), by=staff)


def test_request_refund_refuses_a_pickup_point_of_another_edition(
    purchase: Purchase, staff: StaffUser, ours: Organization
) -> None:
    with pytest.raises(InvalidField, match="another edition"):
        make_refund(purchase, by=staff, pickup_point=make_location(make_edition(ours)))


def test_request_refund_approves_itself_up_to_the_limit(purchase: Purchase, staff: StaffUser) -> None:
    Organization.objects.update(refund_self_approved_up_to_minor=50_00)

    small, large = custom(purchase, 50_00, by=staff), custom(purchase, 50_01, by=staff)

    assert (small.status, small.approved_by) == (RefundStatus.READY, staff)
    assert large.status == RefundStatus.REQUESTED


def test_approve_refund_above_the_limit_needs_somebody_else(
    purchase: Purchase, manager: StaffUser, admin: StaffUser
) -> None:
    Organization.objects.update(refund_second_approver_above_minor=399_99)
    refund = make_refund(purchase, by=manager)

    with pytest.raises(NeedsSecondApprover):
        approve_refund(refund, by=manager, now=NOON)

    assert approve_refund(refund, by=admin, now=NOON).status == RefundStatus.READY


def test_approve_refund_at_the_limit_needs_nobody_else(purchase: Purchase, manager: StaffUser) -> None:
    Organization.objects.update(refund_second_approver_above_minor=400_00)

    assert approve_refund(make_refund(purchase, by=manager), by=manager, now=NOON).approved_by == manager


def test_the_database_refuses_the_requester_as_second_approver(purchase: Purchase, manager: StaffUser) -> None:
    Organization.objects.update(refund_second_approver_above_minor=0)
    refund = make_refund(purchase, by=manager)

    with pytest.raises(IntegrityError, match="refund_above_the_limit_has_a_second_approver"), transaction.atomic():
        RefundRequest.objects.filter(pk=refund.pk).update(approved_by=manager, approved_at=NOON, status="ready")


@pytest.mark.parametrize("column", ["reserved_minor", "refunded_minor"])
def test_the_database_refuses_more_than_was_paid(purchase: Purchase, column: str) -> None:
    with pytest.raises(IntegrityError, match="transaction_refunds_at_most_amount"), transaction.atomic():
        Transaction.objects.update(**{column: 515_01})


@pytest.mark.parametrize("part", ["price", "deposit", "handling_fee"])
def test_the_database_refuses_more_than_a_part(purchase: Purchase, part: str) -> None:
    too_much = getattr(purchase, f"{part}_minor") + 1

    with pytest.raises(IntegrityError, match=f"purchase_refunds_at_most_{part}"), transaction.atomic():
        Purchase.objects.update(**{f"{part}_reserved_minor": too_much})


@pytest.mark.parametrize("change", [{"amount_minor": 1}, {"scope": "purchase_full"}, {"reason": "other"}])
def test_the_database_refuses_to_change_what_was_asked_for(
    purchase: Purchase, staff: StaffUser, change: dict[str, object]
) -> None:
    make_refund(purchase, by=staff)

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        RefundRequest.objects.update(**change)


def test_approve_refund_decides_once(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    refund = make_refund(purchase, by=staff)
    approve_refund(refund, by=manager, now=NOON)

    with pytest.raises(AlreadyDecided):
        approve_refund(refund, by=manager, now=NOON)
    with pytest.raises(AlreadyDecided):
        reject_refund(refund, reason="Too late", by=manager, now=NOON)


def test_reject_refund_lets_go_of_what_it_held(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    refund = reject_refund(make_refund(purchase, by=staff), reason="No receipt", by=manager, now=NOON)

    assert (refund.status, refund.rejected_by, refund.rejection_reason) == ("rejected", manager, "No receipt")
    assert sums(refund) == (0, 0)
    assert Purchase.objects.get().price_reserved_minor == 0


def test_reject_refund_needs_a_reason(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    with pytest.raises(InvalidField, match="Say why"):
        reject_refund(make_refund(purchase, by=staff), reason="  ", by=manager, now=NOON)


def test_execute_ready_settles(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    refund = carried_out(make_refund(purchase, by=staff), by=manager)

    assert (refund.status, refund.refund_date) == (RefundStatus.PROCESSED, NOON)
    assert sums(refund) == (0, 400_00)
    assert sandbox.moved_minor(f"pay-{refund.order_id}", now=NOON) == 400_00
    purchase.refresh_from_db()
    assert (purchase.status, purchase.price_refunded_minor) == (PurchaseStatus.REFUNDED, 400_00)


def test_execute_ready_leaves_a_purchase_paid_when_its_deposit_went_back(
    purchase: Purchase, staff: StaffUser, manager: StaffUser
) -> None:
    carried_out(make_refund(purchase, by=staff, reason=RefundReason.DEPOSIT_RECLAIM), by=manager)

    purchase.refresh_from_db()
    assert (purchase.status, purchase.deposit_refunded_minor) == (PurchaseStatus.PAID, 100_00)


def test_execute_ready_takes_each_refund_once(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    approve_refund(make_refund(purchase, by=staff), by=manager, now=NOON)

    assert [execute_ready(now=NOON), execute_ready(now=NOON)] == [1, 0]


def test_execute_ready_leaves_alone_what_nobody_approved(purchase: Purchase, staff: StaffUser) -> None:
    make_refund(purchase, by=staff)

    assert execute_ready(now=NOON) == 0


def test_execute_ready_invalidates_what_can_no_longer_be_paid(
    purchase: Purchase, staff: StaffUser, manager: StaffUser
) -> None:
    refund = approve_refund(make_refund(purchase, by=staff), by=manager, now=NOON)
    Transaction.objects.update(status=TransactionStatus.FAIL)

    execute_ready(now=NOON)

    refund.refresh_from_db()
    assert refund.status == RefundStatus.INVALID
    assert sums(refund) == (0, 0)


def test_a_declined_refund_fails_and_lets_go(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    refund = carried_out(custom(purchase, 20_01, by=staff), by=manager)

    assert (refund.status, refund.service_response["message"]) == ("failed", "The bank declined it.")
    assert sums(refund) == (0, 0)


def test_a_time_out_is_unknown_and_not_failed(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    refund = carried_out(custom(purchase, 20_02, by=staff), by=manager)

    assert refund.status == RefundStatus.PROCESSING
    assert sums(refund) == (20_02, 0)


@pytest.mark.parametrize("amount_minor", [20_02, 20_03])
def test_reconcile_finishes_a_time_out_once(
    purchase: Purchase, staff: StaffUser, manager: StaffUser, amount_minor: int
) -> None:
    refund = carried_out(custom(purchase, amount_minor, by=staff), by=manager)

    reconcile(now=LATER)
    reconcile(now=LATER)

    refund.refresh_from_db()
    assert refund.status == RefundStatus.PROCESSED
    assert sums(refund) == (0, amount_minor)
    assert sandbox.moved_minor(f"pay-{refund.order_id}", now=LATER) == amount_minor
    assert refund.attempts.count() == 1


@pytest.mark.parametrize(
    ("amount_minor", "first", "last", "moved"),
    [
        (20_04, RefundStatus.AWAITING_GATEWAY, RefundStatus.PROCESSED, 20_04),
        (20_05, RefundStatus.PROCESSED, RefundStatus.FAILED, 0),
        (20_06, RefundStatus.AWAITING_GATEWAY, RefundStatus.FAILED, 0),
    ],
)
def test_reconcile_hears_what_the_gateway_says_late(
    purchase: Purchase,
    staff: StaffUser,
    manager: StaffUser,
    amount_minor: int,
    first: RefundStatus,
    last: RefundStatus,
    moved: int,
) -> None:
    refund = carried_out(custom(purchase, amount_minor, by=staff), by=manager)
    before = refund.status

    reconcile(now=NOON + sandbox.DELAY)

    refund.refresh_from_db()
    assert (before, refund.status) == (first, last)
    assert sums(refund) == (0, moved)
    assert sandbox.moved_minor(f"pay-{refund.order_id}", now=LATER) == moved


def test_a_late_failure_puts_the_purchase_back(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    purchase = make_purchase(edition, price_minor=400_05)
    carried_out(make_refund(purchase, by=staff), by=manager)
    assert Purchase.objects.get().status == PurchaseStatus.REFUNDED

    reconcile(now=NOON + sandbox.DELAY)

    assert Purchase.objects.get().status == PurchaseStatus.PAID


def test_retry_refund_reserves_again_and_uses_a_new_key(
    purchase: Purchase, staff: StaffUser, manager: StaffUser
) -> None:
    refund = carried_out(custom(purchase, 20_01, by=staff), by=manager)

    retry_refund(refund, by=manager, now=NOON)
    execute_ready(now=NOON)

    assert [attempt.key for attempt in refund.attempts.all()] == [f"{refund.pk}-1", f"{refund.pk}-2"]


def test_retry_refund_refuses_what_went_to_another(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    refund = carried_out(custom(purchase, 20_01, by=staff), by=manager)
    make_refund(purchase, by=staff, reason=RefundReason.SOLD_OUT)

    with pytest.raises(RefundNoLongerFits):
        retry_refund(refund, by=manager, now=NOON)


def test_record_outcome_of_an_older_attempt_changes_nothing(
    purchase: Purchase, staff: StaffUser, manager: StaffUser
) -> None:
    refund = carried_out(custom(purchase, 20_01, by=staff), by=manager)
    retry_refund(refund, by=manager, now=NOON)
    begin_attempts([refund.pk], now=NOON)

    record_outcomes([Outcome(f"{refund.pk}-1", Result.SETTLED, "sandbox-1")], now=LATER)

    refund.refresh_from_db()
    assert refund.status == RefundStatus.PROCESSING
    assert sums(refund) == (20_01, 0)


def test_a_step_with_the_gateway_refuses_to_run_inside_a_transaction(
    purchase: Purchase, staff: StaffUser, manager: StaffUser
) -> None:
    refund = approve_refund(make_refund(purchase, by=staff), by=manager, now=NOON)

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        begin_attempts([refund.pk], now=NOON)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        record_outcomes([Outcome(f"{refund.pk}-1", Result.SETTLED, "sandbox-1")], now=NOON)


@pytest.mark.parametrize("status", [PurchaseStatus.RESERVED, PurchaseStatus.CANCELLED])
def test_a_purchase_that_was_never_handed_out_keeps_its_status(
    purchase: Purchase, staff: StaffUser, manager: StaffUser, status: PurchaseStatus
) -> None:
    Purchase.objects.update(status=status)

    refund = carried_out(make_refund(purchase, by=staff, reason=RefundReason.SOLD_OUT), by=manager)

    assert (refund.status, Purchase.objects.get().status) == (RefundStatus.PROCESSED, status)


def test_execute_ready_goes_on_past_a_refund_that_goes_wrong(
    edition: Edition, purchase: Purchase, staff: StaffUser, manager: StaffUser
) -> None:
    broken = approve_refund(custom(purchase, 20_00, by=staff), by=manager, now=NOON)
    SandboxRefund.objects.create(
        key=f"{broken.pk}-1", payment_reference="another", amount_minor=1, currency="dkk", result=Result.SETTLED
    )
    sound = approve_refund(make_refund(make_purchase(edition), by=staff), by=manager, now=LATER)

    execute_ready(now=LATER)

    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.status, sound.status) == (RefundStatus.PROCESSING, RefundStatus.PROCESSED)


def test_request_refund_refuses_more_than_is_left_of_the_payment(purchase: Purchase, staff: StaffUser) -> None:
    Transaction.objects.update(outside_minor=215_00)

    with pytest.raises(AmountAboveAvailable, match=r"300\.00 DKK left"):
        make_refund(purchase, by=staff)


def test_a_retry_does_not_go_out_once_the_first_attempt_turns_out_to_be_paid(
    purchase: Purchase, staff: StaffUser, manager: StaffUser
) -> None:
    refund = carried_out(custom(purchase, 20_01, by=staff), by=manager)
    retry_refund(refund, by=manager, now=NOON)
    record_outcomes([Outcome(f"{refund.pk}-1", Result.SETTLED, refund.attempts.get().provider_reference)], now=NOON)

    execute_ready(now=NOON)

    refund.refresh_from_db()
    assert (refund.status, refund.attempts.count(), sums(refund)) == (RefundStatus.INVALID, 1, (0, 0))
    assert Transaction.objects.get().outside_minor == 20_01


def test_retry_refund_is_for_failed_ones(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    with pytest.raises(NotFailed):
        retry_refund(make_refund(purchase, by=staff), by=manager, now=NOON)


def test_every_move_is_announced_and_kept_in_the_history(
    purchase: Purchase, staff: StaffUser, manager: StaffUser
) -> None:
    refund = carried_out(make_refund(purchase, by=staff), by=manager)

    told = ["refund.requested", "refund.approved", "refund.processing", "refund.processed"]
    assert list(OutboxEvent.objects.order_by("sequence").values_list("type", flat=True)) == told
    assert [(step.after["status"], step.event.operation) for step in steps_of(refund)] == [
        ("requested", "request_refund"),
        ("ready", "approve_refund"),
        ("processing", "begin_attempts"),
        ("processed", "record_outcomes"),
    ]
