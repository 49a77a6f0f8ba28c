"""Notification items as Adyen writes them, not signed yet."""

from datetime import UTC, datetime
from typing import Any

from tests.providers.accounts import ADYEN
from tests.providers.books import Payment, Refund

REASONS = {
    "declined": "Refused by the issuer",
    "insufficient": "Insufficient balance on payment",
    "expired_or_canceled_card": "Card expired",
    "lost_or_stolen_card": "Card lost or stolen",
}


def told(refund: Refund, *, before: str) -> list[dict[str, Any]]:
    """Nothing while it is pending; then REFUND, and REFUND_FAILED for one that had succeeded."""
    code = "REFUND_FAILED" if before == "succeeded" else "REFUND"
    if refund.status not in {"succeeded", "failed"}:
        return []
    is_success = refund.status == "succeeded" or code == "REFUND_FAILED"
    reason = REASONS.get(refund.reason, refund.reason) if refund.status == "failed" else ""
    return [
        item(code, refund.payment, psp=refund.id, minor=refund.minor, key=refund.key, is_success=is_success, why=reason)
    ]


def dispute(payment: Payment, *, is_reversed: bool) -> dict[str, Any]:
    code = "CHARGEBACK_REVERSED" if is_reversed else "CHARGEBACK"
    return item(code, payment, psp=f"CB{payment.reference[:14]}", minor=payment.minor, why="Merchandise not received")


def item(
    code: str, payment: Payment, *, psp: str, minor: int, key: str = "", is_success: bool = True, why: str = ""
) -> dict[str, Any]:
    return {
        "amount": {"currency": payment.currency.upper(), "value": minor},
        "eventCode": code,
        "eventDate": datetime.now(UTC).isoformat(timespec="seconds"),
        "merchantAccountCode": ADYEN["merchant_account"],
        "merchantReference": key or "order-1",
        "originalReference": payment.reference,
        "pspReference": psp,
        "reason": why,
        "success": "true" if is_success else "false",
    }
