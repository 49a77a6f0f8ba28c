"""What the trail calls whoever acted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from preo.accounts.models import ServiceToken, StaffUser
from preo.audit.choices import ActorType
from preo.audit.models import AuditEvent

NOBODY = "The system"
UNKNOWN = "Somebody unknown"


@dataclass(frozen=True, slots=True)
class Actors:
    """The names of people and tokens, by their ids."""

    people: Mapping[str, str]
    tokens: Mapping[str, str]

    def name(self, event: AuditEvent) -> str:
        match event.actor_type:
            case ActorType.STAFF_USER:
                return self.people.get(event.staff_user_id, "Someone who is gone")
            case ActorType.SERVICE_TOKEN:
                return f"Token {self.tokens.get(event.token_id, 'that is gone')}"
            case ActorType.SYSTEM:
                return NOBODY
            case ActorType.UNDISCLOSED:
                return UNKNOWN
            case _:
                words = (event.get_actor_type_display(), event.application_id, event.process)
                return " ".join(filter(None, words))


def actors_of(events: Iterable[AuditEvent]) -> Actors:
    """One query for people, and one for tokens where there are any."""
    events = list(events)
    return Actors(
        people=_names(StaffUser, {event.staff_user_id for event in events}),
        tokens=_names(ServiceToken, {event.token_id for event in events}),
    )


def _names(model: Any, ids: set[Any]) -> dict[str, str]:
    wanted = ids - {None}
    return {key: str(row) for key, row in model.objects.in_bulk(list(wanted)).items()} if wanted else {}
