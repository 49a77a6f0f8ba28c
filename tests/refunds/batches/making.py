"""Mass refunds for tests, in each of their states."""

from typing import Any

from editions.models import Edition
from preo.accounts.models import StaffUser
from refunds.models import RefundBatch
from refunds.operations.batches import approve_batch, plan_batch, work_on_batch
from refunds.states import RefundReason
from tests.factories import NOON


def make_batch(edition: Edition, *, by: StaffUser, **others: Any) -> RefundBatch:
    """Asked for because the event is cancelled, and not planned yet. One call at a time unless told otherwise."""
    defaults: dict[str, Any] = {
        "reason": RefundReason.EVENT_CANCELLED,
        "scope": None,
        "selection": {},
        "comment": "",
        "concurrency": 1,
        "now": NOON,
    }
    return plan_batch(edition, by=by, **(defaults | others))


def planned(edition: Edition, *, by: StaffUser, **others: Any) -> RefundBatch:
    """With its lines."""
    return worked(make_batch(edition, by=by, **others))


def running(edition: Edition, *, by: StaffUser, approver: StaffUser, **others: Any) -> RefundBatch:
    """Approved, and not a line begun."""
    batch = planned(edition, by=by, **others)
    return approve_batch(batch, edition_name=edition.full_name, by=approver, now=NOON)


def worked(batch: RefundBatch, *, now: Any = NOON) -> RefundBatch:
    """Gone on with until there is nothing more to do."""
    while work_on_batch(batch.pk, now=now):
        pass
    return RefundBatch.objects.get(pk=batch.pk)


def states_of(batch: RefundBatch) -> list[str]:
    """What became of each line: the state of its refund, or its own where there is none; in the order of turns."""
    rows = batch.items.in_turn()
    return [item.refund.status if item.refund else item.state for item in rows]
