"""What refunds do to the books of a transaction and its purchases: hold, let go, give back, take back.

Steps of an operation that has locked the books; its transaction, history and event are theirs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orders.models import Purchase, Transaction
from orders.states import PURCHASE_MOVES, PurchaseStatus
from preo.states import require_move

PARTS = ("price", "deposit", "handling_fee")
COUNTERS = [f"{part}_{counter}_minor" for part in PARTS for counter in ("reserved", "refunded")]


class Share(Protocol):
    """What one refund takes from one purchase or, without a purchase, from the service fee."""

    @property
    def purchase_id(self) -> str | None: ...
    @property
    def price_minor(self) -> int: ...
    @property
    def deposit_minor(self) -> int: ...
    @property
    def handling_fee_minor(self) -> int: ...
    @property
    def service_fee_minor(self) -> int: ...


def total_of(shares: Iterable[Share]) -> int:
    """What several shares come to."""
    return sum(s.price_minor + s.deposit_minor + s.handling_fee_minor + s.service_fee_minor for s in shares)


@dataclass(frozen=True, slots=True)
class Books:
    """A transaction and its purchases by id, locked until the surrounding transaction ends."""

    transaction: Transaction
    purchases: Mapping[str, Purchase]

    def have_left(self, shares: Iterable[Share]) -> bool:
        """Whether every share still fits into what is neither given back nor reserved."""
        shares = list(shares)
        fits = total_of(shares) <= self.transaction.available_refund_minor
        return fits and all(self._has_left(share) for share in shares)

    def _has_left(self, share: Share) -> bool:
        if share.purchase_id is None:
            return share.service_fee_minor <= self.transaction.service_fee_left_minor
        purchase = self.purchases[share.purchase_id]
        return all(getattr(share, f"{part}_minor") <= purchase.left_minor(part) for part in PARTS)


def lock_books(transaction_id: str) -> Books:
    """Lock the transaction first, then its purchases in id order: every change of refund sums goes this way."""
    transaction = Transaction.objects.select_for_update().get(pk=transaction_id)
    purchases = Purchase.objects.select_for_update().filter(transaction=transaction_id).order_by("id")
    return Books(transaction, {purchase.pk: purchase for purchase in purchases})


def reserve(books: Books, shares: Sequence[Share], *, now: datetime) -> None:
    """Hold the shares for a refund under way."""
    _book(books, shares, reserved=+1, refunded=0, now=now)


def release(books: Books, shares: Sequence[Share], *, now: datetime) -> None:
    """Let go of what a refund held that will not happen."""
    _book(books, shares, reserved=-1, refunded=0, now=now)


def settle(books: Books, shares: Sequence[Share], *, now: datetime) -> None:
    """Turn what was held into what was given back. A purchase whose price is all gone back is refunded."""
    _book(books, shares, reserved=-1, refunded=+1, now=now, next_status=_after_refund)


def take_back(books: Books, shares: Sequence[Share], *, now: datetime) -> None:
    """Undo a settled refund that failed late: the money never left."""
    _book(books, shares, reserved=0, refunded=-1, now=now, next_status=_after_refund)


def _book(
    books: Books,
    shares: Sequence[Share],
    *,
    reserved: int,
    refunded: int,
    now: datetime,
    next_status: Callable[[Purchase], PurchaseStatus] | None = None,
) -> None:
    """Add the shares to the counters with the given signs; the CHECKs of both tables have the last word."""
    touched = [_book_purchase(books.purchases[s.purchase_id], s, reserved, refunded) for s in shares if s.purchase_id]
    for purchase in touched:
        purchase.modified = now
        if next_status:
            _move(purchase, next_status(purchase))
    Purchase.objects.bulk_update(touched, [*COUNTERS, "status", "modified"])
    _book_transaction(books.transaction, shares, reserved, refunded, now)


def _book_purchase(purchase: Purchase, share: Share, reserved: int, refunded: int) -> Purchase:
    for part in PARTS:
        amount = getattr(share, f"{part}_minor")
        for counter, sign in (("reserved", reserved), ("refunded", refunded)):
            name = f"{part}_{counter}_minor"
            setattr(purchase, name, getattr(purchase, name) + sign * amount)
    return purchase


def _book_transaction(
    transaction: Transaction, shares: Sequence[Share], reserved: int, refunded: int, now: datetime
) -> None:
    service_fee = sum(share.service_fee_minor for share in shares)
    total = total_of(shares)
    transaction.reserved_minor += reserved * total
    transaction.refunded_minor += refunded * total
    transaction.service_fee_reserved_minor += reserved * service_fee
    transaction.service_fee_refunded_minor += refunded * service_fee
    transaction.modified = now
    transaction.save(
        update_fields=[
            "reserved_minor",
            "refunded_minor",
            "service_fee_reserved_minor",
            "service_fee_refunded_minor",
            "modified",
        ]
    )


def _move(purchase: Purchase, status: PurchaseStatus) -> None:
    if purchase.status != status:
        require_move(PURCHASE_MOVES, here=purchase.status, to=status)
        purchase.status = status


def _after_refund(purchase: Purchase) -> PurchaseStatus:
    """Refunded when nothing of the price is left; otherwise what the uses say. What was never handed out stays so.

    Booking what a gateway did must not fail, so a state without a way to `refunded` is left as it is.
    """
    if purchase.status in (PurchaseStatus.RESERVED, PurchaseStatus.CANCELLED):
        return PurchaseStatus(purchase.status)
    if 0 < purchase.price_minor == purchase.price_refunded_minor:
        return PurchaseStatus.REFUNDED
    if purchase.status != PurchaseStatus.REFUNDED:
        return PurchaseStatus(purchase.status)
    is_used_up = not purchase.is_unlimited_use and purchase.available_uses == 0
    return PurchaseStatus.USED if is_used_up else PurchaseStatus.PAID
