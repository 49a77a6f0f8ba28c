"""Who may do what with a mass refund now; and if not, why, in words that the API, the commands and the admin use."""

from editions.models import Edition
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from refunds.limits import ceiling_of, why_above_ceiling, why_never
from refunds.models import RefundBatch
from refunds.policy import scopes_for
from refunds.states import BATCH_MOVES, CUSTOM_SCOPES, BatchStatus, RefundReason, RefundScope

NOT_APPROVED = (BatchStatus.PLANNING, BatchStatus.PLANNED)
NEEDS_STAFF = "Only staff, managers and admins can plan a mass refund."
NEEDS_MANAGER = "Only a manager or admin can decide on a mass refund."
NEEDS_SECOND = "Somebody other than who asked for a mass refund must approve it."


def scopes_for_batch(reason: RefundReason) -> list[RefundScope]:
    """The scopes of a reason that need no amount, its own first. Rule: "Mass refund" in docs/rules.md."""
    return [scope for scope in scopes_for(reason) if scope not in CUSTOM_SCOPES]


def why_not_plan(edition: Edition, *, by: StaffUser) -> str | None:
    """Why no mass refund of the edition can be planned; None when it can. Needs the organization."""
    role = by.reach.role_on(organization_id=edition.organization_id, edition_id=edition.pk)
    if role is None or not role.includes(Role.STAFF):
        return NEEDS_STAFF
    return why_never(edition.organization, role, verb="ask for")


def why_not_approve(batch: RefundBatch, *, by: StaffUser) -> str | None:
    """Needs the organization; a query for the largest line where `by` has a ceiling."""
    return why_not_approve_any(batch, by=by) or why_above_own_ceiling(batch, by=by)


def why_not_approve_any(batch: RefundBatch, *, by: StaffUser) -> str | None:
    """Why `by` can't approve it whatever its lines come to. Needs the organization; no query."""
    is_own = batch.staff_user_id == by.pk
    return (
        _why_not(batch, {BatchStatus.PLANNED}, by=by)
        or (NEEDS_SECOND if is_own else None)
        or why_never(batch.organization, _role(batch, by), verb="approve")
    )


def why_above_own_ceiling(batch: RefundBatch, *, by: StaffUser) -> str | None:
    """Why a line is more than somebody in the role of `by` can approve at once. Rule: "Ceilings" in docs/rules.md."""
    role = _role(batch, by)
    if ceiling_of(batch.organization, role) is None:
        return None
    largest = batch.items.planned().order_by("-amount_minor").first()
    if largest is None:
        return None
    what = "the largest line"
    return why_above_ceiling(largest.amount, of=batch.organization, role=role, verb="approve", what=what)


def why_not_pause(batch: RefundBatch, *, by: StaffUser) -> str | None:
    return _why_not(batch, {BatchStatus.RUNNING}, by=by)


def why_not_resume(batch: RefundBatch, *, by: StaffUser) -> str | None:
    return _why_not(batch, {BatchStatus.PAUSED}, by=by)


def is_own_plan(batch: RefundBatch, *, by: StaffUser) -> bool:
    """Whether `by` asked for it, and nobody has approved it yet: that they can withdraw, as staff."""
    return batch.staff_user_id == by.pk and batch.status in NOT_APPROVED


def why_not_cancel(batch: RefundBatch, *, by: StaffUser) -> str | None:
    role = _role(batch, by)
    if is_own_plan(batch, by=by) and role is not None and role.includes(Role.STAFF):
        return None
    leads_there = {here for here, following in BATCH_MOVES.items() if BatchStatus.CANCELLED in following}
    return _why_not(batch, leads_there, by=by)


def _why_not(batch: RefundBatch, states: set[BatchStatus], *, by: StaffUser) -> str | None:
    if batch.status not in states:
        return f"It is {batch.get_status_display().lower()}."
    role = _role(batch, by)
    return None if role is not None and role.includes(Role.MANAGER) else NEEDS_MANAGER


def _role(batch: RefundBatch, by: StaffUser) -> Role | None:
    return by.reach.role_on(organization_id=batch.organization_id, edition_id=batch.edition_id)
