"""The orders of the seed in batches: each has customers and a generator of its own, so that memory stays flat."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from preo.demo.seeding import order_rows, refund_rows
from preo.demo.seeding.baskets import Basket, Placement, basket
from preo.demo.seeding.copying import Block, Table
from preo.demo.seeding.customers import Customer, accounts, customers
from preo.demo.seeding.moments import HOUR
from preo.demo.seeding.random_ids import Ids
from preo.demo.seeding.refunding import Given, Refunding
from preo.demo.seeding.scripts import TOUR, TOUR_AT_HOME, Script, by_chance
from preo.demo.seeding.shops import Shop
from preo.demo.seeding.worlds import World

SIZE = 2000
PEOPLE_IN_100_ORDERS = 45


@dataclass(frozen=True, slots=True)
class Batch:
    """`size` orders from `first` on, in the slice `place` of `places` of the time that editions are on sale."""

    first: int
    size: int
    place: int
    places: int


@dataclass(frozen=True, slots=True)
class Sold:
    """One order with whose it is and its refunds."""

    order: Basket
    customer: Customer
    given: list[Given]


TOUR_BATCH = Batch(first=0, size=len(TOUR), place=0, places=1)


def batches(orders: int) -> Iterator[Batch]:
    """The tour, and behind it the rest in the order of time."""
    yield TOUR_BATCH
    firsts = range(len(TOUR), orders, SIZE)
    for place, first in enumerate(firsts):
        yield Batch(first, min(SIZE, orders - first), place, len(firsts))


class Maker:
    """Makes up batches, all that they are but for the numbers in the sandbox's books, from the seed and their place."""

    def __init__(self, world: World, *, first_sandbox_id: int) -> None:
        self.world = world
        self.next_sandbox_id = first_sandbox_id

    def block(self, batch: Batch) -> Block:
        """Everything of a batch as lines for COPY."""
        ids = self._ids(batch, "accounts")
        lines: dict[Table, list[str]] = {table: [] for table in (*order_rows.TABLES, *refund_rows.TABLES)}
        sold = self.sold(batch)
        _put_customers(lines, sold, ids, self.world)
        for one in sold:
            _put_order(lines, one, self.world)
            for refund in one.given:
                _put_refund(lines, refund, one.order, self.world)
        return {table: "".join(rows).encode() for table, rows in lines.items() if rows}

    def sold(self, batch: Batch) -> list[Sold]:
        ids = self._ids(batch, "orders")
        random = ids.random
        refunding = Refunding(random, ids, self.next_sandbox_id)
        placements = list(_placements(random, self.world, batch))
        # There are fewer people than orders, so that no other batch has their numbers.
        buyers = customers(random, ids, placements, first_serial=batch.first + 1, tag=self.world.tag)
        orders = [basket(random, ids, placement) for placement in placements]
        sold = [Sold(order, buyers[order.placement.person], refunding.refunds_of(order)) for order in orders]
        self.next_sandbox_id = refunding.next_sandbox_id
        return sold

    def _ids(self, batch: Batch, purpose: str) -> Ids:
        return Ids(self.world.seed, f"{purpose} {batch.first}")


def _placements(random: Random, world: World, batch: Batch) -> Iterator[Placement]:
    people = max(1, batch.size * PEOPLE_IN_100_ORDERS // 100)
    for number in range(batch.first, batch.first + batch.size):
        shop, script = _for_tour(world, number) if number < len(TOUR) else _ordinary(random, world)
        # The last hour is left free for payments and what follows them.
        span = shop.seed.closes - HOUR - shop.seed.opens
        moment = shop.seed.opens + int(span * (batch.place + random.random()) / batch.places)
        yield Placement(number, shop, script, moment, int(random.random() * people))


def _for_tour(world: World, number: int) -> tuple[Shop, Script]:
    shops = world.shops_at_home if number < len(TOUR_AT_HOME) else world.shops_elsewhere
    return shops[number % len(shops)], TOUR[number]


def _ordinary(random: Random, world: World) -> tuple[Shop, Script]:
    shares = world.shares
    return world.shops[bisect(shares, int(random.random() * shares[-1]))], by_chance(random)


def _put_customers(lines: dict[Table, list[str]], sold: Sequence[Sold], ids: Ids, world: World) -> None:
    buyers = {one.customer.id: one.customer for one in sold}
    lines[order_rows.CUSTOMERS] += (order_rows.customer_row(buyer, world.calendar) for buyer in buyers.values())
    known = accounts((one.order, one.customer) for one in sold)
    lines[order_rows.ACCOUNTS] += (order_rows.account_row(account, ids, world.calendar) for account in known)


def _put_order(lines: dict[Table, list[str]], one: Sold, world: World) -> None:
    order, customer, calendar = one.order, one.customer, world.calendar
    if order.cart_id:
        lines[order_rows.CARTS].append(order_rows.cart_row(order, customer, calendar))
        lines[order_rows.CART_ITEMS] += order_rows.cart_item_rows(order, calendar)
    lines[order_rows.ORDERS].append(order_rows.order_row(order, customer, calendar))
    if order.payments:
        lines[order_rows.TRANSACTIONS] += order_rows.transaction_rows(order, one.given, calendar)
    lines[order_rows.PURCHASES] += order_rows.purchase_rows(order, customer, one.given, calendar)


def _put_refund(lines: dict[Table, list[str]], refund: Given, order: Basket, world: World) -> None:
    calendar = world.calendar
    lines[refund_rows.REFUNDS].append(refund_rows.refund_row(refund, order, calendar))
    lines[refund_rows.ALLOCATIONS] += refund_rows.allocation_rows(refund)
    lines[refund_rows.ATTEMPTS] += refund_rows.attempt_rows(refund, calendar)
    lines[refund_rows.SANDBOX_REFUNDS] += refund_rows.sandbox_rows(refund, order, calendar)
