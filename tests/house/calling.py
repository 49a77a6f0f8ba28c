"""Calling a route as its entry in the table has it."""

from typing import Any

from editions.models import Edition
from tests.documented import DocumentedClient
from tests.house.routes import Route, routes
from tests.house.table import OPEN, TABLE

ALL = routes()
CLOSED = [route for route in ALL if str(route) not in OPEN]
SCOPED = [route for route in CLOSED if route.action]
WITH_ID = [route for route in CLOSED if route.has_id]
LISTS = [route for route in CLOSED if route.is_list]


def row_for(route: Route, edition: Edition, children: int = 1) -> Any:
    make = TABLE[str(route)].row
    return make(edition, children) if make else None


def url_of(route: Route, row: Any) -> str:
    return route.url(row.pk if row else "")


def call(client: DocumentedClient, route: Route, row: Any = None, text: str | None = None, **headers: str) -> Any:
    """For a row, or for an id of one's own in its place. Headers are given as `if_match="…"`."""
    needs = TABLE[str(route)]
    url = route.url(text) if text is not None else url_of(route, row)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if route.method == "GET":
        return client.get(url, needs.query(row) if route.is_list else {}, headers=named)
    if needs.body is None:
        return client.generic(route.method, url, headers=named)
    send = getattr(client, route.method.lower())
    return send(url, needs.body(row), headers=named)


def ids_in(answer: Any) -> list[str]:
    """Of the rows of a list; a customer's is `api_id`, as published."""
    return [found["id"] if "id" in found else found["api_id"] for found in answer.json()["results"]]
