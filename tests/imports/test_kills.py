"""Imports that die: a real process is killed in the middle, and the next run ends where an undisturbed one does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from editions.models import Edition, Product
from orders.models import Order, Purchase, Transaction
from preo.accounts.models import OrganizationCustomer
from preo.webhooks.models import OutboxEvent
from tests.imports.conftest import HEADER, MAPPING, ROOT, Import, line

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = 3_000
RETURNS = ORDERS // 100


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Orders of two lines by 700 customers; every hundredth is a return."""
    path = tmp_path / "orders.csv"
    numbers = [f"C{number}" if number % 100 == 0 else str(number) for number in range(1, ORDERS + 1)]
    pairs = [
        line(number, code, quantity=index % 5 + 1, customer=f"c{index % 700}")
        for index, number in enumerate(numbers)
        for code in ("A", f"B{index % 90}")
    ]
    path.write_text("\n".join([HEADER, *pairs]))
    return path


def start(edition: Edition, source: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    options = ["--edition", edition.pk, "--mapping", str(MAPPING), "--rejects", str(source.with_name("rejects.csv"))]
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "import_orders", str(source), *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end_state(edition: Edition) -> list[list[Any]]:
    """Everything that an import writes, without the ids and the order of writing."""
    orders, of_edition = Order.objects.filter(edition=edition), {"order__edition": edition}
    return [
        sorted(orders.values_list("order_number", "amount_minor", "items_count", "created")),
        sorted(Transaction.objects.filter(**of_edition).values_list("order__order_number", "amount_minor", "status")),
        sorted(Purchase.objects.filter(**of_edition).values_list("order__order_number", "product__external_id")),
        sorted(Product.objects.filter(edition=edition).values_list("external_id", "name", "price_minor")),
        sorted(
            OrganizationCustomer.objects.filter(organization=edition.organization).values_list(
                "external_id", "order_count", "total_spent_minor__gbp", "first_order_at", "last_order_at"
            )
        ),
        sorted(OutboxEvent.objects.filter(edition_id=edition.pk).values_list("payload__order_number", flat=True)),
    ]


@pytest.mark.parametrize("killed_after", [0, 1_000])
def test_a_killed_import_is_finished_by_the_next(
    shop: Edition,
    their_edition: Edition,
    do_import: Import,
    source: Path,
    child_environment: dict[str, str],
    killed_after: int,
) -> None:
    child = start(shop, source, child_environment)
    wait_until(lambda: Order.objects.filter(edition=shop).count() > killed_after)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    left = Order.objects.filter(edition=shop).count()
    assert killed_after < left < ORDERS * 0.99
    assert not Order.objects.filter(edition=shop, purchases=None).exists()

    report = do_import(source=source)

    assert (report.orders_already_there, report.orders_created) == (left, ORDERS - RETURNS - left)
    assert report.lines_read == 2 * ORDERS == report.lines_imported + report.lines_rejected + report.lines_already_there
    disturbed = end_state(shop)
    their_edition.currency = "gbp"
    their_edition.save(update_fields=["currency"])
    assert start(their_edition, source, child_environment).wait() == 0
    assert disturbed == end_state(their_edition)


def test_two_imports_at_once_take_turns(shop: Edition, source: Path, child_environment: dict[str, str]) -> None:
    children = [start(shop, source, child_environment) for _ in range(2)]

    outputs = [child.communicate() for child in children]

    assert [child.returncode for child in children] == [0, 0], outputs
    assert Order.objects.filter(edition=shop).count() == ORDERS - RETURNS
    assert Purchase.objects.count() == sum(Order.objects.values_list("items_count", flat=True))
    assert sum(OrganizationCustomer.objects.values_list("order_count", flat=True)) == ORDERS - RETURNS


def wait_until(is_true: Any) -> None:
    give_up_at = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < give_up_at
        time.sleep(0.002)
