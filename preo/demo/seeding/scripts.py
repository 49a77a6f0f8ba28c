"""What becomes of orders and refunds: some of each kind first, for the tour, and then by chance."""

from dataclasses import dataclass, replace
from itertools import cycle, islice
from random import Random

from orders.states import OrderStatus, OrderType, TransactionStatus
from refunds.policy import scopes_for
from refunds.states import RefundReason, RefundScope, RefundStatus

SMALLEST, LARGEST = 0, -1
"""Places among what can be rented, by price."""


@dataclass(frozen=True, slots=True)
class RefundScript:
    status: RefundStatus
    reason: RefundReason
    scope: RefundScope


@dataclass(frozen=True, slots=True)
class Script:
    """What becomes of one order. `rents` is the place of the rented thing that it must begin with."""

    status: OrderStatus
    payments: tuple[TransactionStatus, ...]
    type: OrderType = OrderType.ONLINE
    refunds: tuple[RefundScript, ...] = ()
    rents: int | None = None


COMPLETED = Script(OrderStatus.COMPLETED, (TransactionStatus.COMPLETED,))

_OUTCOMES = {
    COMPLETED: 790,
    Script(OrderStatus.COMPLETED, (TransactionStatus.FAIL, TransactionStatus.COMPLETED)): 50,
    Script(OrderStatus.CONFIRMED, (TransactionStatus.PROVIDER_CONFIRMED,)): 65,
    Script(OrderStatus.PENDING, ()): 15,
    Script(OrderStatus.PENDING, (TransactionStatus.PENDING,)): 15,
    Script(OrderStatus.PENDING, (TransactionStatus.STARTED,)): 10,
    Script(OrderStatus.CANCELLED, (TransactionStatus.FAIL,)): 35,
    Script(OrderStatus.CANCELLED, ()): 20,
}
_IN_PERSON = replace(COMPLETED, type=OrderType.IN_PERSON)
_IMPORTED = replace(COMPLETED, type=OrderType.IMPORTED)
_ELSEWHERE = {_IN_PERSON: 110, _IMPORTED: 50}

_ORDINARY, _SHARES = tuple(_OUTCOMES | _ELSEWHERE), tuple((_OUTCOMES | _ELSEWHERE).values())

_REFUND_STATES = {
    RefundStatus.PROCESSED: 680,
    RefundStatus.REQUESTED: 110,
    RefundStatus.REJECTED: 90,
    RefundStatus.FAILED: 50,
    RefundStatus.INVALID: 40,
    # A live worker finishes these, so there are few.
    RefundStatus.READY: 10,
    RefundStatus.PROCESSING: 10,
    RefundStatus.AWAITING_GATEWAY: 10,
}
_REFUND_CHANCE = 0.026
_SECOND_REFUND_CHANCE = 0.1

PAIRS = tuple((reason, scope) for reason in RefundReason for scope in scopes_for(reason))
"""Every reason with every scope that it allows."""


def _refunded(place: int, pair: tuple[RefundReason, RefundScope], status: RefundStatus) -> Script:
    rents = LARGEST if place // len(RefundStatus) % 2 else SMALLEST
    return replace(COMPLETED, refunds=(RefundScript(status, *pair),), rents=rents)


_REFUNDED = tuple(
    _refunded(place, pair, status) for place, (pair, status) in enumerate(zip(PAIRS, cycle(RefundStatus), strict=False))
)

TOUR_ELSEWHERE = tuple(islice(cycle(_ORDINARY), 10))
TOUR_AT_HOME = (replace(COMPLETED, rents=SMALLEST), *_REFUNDED, *islice(cycle(_ORDINARY), 22))
"""The orders that the demo points at: of the first organization; the others are for the rest."""

TOUR = (*TOUR_AT_HOME, *TOUR_ELSEWHERE)


def by_chance(random: Random) -> Script:
    """What an ordinary order goes through."""
    script = random.choices(_ORDINARY, _SHARES)[0]
    if script is COMPLETED and random.random() < _REFUND_CHANCE:
        return replace(script, refunds=_refunds_by_chance(random), rents=random.choice((SMALLEST, 1, 2, LARGEST)))
    return script


def _refunds_by_chance(random: Random) -> tuple[RefundScript, ...]:
    count = 2 if random.random() < _SECOND_REFUND_CHANCE else 1
    states = random.choices(list(_REFUND_STATES), list(_REFUND_STATES.values()), k=count)
    return tuple(RefundScript(status, *random.choice(PAIRS)) for status in states)
