"""Events as Stripe writes them."""

import time
from itertools import count
from typing import Any

from tests.providers.books import Payment, Refund

_numbers = count(1)


def refund_object(refund: Refund) -> dict[str, Any]:
    return {
        "id": f"re_{refund.id}",
        "object": "refund",
        "amount": refund.minor,
        "charge": refund.payment.charge,
        "currency": refund.payment.currency,
        "failure_reason": refund.reason if refund.status == "failed" else None,
        "metadata": {"preo_key": refund.key} if refund.key else {},
        "payment_intent": refund.payment.reference,
        "status": refund.status,
    }


def told(refund: Refund, *, before: str) -> list[dict[str, Any]]:
    """Stripe tells a change more than once, under several types."""
    types = ["refund.created"] if not before else ["refund.updated", "charge.refund.updated"]
    types += ["refund.failed"] if refund.status == "failed" else []
    return [event(type_, refund_object(refund)) for type_ in types]


def dispute(payment: Payment, *, is_reversed: bool) -> dict[str, Any]:
    told = {
        "id": f"dp_{payment.charge}",
        "object": "dispute",
        "amount": payment.minor,
        "charge": payment.charge,
        "currency": payment.currency,
        "payment_intent": payment.reference,
        "reason": "product_not_received",
    }
    return event(f"charge.dispute.funds_{'reinstated' if is_reversed else 'withdrawn'}", told)


def event(type_: str, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"evt_{next(_numbers):08d}",
        "object": "event",
        "created": int(time.time()),
        "livemode": False,
        "type": type_,
        "data": {"object": told},
    }
