"""Telling others: an operation announces what it did, in its own transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from uuid_utils.compat import uuid7

from preo.copying import copy_in, row_of
from preo.public_ids import decode, new
from preo.webhooks.models import OutboxEvent


def announce(
    type_: str, payload: Mapping[str, Any], *, organization_id: str, edition_id: str | None, now: datetime
) -> None:
    """Write one event to the outbox. Nothing is sent yet; a rolled-back transaction tells nobody."""
    OutboxEvent.objects.create(
        id=new("evn"),
        organization_id=organization_id,
        edition_id=edition_id,  # type: ignore[misc]  # the column can be null, which the field's type does not say
        type=type_,
        payload=dict(payload),
        occurred_at=now,
    )


def announce_all(
    type_: str, payloads: Iterable[Mapping[str, Any]], *, organization_id: str, edition_id: str | None, now: datetime
) -> None:
    """Like `announce`, one event for each payload, in their order and in one statement."""
    organization = decode(organization_id)[1]
    edition = edition_id and decode(edition_id)[1]
    rows = (row_of((uuid7(), organization, edition, type_, dict(payload), now)) for payload in payloads)
    copy_in(OutboxEvent, fields=("id", "organization", "edition_id", "type", "payload", "occurred_at"), rows=rows)
