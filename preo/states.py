"""State tables: each app writes its moves down as state -> set of next states, and moves through here."""

from collections.abc import Mapping, Set
from typing import TypeVar

from preo.errors import DomainError

S = TypeVar("S", bound=str)


class IllegalMove(DomainError):
    code = "illegal_move"


def require_move(moves: Mapping[S, Set[S]], *, here: str, to: S) -> None:
    """Raises IllegalMove unless the table leads from `here` to `to`."""
    if not any(state == here and to in following for state, following in moves.items()):
        raise IllegalMove(f"What is {here} can't become {to}.")
