"""Steps that every operation on a mass refund takes: lock it, move it on, let a job go on with it."""

from datetime import datetime

from procrastinate.contrib.django import app

from preo.states import IllegalMove
from refunds.batch_events import tell_batch
from refunds.models import RefundBatch
from refunds.states import BATCH_MOVES, BatchStatus

WORK_ON_BATCH = "refunds.work_on_batch"
"""The job that goes on with a mass refund; named here, because tasks import operations and not the other way."""


def lock_batch(batch_id: str) -> RefundBatch:
    """The row as it is now, held until the surrounding transaction ends; taken before books and refunds.

    All that is written of a mass refund's items is written under this lock.
    """
    rows = RefundBatch.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("organization", "edition__event").get(pk=batch_id)


def move_batch(
    batch: RefundBatch, to: BatchStatus, *, event: str, now: datetime, also: list[str] | None = None
) -> None:
    """Save a locked mass refund in its next state, and tell. Raises IllegalMove."""
    require_state(batch, *(here for here, following in BATCH_MOVES.items() if to in following))
    batch.status, batch.modified = to, now
    batch.save(update_fields=["status", "modified", *(also or [])])
    tell_batch(batch, event, now=now)


def require_state(batch: RefundBatch, *states: BatchStatus) -> None:
    """Raises IllegalMove unless it is in one of these."""
    if batch.status not in states:
        raise IllegalMove(f"This mass refund is {batch.get_status_display().lower()}.")


def enqueue_work(batch: RefundBatch) -> None:
    """A job that goes on with it; one that finds another at work ends at once."""
    app.configure_task(WORK_ON_BATCH, queue="refunds").defer(batch_id=batch.pk)
