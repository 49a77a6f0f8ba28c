"""Conditional requests, on every route that they are about."""

from typing import Any

import pytest

from editions.models import Edition
from preo.api.errors import PROBLEM_JSON
from tests.documented import DocumentedClient
from tests.house.calling import CLOSED, call, row_for, url_of
from tests.house.routes import Route
from tests.house.table import TABLE

READS = [route for route in CLOSED if route.method == "GET" and not route.is_list and not route.is_streamed]
WRITES = [route for route in CLOSED if route.method in ("PATCH", "DELETE")]
READ_PATHS = {route.path for route in READS}

each = pytest.mark.parametrize


@each("route", READS, ids=str)
def test_an_answer_about_one_carries_an_etag(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    row = row_for(route, edition)

    first, second = call(as_admin, route, row), call(as_admin, route, row)

    assert first.headers["ETag"].startswith('"')
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.headers["Cache-Control"].startswith("private")


@each("route", READS, ids=str)
def test_a_reader_who_has_the_answer_is_told_so(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    row = row_for(route, edition)
    etag = call(as_admin, route, row).headers["ETag"]

    answers = [call(as_admin, route, row, if_none_match=text) for text in (etag, f"W/{etag}", f'"x", {etag}', "*")]

    assert {(answer.status_code, answer.content, answer.headers["ETag"]) for answer in answers} == {(304, b"", etag)}


@each("route", READS, ids=str)
@each("text", ['"other"', "nonsense", ""])
def test_a_reader_who_has_another_answer_gets_this(
    as_admin: DocumentedClient, edition: Edition, route: Route, text: str
) -> None:
    answer = call(as_admin, route, row_for(route, edition), if_none_match=text)

    assert (answer.status_code, bool(answer.content)) == (200, True)


@each("route", WRITES, ids=str)
@each("text", ['"stale"', "nonsense", ""])
def test_a_writer_who_read_something_else_is_refused(
    as_admin: DocumentedClient, edition: Edition, route: Route, text: str
) -> None:
    row = row_for(route, edition)
    before = as_admin.get(url_of(route, row)).content

    answer = call(as_admin, route, row, if_match=text)

    assert (answer.status_code, answer.json()["code"], answer.headers["Content-Type"]) == (412, "stale", PROBLEM_JSON)
    assert as_admin.get(url_of(route, row)).content == before


@each("route", WRITES, ids=str)
def test_a_writer_who_read_what_is_there_gets_through_once(
    as_admin: DocumentedClient, edition: Edition, route: Route
) -> None:
    row = row_for(route, edition)
    etag = as_admin.get(url_of(route, row)).headers["ETag"]

    first, second = call(as_admin, route, row, if_match=etag), call(as_admin, route, row, if_match=etag)

    assert first.status_code == TABLE[str(route)].status
    assert second.status_code == (404 if route.method == "DELETE" else 412)


@each("route", WRITES, ids=str)
def test_a_writer_can_ask_for_whatever_is_there(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    row = row_for(route, edition)

    assert call(as_admin, route, row, if_match="*").status_code == TABLE[str(route)].status


@each("route", [route for route in WRITES if route.method == "PATCH"], ids=str)
def test_a_change_answers_what_a_reader_would_get(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    row = row_for(route, edition)

    answer, read = call(as_admin, route, row), as_admin.get(url_of(route, row))

    assert (answer.content, answer.headers["ETag"]) == (read.content, read.headers["ETag"])


def test_what_can_be_changed_can_be_read() -> None:
    assert {route.path for route in WRITES} <= READ_PATHS


def test_an_etag_tells_answers_apart(as_admin: DocumentedClient, edition: Edition) -> None:
    url = f"/v1/editions/{edition.pk}"
    before: Any = as_admin.get(url).headers["ETag"]

    Edition.objects.update(name="Renamed")

    assert as_admin.get(url).headers["ETag"] != before
