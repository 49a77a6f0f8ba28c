"""Money: what is read is exact or refused, what is split sums to the whole."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from preo.money import MAX_MINOR, Money, NotAnAmount, apply_rate, split_minor, to_minor, to_number

READ = [
    (0, 0),
    (1, 1_00),
    ("0", 0),
    ("12", 12_00),
    ("12.3", 12_30),
    ("12.34", 12_34),
    ("12.340000", 12_34),
    ("0.01", 1),
    ("-0", 0),
    ("1e2", 100_00),
    ("1E-2", 1),
    ("0e999999", 0),
    (Decimal("12.34"), 12_34),
    (Decimal("1E+3"), 1000_00),
    (Decimal("-0.00"), 0),
    (10**12, MAX_MINOR),
    ("1000000000000.00", MAX_MINOR),
]
REFUSED = [
    (Decimal("NaN"), "not_finite"),
    (Decimal("-NaN"), "not_finite"),
    (Decimal("sNaN"), "not_finite"),
    (Decimal("Infinity"), "not_finite"),
    (Decimal("-Infinity"), "not_finite"),
    ("NaN", "not_finite"),
    ("Infinity", "not_finite"),
    ("-Infinity", "not_finite"),
    (Decimal("1e400"), "too_large"),
    ("1e400", "too_large"),
    ("1e999999999", "too_large"),
    (10**12 + 1, "too_large"),
    ("1000000000000.01", "too_large"),
    ("0.001", "too_precise"),
    ("1e-400", "too_precise"),
    ("1e-999999999", "too_precise"),
    ("12.345", "too_precise"),
    ("0.01000000000000000000000000000000000000000000001", "too_precise"),
    ("999999999999.9900000000000000000000000001", "too_precise"),
    (-1, "negative"),
    ("-0.01", "negative"),
    ("-1e400", "negative"),
    (True, "not_a_number"),
    (False, "not_a_number"),
    (None, "not_a_number"),
    (1.5, "not_a_number"),
    (0.1 + 0.2, "not_a_number"),
    (float("nan"), "not_a_number"),
    ([], "not_a_number"),
    ({}, "not_a_number"),
    (b"1", "not_a_number"),
    ("", "not_a_number"),
    (" ", "not_a_number"),
    ("abc", "not_a_number"),
    (" 5 ", "not_a_number"),
    ("5\n", "not_a_number"),
    ("1_000", "not_a_number"),
    ("1,5", "not_a_number"),
    ("1.000,00", "not_a_number"),
    ("\uff11\uff12", "not_a_number"),
    ("\u0663", "not_a_number"),
    ("+5", "not_a_number"),
    (".5", "not_a_number"),
    ("5.", "not_a_number"),
    ("0x10", "not_a_number"),
    ("5 DKK", "not_a_number"),
    ("5\0", "not_a_number"),
    pytest.param("9" * 10_000, "not_a_number", id="10,000 digits"),
    pytest.param(10**5000, "too_large", id="10**5000"),
    pytest.param(-(10**5000), "negative", id="-10**5000"),
]

amounts = st.integers(0, MAX_MINOR)
weights = st.lists(st.integers(0, 10**15), min_size=1, max_size=30).filter(any)


@pytest.mark.parametrize(("value", "minor"), READ)
def test_to_minor_reads_exactly(value: object, minor: int) -> None:
    assert to_minor(value) == minor


@pytest.mark.parametrize(("value", "code"), REFUSED)
def test_to_minor_refuses_with_a_code(value: object, code: str) -> None:
    with pytest.raises(NotAnAmount) as refusal:
        to_minor(value)

    assert refusal.value.code == code


@given(amounts)
def test_to_minor_reads_what_to_number_prints(minor: int) -> None:
    assert to_minor(to_number(minor)) == minor
    assert to_minor(str(to_number(minor))) == minor


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_to_minor_is_exact_or_refuses(value: Decimal) -> None:
    try:
        minor = to_minor(value)
    except NotAnAmount:
        assume(False)

    assert Fraction(minor, 100) == Fraction(value)


@given(st.text(max_size=80))
def test_to_minor_answers_any_text(text: str) -> None:
    with suppress(NotAnAmount):
        assert 0 <= to_minor(text) <= MAX_MINOR


@pytest.mark.parametrize(
    ("minor", "printed"), [(0, "0.00"), (1, "0.01"), (-1, "-0.01"), (12_30, "12.30"), (MAX_MINOR, "1000000000000.00")]
)
def test_to_number_has_two_decimals(minor: int, printed: str) -> None:
    assert str(to_number(minor)) == printed


@given(amounts, weights)
def test_split_sums_to_the_whole_and_stays_within_one_of_proportion(minor: int, shares: list[int]) -> None:
    parts = split_minor(minor, shares)

    assert sum(parts) == minor
    exact = [Fraction(minor * share, sum(shares)) for share in shares]
    assert all(abs(part - due) < 1 for part, due in zip(parts, exact, strict=True))


@pytest.mark.parametrize(
    ("minor", "shares", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (0, [1, 2], [0, 0]),
        (7, [0, 1], [0, 7]),
        (10, [1, 2, 3], [2, 3, 5]),
        (-100, [1, 1, 1], [-33, -33, -34]),
    ],
)
def test_split_gives_equal_remainders_to_the_earlier_part(minor: int, shares: list[int], parts: list[int]) -> None:
    assert split_minor(minor, shares) == parts


@pytest.mark.parametrize("shares", [[], [0], [0, 0], [1, -1], [5, -1]])
def test_split_refuses_weights_without_a_proportion(shares: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split_minor(100, shares)


@pytest.mark.parametrize(("minor", "rate", "fee"), [(100, "25", 25), (2, "25", 1), (1, "49.99", 0), (-2, "25", -1)])
def test_apply_rate_rounds_half_away_from_zero(minor: int, rate: str, fee: int) -> None:
    assert apply_rate(minor, Decimal(rate)) == fee


def test_money_adds_and_compares_within_a_currency() -> None:
    small, large = Money(50, "dkk"), Money(1_50, "dkk")

    assert small + large == Money(2_00, "dkk")
    assert small - large == Money(-1_00, "dkk")
    assert small < large
    assert small <= Money(50, "dkk")
    assert (bool(small), bool(Money(0, "dkk"))) == (True, False)


def test_money_refuses_to_mix_currencies() -> None:
    with pytest.raises(ValueError, match="dkk and eur"):
        Money(1, "dkk") + Money(1, "eur")
    with pytest.raises(ValueError, match="dkk and eur"):
        assert Money(1, "dkk") < Money(1, "eur")


def test_money_prints_for_people() -> None:
    assert str(Money(1234_50, "dkk")) == "1,234.50 DKK"
    assert Money(1234_50, "dkk").formatted("en") == "1,234.50\N{NO-BREAK SPACE}DKK"
    assert [part.minor for part in Money(1_00, "eur").split([1, 2])] == [33, 67]
