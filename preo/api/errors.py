"""Every refusal of the API as a problem document (RFC 9457)."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.defaults import bad_request as default_bad_request
from django.views.defaults import page_not_found, server_error
from drf_standardized_errors.formatter import flatten_errors
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions
from rest_framework.response import Response

from preo.api.json import dumps
from preo.errors import DomainError, InvalidField

PROBLEM_JSON = "application/problem+json"


class RuleSaidNo(exceptions.APIException):
    """A DomainError on its way out."""

    status_code = HTTPStatus.CONFLICT

    def __init__(self, refusal: DomainError) -> None:
        super().__init__(refusal.detail, code=refusal.code)
        self.field = refusal.field
        self.problems = refusal.problems


class ParameterNotFound(exceptions.NotFound):
    """A parameter or member names something that isn't there, or is out of reach; both look the same."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


class HeaderRefused(exceptions.APIException):
    """A header is missing, or not one that can be taken."""

    status_code = HTTPStatus.BAD_REQUEST
    header: ClassVar[str]


class Refusals(ExceptionHandler):
    """Turns exceptions into problem documents; reporting of the unexpected is the library's."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, DomainError):
            return RuleSaidNo(exc)
        if isinstance(exc, InvalidField):
            return exceptions.ValidationError({exc.field: [exceptions.ErrorDetail(exc.detail, code=exc.code)]})
        return super().convert_known_exceptions(exc)

    def format_exception(self, exc: exceptions.APIException) -> dict[str, Any]:
        errors = _errors_of(exc)
        if isinstance(exc, exceptions.ValidationError):
            names = ", ".join(sorted({str(error["field"]) for error in errors}))
            return problem(HTTPStatus.BAD_REQUEST, code="invalid", detail=f"Not valid: {names}.", errors=errors)
        detail = str(exc.detail.get("detail", "") if isinstance(exc.detail, dict) else exc.detail)
        if isinstance(exc, ParameterNotFound):
            detail = f"{exc.parameter}: {detail}"
        return problem(HTTPStatus(exc.status_code), code=_code_of(exc), detail=detail, errors=errors)

    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> Response:
        return Response(data, status=exc.status_code, headers=self.get_headers(exc), content_type=PROBLEM_JSON)


def answer(exc: Exception, context: Any) -> Response | None:
    """The exception handler of REST framework."""
    return Refusals(exc, context).run()


def problem(
    status: HTTPStatus, *, code: str, detail: str, errors: list[dict[str, str | None]] | None = None
) -> dict[str, Any]:
    """The members of a problem document; `code` is permanent, `detail` is for people."""
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "errors": errors or [],
    }


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404, as a problem below /v1."""
    if not request.path.startswith("/v1"):
        return page_not_found(request, exception)
    body = problem(HTTPStatus.NOT_FOUND, code="not_found", detail="There is nothing at this address.")
    return HttpResponseNotFound(dumps(body), content_type=PROBLEM_JSON)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400, such as for an unknown host, as a problem below /v1."""
    if not request.path.startswith("/v1"):
        return default_bad_request(request, exception)
    body = problem(HTTPStatus.BAD_REQUEST, code="bad_request", detail="This request can't be taken.")
    return HttpResponse(dumps(body), content_type=PROBLEM_JSON, status=HTTPStatus.BAD_REQUEST)


def failed(request: HttpRequest) -> HttpResponse:
    """Django's 500, as a problem below /v1."""
    if not request.path.startswith("/v1"):
        return server_error(request)
    body = problem(HTTPStatus.INTERNAL_SERVER_ERROR, code="error", detail="Something went wrong on our side.")
    return HttpResponse(dumps(body), content_type=PROBLEM_JSON, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _errors_of(exc: exceptions.APIException) -> list[dict[str, str | None]]:
    if isinstance(exc, ParameterNotFound):
        return [{"field": exc.parameter, "code": "not_found", "detail": str(exc.detail)}]
    if isinstance(exc, HeaderRefused):
        return [{"field": exc.header, "code": _code_of(exc), "detail": str(exc.detail)}]
    if isinstance(exc, RuleSaidNo) and exc.problems:
        return [asdict(found) for found in exc.problems]
    if isinstance(exc, RuleSaidNo) and exc.field:
        return [{"field": exc.field, "code": _code_of(exc), "detail": str(exc.detail)}]
    if isinstance(exc, exceptions.ValidationError):
        return [
            {"field": error.attr or "non_field_errors", "code": error.code, "detail": error.detail}
            for error in flatten_errors(exc.detail)
        ]
    return []


def _code_of(exc: exceptions.APIException) -> str:
    # A refused JWT comes as a dictionary with a code of its own.
    code = exc.detail.get("code") if isinstance(exc.detail, dict) else exc.get_codes()
    return str(code) if isinstance(code, str) else "error"
