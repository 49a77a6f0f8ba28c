"""Pausing, going on with, calling off and ending a mass refund. What is with a provider already finishes by itself."""

from datetime import datetime

from orders.operations.refunding import open_books
from preo.accounts.models import StaffUser
from preo.recording import durable_operation, operation
from preo.updating import update_each
from refunds.events import tell_all
from refunds.models import RefundBatch, RefundRequest
from refunds.operations.batches.moving import enqueue_work, lock_batch, move_batch, require_state
from refunds.states import BatchStatus, ItemState, RefundStatus

CALLED_OFF = "The mass refund was cancelled."
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
def cancel_batch(batch: RefundBatch, *, by: StaffUser, now: datetime) -> RefundBatch:
    """Call off whatever is not with a provider yet; what that had reserved is free again. Raises IllegalMove."""
    batch = lock_batch(batch.pk)
    batch.items.filter(state=ItemState.PLANNED).update(state=ItemState.CANCELLED)
    _release_ready(batch, now=now)
    batch.ended_at = now
    move_batch(batch, BatchStatus.CANCELLED, event="cancelled", now=now, also=["ended_at"])
    return batch


def _release_ready(batch: RefundBatch, *, now: datetime) -> None:
    ready = RefundRequest.objects.filter(batch=batch, status=RefundStatus.READY)
    with open_books(ready.values_list("transaction_id", flat=True), now=now) as shelf:
        refunds = list(ready.select_for_update(of=("self",)).prefetch_related("allocations").order_by("id"))
        for refund in refunds:
            shelf[refund.transaction_id].release(list(refund.allocations.all()), refund_id=refund.pk)
            refund.status, refund.modified = RefundStatus.INVALID, now
            refund.service_response = {"message": CALLED_OFF}
    update_each(refunds, ["status", "modified", "service_response"])
    tell_all([(refund, "invalid") for refund in refunds], now=now)


@durable_operation
def complete_if_done(batch_id: str, *, now: datetime) -> None:
    """Complete a running one of which no line waits for its turn and no refund is under way."""
    batch = lock_batch(batch_id)
    if batch.status != BatchStatus.RUNNING or batch.items.planned().exists():
        return
    if not batch.refunds.filter(status__in=UNDER_WAY).exists():
        batch.ended_at = now
        move_batch(batch, BatchStatus.COMPLETED, event="completed", now=now, also=["ended_at"])
