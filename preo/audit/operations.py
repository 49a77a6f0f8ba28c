"""The one thing that is ever done to the audit trail: its oldest events are removed, by the owner of the tables."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import connection

from preo.accounts.models import StaffUser
from preo.audit.models import AuditEvent, AuditRetention, PersonalDetail
from preo.audit.models.retention import SHORTEST_DAYS
from preo.errors import DomainError
from preo.recording import operation

BATCH = 5_000


class TooYoung(DomainError):
    code = "events_too_young"


class NotTheOwner(DomainError):
    code = "not_the_owner"


def remove_old_events(*, before: datetime, by: StaffUser | None, reason: str, now: datetime) -> Iterator[int]:
    """Remove the events from before a moment and the personal details in them, and tell how many after each batch.

    Each batch is committed by itself; killed, the next run goes on with the rest. What was removed stays on record.
    Raises TooYoung, NotTheOwner. Rule: "How long the trail is kept" in docs/rules.md.
    """
    require_removable(before=before, now=now)
    run = begin_removal(before=before, by=by, reason=reason, now=now)
    # Beyond a transaction the server keeps the ids aside, so that the batches don't look for them again.
    ids = AuditEvent.objects.filter(created__lt=before).order_by().values_list("pk", flat=True)
    found = ids.iterator(chunk_size=BATCH)
    while batch := list(islice(found, BATCH)):
        yield remove_events(run, batch)
    end_removal(run, by=by, reason=reason, now=now)


def require_removable(*, before: datetime, now: datetime) -> None:
    """Raises TooYoung, NotTheOwner."""
    if before > now - timedelta(days=SHORTEST_DAYS):
        raise TooYoung(f"Events younger than {SHORTEST_DAYS} days are never removed.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, has_table_privilege('audit_auditevent', 'DELETE')")
        role, may = cursor.fetchone()
    if not may:
        raise NotTheOwner(f"The database role {role} may not remove events; run this as the owner of the tables.")


@operation
def begin_removal(*, before: datetime, by: StaffUser | None, reason: str, now: datetime) -> AuditRetention:
    """Open the way for removing what is older, and close any that a killed run left open."""
    AuditRetention.objects.filter(ended_at=None).update(ended_at=now)
    return AuditRetention.objects.create(older_than=before)


@operation
def remove_events(run: AuditRetention, event_ids: list[str]) -> int:
    """Remove these events, and return how many the run has removed by now. The database refuses younger ones."""
    removed, _ = AuditEvent.objects.filter(pk__in=event_ids).delete()
    PersonalDetail.objects.filter(pk__in=event_ids).delete()
    run.removed += removed
    run.save(update_fields=["removed"])
    return run.removed


@operation
def end_removal(run: AuditRetention, *, by: StaffUser | None, reason: str, now: datetime) -> None:
    run.ended_at = now
    run.save(update_fields=["ended_at"])
