"""Who may do what with a mass refund now; and if not, why, in words that the API, the commands and the admin use."""

from editions.models import Edition
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from refunds.models import RefundBatch
from refunds.policy import scopes_for
from refunds.states import BATCH_MOVES, CUSTOM_SCOPES, BatchStatus, RefundReason, RefundScope

NEEDS_STAFF = "Only staff, managers and admins can plan a mass refund."
NEEDS_MANAGER = "Only a manager or admin can decide on a mass refund."
NEEDS_SECOND = "Somebody other than who asked for a mass refund must approve it."


def scopes_for_batch(reason: RefundReason) -> list[RefundScope]:
    """The scopes of a reason that need no amount, its own first. Rule: "Mass refund" in docs/rules.md."""
    return [scope for scope in scopes_for(reason) if scope not in CUSTOM_SCOPES]


def why_not_plan(edition: Edition, *, by: StaffUser) -> str | None:
    """Why no mass refund of the edition can be planned; None when it can."""
    is_staff = _holds(by, Role.STAFF, organization_id=edition.organization_id, edition_id=edition.pk)
    return None if is_staff else NEEDS_STAFF


def why_not_approve(batch: RefundBatch, *, by: StaffUser) -> str | None:
    is_own = batch.staff_user_id == by.pk
    return _why_not(batch, {BatchStatus.PLANNED}, by=by) or (NEEDS_SECOND if is_own else None)


def why_not_pause(batch: RefundBatch, *, by: StaffUser) -> str | None:
    return _why_not(batch, {BatchStatus.RUNNING}, by=by)


def why_not_resume(batch: RefundBatch, *, by: StaffUser) -> str | None:
    return _why_not(batch, {BatchStatus.PAUSED}, by=by)


def why_not_cancel(batch: RefundBatch, *, by: StaffUser) -> str | None:
    leads_there = {here for here, following in BATCH_MOVES.items() if BatchStatus.CANCELLED in following}
    return _why_not(batch, leads_there, by=by)


def _why_not(batch: RefundBatch, states: set[BatchStatus], *, by: StaffUser) -> str | None:
    if batch.status not in states:
        return f"It is {batch.get_status_display().lower()}."
    is_manager = _holds(by, Role.MANAGER, organization_id=batch.organization_id, edition_id=batch.edition_id)
    return None if is_manager else NEEDS_MANAGER


def _holds(by: StaffUser, role: Role, *, organization_id: str, edition_id: str) -> bool:
    held = by.reach.role_on(organization_id=organization_id, edition_id=edition_id)
    return held is not None and held.includes(role)
