"""What one record says in the words of the mapping: an order line, or why it is none."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from editions.models import Edition
from preo.accounts.customers import Person
from preo.imports.mapping import Mapping
from preo.imports.reading import BadFile, Record, Refusal
from preo.money import NotAnAmount, to_minor
from preo.phones import NotAPhoneNumber, e164

MOST_UNITS = 10_000
"""Of one line: each unit becomes a purchase, and more than that is a mistake in the file."""

LONGEST_NUMBER = 16
LONGEST_CODE = 100
LONGEST_NAME = 200
LONGEST_EMAIL = 254

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So many units of one product in the order `number`, at `price_minor` each."""

    record: Record
    number: str
    ordered_at: datetime
    person: Person
    product_code: str
    product_name: str
    quantity: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is no order line. `number` is that of its order where legible.

    Without it the order is still what was paid only when `is_free`.
    """

    record: Record
    number: str
    reason: Refusal
    is_free: bool = False


class _Bad(Exception):
    def __init__(self, code: str, text: str, *, is_free: bool = False) -> None:
        super().__init__(text)
        self.refusal = Refusal(code, text)
        self.is_free = is_free


class LineReader:
    """Reads records of one file by one mapping into one edition."""

    def __init__(self, header: list[str], *, mapping: Mapping, edition: Edition) -> None:
        """Raises BadFile where the header lacks a column of the mapping."""
        self.mapping = mapping
        self.width = len(header)
        self.at = _positions(header, mapping)
        self.moment = _moments(mapping.order.date_formats, ZoneInfo(mapping.order.timezone or edition.timezone))
        self.phone = _phones(edition.default_country_code)

    def read(self, record: Record) -> OrderLine | Refused:
        try:
            return self._line(record)
        except _Bad as bad:
            number = self._text(record, "[order] number", checked=False)
            return Refused(record, number, bad.refusal, is_free=bad.is_free)

    def _line(self, record: Record) -> OrderLine:
        if record.problem:
            raise _Bad(record.problem.code, record.problem.text)
        if len(record.cells) != self.width:
            raise _Bad("column_count", f"This line has {len(record.cells)} columns where the header has {self.width}.")
        number = self._number(record)
        # First of all, as it decides whether anything else of the line matters.
        price_minor = self._price_minor(record)
        quantity = self._quantity(record)
        ordered_at = self.moment(self._text(record, "[order] date"))
        code = self._text(record, "[line] product_code", longest=LONGEST_CODE)
        if not code:
            raise _Bad("product_missing", "This line names no product.")
        name = self._text(record, "[line] product_name", longest=LONGEST_NAME)
        person = self._person(record, ordered_at)
        return OrderLine(record, number, ordered_at, person, code, name or code, quantity, price_minor)

    def _number(self, record: Record) -> str:
        number = self._text(record, "[order] number")
        if not number:
            raise _Bad("order_missing", "This line names no order.")
        if len(number) > LONGEST_NUMBER:
            raise _Bad("order_number_too_long", f"An order number has at most {LONGEST_NUMBER} characters.")
        prefix = self.mapping.order.return_prefix
        if prefix and number.startswith(prefix):
            raise _Bad("return", f"{number} is a return, and the order that it belongs to isn't named.")
        return number

    def _price_minor(self, record: Record) -> int:
        text = self._text(record, "[line] unit_price")
        if self.mapping.file.decimal == ",":
            # With two kinds of points in one file nobody knows which of them stands for thousands.
            text = "?" if "." in text else text.replace(",", ".")
        if not _NUMBER.fullmatch(text):
            raise _Bad("price_not_a_number", "The unit price isn't a number.")
        try:
            price_minor = to_minor(text.removeprefix("+"))
        except NotAnAmount as problem:
            raise _Bad(f"price_{problem.code}", f"The unit price can't be imported. {problem}") from None
        if price_minor == 0 and self.mapping.line.zero_prices == "refuse":
            raise _Bad("zero_price", "The unit price is zero.", is_free=True)
        return price_minor

    def _quantity(self, record: Record) -> int:
        text = self._text(record, "[line] quantity")
        if not _WHOLE.fullmatch(text):
            raise _Bad("quantity_not_whole", "The quantity isn't a whole number.")
        quantity = int(text)
        if quantity < 1:
            raise _Bad("quantity_not_positive", "The quantity isn't above zero, so this takes something back.")
        if quantity > MOST_UNITS:
            raise _Bad("quantity_too_large", f"The quantity is above {MOST_UNITS} units, the most of one line.")
        return quantity

    def _person(self, record: Record, ordered_at: datetime) -> Person:
        external_id = self._text(record, "[customer] external_id", longest=LONGEST_CODE)
        email = self._text(record, "[customer] email", longest=LONGEST_EMAIL)
        if not (external_id or email):
            raise _Bad("customer_missing", "This line names no customer.")
        if email and not _is_email(email):
            raise _Bad("email_invalid", "The e-mail address isn't one.")
        name = self._text(record, "[customer] name", longest=LONGEST_NAME)
        phone = self._text(record, "[customer] phone")
        return Person(external_id, email, name, self.phone(phone) if phone else "", ordered_at)

    def _text(self, record: Record, key: str, *, longest: int | None = None, checked: bool = True) -> str:
        """The cell without blanks around it; empty where the mapping or the record has none."""
        position = self.at.get(key)
        if position is None or position >= len(record.cells):
            return ""
        text = record.cells[position].strip()
        if checked and "\0" in text:
            raise _Bad("nul_byte", f"The column of {key} has a NUL byte.")
        if longest and len(text) > longest:
            raise _Bad("too_long", f"The column of {key} has {len(text)} characters, above the {longest} that fit.")
        return text


def _positions(header: list[str], mapping: Mapping) -> dict[str, int]:
    for key, column in mapping.columns.items():
        if header.count(column) != 1:
            problem = "has no column" if column not in header else "has more than one column"
            raise BadFile(f"The file {problem} {column!r}, which {key} of the mapping names; its header is {header}.")
    return {key: header.index(column) for key, column in mapping.columns.items()}


def _moments(formats: tuple[str, ...], zone: ZoneInfo) -> Callable[[str], datetime]:
    """Reads dates; an order's lines share one, so that the last ones read are kept."""

    @lru_cache(maxsize=1024)
    def read(text: str) -> datetime:
        for date_format in formats:
            try:
                moment = datetime.strptime(text, date_format)  # noqa: DTZ007  # gets its zone in the next line
                return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
            except (ValueError, OverflowError):
                continue
        raise _Bad("date_not_readable", f"The date fits none of the formats {', '.join(formats)}.")

    return read


def _phones(country_code: str) -> Callable[[str], str]:
    """Reads phone numbers into E.164, those without a country as of the edition's."""

    @lru_cache(maxsize=1024)
    def read(text: str) -> str:
        try:
            return e164(text, country_code=country_code, is_assigned=True)
        except NotAPhoneNumber:
            raise _Bad("phone_invalid", "The phone number isn't one.") from None

    return read


@lru_cache(maxsize=1024)
def _is_email(text: str) -> bool:
    """ASCII alone, as PostgreSQL and Python don't fold the case of every other letter alike."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return text.isascii()
