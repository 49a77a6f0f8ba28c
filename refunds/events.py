"""What subscribers are told about refunds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from preo.webhooks.outbox import Event, announce_events
from refunds.models import OutsideMovement, RefundRequest
from refunds.states import MovementKind, MovementState

MOVED_OUTSIDE = {
    (MovementKind.REFUND, MovementState.TAKEN): "refund.external",
    (MovementKind.REFUND, MovementState.RETURNED): "refund.external_returned",
    (MovementKind.CHARGEBACK, MovementState.TAKEN): "transaction.chargeback",
    (MovementKind.CHARGEBACK, MovementState.RETURNED): "transaction.chargeback_reversed",
}


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


def tell_of_movement(movement: OutsideMovement, *, now: datetime) -> None:
    """Announce money that moved without us, or came back. Needs `transaction__order`."""
    order = movement.transaction.order
    told = {
        "id": movement.pk,
        "organization_id": order.organization_id,
        "edition_id": order.edition_id,
        "order_id": order.pk,
        "transaction_id": movement.transaction_id,
        "provider_reference": movement.provider_reference,
        "state": movement.state,
        "amount_minor": movement.amount_minor,
        "currency": movement.currency,
    }
    type_ = MOVED_OUTSIDE[MovementKind(movement.kind), MovementState(movement.state)]
    announce_events([Event(type_, told, order.organization_id, order.edition_id)], now=now)
