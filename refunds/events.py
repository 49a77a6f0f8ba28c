"""What subscribers are told about refunds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from preo.webhooks.outbox import Event, announce_events
from refunds.models import RefundRequest


def payload(refund: RefundRequest) -> dict[str, Any]:
    """The refund as subscribers see it: ids, state and amount; amounts in minor units of `currency`."""
    return {
        "id": refund.pk,
        "organization_id": refund.organization_id,
        "edition_id": refund.edition_id,
        "order_id": refund.order_id,
        "transaction_id": refund.transaction_id,
        "purchase_id": refund.purchase_id,
        "reason": refund.reason,
        "scope": refund.scope,
        "status": refund.status,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
    }


def tell(refund: RefundRequest, what: str, *, now: datetime) -> None:
    """Announce `refund.<what>` in the transaction that made it true."""
    tell_all([(refund, what)], now=now)


def tell_all(told: Iterable[tuple[RefundRequest, str]], *, now: datetime) -> None:
    """Like `tell`, for any number of refunds in one statement."""
    announce_events(
        (Event(f"refund.{what}", payload(refund), refund.organization_id, refund.edition_id) for refund, what in told),
        now=now,
    )
