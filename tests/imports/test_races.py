"""What somebody else writes between an import's look and its write."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections

from editions.models import Edition
from orders.models import Order
from preo.accounts.models import Customer, Organization
from tests.factories import make_customer, make_edition, make_order
from tests.imports.conftest import Import, line

pytestmark = pytest.mark.django_db(transaction=True)


def meanwhile(work: Callable[[], Any], *, after: str) -> Callable[..., Any]:
    """A wrapper of statements that does `work` on another connection, once, after the first that contains a text."""
    waiting = [work]

    def on_own_connection() -> None:
        waiting.pop()()
        connections.close_all()

    def watch(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        result = execute(sql, *arguments)
        if waiting and after in sql:
            thread = Thread(target=on_own_connection)
            thread.start()
            thread.join()
        return result

    return watch


def test_a_number_that_is_taken_meanwhile_is_refused_alone(do_import: Import, ours: Organization) -> None:
    other = make_edition(ours, name="Other")

    take = meanwhile(lambda: make_order(other, order_number="1"), after='FROM "editions_product"')
    with connection.execute_wrapper(take):
        report = do_import(line(), line(order="2"))

    assert (report.orders_created, report.reasons) == (1, {"order_differs": 1})
    assert sorted(Order.objects.values_list("order_number", "type")) == [("1", "online"), ("2", "imported")]


def test_a_customer_who_signs_up_meanwhile_is_found(
    do_import: Import, shop: Edition, with_email: Any, theirs: Organization
) -> None:
    lines = [line().replace("United Kingdom", "ada@example.org")]

    sign_up = meanwhile(lambda: make_customer(theirs, email="Ada@example.org"), after='UPPER("accounts_customer"')
    with connection.execute_wrapper(sign_up):
        report = do_import(*lines, with_mapping=with_email)

    assert (report.orders_created, report.customers_created) == (1, 0)
    assert Order.objects.get(edition=shop).customer == Customer.objects.get()
