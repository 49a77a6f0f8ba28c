"""Approving a mass refund: a second person types the edition's name, and the work begins."""

from datetime import datetime

from editions.models import Edition
from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.recording import operation
from refunds.batch_policy import NEEDS_SECOND, why_above_own_ceiling
from refunds.models import RefundBatch
from refunds.operations.batches.moving import enqueue_work, lock_batch, move_batch, require_state
from refunds.operations.deciding import NeedsSecondApprover
from refunds.operations.limiting import AboveCeiling
from refunds.states import BatchStatus


class EditionNameDiffers(DomainError):
    code = "edition_name_differs"
    field = "edition_name"


class NothingPlanned(DomainError):
    code = "nothing_planned"


@operation
def approve_batch(batch: RefundBatch, *, edition_name: str, by: StaffUser, now: datetime) -> RefundBatch:
    """Let the whole plan be carried out; the job is enqueued with the approval or not at all.

    `edition_name` is the edition's full name, spaces around it aside. That `by` is a manager is the caller's check.

    Raises IllegalMove, NeedsSecondApprover, EditionNameDiffers, NothingPlanned, AboveCeiling.
    Rule: "Second person of a mass refund", "Ceilings" in docs/rules.md.
    """
    batch = lock_batch(batch.pk)
    require_state(batch, BatchStatus.PLANNED)
    if batch.staff_user_id == by.pk:
        raise NeedsSecondApprover(NEEDS_SECOND)
    require_name(batch.edition, edition_name)
    if not batch.items.planned().exists():
        raise NothingPlanned("There is nothing in it that can be given back.")
    if why_not := why_above_own_ceiling(batch, by=by):
        raise AboveCeiling(why_not)
    batch.approved_by, batch.approved_at = by, now
    move_batch(batch, BatchStatus.RUNNING, event="approved", now=now, also=["approved_by", "approved_at"])
    enqueue_work(batch)
    return batch


def require_name(edition: Edition, typed: str) -> None:
    """Raises EditionNameDiffers unless it is the edition's full name, spaces around it aside."""
    if typed.strip() != edition.full_name.strip():
        raise EditionNameDiffers(f"The name of the edition is {edition.full_name}.")
