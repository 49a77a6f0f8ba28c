"""The customers of a batch of orders, and what each organization knows of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from orders.states import TransactionStatus
from preo.demo.seeding.baskets import Basket, Placement
from preo.demo.seeding.moments import DAY, MINUTE
from preo.demo.seeding.names import Person, person
from preo.demo.seeding.random_ids import Ids


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who ordered; joined shortly before the first order."""

    id: str
    person: Person
    joined: int
    last_seen: int


@dataclass(slots=True)
class Account:
    """What one organization knows of one customer; `spent` is by currency, in minor units."""

    customer: str
    organization: str
    first_order: int
    last_order: int
    orders: int = 0
    spent: dict[str, int] = field(default_factory=dict)

    def add(self, order: Basket) -> None:
        moment, currency = order.placement.moment, order.placement.shop.currency
        self.first_order, self.last_order = min(self.first_order, moment), max(self.last_order, moment)
        self.orders += 1
        if any(payment.status == TransactionStatus.COMPLETED for payment in order.payments):
            self.spent[currency] = self.spent.get(currency, 0) + order.sums.total


def customers(
    random: Random, ids: Ids, placements: Sequence[Placement], *, first_serial: int, tag: str
) -> dict[int, Customer]:
    """By the `person` of their placements."""
    moments: dict[int, list[int]] = {}
    for placement in placements:
        moments.setdefault(placement.person, []).append(placement.moment)
    return {
        key: _customer(random, ids, person(random, serial=first_serial + key, tag=tag), moments[key])
        for key in sorted(moments)
    }


def accounts(orders: Iterable[tuple[Basket, Customer]]) -> list[Account]:
    found: dict[tuple[str, str], Account] = {}
    for order, customer in orders:
        key = (order.placement.shop.organization, customer.id)
        if key not in found:
            moment = order.placement.moment
            found[key] = Account(customer.id, key[0], first_order=moment, last_order=moment)
        found[key].add(order)
    return list(found.values())


def _customer(random: Random, ids: Ids, who: Person, moments: list[int]) -> Customer:
    joined = min(moments) - 2 * MINUTE - int(random.random() * 3 * DAY)
    last_seen = max(moments) + int(random.random() * -max(moments))
    return Customer(ids.hex(joined), who, joined, last_seen)
