"""Orders that were completed in another system and come here whole."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from uuid_utils import uuid7 as fast_uuid7
from uuid_utils.compat import uuid7

from editions.models import Edition
from orders.models import Order, Purchase, Transaction
from orders.search import text_of
from orders.states import OrderStatus, OrderType, PurchaseStatus, TransactionStatus
from preo.accounts.customers import Buyer
from preo.copying import copy_in, row_of
from preo.public_ids import decode, encode
from preo.recording import operation
from preo.webhooks.outbox import announce_all

FINGERPRINT = "imported_lines"
"""The key in an order's metadata under which it remembers what it was imported from."""

ORDER_FIELDS = (
    *("id", "organization", "edition", "customer", "order_number", "external_id", "type", "status"),
    *("amount_minor", "currency", "items_count", "metadata", "search_text", "created", "modified"),
)
TRANSACTION_FIELDS = (*("id", "order", "type", "status", "service", "currency", "amount_minor", "created", "modified"),)
PURCHASE_FIELDS = (
    *("id", "order", "transaction", "customer", "product", "product_name", "status", "price_minor"),
    *("created", "modified"),
)


@dataclass(frozen=True, slots=True)
class ForeignLine:
    """So many units of a product, each at `price_minor`."""

    product_id: str
    product_name: str
    quantity: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class ForeignOrder:
    """A completed and paid order of another system, which knows it by `number`; `fingerprint` stands for its lines."""

    number: str
    customer: Buyer
    ordered_at: datetime
    lines: Sequence[ForeignLine]
    fingerprint: str

    @property
    def amount_minor(self) -> int:
        return sum(line.quantity * line.price_minor for line in self.lines)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An order with the ids of the rows that it becomes."""

    order: ForeignOrder
    id: UUID
    transaction_id: UUID
    customer_id: UUID


def known_orders(edition: Edition, *, numbers: Collection[str]) -> dict[str, str | None]:
    """Which of the numbers are taken: the fingerprint of the edition's imported order, None for any other order's."""
    fingerprint = f"metadata__{FINGERPRINT}"
    taken = Order.objects.filter(organization=edition.organization_id, order_number__in=numbers).order_by()
    imported = Order.objects.filter(edition=edition, external_id__in=numbers).order_by()
    return {
        **dict.fromkeys(taken.values_list("order_number", flat=True)),
        **dict(imported.values_list("external_id", fingerprint)),
    }


@operation
def record_imported_orders(edition: Edition, *, orders: Sequence[ForeignOrder], now: datetime) -> None:
    """Write each order with one completed payment and one purchase a unit, and announce it as `order.imported`.

    Their moments are those of the other system. The numbers must be free; the database refuses the rest.
    """
    entries = [_Entry(order, uuid7(), uuid7(), decode(order.customer.id)[1]) for order in orders]
    copy_in(Order, fields=ORDER_FIELDS, rows=_order_rows(edition, entries, now))
    copy_in(Transaction, fields=TRANSACTION_FIELDS, rows=_transaction_rows(edition, entries, now))
    copy_in(Purchase, fields=PURCHASE_FIELDS, rows=_purchase_rows(entries, now))
    payloads = (_payload(edition, entry) for entry in entries)
    announce_all("order.imported", payloads, organization_id=edition.organization_id, edition_id=edition.pk, now=now)


def _order_rows(edition: Edition, entries: Sequence[_Entry], now: datetime) -> Iterator[str]:
    organization_id, edition_id = decode(edition.organization_id)[1], decode(edition.pk)[1]
    for entry in entries:
        order = entry.order
        yield row_of(
            (
                *(entry.id, organization_id, edition_id, entry.customer_id, order.number, order.number),
                *(OrderType.IMPORTED, OrderStatus.COMPLETED, order.amount_minor, edition.currency, order.units),
                *({FINGERPRINT: order.fingerprint}, _search_text(entry), order.ordered_at, now),
            )
        )


def _transaction_rows(edition: Edition, entries: Sequence[_Entry], now: datetime) -> Iterator[str]:
    for entry in entries:
        order = entry.order
        yield row_of(
            (
                *(entry.transaction_id, entry.id, "imported", TransactionStatus.COMPLETED, "manual"),
                *(edition.currency, order.amount_minor, order.ordered_at, now),
            )
        )


def _purchase_rows(entries: Sequence[_Entry], now: datetime) -> Iterator[str]:
    uuid_of = cache(lambda product_id: decode(product_id)[1])
    for entry in entries:
        for line in entry.order.lines:
            # The units of a line differ in their ids alone, and there may be ten million.
            unit = row_of(
                (
                    *(entry.id, entry.transaction_id, entry.customer_id, uuid_of(line.product_id)),
                    *(line.product_name, PurchaseStatus.PAID, line.price_minor, entry.order.ordered_at, now),
                )
            )
            for _ in range(line.quantity):
                yield f"{fast_uuid7()}\t{unit}"


def _search_text(entry: _Entry) -> str:
    return text_of(
        order_id=encode("ord", entry.id),
        order_number=entry.order.number,
        customer_name=entry.order.customer.full_name,
        customer_email=entry.order.customer.email,
        customer_phone=entry.order.customer.phone_number,
        transaction_ids=[encode("trx", entry.transaction_id)],
    )


def _payload(edition: Edition, entry: _Entry) -> dict[str, Any]:
    """The order as subscribers see it; the amount in minor units of `currency`."""
    return {
        "id": encode("ord", entry.id),
        "organization_id": edition.organization_id,
        "edition_id": edition.pk,
        "customer_id": entry.order.customer.id,
        "order_number": entry.order.number,
        "external_id": entry.order.number,
        "type": OrderType.IMPORTED.value,
        "status": OrderStatus.COMPLETED.value,
        "amount_minor": entry.order.amount_minor,
        "currency": edition.currency,
    }
