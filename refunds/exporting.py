"""Refunds as a table for bookkeeping: one writer for the API, the back office and the command."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, JSONField, OuterRef, Subquery, Sum
from django.db.models.functions import JSONObject

from preo.money import to_number
from preo.spreadsheets import csv_lines
from refunds.models import RefundAllocation, RefundAttempt
from refunds.models.requests import RefundQuerySet

AT_ONCE = 2000
"""How many rows are fetched together, and so held at once."""

PARTS = ("price", "deposit", "handling_fee", "service_fee")

SOURCES: Mapping[str, str] = {
    "refund_id": "id",
    "order_number": "order__order_number",
    "order_id": "order_id",
    "transaction_id": "transaction_id",
    "payment_reference": "transaction__provider_reference",
    "provider": "transaction__service",
    "provider_reference": "reference",
    "edition_id": "edition_id",
    "organization_id": "organization_id",
    "customer_id": "order__customer_id",
    "reason": "reason",
    "scope": "scope",
    "status": "status",
    "currency": "currency",
    "amount": "amount_minor",
    "parts": "parts",
    "requested_at": "created",
    "requested_by": "staff_user__email",
    "approved_at": "approved_at",
    "approved_by": "approved_by__email",
    "processed_at": "processed_at",
    "came_back_at": "came_back_at",
}
"""Where each column comes from; `parts` is four of them."""

COLUMNS = [column for name in SOURCES for column in (PARTS if name == "parts" else (name,))]


def export_lines(refunds: RefundQuerySet) -> Iterator[str]:
    """The refunds in their order, a line each below the header; amounts as decimals of `currency`, moments in UTC.

    One query, through a cursor of the database: however many there are, few are held at once.
    """
    return csv_lines(COLUMNS, (_cells(row) for row in _rows(refunds)))


def _rows(refunds: RefundQuerySet) -> Iterator[dict[str, Any]]:
    of_this = RefundAllocation.objects.filter(refund=OuterRef("pk")).order_by().values("refund")
    sums: Any = {part: Sum(f"{part}_minor") for part in PARTS}
    newest = RefundAttempt.objects.filter(refund=OuterRef("pk")).order_by("-number").values("provider_reference")[:1]
    rows = (
        refunds.with_moments()
        .annotate(
            parts=Subquery(of_this.annotate(sums=JSONObject(**sums)).values("sums"), output_field=JSONField()),
            reference=Subquery(newest),
            processed_at=F("processed_at"),
            came_back_at=F("came_back_at"),
        )
        .values_list(*SOURCES.values())
    )
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield dict(zip(SOURCES, row, strict=True))


def _cells(row: Mapping[str, Any]) -> Iterator[object]:
    for name, value in row.items():
        if name == "parts":
            yield from (to_number(int(value[part])) for part in PARTS)
        elif name == "amount":
            yield to_number(value)
        else:
            yield _moment(value) if isinstance(value, datetime) else value


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
