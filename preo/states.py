"""State tables: each app writes its moves down as state -> set of next states, and moves through here."""

from collections.abc import Mapping, Set

from preo.errors import DomainError

Moves = Mapping[str, Set[str]]


class IllegalMove(DomainError):
    code = "illegal_move"


def require_move(moves: Moves, *, here: str, to: str) -> None:
    """Raises IllegalMove unless the table leads from `here` to `to`."""
    if to not in moves.get(here, frozenset()):
        raise IllegalMove(f"What is {here} can't become {to}.")
