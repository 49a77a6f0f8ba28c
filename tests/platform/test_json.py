"""JSON in and out, byte for byte."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from preo.api.json import BodyTooLarge, JsonParser, JsonRenderer, dumps
from preo.api.scopes import Scope


def parse(body: bytes) -> Any:
    return JsonParser().parse(BytesIO(body))


@pytest.mark.parametrize("number", ["0.1", "0.30000000000000004", "1.10", "12345678901234567890.123456789", "1E+400"])
def test_parse_keeps_fractions_exact(number: str) -> None:
    assert str(parse(number.encode())) == number


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_parse_passes_on_what_is_not_finite(constant: str) -> None:
    assert str(parse(constant.encode())) == constant


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_dumps_prints_decimals_exactly(number: Decimal) -> None:
    assert parse(dumps(number)) == number
    assert dumps(number) == format(number, "f").encode()


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (Decimal("12.30"), b"12.30"),
        (Decimal("1E+3"), b"1000"),
        (Decimal("0.00"), b"0.00"),
        (datetime(2026, 6, 1, 12, 0, tzinfo=UTC), b'"2026-06-01T12:00:00Z"'),
        (Scope.ORDERS_READ, b'"orders:read"'),
        ("Søren \U0001f3d5", '"Søren \U0001f3d5"'.encode()),
        ({"a": [None, True, 1]}, b'{"a":[null,true,1]}'),
    ],
)
def test_dumps_prints_what_the_api_speaks(value: object, printed: bytes) -> None:
    assert dumps(value) == printed


def test_dumps_prints_moments_of_other_zones_unambiguously() -> None:
    moment = datetime(2026, 6, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))

    assert datetime.fromisoformat(parse(dumps(moment))) == moment


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), object(), {1, 2}])
def test_dumps_refuses_what_has_no_json(value: object) -> None:
    with pytest.raises(TypeError):
        dumps(value)


def test_render_answers_nothing_with_no_bytes() -> None:
    assert JsonRenderer().render(None) == b""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"[1] 2",
        b"\xff\xfe",
        b'"\xc3\x28"',
        b"\xef\xbb\xbf{}",
        b'"\\ud800"',
        b'{"\\udc00": 1}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        '{"a": 1}'.encode("utf-16"),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_parse_refuses_what_is_not_json_in_utf_8(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


def test_parse_refuses_a_body_above_the_limit(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    assert parse(b'"12345678"') == "12345678"
    with pytest.raises(BodyTooLarge):
        parse(b'"123456789"')


def test_parse_takes_a_whole_surrogate_pair() -> None:
    assert parse(b'"\\ud83c\\udfd5"') == "\U0001f3d5"
