"""Money as integer minor units of a currency; the only place that parses, splits, rounds and prints it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal, Inexact

from babel.numbers import format_currency
from django.db import models

MINOR_PER_MAJOR = 100
EXPONENT = Decimal("0.01")
MAX_MINOR = 10**12 * MINOR_PER_MAJOR

# Decimal() takes blanks, underscores and the digits of every script; a JSON number has none of these.
_NUMBER = re.compile(r"-?(?:NaN|Infinity|[0-9]{1,64}(?:\.[0-9]{1,64})?(?:[eE][+-]?[0-9]{1,9})?)")
_EXACT = Context(prec=100, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact])


class Currency(models.TextChoices):
    """The currencies an edition can sell in; each has two decimals."""

    EUR = "eur", "EUR"
    USD = "usd", "USD"
    GBP = "gbp", "GBP"
    PLN = "pln", "PLN"
    DKK = "dkk", "DKK"
    SEK = "sek", "SEK"
    NOK = "nok", "NOK"


class NotAnAmount(ValueError):
    """What was given can't be an amount; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents, øre) of `currency`; may be negative."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        """As refusals and the terminal say it: the same digits and marks as `formatted`, and a plain blank."""
        return f"{to_number(self.minor):,} {self.currency.upper()}"

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} don't add up")
        return other

    def split(self, weights: Sequence[int]) -> "list[Money]":
        """Parts in proportion to `weights`, by largest remainder; they always sum to the whole.

        Equal remainders go to the earlier part. Weights are not negative and not all zero.
        """
        return [Money(part, self.currency) for part in split_minor(self.minor, weights)]

    def formatted(self, locale: str = "en") -> str:
        """As a person reads it in `locale`, followed by the currency's code: several currencies share a symbol."""
        return format_currency(to_number(self.minor), self.currency.upper(), "#,##0.00\N{NO-BREAK SPACE}¤¤", locale)


def to_number(minor: int) -> Decimal:
    """Minor units as the API's number, always with two decimals."""
    return Decimal(minor).scaleb(-2)


def to_minor(value: object) -> int:
    """The API's number (an int, a Decimal, or text of one) as minor units, exact or refused.

    Raises NotAnAmount for what is not a finite number, has more than two decimals, is negative or above 10^12.
    """
    amount = _to_decimal(value)
    if not amount.is_finite():
        raise NotAnAmount("not_finite", "This must be a finite number.")
    if amount.is_signed() and amount:
        raise NotAnAmount("negative", "This can't be negative.")
    # Compared before any arithmetic: 1e400 is finite as a Decimal and would be a number of 400 digits.
    if amount > MAX_MINOR // MINOR_PER_MAJOR:
        raise NotAnAmount("too_large", "This is above the largest amount, 1000000000000.")
    try:
        return int(amount.quantize(EXPONENT, context=_EXACT).scaleb(2))
    except Inexact:
        raise NotAnAmount("too_precise", "This has more than two decimals.") from None


def apply_rate(minor: int, rate_percent: Decimal) -> int:
    """`rate_percent` of an amount in minor units, half rounded away from zero."""
    return int((Decimal(minor) * rate_percent / 100).to_integral_value(ROUND_HALF_UP))


def split_minor(minor: int, weights: Sequence[int]) -> list[int]:
    """Like Money.split, on bare minor units."""
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative and must sum to more than zero")
    shares = [divmod(minor * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    by_remainder = sorted(range(len(weights)), key=lambda index: -shares[index][1])
    for index in by_remainder[: minor - sum(parts)]:
        parts[index] += 1
    return parts


def _to_decimal(value: object) -> Decimal:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if is_number or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return Decimal(value)  # type: ignore[arg-type]  # one of the three, as was just checked
    raise NotAnAmount("not_a_number", "This must be a number.")
