"""What refunds do to the books of transactions and their purchases: hold, let go, give back, take back.

Steps of an operation: its transaction, history and event are theirs. Counters and the ledger are written together,
when the books are closed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from orders.models import LedgerEntry, Purchase, Transaction
from orders.states import PURCHASE_MOVES, LedgerAccount, PurchaseStatus
from preo.states import require_move
from preo.updating import update_each

PARTS = ("price", "deposit", "handling_fee")
COUNTERS = [f"{part}_{counter}_minor" for part in PARTS for counter in ("reserved", "refunded")]
TRANSACTION_COUNTERS = [
    "reserved_minor",
    "refunded_minor",
    "service_fee_reserved_minor",
    "service_fee_refunded_minor",
    "outside_minor",
]


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
    """A transaction and its purchases by id, locked; what is booked is written when they are closed."""

    transaction: Transaction
    purchases: Mapping[str, Purchase]
    entries: list[LedgerEntry] = field(default_factory=list)

    def have_left(self, shares: Iterable[Share]) -> bool:
        """Whether every share still fits into what is neither given back nor reserved."""
        shares = list(shares)
        fits = total_of(shares) <= self.transaction.available_refund_minor
        return fits and all(self._has_left(share) for share in shares)

    def reserve(self, shares: Sequence[Share], *, refund_id: str) -> None:
        """Hold the shares for a refund under way."""
        self._book(shares, refund_id, {LedgerAccount.RESERVED: +1})

    def release(self, shares: Sequence[Share], *, refund_id: str) -> None:
        """Let go of what a refund held that will not happen."""
        self._book(shares, refund_id, {LedgerAccount.RESERVED: -1})

    def settle(self, shares: Sequence[Share], *, refund_id: str) -> None:
        """Turn what was held into what was given back. A purchase whose price is all gone back is refunded."""
        self._book(shares, refund_id, {LedgerAccount.RESERVED: -1, LedgerAccount.REFUNDED: +1})
        self._move_purchases(shares)

    def take_back(self, shares: Sequence[Share], *, refund_id: str) -> None:
        """Undo a settled refund that failed late: the money never left."""
        self._book(shares, refund_id, {LedgerAccount.REFUNDED: -1})
        self._move_purchases(shares)

    def move_outside(self, amount_minor: int) -> None:
        """Money that the provider gave back without us; negative when it came again."""
        self.transaction.outside_minor += amount_minor
        self._enter(LedgerAccount.OUTSIDE, amount_minor)

    def _has_left(self, share: Share) -> bool:
        if share.purchase_id is None:
            return share.service_fee_minor <= self.transaction.service_fee_left_minor
        purchase = self.purchases[share.purchase_id]
        return all(getattr(share, f"{part}_minor") <= purchase.left_minor(part) for part in PARTS)

    def _book(self, shares: Sequence[Share], refund_id: str, signs: Mapping[LedgerAccount, int]) -> None:
        for account, sign in signs.items():
            for share in shares:
                self._add(share, account, sign)
                self._enter(account, sign * total_of([share]), share=share, sign=sign, refund_id=refund_id)

    def _add(self, share: Share, account: LedgerAccount, sign: int) -> None:
        """To the counters of the share's purchase, or of the service fee, and to the transaction's own."""
        _add_to(self.transaction, f"{account}_minor", sign * total_of([share]))
        if share.purchase_id is None:
            _add_to(self.transaction, f"service_fee_{account}_minor", sign * share.service_fee_minor)
            return
        for part in PARTS:
            _add_to(
                self.purchases[share.purchase_id], f"{part}_{account}_minor", sign * getattr(share, f"{part}_minor")
            )

    def _enter(
        self,
        account: LedgerAccount,
        amount_minor: int,
        *,
        share: Share | None = None,
        sign: int = 1,
        refund_id: str | None = None,
    ) -> None:
        entry = LedgerEntry(
            transaction=self.transaction,
            account=account,
            currency=self.transaction.currency,
            amount_minor=amount_minor,
            refund_id=refund_id,  # type: ignore[misc]  # the column can be null, which the field's type does not say
        )
        if share:
            entry.purchase_id = share.purchase_id  # type: ignore[assignment]  # the column can be null
            for part in (*PARTS, "service_fee"):
                setattr(entry, f"{part}_minor", sign * getattr(share, f"{part}_minor"))
        self.entries.append(entry)

    def _move_purchases(self, shares: Iterable[Share]) -> None:
        for share in shares:
            if share.purchase_id:
                _move(self.purchases[share.purchase_id])

    @property
    def touched(self) -> Iterator[Purchase]:
        """The purchases that entries are about, each once."""
        return (self.purchases[pk] for pk in dict.fromkeys(e.purchase_id for e in self.entries if e.purchase_id))


@contextmanager
def open_books(transaction_ids: Iterable[str], *, now: datetime) -> Iterator[Mapping[str, Books]]:
    """The books of these transactions, by id, locked until the surrounding transaction ends; written on the way out.

    Transactions are locked first, in id order, then their purchases: every change of refund sums goes this way. The
    CHECKs of both tables have the last word. At most four statements, however many there are.

    Rows that refer to these, such as events, are written beside it: their foreign keys need no more than the key.
    """
    shelf = _locked(transaction_ids)
    yield shelf
    write_books([books for books in shelf.values() if books.entries], now=now)


def _locked(transaction_ids: Iterable[str]) -> dict[str, Books]:
    wanted = {*transaction_ids}
    rows = Transaction.objects.select_for_update(of=("self",), no_key=True).select_related("merchant_account")
    transactions = list(rows.filter(pk__in=wanted).order_by("id"))
    purchases: dict[str, dict[str, Purchase]] = {row.pk: {} for row in transactions}
    for purchase in Purchase.objects.select_for_update(no_key=True).filter(transaction__in=wanted).order_by("id"):
        purchases[str(purchase.transaction_id)][purchase.pk] = purchase
    return {row.pk: Books(row, purchases[row.pk]) for row in transactions}


def write_books(shelf: Sequence[Books], *, now: datetime) -> None:
    """Counters and entries, together. For `open_books`, and for proofs of what happens without its lock."""
    if not shelf:
        return
    touched = [purchase for books in shelf for purchase in books.touched]
    entries = [entry for books in shelf for entry in books.entries]
    for row in (*touched, *(books.transaction for books in shelf)):
        row.modified = now
    for entry in entries:
        entry.created = now
    if touched:
        update_each(touched, [*COUNTERS, "status", "modified"])
    update_each([books.transaction for books in shelf], [*TRANSACTION_COUNTERS, "modified"])
    LedgerEntry.objects.bulk_create(entries)


def _add_to(row: Transaction | Purchase, column: str, amount_minor: int) -> None:
    setattr(row, column, getattr(row, column) + amount_minor)


def _move(purchase: Purchase) -> None:
    status = _after_refund(purchase)
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
