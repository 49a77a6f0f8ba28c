"""What an event says changed, member by member, as the API shows values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from preo.audit.models import AuditEvent
from preo.audit.values import ERASED, values_of


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One member before and after. Of an erased customer's values only that they changed is known."""

    field: str
    before: Any
    after: Any
    is_erased: bool


def changes_of(event: AuditEvent) -> Iterator[FieldChange]:
    """By name. Needs `personal` selected."""
    before, after = values_of(event)
    for name in sorted(after):
        is_erased = after[name] is ERASED
        yield FieldChange(name, before[name], None if is_erased else after[name], is_erased)
