"""Filters of lists of editions, and of what hangs on them."""

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from editions.choices import DateStatus
from editions.models import Edition
from preo.backoffice.scoped_admin import ReachableFilter

VISIBILITIES = {
    "draft": {"is_draft": True, "is_archived": False},
    "published": {"is_draft": False, "is_archived": False},
    "archived": {"is_archived": True},
}


class EditionFilter(ReachableFilter):
    """For rows of an edition: the editions in reach, by their full names."""

    related = ("event",)


class DateStatusFilter(SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(status.value, status.label) for status in DateStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Edition]) -> QuerySet[Edition]:
        rows: Any = queryset  # annotated with `status`
        return rows.filter(status=self.value()) if self.value() else rows  # type: ignore[no-any-return]  # see above


class VisibilityFilter(SimpleListFilter):
    title = "visibility"
    parameter_name = "visibility"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in VISIBILITIES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Edition]) -> QuerySet[Edition]:
        return queryset.filter(**VISIBILITIES.get(self.value() or "", {}))
