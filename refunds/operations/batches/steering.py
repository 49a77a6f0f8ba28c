"""Pausing, going on with, calling off and ending a mass refund. What is with a provider already finishes by itself."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from django.db.models import Q

from orders.operations.refunding import open_books
from preo.accounts.models import StaffUser
from preo.payments.gateway import Outcome, Result
from preo.payments.registry import PAID_BY_HAND
from preo.recording import durable_operation, operation
from preo.updating import update_each
from refunds.batch_policy import NOT_APPROVED
from refunds.events import tell_all
from refunds.models import RefundAttempt, RefundBatch, RefundRequest
from refunds.operations.batches.moving import enqueue_work, lock_batch, move_batch, require_state
from refunds.operations.recording import write_outcomes
from refunds.states import BatchStatus, ItemState, RefundStatus

CALLED_OFF = "The mass refund was cancelled."
TOGETHER = 200
"""How many refunds are let go of in one go."""

UNDER_WAY = (RefundStatus.READY, RefundStatus.PROCESSING, RefundStatus.AWAITING_GATEWAY)


@operation
def pause_batch(batch: RefundBatch, *, by: StaffUser, now: datetime) -> RefundBatch:
    """Begin no more lines, and send no more of what is ready, until somebody resumes. Raises IllegalMove."""
    batch = lock_batch(batch.pk)
    move_batch(batch, BatchStatus.PAUSED, event="paused", now=now)
    return batch


@operation
def resume_batch(batch: RefundBatch, *, by: StaffUser, now: datetime) -> RefundBatch:
    """Go on where it was paused. Raises IllegalMove."""
    batch = lock_batch(batch.pk)
    require_state(batch, BatchStatus.PAUSED)
    move_batch(batch, BatchStatus.RUNNING, event="resumed", now=now)
    enqueue_work(batch)
    return batch


@operation
def withdraw_batch(batch: RefundBatch, *, by: StaffUser, now: datetime) -> RefundBatch:
    """Cancel one that nobody has approved, so that whoever asked needs no manager for it.

    That `by` asked for it, or is a manager, is the caller's check. Raises IllegalMove.
    """
    require_state(lock_batch(batch.pk), *NOT_APPROVED)
    return cancel_batch(batch, by=by, now=now)


@operation
def cancel_batch(batch: RefundBatch, *, by: StaffUser, now: datetime) -> RefundBatch:
    """Call off whatever no provider has; what that had reserved is free again. Nobody gets a letter of it.

    What people pay by hand and nobody has paid yet fails, and can be tried again by itself. Raises IllegalMove.
    """
    batch = lock_batch(batch.pk)
    batch.items.filter(state=ItemState.PLANNED).update(state=ItemState.CANCELLED)
    _let_go(batch, now=now)
    batch.ended_at = now
    move_batch(batch, BatchStatus.CANCELLED, event="cancelled", now=now, also=["ended_at"])
    return batch


def _let_go(batch: RefundBatch, *, now: datetime) -> None:
    """Of what no provider has: refunds that are ready, and those that people pay by hand and nobody has paid."""
    by_hand = Q(status=RefundStatus.AWAITING_GATEWAY, transaction__service__in=PAID_BY_HAND)
    ours = batch.refunds.filter(Q(status=RefundStatus.READY) | by_hand).order_by("transaction_id", "id")
    refund_ids = ours.values_list("pk", flat=True).iterator(chunk_size=TOGETHER)
    while some := list(islice(refund_ids, TOGETHER)):
        _let_go_of(some, now=now)


def _let_go_of(refund_ids: Sequence[str], *, now: datetime) -> None:
    """Under the lock of their books a refund that went out or was paid meanwhile is seen as it is, and left."""
    rows = RefundRequest.objects.filter(pk__in=refund_ids)
    with open_books(rows.values_list("transaction_id", flat=True), now=now) as shelf:
        ready = rows.filter(status=RefundStatus.READY).select_for_update(of=("self",)).order_by("id")
        refunds = list(ready.prefetch_related("allocations"))
        for refund in refunds:
            shelf[refund.transaction_id].release(list(refund.allocations.all()), refund_id=refund.pk)
            refund.status, refund.modified = RefundStatus.INVALID, now
            refund.service_response = {"message": CALLED_OFF}
    update_each(refunds, ["status", "modified", "service_response"])
    tell_all([(refund, "invalid") for refund in refunds], now=now)
    waiting = RefundAttempt.objects.filter(refund__in=refund_ids, refund__status=RefundStatus.AWAITING_GATEWAY)
    newest = waiting.order_by("refund_id", "-number").distinct("refund_id").values_list("key", flat=True)
    write_outcomes([Outcome(key, Result.FAILED, "", CALLED_OFF) for key in newest], now=now, is_news=False)


@durable_operation
def complete_if_done(batch_id: str, *, now: datetime) -> None:
    """Complete a running one of which no line waits for its turn and no refund is under way."""
    batch = lock_batch(batch_id)
    if batch.status != BatchStatus.RUNNING or batch.items.planned().exists():
        return
    if not batch.refunds.filter(status__in=UNDER_WAY).exists():
        batch.ended_at = now
        move_batch(batch, BatchStatus.COMPLETED, event="completed", now=now, also=["ended_at"])
