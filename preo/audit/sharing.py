"""Changes of a row that organizations share: each is told of one, and who reads for several of them reads it once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from preo.audit.choices import ActorType
from preo.audit.models import AuditEvent


def each_once(events: Iterable[AuditEvent]) -> list[AuditEvent]:
    """In their order; of a change, what one organization was told, best one that knows who it was."""
    events = list(events)
    changes: dict[Any, dict[Any, list[AuditEvent]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        # Not by the operation, which some aren't told.
        changes[event.transaction_number, event.object_uuid, event.action][event.organization_id].append(event)
    best = [min(by_organization.values(), key=_is_undisclosed) for by_organization in changes.values()]
    kept = {event.pk for told in best for event in told}
    return [event for event in events if event.pk in kept]


def _is_undisclosed(events: Sequence[AuditEvent]) -> bool:
    return events[0].actor_type == ActorType.UNDISCLOSED
