"""Values of rows as people read them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Field, Model

from preo.money import Money, to_number


def words_of(field: Field[Any, Any], value: Any, *, currency: str = "") -> str:
    """The value of a column in words; empty for none. Amounts are minor units of `currency`, if it is known."""
    if value is None:
        return ""
    if field.name.endswith("_minor"):
        return Money(value, currency).formatted() if currency else str(to_number(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%-d %b %Y, %H:%M}"
    return _text(value, dict(getattr(field, "flatchoices", ())))


def title_of(field: Any) -> str:
    """What the column is called."""
    return str(field.verbose_name).removesuffix(" minor").capitalize()


def shown(row: Model, name: str, *, currency: str = "") -> str:
    """A field of the row in words; the rows that it leads to by their names."""
    field: Any = row._meta.get_field(name)
    if field.many_to_many:
        return ", ".join(map(str, getattr(row, name).all()))
    value = getattr(row, name)
    return str(value) if isinstance(value, Model) else words_of(field, value, currency=currency)


def _text(value: Any, labels: Mapping[Any, str]) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_text(inner, labels)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_text(inner, labels) for inner in value)
    return str(labels.get(value, value))
