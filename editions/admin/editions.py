"""Editions for staff."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from editions.admin.edition_page.access import may_create
from editions.admin.edition_page.creating import new_edition_view
from editions.admin.edition_page.duplicating import duplicate_view
from editions.admin.edition_page.moves import MOVES, move_view
from editions.admin.edition_page.standing import date_pill, visibility_pill
from editions.admin.edition_page.tabs import HISTORY, url_of
from editions.admin.edition_page.views import edition_view
from editions.admin.filters import DateStatusFilter, VisibilityFilter
from editions.models import Edition
from preo.backoffice.scoped_admin import PageAdmin, ReachableFilter

View = Callable[["EditionAdmin", HttpRequest, Edition], HttpResponse]


@admin.register(Edition)
class EditionAdmin(PageAdmin[Edition]):
    related = ("organization", "event")
    list_display = ("edition", "organization", "dates", "date_status", "visibility", "currency")
    list_filter = (DateStatusFilter, VisibilityFilter, ("organization", ReachableFilter))
    search_fields = ("name", "event__name", "slug")
    search_help_text = "Part of the name of an edition or its event."
    ordering = ("-start_date", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        rows: Any = super().get_queryset(request)
        return rows.with_status(timezone.now())  # type: ignore[no-any-return]  # the manager is untyped

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_create(request.user)

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, View] = {name: partial(move_view, move=move) for name, move in MOVES.items()}
        views["duplicate"] = duplicate_view
        own = [
            path(f"<path:object_id>/{name}/", self._of_one(view), name=f"editions_edition_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return new_edition_view(self, request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._found(request, object_id, edition_view)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._found(request, object_id, lambda _, __, edition: redirect(url_of(edition, HISTORY)))

    def _of_one(self, view: View) -> Any:
        """A page about one edition, for whoever may see the edition."""

        def opened(request: HttpRequest, object_id: str) -> HttpResponse:
            return self._found(request, object_id, view)

        return self.admin_site.admin_view(opened)

    def _found(self, request: HttpRequest, object_id: str, view: View) -> HttpResponse:
        """One that is out of reach is as missing as one that isn't there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        edition = self.get_object(request, unquote(object_id))
        if edition is None:
            return self.nothing_there(request, object_id)
        return view(self, request, edition)

    @display(description="Edition", ordering="name")
    def edition(self, edition: Edition) -> str:
        return edition.full_name

    @display(description="Dates", ordering="start_date")
    def dates(self, edition: Edition) -> str:
        days = [_day(moment) for moment in (edition.start_date, edition.end_date) if moment]
        return " \u2013 ".join(dict.fromkeys(days)) or "No dates"

    @display(description="Status")
    def date_status(self, edition: Any) -> SafeString:
        return date_pill(edition)

    @display(description="Visibility")
    def visibility(self, edition: Edition) -> SafeString:
        return visibility_pill(edition)


def _day(moment: datetime) -> str:
    return f"{moment:%-d %b %Y}"
