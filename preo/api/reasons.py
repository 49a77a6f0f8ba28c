"""`X-Reason`: why a request is sent, for the audit trail."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from preo.api.errors import PROBLEM_JSON, problem
from preo.api.json import dumps
from preo.reasons import REFUSAL, can_be_kept
from preo.recording import surrounded_by

HEADER = "X-Reason"


class ReasonMiddleware:
    """Every change that a request to the API makes is recorded with its `X-Reason`, unless the change has its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER)
        if given is None or not request.path.startswith("/v1/"):
            return self.get_response(request)
        reason = _read(given)
        if not reason:
            return _refused()
        with surrounded_by(reason=reason):
            return self.get_response(request)


def _read(given: str) -> str:
    """Headers are handed over as Latin-1, whatever was sent. Empty where it can't be taken."""
    try:
        reason = given.encode("latin-1").decode().strip()
    except UnicodeError:
        return ""
    return reason if can_be_kept(reason) else ""


def _refused() -> HttpResponse:
    errors: list[dict[str, str | None]] = [{"field": HEADER, "code": "reason_invalid", "detail": REFUSAL}]
    body = problem(HTTPStatus.BAD_REQUEST, code="reason_invalid", detail=REFUSAL, errors=errors)
    return HttpResponse(dumps(body), content_type=PROBLEM_JSON, status=HTTPStatus.BAD_REQUEST)
