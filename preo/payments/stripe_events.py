"""Stripe's events: whether Stripe sent them, and what they tell of money."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.views.decorators.debug import sensitive_variables
from stripe import SignatureVerificationError, WebhookSignature

from preo.money import Money
from preo.payments.gateway import ChargebackNews, News, NotSigned, ReceivedEvent, RefundNews
from preo.payments.reading import amount, fitting, member, text
from preo.payments.stripe_words import key_of, reason_of, result_of

TOLERANCE = timedelta(minutes=5)

REFUNDS = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})
DISPUTES = {"charge.dispute.funds_withdrawn": False, "charge.dispute.funds_reinstated": True}


@sensitive_variables("secret")
def verified(body: bytes, *, signature: str, secret: str, now: datetime) -> ReceivedEvent:
    """The event in a body that is signed with `secret`, no longer than TOLERANCE ago. Raises NotSigned."""
    _require_signature(body, signature=signature, secret=secret)
    _require_recent(signature, now=now)
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotSigned("It is signed, but no event.") from None
    if not isinstance(payload, dict) or not text(payload, "id") or not text(payload, "type"):
        raise NotSigned("It is signed, but no event.")
    return ReceivedEvent(payload["id"], payload["type"], payload)


def _require_signature(body: bytes, *, signature: str, secret: str) -> None:
    # The SDK falls over letters beyond ASCII in either of them, which no event of Stripe's has there.
    if not signature.isascii():
        raise NotSigned("The signature can't be read.")
    try:
        WebhookSignature.verify_header(body, signature, secret)
    except (SignatureVerificationError, UnicodeDecodeError):
        raise NotSigned("No signature of Stripe's fits the body.") from None


def _require_recent(signature: str, *, now: datetime) -> None:
    """By the caller's clock; the SDK would ask the machine's. Only after the signature, which vouches for the time."""
    signed_at = next(part.split("=", 2)[1] for part in signature.split(",") if part.split("=", 2)[0] == "t")
    if abs(int(now.timestamp()) - int(signed_at)) > TOLERANCE.total_seconds():
        raise NotSigned("It was signed too long ago.")


def news_of(payload: Mapping[str, Any]) -> News | None:
    """See preo.payments.gateway.Provider."""
    kind, told = text(payload, "type"), member(member(payload, "data"), "object")
    moved = amount(told.get("amount"), told.get("currency"))
    if moved is None:
        return None
    if kind in REFUNDS:
        return _refund(told, moved)
    return _chargeback(told, moved, is_reversed=DISPUTES[kind]) if kind in DISPUTES else None


def _refund(told: Mapping[str, Any], moved: Money) -> RefundNews:
    reference, *others = _payments(told)
    return RefundNews(
        payment_reference=reference,
        provider_reference=fitting(text(told, "id")),
        amount=moved,
        result=result_of(told),
        key=key_of(told),
        message=reason_of(told),
        other_references=tuple(others),
    )


def _chargeback(told: Mapping[str, Any], moved: Money, *, is_reversed: bool) -> ChargebackNews:
    reference, *others = _payments(told)
    return ChargebackNews(
        payment_reference=reference,
        provider_reference=fitting(text(told, "id")),
        amount=moved,
        is_reversed=is_reversed,
        message=text(told, "reason").replace("_", " "),
        other_references=tuple(others),
    )


def _payments(told: Mapping[str, Any]) -> list[str]:
    """What Stripe calls the payment, the intent first; older payments have a charge alone."""
    named = [text(told, name) or text(member(told, name), "id") for name in ("payment_intent", "charge")]
    return [name for name in named if name] or [""]
