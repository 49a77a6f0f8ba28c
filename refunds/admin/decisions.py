"""Approving, rejecting and retrying, each as the admin offers it: its words, its rule and its operation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from preo.accounts.models import StaffUser
from preo.errors import DomainError
from refunds.models import RefundRequest
from refunds.operations import approve_refund, reject_refund, retry_refund
from refunds.policy import why_not_approve, why_not_reject, why_not_retry

WhyNot = Callable[..., str | None]


@dataclass(frozen=True, slots=True)
class Decision:
    """`carry_out` takes the refund and the reason, which only a rejection has."""

    name: str
    verb: str
    done: str
    why_not: WhyNot
    carry_out: Callable[[RefundRequest, str, StaffUser, datetime], RefundRequest]
    needs_reason: bool = False


DECISIONS = {
    "approve": Decision(
        "approve",
        "Approve",
        "approved",
        why_not_approve,
        lambda refund, _, by, now: approve_refund(refund, by=by, now=now),
    ),
    "reject": Decision(
        "reject",
        "Reject",
        "rejected",
        why_not_reject,
        lambda refund, reason, by, now: reject_refund(refund, reason=reason, by=by, now=now),
        needs_reason=True,
    ),
    "retry": Decision(
        "retry",
        "Try again",
        "queued again",
        why_not_retry,
        lambda refund, _, by, now: retry_refund(refund, by=by, now=now),
    ),
}


def carry_out(decision: Decision, refund: RefundRequest, *, reason: str, by: StaffUser, now: datetime) -> str | None:
    """Decides on one refund in a transaction of its own; answers why not where a rule says no."""
    if why_not := decision.why_not(refund, by=by):
        return why_not
    try:
        decision.carry_out(refund, reason, by, now)
    except DomainError as refusal:
        return refusal.detail
    return None
