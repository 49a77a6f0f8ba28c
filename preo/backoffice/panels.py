"""What apps put on the dashboard."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Panel:
    """One box of the dashboard: a template, and what it shows."""

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


MakePanel = Callable[[HttpRequest], Panel | None]

_makers: list[MakePanel] = []


def panel(make: MakePanel) -> MakePanel:
    """Registers a function that makes a panel, or None for a user whom it doesn't concern."""
    _makers.append(make)
    return make


def panels_for(request: HttpRequest) -> list[Panel]:
    """The dashboard of whoever asks, in the order of registration."""
    return [made for make in _makers if (made := make(request))]
