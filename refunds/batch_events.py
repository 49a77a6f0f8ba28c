"""What subscribers are told about mass refunds."""

from datetime import datetime
from typing import Any

from preo.webhooks.outbox import announce
from refunds.models import RefundBatch


def payload(batch: RefundBatch) -> dict[str, Any]:
    """The mass refund as subscribers see it: ids and state. Each of its refunds is told of by itself."""
    return {
        "id": batch.pk,
        "organization_id": batch.organization_id,
        "edition_id": batch.edition_id,
        "reason": batch.reason,
        "scope": batch.scope,
        "status": batch.status,
    }


def tell_batch(batch: RefundBatch, what: str, *, now: datetime) -> None:
    """Announce `refund_batch.<what>` in the transaction that made it true."""
    announce(
        f"refund_batch.{what}",
        payload(batch),
        organization_id=batch.organization_id,
        edition_id=batch.edition_id,
        now=now,
    )
