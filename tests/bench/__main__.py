"""`make bench`: what the product costs, as ratios to a floor taken in the same run.

The floor is the product's own SQL through bare psycopg, encoded by the same JSON encoder, without Django or REST
framework. Both run in this process, on one connection, so that a ratio says what our layers add. The data is that of
`seed_demo`; BENCH_ORDERS (default: 100000) says how much of it a database without any gets.
"""

import logging
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preo.settings")
os.environ.setdefault("PREO_LOCAL_DIR", ".local/bench")

from django.conf import settings

from preo import embedded_postgres

ORDERS = int(os.environ.get("BENCH_ORDERS", "100000"))
REFUNDS = 400


def audit_overhead() -> Iterator[str]:
    from tests.bench import auditing

    yield from auditing.audit_overhead()


def main() -> None:
    """Prepare the data, measure every row, print a table."""
    if settings.IS_EMBEDDED:
        embedded_postgres.ensure_running(settings.LOCAL_DIR)
    django.setup()
    logging.disable(logging.CRITICAL)
    settings.ALLOWED_HOSTS = ["testserver"]
    prepare()
    print(f"{ORDERS} orders were asked for; medians of 20 calls")
    for measure in (orders_list, cursor_walk, searches, order_detail, duplicates, audit_overhead, refunds_per_second):
        for line in measure():
            print(line, flush=True)


def prepare() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("seed_demo", orders=ORDERS, stdout=sys.stderr)


def median_ms(step: Callable[[], Any], times: int = 20) -> float:
    """The median of several calls in milliseconds, after one that warms up."""
    step()
    return statistics.median(_seconds(step) for _ in range(times)) * 1000


def _seconds(step: Callable[[], Any]) -> float:
    start = perf_counter()
    step()
    return perf_counter() - start


@contextmanager
def recorded() -> Iterator[list[tuple[str, Any]]]:
    """The SELECTs that the product sends meanwhile."""
    from django.db import connection

    sent: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def floor_of(call: Callable[[], Any]) -> tuple[Callable[[], bytes], int]:
    """The same SQL through bare psycopg with its rows encoded, and the number of statements."""
    from django.db import connection

    with recorded() as sent:
        call()
    raw = connection.connection.cursor()

    def run() -> bytes:
        rows = [raw.execute(sql, params).fetchall() for sql, params in sent]
        return orjson.dumps(rows, default=str)

    return run, len(sent)


def client() -> Any:
    """An API client signed in as the demo's admin."""
    from rest_framework.test import APIClient

    from preo.accounts.models import StaffUser

    api = APIClient()
    api.force_authenticate(StaffUser.objects.get(email="admin@nordlys.example.org"))
    return api


def largest_edition() -> str:
    """Of the first organization, where the demo's admin is."""
    from django.db.models import Count

    from editions.models import Edition

    ours = Edition.objects.filter(organization__slug="nordlys").annotate(found=Count("orders"))
    return str(ours.latest("found").pk)


def orders_list() -> Iterator[str]:
    api, edition = client(), largest_edition()

    def get() -> None:
        assert api.get("/v1/orders", {"edition_id": edition}).status_code == 200

    floor, statements = floor_of(get)
    ours, bare = median_ms(get), median_ms(floor)
    yield f"GET /v1/orders, 100 rows: {ours:.1f} ms, floor {bare:.1f} ms, {ours / bare:.1f}x, {statements} statements"


def cursor_walk(pages: int = 200) -> Iterator[str]:
    api = client()
    first = f"/v1/orders?edition_id={largest_edition()}&cursor="
    page = first
    for _ in range(pages):
        page = api.get(page).json()["next"] or page
    start, far = median_ms(lambda: api.get(first)), median_ms(lambda: api.get(page))
    yield f"page 1 by cursor: {start:.1f} ms; page {pages}, or the last: {far:.1f} ms, {far / start:.2f}x"


def searches() -> Iterator[str]:
    from orders.models import Order

    of_edition = Order.objects.filter(edition=largest_edition())
    order = of_edition.select_related("customer").first()
    assert order
    found = {
        "search, number": of_edition.containing(str(order.order_number)[-6:]),
        "search, 3 letters": of_edition.containing("ber"),
        "customer_email": of_edition.customer_email_contains(order.customer.email[:8]),
        "customer_phone": of_edition.customer_phone_contains(order.customer.phone_number[-6:]),
    }
    for name, rows in found.items():
        page = rows.order_by("-created", "-id").values_list("pk")[:100]
        yield f"{name}: {median_ms(lambda page=page: list(page.all())):.1f} ms in the database"


def order_detail() -> Iterator[str]:
    from orders.models import Order

    api = client()
    order = Order.objects.filter(edition=largest_edition()).order_by("-items_count").first()
    assert order
    with recorded() as sent:
        api.get(f"/v1/orders/{order.pk}")
    ms = median_ms(lambda: api.get(f"/v1/orders/{order.pk}"))
    yield f"GET /v1/orders/{{id}}, {order.items_count} items: {ms:.1f} ms, {len(sent)} statements"


def duplicates() -> Iterator[str]:
    from django.utils import timezone

    from editions.choices import EmailTemplateMode
    from editions.operations.duplicate import duplicate_edition
    from preo.accounts.models import Organization
    from preo.public_ids import new
    from tests.editions.furnishing import make_large_edition, statements

    organization, _ = Organization.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    for products in (10, 200, 2_000):
        edition = make_large_edition(organization, products=products, slug=new("edt"))

        def duplicate(edition: Any = edition) -> None:
            duplicate_edition(
                edition,
                name=edition.name,
                event=edition.event,
                email_template_mode=EmailTemplateMode.COPY,
                by=None,
                now=timezone.now(),
            )

        with statements() as sent:
            duplicate()
        ms = median_ms(duplicate, times=5)
        yield f"duplicate of an edition with {products} products: {ms:.0f} ms, {len(sent)} statements"


def refunds_per_second() -> Iterator[str]:
    from django.utils import timezone

    from orders.models import Purchase
    from preo.accounts.models import StaffUser
    from refunds.operations import approve_refund, execute_ready, request_refund
    from refunds.states import RefundReason, RefundScope

    admin, manager = (StaffUser.objects.get(email=f"{who}@nordlys.example.org") for who in ("admin", "manager"))
    paid = Purchase.objects.filter(
        transaction__status="completed",
        transaction__service="sandbox",
        order__organization__slug="nordlys",
        price_minor__gt=100,
        price_refunded_minor=0,
        price_reserved_minor=0,
    ).select_related("transaction__order__organization")
    for purchase in paid.order_by("-id")[:REFUNDS]:
        refund = request_refund(
            purchase.transaction,
            purchase=purchase,
            reason=RefundReason.COMPENSATION,
            scope=RefundScope.PURCHASE_CUSTOM,
            amount_minor=1_00,
            comment="",
            pickup_point=None,
            by=admin,
            now=timezone.now(),
        )
        approve_refund(refund, by=manager, now=timezone.now())
    start = perf_counter()
    sent = execute_ready(now=timezone.now(), limit=10 * REFUNDS)
    yield f"approved refunds carried out: {sent / (perf_counter() - start):.0f} a second, one worker, fsync on"


if __name__ == "__main__":
    main()
