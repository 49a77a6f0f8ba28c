"""What of a provider's event people may read: harmless facts, by a list of members that are."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

HARMLESS = frozenset(
    {
        "amount",
        "api_version",
        "charge",
        "created",
        "currency",
        "eventCode",
        "eventDate",
        "failure_reason",
        "id",
        "livemode",
        "merchantAccountCode",
        "merchantReference",
        "object",
        "originalReference",
        "payment_intent",
        "preo_key",
        "pspReference",
        "reason",
        "status",
        "success",
        "type",
        "value",
    }
)
"""Ids, amounts, states and times. All else may be a name, an address or a card's, and providers add members."""

PROSE = frozenset({"reason", "failure_reason"})
"""Adyen's reason for an authorisation is made of a card's last digits."""

_DIGITS = re.compile(r"\d{3,}")
LONGEST, MOST = 120, 60

Facts = list[tuple[str, str]]


def facts_of(payload: Mapping[str, Any]) -> tuple[Facts, int]:
    """The members that are shown, named by their paths; and how many are not."""
    leaves = [(path, value) for path, value in _leaves(payload, ()) if value not in (None, "")]
    shown = [(".".join(path), _words(path[-1], value)) for path, value in leaves if path[-1] in HARMLESS][:MOST]
    return shown, len(leaves) - len(shown)


def _leaves(told: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """An element of a list is named by the list."""
    if isinstance(told, Mapping):
        for name, member in told.items():
            yield from _leaves(member, (*path, str(name)))
    elif isinstance(told, list):
        for member in told:
            yield from _leaves(member, path)
    elif path:
        yield path, told


def _words(name: str, value: Any) -> str:
    text = str(value)[:LONGEST]
    return _DIGITS.sub("•••", text) if name in PROSE else text
