"""Telling others: an operation announces what it did, in its own transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from preo.public_ids import new
from preo.webhooks.models import OutboxEvent


def announce(
    type_: str, payload: Mapping[str, Any], *, organization_id: str, edition_id: str | None, now: datetime
) -> None:
    """Write one event to the outbox. Nothing is sent yet; a rolled-back transaction tells nobody."""
    OutboxEvent.objects.create(
        id=new("evn"),
        organization_id=organization_id,
        edition_id=edition_id,
        type=type_,
        payload=dict(payload),
        occurred_at=now,
    )
