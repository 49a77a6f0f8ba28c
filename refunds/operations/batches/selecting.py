"""Choosing what a mass refund is about: members that all hold together, kept with it as they were given."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime

from editions.models import Edition, Location, Product
from orders.models import Order, Purchase, Transaction
from orders.states import OrderStatus, OrderType, TransactionStatus
from preo.errors import InvalidField
from preo.public_ids import NotAPublicId, parse, prefix_of
from refunds.models import RefundBatch
from refunds.states import TRANSACTION_SCOPES, RefundScope

MOST_NAMED = 1000
WHOLE_PAYMENTS = (
    "“{}” gives whole payments back, which can be chosen by their orders and not by product, pickup point or vendor: "
    "choose none of these, or something to give back that is of single purchases."
)
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Selection(TypedDict, total=False):
    """What is chosen; everything that is given must hold, and nothing given is the whole edition.

    Moments are those of the order: from `created_after` on, before `created_before`; one without an offset is in the
    edition's timezone.
    """

    product_ids: list[str]
    location_ids: list[str]
    vendor_codes: list[str]
    order_ids: list[str]
    order_status: str
    order_type: str
    created_after: str | datetime
    created_before: str | datetime


OF_PURCHASES = {
    "product_ids": "product__in",
    "location_ids": "location__in",
    "vendor_codes": "vendor_code__in",
}
OF_ORDERS = {
    "order_ids": "order__in",
    "order_status": "order__status",
    "order_type": "order__type",
    "created_after": "order__created__gte",
    "created_before": "order__created__lt",
}
NAMED: Mapping[str, Any] = {"product_ids": Product, "location_ids": Location, "order_ids": Order}
CHOICES: Mapping[str, list[str]] = {"order_status": OrderStatus.values, "order_type": OrderType.values}
MOMENTS = ("created_after", "created_before")


def checked_selection(edition: Edition, selection: Selection, *, scope: RefundScope) -> dict[str, Any]:
    """The selection as it is kept. Raises InvalidField that names the member, such as `selection.product_ids`."""
    given: dict[str, Any] = {name: value for name, value in selection.items() if value is not None}
    _require_known(given, scope)
    for name in NAMED.keys() & given.keys():
        _require_of_edition(edition, name, given[name])
    for name in CHOICES.keys() & given.keys():
        if given[name] not in CHOICES[name]:
            raise _invalid(name, "invalid_choice", f"This can be: {', '.join(CHOICES[name])}.")
    for name in set(MOMENTS) & given.keys():
        given[name] = _moment(edition, name, given[name]).isoformat()
    return given


def chosen_purchases(batch: RefundBatch) -> QuerySet[Purchase]:
    """The purchases that a mass refund of purchases is about: those that something was paid for."""
    chosen = Purchase.objects.filter(order__edition=batch.edition_id, transaction__isnull=False)
    return chosen.exclude(transaction__status=TransactionStatus.FAIL).filter(
        **_conditions(batch, OF_PURCHASES), **_conditions(batch, OF_ORDERS)
    )


def chosen_transactions(batch: RefundBatch) -> QuerySet[Transaction]:
    """The payments that a mass refund has lines of."""
    if batch.scope not in TRANSACTION_SCOPES:
        return Transaction.objects.filter(pk__in=chosen_purchases(batch).order_by().values("transaction"))
    chosen = Transaction.objects.filter(order__edition=batch.edition_id, **_conditions(batch, OF_ORDERS))
    return chosen.exclude(status=TransactionStatus.FAIL)


def _conditions(batch: RefundBatch, lookups: Mapping[str, str]) -> dict[str, Any]:
    return {lookups[name]: value for name, value in batch.selection.items() if name in lookups}


def _require_known(given: Mapping[str, Any], scope: RefundScope) -> None:
    for name, value in given.items():
        if name not in {**OF_PURCHASES, **OF_ORDERS}:
            raise _invalid(name, "unknown_member", "There is no such member here.")
        if name in OF_PURCHASES and scope in TRANSACTION_SCOPES:
            raise _invalid(name, "not_for_this_scope", WHOLE_PAYMENTS.format(RefundScope(scope).label))
        if value in ("", []):
            raise _invalid(name, "empty", "Choose something, or leave this out.")
        if isinstance(value, list) and len(value) > MOST_NAMED:
            raise _invalid(name, "too_many", f"Name at most {MOST_NAMED}.")


def _require_of_edition(edition: Edition, name: str, ids: list[str]) -> None:
    model = NAMED[name]
    try:
        for text in ids:
            parse(prefix_of(model), text)
    except NotAPublicId as problem:
        raise _invalid(name, "not_found", str(problem)) from None
    found = set(model.objects.filter(edition=edition, pk__in=ids).values_list("pk", flat=True))
    if missing := [text for text in ids if text not in found]:
        raise _invalid(name, "not_found", f"{missing[0]} is not of this edition.")


def _moment(edition: Edition, name: str, value: str | datetime) -> datetime:
    try:
        moment = parse_datetime(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if moment is None:
        raise _invalid(name, "not_a_moment", "A moment is written like 2026-07-01T12:00:00+02:00.")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise _invalid(name, "out_of_range", f"The year must be from {FIRST_YEAR} to {LAST_YEAR}.")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(edition.timezone))


def _invalid(name: str, code: str, detail: str) -> InvalidField:
    return InvalidField(f"selection.{name}", code, detail)
