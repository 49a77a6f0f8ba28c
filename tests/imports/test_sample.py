"""The file that nobody wrote for this product."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, F, Sum

from editions.models import Edition, Product
from orders.models import Order, Purchase, Transaction
from orders.search import text_of
from preo.accounts.models import Customer, Organization, OrganizationCustomer
from preo.webhooks.models import OutboxEvent
from tests.factories import NOON
from tests.imports.conftest import SAMPLE, Import

pytestmark = pytest.mark.django_db

RETURNS = [143, 156, *range(237, 244), 941]
FIRST_RUN = {
    "currency": "gbp",
    "is_dry_run": False,
    "lines_read": 999,
    "lines_imported": 988,
    "lines_rejected": 11,
    "lines_already_there": 0,
    "orders_created": 61,
    "orders_already_there": 0,
    "purchases_created": 12_867,
    "customers_created": 46,
    "products_created": 585,
    "amount_minor": 24_702_88,
    "reasons": {"return": 10, "zero_price": 1},
}
SECOND_RUN = FIRST_RUN | {
    "lines_imported": 0,
    "lines_already_there": 988,
    "orders_created": 0,
    "orders_already_there": 61,
    "purchases_created": 0,
    "customers_created": 0,
    "products_created": 0,
    "amount_minor": 0,
}
TABLES: list[Any] = [Order, Transaction, Purchase, Customer, OrganizationCustomer, Product, OutboxEvent]


def row_counts() -> list[int]:
    return [table.objects.count() for table in TABLES]


def sample_lines() -> list[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_line_is_accounted_for(do_import: Import) -> None:
    report = do_import(source=SAMPLE)

    assert report.as_object() == FIRST_RUN
    assert row_counts() == [61, 61, 12_867, 46, 46, 585, 61]


def test_what_is_refused_comes_back_with_line_and_reason(do_import: Import, tmp_path: Path) -> None:
    do_import(source=SAMPLE)

    with (tmp_path / "rejects.csv").open(newline="") as file:
        rejects = list(csv.DictReader(file))
    original = dict(enumerate(sample_lines(), start=2))
    assert [(int(row["line"]), row["reason_code"]) for row in rejects] == sorted(
        [(624, "zero_price"), *((number, "return") for number in RETURNS)]
    )
    for row in rejects:
        own = {row.pop(name) for name in ("reason_code", "reason")}
        assert all(own)
        assert row == original[int(row.pop("line"))]


def test_orders_say_what_the_file_says(do_import: Import, shop: Edition) -> None:
    do_import(source=SAMPLE)

    expected: dict[str, int] = {}
    for row in sample_lines():
        if not row["InvoiceNo"].startswith("C") and row["UnitPrice"] != "0":
            pence = round(float(row["UnitPrice"]) * 100) * int(row["Quantity"])
            expected[row["InvoiceNo"]] = expected.get(row["InvoiceNo"], 0) + pence
    orders = Order.objects.filter(edition=shop)
    assert dict(orders.values_list("external_id", "amount_minor")) == expected
    assert dict(orders.annotate(paid=Sum("purchases__price_minor")).values_list("order_number", "paid")) == expected
    assert dict(orders.values_list("order_number", "transactions__amount_minor")) == expected
    assert not orders.annotate(units=Count("purchases")).exclude(units=F("items_count")).exists()


def test_an_order_is_complete(do_import: Import, shop: Edition) -> None:
    do_import(source=SAMPLE)

    order = Order.objects.select_related("customer").get(order_number="536365")
    paid, known = order.transactions.get(), OrganizationCustomer.objects.get(external_id="17850")
    purchase = order.purchases.select_related("product").filter(product__external_id="85123A").first()
    assert (order.type, order.status, order.currency, order.items_count) == ("imported", "completed", "gbp", 40)
    assert (order.created, order.modified) == (datetime(2010, 12, 1, 8, 26, tzinfo=UTC), NOON)
    assert (paid.service, paid.status, paid.amount_minor, paid.available_refund_minor) == (
        *("manual", "completed"),
        *(139_12, 139_12),
    )
    assert (purchase.product_name, purchase.price_minor, purchase.status) == (
        *("WHITE HANGING HEART T-LIGHT HOLDER", 2_55),
        "paid",
    )
    assert purchase.max_available_refund_minor == 2_55
    assert (purchase.product.name, purchase.product.is_draft) == (purchase.product_name, True)
    assert (order.customer_id, order.customer.email) == (known.customer_id, "")
    assert order.search_text == text_of(
        order_id=order.pk,
        order_number="536365",
        customer_name="",
        customer_email="",
        customer_phone="",
        transaction_ids=[paid.pk],
    )


def test_the_organization_knows_what_its_customers_spent(do_import: Import, ours: Organization) -> None:
    do_import(source=SAMPLE)

    for known in OrganizationCustomer.objects.filter(organization=ours):
        orders = list(Order.objects.filter(customer=known.customer_id).order_by("created"))
        assert known.order_count == len(orders)
        assert known.total_spent_minor == {"gbp": sum(order.amount_minor for order in orders)}
        assert (known.first_order_at, known.last_order_at) == (orders[0].created, orders[-1].created)


def test_each_order_is_announced_once(do_import: Import, ours: Organization, shop: Edition) -> None:
    do_import(source=SAMPLE)

    events = OutboxEvent.objects.order_by("sequence")
    assert {(event.type, event.organization_id, event.edition_id) for event in events} == {
        ("order.imported", ours.pk, shop.pk)
    }
    assert {event.payload["id"] for event in events} == set(Order.objects.values_list("id", flat=True))
    first = events[0].payload
    assert first == {
        "id": first["id"],
        "organization_id": ours.pk,
        "edition_id": shop.pk,
        "customer_id": Order.objects.get(pk=first["id"]).customer_id,
        "order_number": "536365",
        "external_id": "536365",
        "type": "imported",
        "status": "completed",
        "amount_minor": 139_12,
        "currency": "gbp",
    }


def test_a_second_run_creates_nothing(do_import: Import, tmp_path: Path) -> None:
    do_import(source=SAMPLE)
    counts, rejects = row_counts(), (tmp_path / "rejects.csv").read_bytes()
    knowledge = list(OrganizationCustomer.objects.order_by("id").values())

    report = do_import(source=SAMPLE)

    assert report.as_object() == SECOND_RUN
    assert row_counts() == counts
    assert list(OrganizationCustomer.objects.order_by("id").values()) == knowledge
    assert (tmp_path / "rejects.csv").read_bytes() == rejects


def test_a_dry_run_writes_nothing_and_tells_the_same(
    do_import: Import, monkeypatch: pytest.MonkeyPatch, rejected: Callable[[], list[list[str]]]
) -> None:
    # Many batches, so that what one of them would have written matters to the next.
    monkeypatch.setattr("preo.imports.operations.ORDERS_OF_A_BATCH", 3)

    foreseen = do_import(source=SAMPLE, dry_run=True)

    assert foreseen.as_object() == FIRST_RUN | {"is_dry_run": True}
    assert row_counts() == [0] * len(TABLES)
    assert do_import(source=SAMPLE).as_object() == FIRST_RUN
    assert do_import(source=SAMPLE, dry_run=True).as_object() == SECOND_RUN | {"is_dry_run": True}
