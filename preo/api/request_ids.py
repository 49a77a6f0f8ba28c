"""One id for each request: taken from the caller or made, in every log line, and given back."""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from preo import public_ids

HEADER = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._\-]{1,128}")


class RequestIdMiddleware:
    """Binds `request_id` to the log context for as long as the request runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request_id = given if _ACCEPTABLE.fullmatch(given) else public_ids.new("req")
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response[HEADER] = request_id
        return response


def current() -> str | None:
    """The id of the request being answered; None outside of one."""
    return structlog.contextvars.get_contextvars().get("request_id")
