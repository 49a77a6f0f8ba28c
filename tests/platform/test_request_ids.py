"""The id of a request: taken, made, given back, and never trusted."""

import re

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from rest_framework.test import APIClient

from preo.api.request_ids import RequestIdMiddleware, current

MADE = re.compile(r"req_[0-7][0-9a-z]{25}")


def seen(headers: dict[str, str]) -> tuple[str | None, str]:
    """What the view sees, and what the answer carries."""
    inside: list[str | None] = []

    def view(request: HttpRequest) -> HttpResponse:
        inside.append(current())
        return HttpResponse()

    answer = RequestIdMiddleware(view)(RequestFactory(headers=headers).get("/"))
    return inside[0], answer["X-Request-ID"]


@pytest.mark.parametrize("given", ["a", "0b7c-41", "A_z.9", "x" * 128])
def test_a_given_id_is_kept(given: str) -> None:
    assert seen({"X-Request-ID": given}) == (given, given)


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\nb: c", "<script>", "ø", "a;b", "%0d%0a", "\0"])
def test_a_hostile_id_is_replaced(given: str) -> None:
    inside, outside = seen({"X-Request-ID": given})

    assert inside == outside
    assert MADE.fullmatch(outside)


def test_an_id_is_made_where_none_is_given() -> None:
    (one, _), (other, _) = seen({}), seen({})

    assert one != other
    assert MADE.fullmatch(one or "")


def test_an_id_ends_with_its_request() -> None:
    seen({"X-Request-ID": "a"})

    assert current() is None
    assert "request_id" not in structlog.contextvars.get_contextvars()


def test_a_refusal_carries_the_id_too(api: APIClient) -> None:
    assert api.get("/v1/nothing", HTTP_X_REQUEST_ID="abc")["X-Request-ID"] == "abc"
