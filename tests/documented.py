"""A client for tests that holds every answer below /v1 against the OpenAPI document, whatever else a test looks at."""

from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import orjson
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker
from rest_framework.test import APIClient

# Refused before the operation has a say, so no operation documents it.
WITHOUT_OPERATION = {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_ACCEPTABLE}
JSON_TYPES = {"application/json", "application/problem+json"}


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of the code as it is, as JSON has it."""
    return orjson.loads(orjson.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))  # type: ignore[no-any-return]


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Every documented operation by method and path."""
    return {
        (method.upper(), path): operation
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


class DocumentedClient(APIClient):
    """Fails where an answer's status, content type or body is not what the document says of its operation."""

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        operation = _operation_of(answer)
        if operation and answer.status_code not in WITHOUT_OPERATION:
            hold_against(operation, answer)
        return answer


def hold_against(operation: dict[str, Any], answer: Any) -> None:
    """Asserts that the operation documents the answer."""
    where = f"{operation['operationId']} answers {answer.status_code}"
    documented = operation["responses"].get(str(answer.status_code))
    assert documented, f"{where}, which is not documented: {answer.content[:300]!r}"
    content = documented.get("content", {})
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    assert media_type in content if content else not answer.content, f"{where} as {media_type}, not as {list(content)}"
    if media_type in JSON_TYPES:
        validator = _validator(operation["operationId"], str(answer.status_code), media_type)
        for error in validator.iter_errors(answer.json()):
            raise AssertionError(f"{where}: {error.json_path}: {error.message[:300]}")


def _operation_of(answer: Any) -> dict[str, Any] | None:
    request = answer.wsgi_request
    found = [
        (path.count("{"), operation)
        for (method, path), operation in operations().items()
        if method == request.method and _same(path, request.path_info)
    ]
    # A path without an argument goes before one that its words would fit as well.
    return min(found, key=lambda one: one[0])[1] if found else None


def _same(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(a == b or a.startswith("{") for a, b in zip(parts, given, strict=True))


@cache
def _validator(operation_id: str, status: str, media_type: str) -> Draft202012Validator:
    operation = next(found for found in operations().values() if found["operationId"] == operation_id)
    schema = operation["responses"][status]["content"][media_type]["schema"]
    return Draft202012Validator({**schema, "components": document()["components"]}, format_checker=FORMATS)


FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or "@" in value
