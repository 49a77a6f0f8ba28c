"""What Stripe calls the states of a refund, and why it failed."""

from collections.abc import Mapping
from typing import Any

from preo.payments.gateway import Outcome, Result
from preo.payments.reading import fitting, member, text

KEY = "preo_key"
"""The metadata that ties a refund of theirs to an attempt of ours."""

RESULTS = {
    "succeeded": Result.SETTLED,
    "pending": Result.PENDING,
    "requires_action": Result.PENDING,
    "failed": Result.FAILED,
    "canceled": Result.FAILED,
}

REASONS = {
    "charge_for_pending_refund_disputed": "The customer disputed the payment meanwhile.",
    "declined": "The bank declined it.",
    "expired_or_canceled_card": "The card expired or was canceled.",
    "insufficient_funds": "There is too little money in the account at Stripe.",
    "lost_or_stolen_card": "The card was reported lost or stolen.",
    "merchant_request": "It was called off at Stripe.",
}


def result_of(refund: Mapping[str, Any]) -> Result:
    """A word that Stripe may add one day is no reason to believe anything."""
    return RESULTS.get(text(refund, "status"), Result.PENDING)


def reason_of(refund: Mapping[str, Any]) -> str:
    """Why it failed, in words; empty for one that didn't."""
    if result_of(refund) != Result.FAILED:
        return ""
    if text(refund, "status") == "canceled":
        return "It was called off."
    return REASONS.get(text(refund, "failure_reason"), "Stripe gives no reason.")


def key_of(refund: Mapping[str, Any]) -> str:
    """Empty for a refund that was not made through us."""
    return text(member(refund, "metadata"), KEY)


def outcome_of(refund: Mapping[str, Any], *, key: str) -> Outcome:
    return Outcome(key, result_of(refund), fitting(text(refund, "id")), reason_of(refund))
