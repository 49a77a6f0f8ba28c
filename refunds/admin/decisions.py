"""What people decide on refunds, each as the admin offers it: its words, its rule and its operation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils import timezone

from preo.accounts.models import StaffUser
from preo.errors import DomainError, InvalidField
from refunds.models import RefundRequest
from refunds.operations import (
    approve_refund,
    cancel_refund,
    confirm_refund,
    pay_otherwise,
    reject_refund,
    retry_refund,
    settle_by_hand,
)
from refunds.operations.confirming_by_hand import LONGEST_REFERENCE
from refunds.policy import (
    why_not_approve,
    why_not_cancel,
    why_not_confirm,
    why_not_pay_otherwise,
    why_not_reject,
    why_not_retry,
    why_not_settle,
)

WhyNot = Callable[..., str | None]


class TextForm(forms.Form):
    """What has to be said with a decision, in its only field."""

    @property
    def text(self) -> str:
        """Needs a form that is valid."""
        return str(next(iter(self.cleaned_data.values()), ""))


class ReasonForm(TextForm):
    """Why the refunds are rejected; everybody who asked reads it."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever asked will read this.",
    )


def _reference(help_text: str) -> forms.CharField:
    return forms.CharField(
        max_length=LONGEST_REFERENCE, widget=forms.TextInput(attrs={"autocomplete": "off"}), help_text=help_text
    )


class ReferenceForm(TextForm):
    """How what was paid by hand is found again."""

    reference = _reference(
        "The number of the receipt or bank transfer. Confirm only what the customer has, or what was sent."
    )


class ProofForm(TextForm):
    """What shows it, where the provider doesn't say."""

    reference = _reference("How others find what you found: the provider's own number, a receipt, a transfer.")


@dataclass(frozen=True, slots=True)
class Decision:
    """`carry_out` takes the refund and what its form asked for, if it has one."""

    name: str
    verb: str
    done: str
    why_not: WhyNot
    carry_out: Callable[[RefundRequest, str, StaffUser, datetime], RefundRequest]
    form: type[TextForm] = TextForm
    is_quiet: bool = False
    """Whether its button stands back behind others."""

    @property
    def needs_text(self) -> bool:
        """Whether something has to be said with it."""
        return self.form is not TextForm


def _why_not_settle(refund: RefundRequest, *, by: StaffUser) -> str | None:
    return why_not_settle(refund, by=by, now=timezone.now())


def _pay_otherwise(refund: RefundRequest, reference: str, by: StaffUser, now: datetime) -> RefundRequest:
    pay_otherwise(refund, reference=reference, by=by, now=now)
    return refund


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
        form=ReasonForm,
        is_quiet=True,
    ),
    "retry": Decision(
        "retry",
        "Try again",
        "queued again",
        why_not_retry,
        lambda refund, _, by, now: retry_refund(refund, by=by, now=now),
    ),
    "confirm": Decision(
        "confirm",
        "Confirm",
        "confirmed",
        why_not_confirm,
        lambda refund, reference, by, now: confirm_refund(refund, reference=reference, by=by, now=now),
        form=ReferenceForm,
    ),
    "found_paid": Decision(
        "found_paid",
        "It was paid",
        "recorded as paid",
        _why_not_settle,
        lambda refund, reference, by, now: settle_by_hand(refund, was_paid=True, reference=reference, by=by, now=now),
        form=ProofForm,
    ),
    "found_unpaid": Decision(
        "found_unpaid",
        "It was not paid",
        "recorded as not paid",
        _why_not_settle,
        lambda refund, reference, by, now: settle_by_hand(refund, was_paid=False, reference=reference, by=by, now=now),
        form=ProofForm,
        is_quiet=True,
    ),
    "pay_otherwise": Decision(
        "pay_otherwise",
        "Paid otherwise",
        "recorded as paid otherwise",
        why_not_pay_otherwise,
        _pay_otherwise,
        form=ProofForm,
        is_quiet=True,
    ),
    "cancel": Decision(
        "cancel",
        "Call off",
        "called off",
        why_not_cancel,
        lambda refund, _, by, now: cancel_refund(refund, by=by, now=now),
        is_quiet=True,
    ),
    "ask_to_cancel": Decision(
        "ask_to_cancel",
        "Ask the provider to call it off",
        "sent to the provider to be called off",
        why_not_cancel,
        lambda refund, _, by, now: cancel_refund(refund, by=by, now=now),
        is_quiet=True,
    ),
}


def carry_out(decision: Decision, refund: RefundRequest, *, text: str, by: StaffUser, now: datetime) -> str | None:
    """Decides on one refund in a transaction of its own; answers why not where a rule says no."""
    if why_not := decision.why_not(refund, by=by):
        return why_not
    try:
        decision.carry_out(refund, text, by, now)
    except (DomainError, InvalidField) as refusal:
        return refusal.detail
    return None
