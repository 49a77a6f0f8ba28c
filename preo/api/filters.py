"""Filters of lists: each refuses what it doesn't understand instead of ignoring it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django_filters.fields import IsoDateTimeField

from preo.api.access import find_visible
from preo.api.roles import Role
from preo.api.scoping import ScopedQuerySet

MAX_TEXT = 200


class TextFilter(django_filters.CharFilter):
    """Free text of a sensible length."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, max_length=MAX_TEXT, **options)


class StrictBooleanField(forms.Field):
    """`true` or `false`; the library's own field takes everything else for no value."""

    def to_python(self, value: Any) -> bool | None:
        if value in (None, ""):
            return None
        if str(value).lower() not in ("true", "false"):
            raise forms.ValidationError("This must be true or false.", code="invalid")
        return str(value).lower() == "true"


class BooleanFilter(django_filters.Filter):
    field_class = StrictBooleanField


class UtcMomentField(IsoDateTimeField):
    """A moment in UTC; PostgreSQL takes no offset of 16 hours and more."""

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise forms.ValidationError("This is before or behind all time.", code="invalid") from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = UtcMomentField


class VisibleRowFilter(django_filters.CharFilter):
    """Narrows the list to what belongs to one row: 404 where it is out of reach, 403 where the role is too low."""

    def __init__(self, *, rows: Callable[[], ScopedQuerySet[Any]], **options: Any) -> None:
        super().__init__(max_length=MAX_TEXT, **options)
        self.rows = rows

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return queryset
        request = self.parent.request  # type: ignore[attr-defined]  # set by the FilterSet
        role = Role(request.parser_context["view"].min_role_for_list)
        row = find_visible(self.rows(), request.user, value, parameter=self.parameter, role=role)
        return self.narrow(queryset, row)

    def narrow(self, queryset: QuerySet[Any], row: Any) -> QuerySet[Any]:
        """The override point: what belongs to the row."""
        return super().filter(queryset, row.pk)

    @property
    def parameter(self) -> str:
        """The parameter as the caller wrote it."""
        return next(str(name) for name, found in self.parent.filters.items() if found is self)  # type: ignore[attr-defined]  # set by its class
