"""The refunds of an order: what each asked for, who decided, and how far it came."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from preo.accounts.models import StaffUser
from preo.demo.seeding.baskets import Basket, Unit
from preo.demo.seeding.houses import House
from preo.demo.seeding.moments import DAY, HOUR, MINUTE, SECOND
from preo.demo.seeding.random_ids import Ids
from preo.demo.seeding.scripts import RefundScript
from preo.payments.gateway import Result
from refunds.amounts import Parts, custom, only_deposit, total_of, whole
from refunds.states import (
    CUSTOM_SCOPES,
    HOLDS_RESERVATION,
    ONLY_DEPOSIT,
    TRANSACTION_SCOPES,
    RefundStatus,
)

UNDECIDED = frozenset({RefundStatus.REQUESTED, RefundStatus.REJECTED, RefundStatus.INVALID})
RECENT = HOLDS_RESERVATION
_RETRY_CHANCE = 0.08

# What the gateway said of each attempt; the empty text where no answer has come.
_RESULTS = {
    RefundStatus.PROCESSING: "",
    RefundStatus.AWAITING_GATEWAY: Result.PENDING,
    RefundStatus.PROCESSED: Result.SETTLED,
    RefundStatus.FAILED: Result.FAILED,
}


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt at the gateway, under the number of its row in the sandbox's books."""

    number: int
    sandbox_id: int
    started: int
    result: str

    @property
    def recorded(self) -> int:
        return self.started + SECOND


@dataclass(frozen=True, slots=True)
class Given:
    """One refund; `unit` is None for a scope of the whole transaction."""

    id: str
    script: RefundScript
    status: RefundStatus
    unit: Unit | None
    taken: list[Parts]
    asked: int
    decided: int
    asked_by: StaffUser
    decided_by: StaffUser
    needs_second_approver: bool
    tries: list[Try]

    @property
    def amount(self) -> int:
        return total_of(self.taken)

    @property
    def modified(self) -> int:
        if self.tries:
            last = self.tries[-1]
            return last.recorded if last.result else last.started
        return self.asked if self.status == RefundStatus.REQUESTED else self.decided


class Books:
    """What is left of an order while its refunds are made up; the service fee is under None."""

    def __init__(self, order: Basket) -> None:
        self.left = {unit.id: _parts(unit) for unit in order.units}
        self.service_fee = Parts(None, service_fee_minor=order.sums.service_fee)

    def of(self, unit: Unit | None) -> list[Parts]:
        return [self.left[unit.id]] if unit else [*self.left.values(), self.service_fee]

    def take(self, taken: Iterable[Parts]) -> None:
        for parts in taken:
            if parts.purchase_id is None:
                self.service_fee = minus(self.service_fee, parts)
            else:
                self.left[parts.purchase_id] = minus(self.left[parts.purchase_id], parts)


class Refunding:
    """Makes up refunds; `sandbox_ids` are handed out to attempts in turn."""

    def __init__(self, random: Random, ids: Ids, first_sandbox_id: int) -> None:
        self.random, self.ids = random, ids
        self.next_sandbox_id = first_sandbox_id

    def refunds_of(self, order: Basket) -> list[Given]:
        """In the order of the script; one for which nothing is left is left out."""
        books, given = Books(order), []
        for place, script in enumerate(order.placement.script.refunds):
            unit = None if script.scope in TRANSACTION_SCOPES else order.units[-place]
            if taken := _taken(script, books.of(unit)):
                refund = self._refund(order, script, unit, taken)
                given.append(refund)
                if refund.status in HOLDS_RESERVATION or refund.status == RefundStatus.PROCESSED:
                    books.take(taken)
        return given

    def _refund(self, order: Basket, script: RefundScript, unit: Unit | None, taken: list[Parts]) -> Given:
        house, amount = order.placement.shop.house, total_of(taken)
        needs_second = amount > house.company.second_approver_above
        approves_itself = amount <= (house.company.self_approved_up_to or 0)
        status = RefundStatus.PROCESSED if approves_itself and script.status in UNDECIDED else script.status
        asked = self._asked(order, status)
        decided = asked if approves_itself else min(asked + self._up_to(30 * HOUR), asked // 2)
        asked_by = self._asked_by(house, needs_second=needs_second)
        return Given(
            id=self.ids.hex(asked),
            script=script,
            status=status,
            unit=unit,
            taken=taken,
            asked=asked,
            decided=decided,
            asked_by=asked_by,
            decided_by=asked_by if approves_itself else house.second_person(asked_by),
            needs_second_approver=needs_second,
            tries=self._tries(status, decided),
        )

    def _asked(self, order: Basket, status: RefundStatus) -> int:
        """After the payment; lately for what is still under way."""
        earliest = order.payments[-1].moment
        if status in RECENT:
            earliest = max(earliest, -15 * DAY)
        latest = min(-10 * MINUTE, earliest + 30 * DAY)
        return max(earliest, latest - self._up_to(max(latest - earliest, 1)))

    def _asked_by(self, house: House, *, needs_second: bool) -> StaffUser:
        return house.staff["manager" if needs_second or self.random.random() < 0.3 else "staff"]

    def _tries(self, status: RefundStatus, decided: int) -> list[Try]:
        if status not in _RESULTS:
            return []
        results = [_RESULTS[status]]
        if status == RefundStatus.PROCESSED and self.random.random() < _RETRY_CHANCE:
            results.insert(0, Result.FAILED)
        return [self._try(number, decided, result) for number, result in enumerate(results, start=1)]

    def _try(self, number: int, decided: int, result: str) -> Try:
        self.next_sandbox_id += 1
        return Try(number, self.next_sandbox_id - 1, decided + number * 2 * SECOND, str(result))

    def _up_to(self, most: int) -> int:
        return int(self.random.random() * most)


def counted(given: Iterable[Given], statuses: frozenset[RefundStatus]) -> dict[str | None, Parts]:
    """What refunds in these states took, by unit; the service fee is under None."""
    sums: dict[str | None, Parts] = {}
    for parts in (parts for refund in given if refund.status in statuses for parts in refund.taken):
        sums[parts.purchase_id] = plus(sums.get(parts.purchase_id, Parts(parts.purchase_id)), parts)
    return sums


def plus(one: Parts, other: Parts) -> Parts:
    return Parts(
        one.purchase_id,
        price_minor=one.price_minor + other.price_minor,
        deposit_minor=one.deposit_minor + other.deposit_minor,
        handling_fee_minor=one.handling_fee_minor + other.handling_fee_minor,
        service_fee_minor=one.service_fee_minor + other.service_fee_minor,
    )


def minus(one: Parts, other: Parts) -> Parts:
    return Parts(
        one.purchase_id,
        price_minor=one.price_minor - other.price_minor,
        deposit_minor=one.deposit_minor - other.deposit_minor,
        handling_fee_minor=one.handling_fee_minor - other.handling_fee_minor,
        service_fee_minor=one.service_fee_minor - other.service_fee_minor,
    )


def _parts(unit: Unit) -> Parts:
    offer = unit.offer
    return Parts(unit.id, price_minor=unit.price, deposit_minor=offer.deposit, handling_fee_minor=offer.handling_fee)


def _taken(script: RefundScript, left: list[Parts]) -> list[Parts]:
    if script.scope not in CUSTOM_SCOPES:
        return whole(script.scope, left)
    available = only_deposit(left) if script.reason in ONLY_DEPOSIT else left
    total = total_of(available)
    # People ask for round amounts.
    return custom(total // 200 * 100 or total, available)
