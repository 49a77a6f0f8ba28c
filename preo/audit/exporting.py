"""Audit events as a table for auditors."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC

from django.db.models import QuerySet

from preo.api.json import dumps
from preo.audit.changes import changes_of
from preo.audit.kinds import typed_id
from preo.audit.models import AuditEvent
from preo.spreadsheets import csv_lines

AT_ONCE = 2000
"""How many rows are fetched together, and so held at once."""

AS_THEY_ARE = (
    "action",
    "operation",
    "actor_type",
    "staff_user_id",
    "token_id",
    "application_id",
    "process",
    "request_id",
    "reason",
)
COLUMNS = ("id", "created", "organization_id", "edition_id", "object_type", "object_id", *AS_THEY_ARE, "changes")


def export_lines(events: QuerySet[AuditEvent]) -> Iterator[str]:
    """The events in their order, a line each below the header; moments in UTC, changes as the JSON that REST has.

    One query, through a cursor of the database: however many there are, few are held at once.
    """
    rows = events.select_related("personal").iterator(chunk_size=AT_ONCE)
    return csv_lines(COLUMNS, map(_cells, rows))


def _cells(event: AuditEvent) -> Iterator[object]:
    yield event.pk
    yield event.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    yield from (event.organization_id, event.edition_id, event.object_type)
    yield typed_id(event.object_type, event.object_uuid)
    yield from (getattr(event, name) for name in AS_THEY_ARE)
    yield dumps([asdict(change) for change in changes_of(event)]).decode()
