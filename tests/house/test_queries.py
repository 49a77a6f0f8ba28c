"""What an answer costs: as many queries for many rows as for one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from tests.factories import make_edition
from tests.house.calling import LISTS, SCOPED, call, row_for
from tests.house.conftest import sign_in
from tests.house.routes import Route
from tests.house.table import OPEN

MOST_FOR_A_LIST = 8
MOST_FOR_A_DETAIL = 12
DETAILS = [route for route in SCOPED if route.method == "GET" and route.has_id]

each = pytest.mark.parametrize


def queries_of(route: Route, row: Any, person: StaffUser) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = call(sign_in(person), route, row)
    assert answer.status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def fill(route: Route, ours: Organization, rows: int) -> Any:
    """So many rows, each with an edition, an order and a product of its own."""
    return [row_for(route, make_edition(ours)) for _ in range(rows)][-1]


@each("route", LISTS, ids=str)
def test_a_list_of_three_costs_what_a_list_of_one_does(ours: Organization, admin: StaffUser, route: Route) -> None:
    one = queries_of(route, fill(route, ours, 1), admin)

    three = queries_of(route, fill(route, ours, 2), admin)

    assert len(three) == len(one), "\n".join(three)
    assert len(one) <= MOST_FOR_A_LIST


@each("route", [route for route in LISTS if "orders" in route.path], ids=str)
def test_a_list_of_a_hundred_costs_what_a_list_of_one_does(
    ours: Organization, admin: StaffUser, edition: Edition, route: Route
) -> None:
    one = queries_of(route, fill(route, ours, 1), admin)

    hundred = queries_of(route, [row_for(route, edition) for _ in range(99)][-1], admin)

    assert len(hundred) == len(one), "\n".join(hundred)


@each("route", DETAILS, ids=str)
def test_a_detail_with_three_children_costs_what_one_with_one_does(
    edition: Edition, admin: StaffUser, route: Route
) -> None:
    one = queries_of(route, row_for(route, edition), admin)

    three = queries_of(route, row_for(route, edition, children=3), admin)

    assert len(three) == len(one), "\n".join(three)
    assert len(one) <= MOST_FOR_A_DETAIL


def test_no_route_is_open_without_a_reason() -> None:
    assert all(OPEN.values())
