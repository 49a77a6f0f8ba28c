"""Everything about one refund, gathered for its page."""

from dataclasses import dataclass

from preo.accounts.models import StaffUser
from preo.audit.trail import Entry, trail_of
from refunds.admin.decisions import DECISIONS, Decision
from refunds.models import RefundAllocation, RefundAttempt, RefundRequest
from refunds.states import RefundStatus

OVER = frozenset({RefundStatus.PROCESSED, RefundStatus.REJECTED, RefundStatus.INVALID})


@dataclass(frozen=True, slots=True)
class Button:
    """A decision, or in words why it can't be made."""

    decision: Decision
    why_not: str | None


@dataclass(frozen=True, slots=True)
class RefundPage:
    """What the template shows."""

    refund: RefundRequest
    allocations: list[RefundAllocation]
    attempts: list[RefundAttempt]
    buttons: list[Button]
    trail: list[Entry]


def refund_page(refund: RefundRequest, user: StaffUser) -> RefundPage:
    """A number of queries that doesn't grow with the refund."""
    return RefundPage(
        refund=refund,
        allocations=list(refund.allocations.select_related("purchase")),
        attempts=list(refund.attempts.all()),
        buttons=buttons_for(refund, user),
        trail=trail_of([refund], currency=refund.currency),
    )


def buttons_for(refund: RefundRequest, user: StaffUser) -> list[Button]:
    """Approve and reject while it waits, trying again when it failed; nothing when it is over or under way."""
    names = {RefundStatus.REQUESTED: ("approve", "reject"), RefundStatus.FAILED: ("retry",)}
    chosen = [DECISIONS[name] for name in names.get(RefundStatus(refund.status), ())]
    return [Button(decision, decision.why_not(refund, by=user)) for decision in chosen]
