"""What no route swallows: unknown names, other media types, bodies that are none."""

from typing import Any
from urllib.parse import urlencode

import pytest

from editions.models import Edition
from preo.api.errors import PROBLEM_JSON
from tests.documented import DocumentedClient
from tests.house.calling import ALL, CLOSED, LISTS, call, row_for, url_of
from tests.house.routes import Route
from tests.house.table import TABLE

BODIES_OF_OTHERS = {"POST /v1/providers/{provider}/events": "what a provider sends is believed by its signature alone"}
"""Routes whose body is of somebody else's making, and why it is not looked at here."""

WRITES = [route for route in ALL if route.method in ("POST", "PUT", "PATCH") and str(route) not in BODIES_OF_OTHERS]
SCOPED_WRITES = [route for route in WRITES if str(route) in TABLE]

each = pytest.mark.parametrize


def fields(answer: Any) -> set[str]:
    assert answer.headers["Content-Type"] == PROBLEM_JSON
    return {error["field"] for error in answer.json()["errors"]}


def send(client: DocumentedClient, route: Route, edition: Edition, body: Any, **options: Any) -> Any:
    row = row_for(route, edition) if str(route) in TABLE else None
    return client.generic(route.method, url_of(route, row), body, **({"content_type": "application/json"} | options))


@each("route", CLOSED, ids=str)
def test_an_unknown_parameter_is_named(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    url = url_of(route, row_for(route, edition))
    names = ["unknown", "organisation_id", "format", "a\0b", "x" * 1000]

    answers = {name: as_admin.generic(route.method, url, QUERY_STRING=urlencode({name: 1})) for name in names}

    assert {answer.status_code for answer in answers.values()} == {400}
    assert all(name in fields(answer) for name, answer in answers.items())


@each("route", LISTS, ids=str)
def test_a_repeated_parameter_is_named(as_admin: DocumentedClient, route: Route) -> None:
    answer = as_admin.get(route.path, {"page_size": ["1", "2"]})

    assert (answer.status_code, fields(answer)) == (400, {"page_size"})


@each("route", LISTS, ids=str)
def test_every_documented_filter_is_known(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    query = TABLE[str(route)].query(row_for(route, edition))
    names = {*route.view.filterset_class.base_filters, "organization_id", "ordering"} - {"page", "cursor"}

    answers = {name: as_admin.get(route.path, {name: "nonsense\0"} | query) for name in names - query.keys()}

    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code not in (400, 404)} == {}
    assert all(name in fields(answer) for name, answer in answers.items())


@each("route", LISTS, ids=str)
def test_a_text_of_10_000_characters_is_refused_by_name(
    as_admin: DocumentedClient, edition: Edition, route: Route
) -> None:
    query = TABLE[str(route)].query(row_for(route, edition))
    names = {*route.view.filterset_class.base_filters, "page", "page_size", "cursor", "ordering", "organization_id"}

    answers = {name: as_admin.get(route.path, query | {name: "x" * 10_000}) for name in names}

    assert all(answer.status_code in (400, 404) and name in fields(answer) for name, answer in answers.items())


@each("route", WRITES, ids=str)
def test_an_unknown_member_is_named(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    answer = send(as_admin, route, edition, b'{"unknown": 1}')

    assert answer.status_code == 400
    assert "unknown" in fields(answer)


NO_OBJECTS = [b"{", b"\xff", b"[" * 50_000, b'{"a": "\\ud800"}', b"NaN", b"null", b'"text"', b"[]", b"[{}]", b"1"]


@each("route", WRITES, ids=str)
def test_a_body_that_is_no_object_is_refused(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    answers = [send(as_admin, route, edition, body) for body in NO_OBJECTS]

    assert {(answer.status_code, answer.headers["Content-Type"]) for answer in answers} == {(400, PROBLEM_JSON)}


WITH_BODY = [
    route
    for route in SCOPED_WRITES
    if route.method == "POST" and TABLE[str(route)].body and not TABLE[str(route)].is_body_optional
]


@each("route", WITH_BODY, ids=str)
def test_a_body_that_is_missing_is_refused(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    assert send(as_admin, route, edition, b"").status_code == 400


OTHER_TYPES = [
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "x",
]


@each("route", WRITES, ids=str)
def test_a_body_of_another_media_type_is_refused(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    answers = [send(as_admin, route, edition, b"reason=other", content_type=other) for other in OTHER_TYPES]

    assert {(answer.status_code, answer.headers["Content-Type"]) for answer in answers} == {(415, PROBLEM_JSON)}


@each("route", WRITES, ids=str)
def test_a_body_above_the_limit_is_refused(
    as_admin: DocumentedClient, edition: Edition, route: Route, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    assert send(as_admin, route, edition, b" " * 1001).status_code == 413


@each("route", CLOSED, ids=str)
def test_another_answer_than_json_is_not_acceptable(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    url = url_of(route, row_for(route, edition))

    answer = as_admin.generic(route.method, url, HTTP_ACCEPT="application/xml")

    assert (answer.status_code, answer.headers["Content-Type"]) == (406, PROBLEM_JSON)


@each("path", ["/v1", "/v1/", "/v1/nothing", "/v1/orders/", "/v1/orders/x/y", "/v1/%00", "/v1/refunds/x/approve/"])
def test_an_address_without_a_route_is_a_problem(as_admin: DocumentedClient, path: str) -> None:
    answer = as_admin.get(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, PROBLEM_JSON)
    assert answer.json()["code"] == "not_found"


@each("route", [route for route in CLOSED if route.method == "GET"], ids=str)
def test_head_answers_like_get_without_a_body(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    row = row_for(route, edition)

    answer = as_admin.head(url_of(route, row), TABLE[str(route)].query(row) if route.is_list else {})

    assert (answer.status_code, answer.getvalue()) == (200, b"")
    assert call(as_admin, route, row).status_code == 200
