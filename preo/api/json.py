"""JSON in and out: numbers stay exact in both directions."""

import json
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer


class BodyTooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


LONGEST_INTEGER = 1000
"""Digits; Python itself refuses to read much longer ones, and then nobody could say which member it was."""


class JsonParser(BaseParser):
    """Fractions become Decimal; NaN and Infinity pass on as Decimals, so that a field can refuse them by name."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            text = _whole(stream).decode("utf-8")
            return _without_surrogates(
                json.loads(text, parse_float=_fraction, parse_int=_integer, parse_constant=Decimal), text
            )
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        except ValueError as problem:
            raise ParseError(f"The body is not JSON in UTF-8: {problem}"[:200]) from None


class JsonRenderer(BaseRenderer):
    """Decimals are printed as the numbers they are, moments as RFC 3339 in UTC."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else dumps(data)


def _fraction(text: str) -> Decimal:
    """Exact; an exponent beyond what a Decimal holds passes on as infinite, for a field to refuse by name."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= LONGEST_INTEGER else Decimal("Infinity")


def dumps(data: Any) -> bytes:
    """The bytes of an answer."""
    return orjson.dumps(data, default=_exact, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _whole(stream: IO[bytes]) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise BodyTooLarge
    return body


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def _without_surrogates(data: Any, text: str) -> Any:
    # Half a surrogate pair passes json.loads and then fails wherever it is encoded next.
    if "\\u" in text:
        json.dumps(data, ensure_ascii=False, default=str).encode("utf-8")
    return data
