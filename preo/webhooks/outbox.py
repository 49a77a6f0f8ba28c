"""Telling others: an operation announces what it did, in its own transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from uuid_utils.compat import uuid7

from preo.copying import copy_in, row_of
from preo.public_ids import decode, new
from preo.webhooks.models import OutboxEvent


@dataclass(frozen=True, slots=True)
class Event:
    """What subscribers of one organization are told."""

    type: str
    payload: Mapping[str, Any]
    organization_id: str
    edition_id: str | None


def announce(
    type_: str, payload: Mapping[str, Any], *, organization_id: str, edition_id: str | None, now: datetime
) -> None:
    """Write one event to the outbox. Nothing is sent yet; a rolled-back transaction tells nobody."""
    announce_events([Event(type_, payload, organization_id, edition_id)], now=now)


def announce_events(events: Iterable[Event], *, now: datetime) -> None:
    """Like `announce`, for events of any organizations, in their order and in one statement."""
    OutboxEvent.objects.bulk_create(
        OutboxEvent(
            id=new("evn"),
            organization_id=event.organization_id,
            edition_id=event.edition_id,  # type: ignore[misc]  # the column can be null, which the field's type hides
            type=event.type,
            payload=dict(event.payload),
            occurred_at=now,
        )
        for event in events
    )


def announce_all(
    type_: str, payloads: Iterable[Mapping[str, Any]], *, organization_id: str, edition_id: str | None, now: datetime
) -> None:
    """Like `announce`, one event for each payload, in their order and in one statement."""
    organization = decode(organization_id)[1]
    edition = edition_id and decode(edition_id)[1]
    rows = (row_of((uuid7(), organization, edition, type_, dict(payload), now)) for payload in payloads)
    copy_in(OutboxEvent, fields=("id", "organization", "edition_id", "type", "payload", "occurred_at"), rows=rows)
