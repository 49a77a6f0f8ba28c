"""What apps above let people do with an edition, from its page."""

from collections.abc import Callable
from dataclasses import dataclass

from editions.models import Edition
from preo.accounts.models import StaffUser


@dataclass(frozen=True, slots=True)
class Action:
    """A way from the page to where something can be done with the edition."""

    label: str
    url: str


MakeAction = Callable[[Edition, StaffUser], Action | None]

_makers: list[MakeAction] = []


def edition_action(make: MakeAction) -> MakeAction:
    """Registers something to do with editions, or None for whom it doesn't concern; it must not query."""
    _makers.append(make)
    return make


def actions_for(edition: Edition, user: StaffUser) -> list[Action]:
    """In the order of registration."""
    return [made for make in _makers if (made := make(edition, user))]
