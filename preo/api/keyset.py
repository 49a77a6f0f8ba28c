"""Walking a list by its ordering's values: page 5,000 costs what page 1 does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

SALT = "preo.cursor"


class BadCursor(ValueError):
    """A cursor that isn't ours, or belongs to another ordering."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: the ordering, the values of the row beside it, and which way to walk."""

    ordering: list[str]
    values: list[Any]
    backwards: bool = False

    def dumps(self, *, kind: str) -> str:
        """Signed as a place in a list of this kind of rows."""
        # Django's encoder cuts moments to milliseconds, and rows between two of those would be lost.
        values = [value.isoformat() if isinstance(value, datetime) else value for value in self.values]
        return signing.dumps([self.ordering, values, self.backwards], salt=f"{SALT}.{kind}", compress=True)

    @classmethod
    def loads(cls, text: str, *, kind: str, ordering: list[str]) -> "Cursor":
        """Raises BadCursor."""
        try:
            cursor = cls(*signing.loads(text, salt=f"{SALT}.{kind}"))
        except signing.BadSignature:
            raise BadCursor("This is not a cursor from an answer of this list.") from None
        if cursor.ordering != ordering:
            raise BadCursor("This cursor belongs to another ordering.")
        return cursor

    @classmethod
    def beside(cls, row: Model, ordering: list[str], *, backwards: bool = False) -> "Cursor":
        return cls(ordering, [_value(row, term) for term in ordering], backwards)


def page(queryset: QuerySet[Any], cursor: Cursor | None, size: int) -> tuple[list[Any], bool]:
    """At most `size` rows behind (or before) the cursor in the list's order, and whether more lie that way."""
    ordering = [str(term) for term in queryset.query.order_by]
    if cursor and cursor.backwards:
        ordering = [_reverse(term) for term in ordering]
        queryset = queryset.order_by(*ordering)
    if cursor:
        queryset = queryset.filter(_beyond(queryset.model, ordering, cursor.values))
    rows = list(queryset[: size + 1])
    has_more, rows = len(rows) > size, rows[:size]
    return (rows[::-1] if cursor and cursor.backwards else rows), has_more


def _beyond(model: type[Model], ordering: list[str], values: Sequence[Any]) -> Any:
    descends = {term.startswith("-") for term in ordering}
    if len(descends) == 1 and not any(_is_nullable(model, term) for term in ordering):
        lookup = TupleLessThan if descends.pop() else TupleGreaterThan
        return lookup(Tuple(*(F(_name(term)) for term in ordering)), tuple(values))
    condition, ties = Q(pk__in=[]), Q()
    for term, value in zip(ordering, values, strict=True):
        condition |= ties & _after(model, term, value)
        ties &= Q(**{f"{_name(term)}__isnull": True}) if value is None else Q(**{_name(term): value})
    return condition


def _after(model: type[Model], term: str, value: Any) -> Q:
    """Rows behind `value` in one column; PostgreSQL sorts nulls as if above every value."""
    name, descends = _name(term), term.startswith("-")
    if value is None:
        return Q(**{f"{name}__isnull": False}) if descends else Q(pk__in=[])
    behind = Q(**{f"{name}__lt" if descends else f"{name}__gt": value})
    if not descends and _is_nullable(model, term):
        behind |= Q(**{f"{name}__isnull": True})
    return behind


def _is_nullable(model: type[Model], term: str) -> bool:
    return bool(model._meta.get_field(_name(term)).null)


def _name(term: str) -> str:
    return term.removeprefix("-")


def _reverse(term: str) -> str:
    return _name(term) if term.startswith("-") else f"-{term}"


def _value(row: Model, term: str) -> Any:
    return getattr(row, _name(term))
