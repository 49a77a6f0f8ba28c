"""Everything about one refund, gathered for its page."""

from dataclasses import dataclass

from preo.accounts.models import StaffUser
from refunds.admin.decisions import DECISIONS, Decision
from refunds.admin.timeline import Moment, called_off, failed_late, timeline_of
from refunds.gateways import is_paid_by_hand
from refunds.models import RefundAllocation, RefundRequest
from refunds.policy import why_not_fitting, why_not_open
from refunds.states import RefundStatus

OVER = frozenset({RefundStatus.PROCESSED, RefundStatus.REJECTED, RefundStatus.INVALID})

RARE = ("found_paid", "found_unpaid")
"""Offered only where they are possible: nobody needs to read why a provider may still speak."""


@dataclass(frozen=True, slots=True)
class Button:
    """A decision, or in words why it can't be made."""

    decision: Decision
    why_not: str | None


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of a refund that failed, in words. `says` is in the provider's."""

    title: str
    text: str
    says: str = ""
    is_alarm: bool = True


@dataclass(frozen=True, slots=True)
class RefundPage:
    """What the template shows."""

    refund: RefundRequest
    allocations: list[RefundAllocation]
    buttons: list[Button]
    timeline: list[Moment]
    notice: Notice | None


def refund_page(refund: RefundRequest, user: StaffUser) -> RefundPage:
    """A number of queries that doesn't grow with the refund."""
    timeline = timeline_of(refund)
    return RefundPage(
        refund=refund,
        allocations=list(refund.allocations.select_related("purchase")),
        buttons=buttons_for(refund, user),
        timeline=timeline,
        notice=_notice(refund, timeline) if refund.status == RefundStatus.FAILED else None,
    )


def _notice(refund: RefundRequest, timeline: list[Moment]) -> Notice:
    says = str(refund.service_response.get("message") or "")
    if why_not_open(refund):
        return Notice("It was paid otherwise", "It is not tried again.", says, is_alarm=False)
    if failed_late(timeline):
        tell_them = "The money is on the books again, while the customer may believe that it is on its way. Tell them."
        return Notice("It was paid and came back", tell_them, says)
    why_not = why_not_fitting(refund)
    text = f"Nothing was paid. {why_not}" if why_not else "Nothing was paid, and the amount is free again."
    return (
        Notice("It was called off", text, is_alarm=False) if called_off(timeline) else Notice("It failed", text, says)
    )


def buttons_for(refund: RefundRequest, user: StaffUser) -> list[Button]:
    """What may come next where people have a say in it; nothing when it is over, or under way without them."""
    chosen = [DECISIONS[name] for name in _names(refund)]
    buttons = [Button(decision, decision.why_not(refund, by=user)) for decision in chosen]
    return [button for button in buttons if button.why_not is None or button.decision.name not in RARE]


def _names(refund: RefundRequest) -> tuple[str, ...]:
    match refund.status:
        case RefundStatus.REQUESTED:
            return ("approve", "reject")
        case RefundStatus.AWAITING_GATEWAY:
            return ("confirm", "cancel") if is_paid_by_hand(refund.transaction) else ("ask_to_cancel", *RARE)
        case RefundStatus.PROCESSING:
            return RARE
        case RefundStatus.FAILED:
            return ("retry", "pay_otherwise")
    return ()
