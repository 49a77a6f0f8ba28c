"""What the audit trail holds of a row."""

from typing import Any

from django.db.models import Model

from preo.audit.models import AuditEvent
from preo.audit.steps import Step, steps_in, uuid_of


def events_of(row: Model) -> list[AuditEvent]:
    """Oldest first."""
    return list(AuditEvent.objects.filter(object_uuid=uuid_of(row)).order_by("created", "id"))


def steps_of(row: Model) -> list[Step]:
    """Oldest first, with values."""
    return steps_in([row])


def values_of(row: Model, column: str) -> list[Any]:
    """What the column became, one after the other."""
    return [step.after[column] for step in steps_in([row]) if column in step.after]
