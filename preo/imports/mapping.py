"""What the columns of somebody else's file mean: a TOML file, read into frozen dataclasses."""

import tomllib
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo


class BadMapping(ValueError):
    """The mapping can't be used; the text names the key."""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How the CSV is written; `encoding` may be "auto"."""

    delimiter: str
    encoding: str
    decimal: str


@dataclass(frozen=True, slots=True)
class OrderColumns:
    """Columns of what belongs to the order. Dates without an offset are in `timezone`, or the edition's where None."""

    number: str
    date: str
    date_formats: tuple[str, ...]
    timezone: str | None
    return_prefix: str | None


@dataclass(frozen=True, slots=True)
class LineColumns:
    """Columns of one order line; `zero_prices` is "refuse" or "accept"."""

    product_code: str
    product_name: str | None
    quantity: str
    unit_price: str
    zero_prices: str


@dataclass(frozen=True, slots=True)
class CustomerColumns:
    """Columns of the customer, of which an external id or an e-mail address is there."""

    external_id: str | None
    email: str | None
    name: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Mapping:
    """The whole mapping, section by section."""

    file: FileFormat
    order: OrderColumns
    line: LineColumns
    customer: CustomerColumns

    @property
    def columns(self) -> dict[str, str]:
        """The columns that the file must have, by the key that names them."""
        named = {
            "[order] number": self.order.number,
            "[order] date": self.order.date,
            "[line] product_code": self.line.product_code,
            "[line] product_name": self.line.product_name,
            "[line] quantity": self.line.quantity,
            "[line] unit_price": self.line.unit_price,
            "[customer] external_id": self.customer.external_id,
            "[customer] email": self.customer.email,
            "[customer] name": self.customer.name,
            "[customer] phone": self.customer.phone,
        }
        return {key: column for key, column in named.items() if column}


def load_mapping(path: Path) -> Mapping:
    """Raises BadMapping, also for a file that isn't there."""
    try:
        return read_mapping(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BadMapping(f"{path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadMapping(f"{path} isn't UTF-8 text.") from None
    except BadMapping as problem:
        raise BadMapping(f"{path}: {problem}") from None


def read_mapping(text: str) -> Mapping:
    """Raises BadMapping."""
    try:
        sections = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"This isn't TOML: {error}.") from None
    mapping = Mapping(
        file=_file(_Section.of(sections, "file")),
        order=_order(_Section.of(sections, "order")),
        line=_line(_Section.of(sections, "line")),
        customer=_customer(_Section.of(sections, "customer")),
    )
    if sections:
        raise BadMapping(f"There is no section [{min(sections)}]; the sections are file, order, line and customer.")
    return mapping


@dataclass(frozen=True, slots=True)
class _Section:
    """A section of the file, emptied key by key, so that what is left is unknown."""

    name: str
    values: dict[str, Any]

    @classmethod
    def of(cls, sections: dict[str, Any], name: str) -> "_Section":
        values = sections.pop(name, {})
        if not isinstance(values, AnyMapping):
            raise BadMapping(f"[{name}] must be a section.")
        return cls(name, dict(values))

    def bad(self, key: str, problem: str) -> BadMapping:
        return BadMapping(f"[{self.name}] {key} {problem}")

    def optional(self, key: str) -> str | None:
        value = self.values.pop(key, None)
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise self.bad(key, "must be a text that isn't empty.")
        return value.strip() if value else None

    def required(self, key: str) -> str:
        value = self.optional(key)
        if value is None:
            raise self.bad(key, "is missing.")
        return value

    def one_of(self, key: str, *choices: str) -> str:
        """The first choice when the key isn't there."""
        value = self.values.pop(key, choices[0])
        if value not in choices:
            raise self.bad(key, f"must be one of {', '.join(map(repr, choices))}.")
        return str(value)

    def end(self) -> None:
        if self.values:
            raise self.bad(min(self.values), "is no key that is known here.")


def _file(section: _Section) -> FileFormat:
    delimiter = section.values.pop("delimiter", ",")
    if not (isinstance(delimiter, str) and len(delimiter) == 1 and delimiter.isascii()) or delimiter in '"\r\n\0 ':
        raise section.bad("delimiter", "must be a single character such as a comma, semicolon or tab.")
    encoding = section.one_of("encoding", "auto", "utf-8", "cp1252")
    read = FileFormat(delimiter=delimiter, encoding=encoding, decimal=section.one_of("decimal", ".", ","))
    section.end()
    return read


def _order(section: _Section) -> OrderColumns:
    read = OrderColumns(
        number=section.required("number"),
        date=section.required("date"),
        date_formats=_date_formats(section),
        timezone=_timezone(section),
        return_prefix=section.optional("return_prefix"),
    )
    section.end()
    return read


def _date_formats(section: _Section) -> tuple[str, ...]:
    formats = section.values.pop("date_formats", None)
    if not (isinstance(formats, list) and formats and all(isinstance(each, str) for each in formats)):
        raise section.bad("date_formats", 'must be a list of formats such as ["%d.%m.%Y %H:%M"].')
    for each in formats:
        _try_format(section, each)
    return tuple(formats)


def _try_format(section: _Section, date_format: str) -> None:
    moment = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    try:
        read = datetime.strptime(moment.strftime(date_format), date_format)  # noqa: DTZ007  # only its date is looked at
    except ValueError:
        raise section.bad("date_formats", f"has {date_format!r}, which isn't a format of strptime.") from None
    if read.date() != moment.date():
        raise section.bad("date_formats", f"has {date_format!r}, which doesn't say year, month and day.")


def _timezone(section: _Section) -> str | None:
    name = section.optional("timezone")
    try:
        return name and ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise section.bad("timezone", f"is {name!r}, which no timezone is called.") from None


def _line(section: _Section) -> LineColumns:
    read = LineColumns(
        product_code=section.required("product_code"),
        product_name=section.optional("product_name"),
        quantity=section.required("quantity"),
        unit_price=section.required("unit_price"),
        zero_prices=section.one_of("zero_prices", "refuse", "accept"),
    )
    section.end()
    return read


def _customer(section: _Section) -> CustomerColumns:
    read = CustomerColumns(*(section.optional(key) for key in ("external_id", "email", "name", "phone")))
    if not (read.external_id or read.email):
        raise section.bad("external_id", "is missing, and so is email; customers need one of the two.")
    section.end()
    return read
