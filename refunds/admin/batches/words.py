"""A mass refund in words: what was chosen, and when."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from editions.models import Location, Product
from orders.models import Order
from orders.states import OrderStatus, OrderType
from refunds.models import RefundBatch

MOST_NAMES = 12

NAMED: Mapping[str, tuple[str, Any, str]] = {
    "product_ids": ("Products", Product, "name"),
    "location_ids": ("Pickup points", Location, "name"),
    "order_ids": ("Orders", Order, "order_number"),
}
CHOSEN: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "order_status": ("Status of the order", dict(OrderStatus.choices)),
    "order_type": ("Type of the order", dict(OrderType.choices)),
}
MOMENTS = {"created_after": "Ordered from", "created_before": "Ordered before"}


def chosen(batch: RefundBatch) -> list[tuple[str, str]]:
    """Title and words of each thing that was asked for; nothing when it is the whole edition.

    One query for each kind of row that is named. Needs `edition` loaded.
    """
    return [*_rows(batch.selection), *_words(batch.selection), *_moments(batch)]


def _rows(selection: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for member, (title, model, column) in NAMED.items():
        if ids := selection.get(member):
            names = model.objects.filter(pk__in=ids).order_by(column, "pk").values_list(column, flat=True)
            yield title, _listed(list(names[:MOST_NAMES]), of=len(ids))


def _words(selection: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if codes := selection.get("vendor_codes"):
        yield "Vendors", _listed(sorted(codes)[:MOST_NAMES], of=len(codes))
    for member, (title, labels) in CHOSEN.items():
        if value := selection.get(member):
            yield title, labels.get(value, value)


def _moments(batch: RefundBatch) -> Iterator[tuple[str, str]]:
    for member, title in MOMENTS.items():
        if text := batch.selection.get(member):
            local = datetime.fromisoformat(text).astimezone(ZoneInfo(batch.edition.timezone))
            yield title, f"{local:%-d %b %Y, %H:%M} ({batch.edition.timezone})"


def _listed(names: list[str], *, of: int) -> str:
    more = of - len(names)
    return f"{', '.join(names)}{f' and {more} more' if more else ''}"
