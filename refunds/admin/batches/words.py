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
EVERYTHING = ("Of", "Everything that was paid for in the edition")
ALL_DAYS = ("Ordered", "No day was chosen: all orders, whenever they were made")
MOMENTS = {"created_after": "Ordered from", "created_before": "Ordered before"}


def chosen(batch: RefundBatch) -> list[tuple[str, str]]:
    """Title and words of each thing that was asked for; what isn't narrowed is said as well, so that nobody takes
    all for some.

    One query for each kind of row that is named. Needs `edition` loaded.
    """
    narrowed = [*_rows(batch.selection), *_words(batch.selection)]
    return [*(narrowed or [EVERYTHING]), *(list(_moments(batch)) or [ALL_DAYS])]


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
            yield title, _local(text, timezone=batch.edition.timezone)


def _local(text: str, *, timezone: str) -> str:
    """On the clocks of `timezone`; one at the end of the calendar, which has no time there, is told as it is kept."""
    try:
        local = datetime.fromisoformat(text).astimezone(ZoneInfo(timezone))
    except OverflowError:
        return text
    return f"{local:%-d %b %Y, %H:%M} ({timezone})"


def _listed(names: list[str], *, of: int) -> str:
    more = of - len(names)
    return f"{', '.join(names)}{f' and {more} more' if more else ''}"
