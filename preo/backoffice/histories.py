"""The history of a row as a page below its own; what there is to tell comes from the app that keeps it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

M = TypeVar("M", bound=Model)

Tell = Callable[["HistoryAdmin[Any]", HttpRequest, Any], Mapping[str, Any]]

_tellers: list[Tell] = []


def history_teller(tell: Tell) -> Tell:
    """Registers what tells the history of a row: a mapping with `trail`, and the `older` page where there is one."""
    _tellers.append(tell)
    return tell


class HistoryAdmin(ModelAdmin[M]):
    """Whoever may see a row's page may see its history, in place of Django's own log."""

    object_history_template = "admin/object_history.html"

    def name_of(self, row: M) -> str:
        """The override point for what a page about the row is called."""
        return str(row)

    def currency(self, row: M) -> str:
        """The currency of the row's amounts; empty where it has none of its own."""
        return str(getattr(row, "currency", ""))

    def rows_of_trail(self, request: HttpRequest, row: M) -> Sequence[Model]:
        """The override point for rows whose history is told along with the row's own."""
        return [row]

    def history(self, request: HttpRequest, row: M) -> Mapping[str, Any]:
        """The override point for a history of one's own making; see history_teller."""
        told: dict[str, Any] = {}
        for tell in _tellers:
            told |= tell(self, request, row)
        return told

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self.nothing_there(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        name = self.name_of(row)
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "row": row}
        context = {**frame, "title": f"History of {name}", "heading": name, **self.history(request, row)}
        return TemplateResponse(request, self.object_history_template, context)

    def log_addition(self, request: HttpRequest, obj: M, message: Any) -> Any:
        """Nothing: the database keeps the history itself, with the values."""

    def log_change(self, request: HttpRequest, obj: M, message: Any) -> Any:
        """See log_addition."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """See log_addition."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """See log_addition."""
        return ()

    def nothing_there(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The answer for a row that isn't there or is out of reach: back to the overview, with a sentence."""
        back: HttpResponse = self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]  # not in the stubs
            request, self.opts, object_id
        )
        return back
