"""The report of a mass refund: a row for each of its lines, in the order of their turns."""

from collections.abc import Iterator
from typing import Any

from preo.money import to_number
from refunds.models import RefundBatch

AT_ONCE = 2000

COLUMNS = {
    "order_id": "transaction__order",
    "order_number": "transaction__order__order_number",
    "transaction_id": "transaction",
    "purchase_id": "purchase",
    "product": "purchase__product_name",
    "provider": "service",
    "currency": "currency",
    "amount": "amount_minor",
    "state": "state",
    "why_not": "why_not",
    "refund_id": "refund",
    "refund_status": "refund__status",
    "provider_reference": "refund__service_response__reference",
    "provider_message": "refund__service_response__message",
    "refund_date": "refund__refund_date",
}
"""Headings, and where each column comes from."""

HEADINGS = tuple(COLUMNS)
_AMOUNT, _DATE = HEADINGS.index("amount"), HEADINGS.index("refund_date")


def rows_of(batch: RefundBatch) -> Iterator[list[Any]]:
    """What preo.spreadsheets takes; amounts in major units, moments in ISO 8601. Holds one chunk at a time."""
    rows = batch.items.order_by("transaction_id", "id").values_list(*COLUMNS.values())
    for row in rows.iterator(chunk_size=AT_ONCE):
        cells: list[Any] = list(row)
        cells[_AMOUNT] = to_number(cells[_AMOUNT])
        cells[_DATE] = cells[_DATE] and cells[_DATE].isoformat()
        yield cells
