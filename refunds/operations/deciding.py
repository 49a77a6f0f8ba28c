"""Approving, rejecting and retrying: a person's decision on a refund, before any money moves."""

from datetime import datetime

from procrastinate.contrib.django import app

from orders.operations.refunding import open_books
from preo.accounts.models import StaffUser
from preo.errors import DomainError, InvalidField
from preo.recording import operation
from preo.states import require_move
from refunds.events import tell
from refunds.models import RefundRequest
from refunds.operations.limiting import AboveCeiling
from refunds.policy import NEEDS_SECOND, NO_LONGER_FITS, needs_somebody_else, why_above_own_ceiling, why_not_open
from refunds.states import MOVES, RefundStatus

EXECUTE_READY = "refunds.execute_ready"
"""The job that carries out what is ready; named here, because tasks import operations and not the other way."""


class NeedsSecondApprover(DomainError):
    code = "needs_second_approver"


class AlreadyDecided(DomainError):
    code = "already_decided"


class NotFailed(DomainError):
    code = "not_failed"


class RefundNoLongerFits(DomainError):
    code = "refund_no_longer_fits"


@operation
def approve_refund(refund: RefundRequest, *, by: StaffUser, now: datetime) -> RefundRequest:
    """Let a worker carry the refund out; the job is enqueued with the approval or not at all.

    That `by` is a manager is the caller's check. Raises AlreadyDecided, NeedsSecondApprover, AboveCeiling.
    Rule: "Second person", "Ceilings" in docs/rules.md.
    """
    refund = lock_refund(refund)
    if refund.status != RefundStatus.REQUESTED:
        raise AlreadyDecided(f"This refund is {refund.get_status_display().lower()} already.")
    if needs_somebody_else(refund, by=by):
        raise NeedsSecondApprover(NEEDS_SECOND)
    if why_not := why_above_own_ceiling(refund, by=by):
        raise AboveCeiling(why_not)
    refund.approved_by, refund.approved_at = by, now
    move(refund, RefundStatus.READY, now=now, also=["approved_by", "approved_at"])
    tell(refund, "approved", now=now)
    enqueue_execution(refund.transaction.service)
    return refund


@operation
def reject_refund(refund: RefundRequest, *, reason: str, by: StaffUser, now: datetime) -> RefundRequest:
    """Decide against the refund and let go of what it held.

    That `by` is a manager is the caller's check. Raises InvalidField without a reason, AlreadyDecided.
    """
    if not reason.strip():
        raise InvalidField("reason", "required", "Say why, for whoever asked.")
    with open_books([refund.transaction_id], now=now) as shelf:
        refund = lock_refund(refund)
        if refund.status != RefundStatus.REQUESTED:
            raise AlreadyDecided(f"This refund is {refund.get_status_display().lower()} already.")
        shelf[refund.transaction_id].release(list(refund.allocations.all()), refund_id=refund.pk)
    refund.rejected_by, refund.rejected_at, refund.rejection_reason = by, now, reason.strip()
    move(refund, RefundStatus.REJECTED, now=now, also=["rejected_by", "rejected_at", "rejection_reason"])
    tell(refund, "rejected", now=now)
    return refund


@operation
def retry_refund(refund: RefundRequest, *, by: StaffUser, now: datetime) -> RefundRequest:
    """Reserve the amount of a failed refund again and let a worker try once more, under a new key.

    That `by` is a manager is the caller's check. Raises NotFailed; and RefundNoLongerFits when the amount has gone
    to another refund since.
    """
    with open_books([refund.transaction_id], now=now) as shelf:
        refund, books = lock_refund(refund), shelf[refund.transaction_id]
        if refund.status != RefundStatus.FAILED:
            state = refund.get_status_display().lower()
            raise NotFailed(f"This refund is {state}, and only a failed one is tried again.")
        if why_not := why_not_open(refund):
            raise RefundNoLongerFits(why_not)
        shares = list(refund.allocations.all())
        if not books.have_left(shares):
            raise RefundNoLongerFits(NO_LONGER_FITS)
        books.reserve(shares, refund_id=refund.pk)
    move(refund, RefundStatus.READY, now=now)
    tell(refund, "retried", now=now)
    enqueue_execution(refund.transaction.service)
    return refund


def lock_refund(refund: RefundRequest) -> RefundRequest:
    """The row as it is now, held until the surrounding transaction ends; taken after the books, never before."""
    return (
        RefundRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("transaction")
        .get(pk=refund.pk)
    )


def lock_with_books(refund: RefundRequest, *, now: datetime) -> RefundRequest:
    """Like `lock_refund`, for a step that books later on: the books are held first, as everywhere."""
    with open_books([refund.transaction_id], now=now):
        return lock_refund(refund)


def move(refund: RefundRequest, to: RefundStatus, *, now: datetime, also: list[str] | None = None) -> None:
    """Save a locked refund in its next state. Raises IllegalMove."""
    require_move(MOVES, here=refund.status, to=to)
    refund.status, refund.modified = to, now
    refund.save(update_fields=["status", "modified", *(also or [])])


def enqueue_execution(service: str) -> None:
    """One job for whatever is ready by then at the provider; a job that finds nothing left ends at once."""
    app.configure_task(EXECUTE_READY, queue="refunds").defer(service=service)
