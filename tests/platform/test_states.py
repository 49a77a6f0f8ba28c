"""State tables: the moves that are written down, and no others."""

from collections.abc import Mapping, Set
from itertools import product

import pytest

from orders.states import PURCHASE_MOVES, PurchaseStatus
from preo.states import IllegalMove, require_move
from refunds.states import MOVES, RefundStatus

Moves = Mapping[str, Set[str]]

TABLES = {"purchase": (PURCHASE_MOVES, PurchaseStatus), "refund": (MOVES, RefundStatus)}


def legal(moves: Moves, here: str, to: str) -> bool:
    try:
        require_move(moves, here=here, to=to)
    except IllegalMove:
        return False
    return True


@pytest.mark.parametrize(("moves", "states"), TABLES.values(), ids=TABLES)
def test_a_table_names_every_state_and_no_other(moves: Moves, states: type[RefundStatus]) -> None:
    assert set(moves) == set(states)
    assert set().union(*moves.values()) <= set(states)


@pytest.mark.parametrize(("moves", "states"), TABLES.values(), ids=TABLES)
def test_require_move_allows_exactly_the_moves_of_the_table(moves: Moves, states: type[RefundStatus]) -> None:
    allowed = {(here, to) for here, to in product(states, states) if legal(moves, here, to)}

    assert allowed == {(here, to) for here in moves for to in moves[here]}


def test_require_move_says_what_cannot_become_what() -> None:
    with pytest.raises(IllegalMove, match="What is processed can't become ready") as refusal:
        require_move(MOVES, here="processed", to="ready")

    assert refusal.value.code == "illegal_move"


def test_require_move_refuses_a_state_that_the_table_does_not_know() -> None:
    with pytest.raises(IllegalMove):
        require_move(MOVES, here="lost", to="ready")
