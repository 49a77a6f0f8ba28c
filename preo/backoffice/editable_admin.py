"""Admin pages of rows that staff edit: a role decides who may, and an operation carries it out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.contrib import messages
from django.contrib.admin.utils import flatten, unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.views.decorators.csrf import csrf_protect

from preo.backoffice.editable_form import CHANGED_SINCE, EditableForm, state_of
from preo.backoffice.owned_admin import OwnedAdmin
from preo.backoffice.words import shown, title_of
from preo.errors import DomainError, InvalidField, Problem

M = TypeVar("M", bound=Model)


class Refused(Exception):
    """An operation said no; the page shows it where it belongs."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


class EditableAdmin(OwnedAdmin[M]):
    """Rows that whoever holds `edit_role` on them adds, changes and removes; others read them.

    Of two people who edit a row at the same time the second is refused, as by `If-Match` over REST.
    """

    form = EditableForm
    change_form_template = "backoffice/edit.html"
    add_form_template = "backoffice/edit.html"
    delete_confirmation_template = "backoffice/remove.html"
    choose_template: ClassVar[str] = "backoffice/choose_owner.html"
    read_template: ClassVar[str] = "backoffice/read.html"

    def write(self, request: HttpRequest, row: M, changes: Mapping[str, Any]) -> None:
        """The override point: the operation that adds or changes the row.

        `changes` has cleaned values by field name, everything for a new row; and each set of inline forms under its
        prefix. A changed `row` carries the new values already, so an operation must read it again under its lock.
        """
        raise NotImplementedError

    def prepared(self, request: HttpRequest, row: M, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """The override point for what must be done before the transaction, such as keeping uploaded images."""
        return changes

    def remove(self, request: HttpRequest, row: M) -> None:
        """The override point: the operation that removes the row."""
        raise NotImplementedError

    def lock(self, row: M) -> M:
        """The row as it is now, held until it is written; whatever its operation locks first must be locked here."""
        return type(row)._base_manager.select_for_update(of=("self",)).get(pk=row.pk)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without Django's own removal of many rows, which knows no operation."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **options: Any) -> Any:
        owner = getattr(obj, self.owner_field) if obj else self.chosen_owner(request)
        known = {
            "owner_field": self.owner_field,
            "owner": owner,
            "narrow": staticmethod(partial(self.choices, request, owner=owner)),
            "refused": getattr(request, "refused", ()),
        }
        form = type(self.form.__name__, (self.form,), known)
        return super().get_form(request, obj, change, **{"form": form, **options})

    def formfield_for_dbfield(self, db_field: Any, request: Any, **options: Any) -> Any:
        """Without Django's buttons beside a choice: their windows know of no owner."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        owner = self.chosen_owner(request)
        if owner is None:
            return self.page(
                request, self.choose_template, title=f"Add {self.opts.verbose_name}", **self.offer(request)
            )
        return super().add_view(request, f"?{urlencode({self.owner_field: owner.pk})}", extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None or self.has_change_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self.page(
            request,
            self.read_template,
            title=self.name_of(row),
            row=row,
            sections=self.sections(request, row),
            why_not=self.why_not_edit(request, row),
            may_remove=self.has_delete_permission(request, row),
        )

    def sections(self, request: HttpRequest, row: M) -> list[tuple[str, list[tuple[str, Any]]]]:
        """What somebody reads who can't edit: titles, and in each the names and values of its fields."""
        return [
            (
                str(title or capfirst(self.opts.verbose_name)),
                [self.told(row, name) for name in flatten(options["fields"])],
            )
            for title, options in self.get_fieldsets(request, row)
        ]

    def told(self, row: M, name: str) -> tuple[str, Any]:
        """The name and the value of one field of the form, in words."""
        own = getattr(self, name, None)
        if own is not None:
            return str(own.short_description), own(row)
        return title_of(row._meta.get_field(name)), shown(row, name, currency=self.currency(row))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> Any:
        row = context.get("original")
        named = {"heading": self.name_of(row)} if row else {}
        return super().render_change_form(request, context | named, *args, **options)

    @method_decorator(csrf_protect)
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Without Django's transaction around the page: the operation has its own, and uploads are kept before it."""
        page: Any = self
        try:
            return page._changeform_view(request, object_id, form_url, extra_context)
        except Refused as refusal:
            # Nothing was written; the same form is shown again with what the operation said.
            request.refused = refusal.problems  # type: ignore[attr-defined]  # read by get_form
            return page._changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        """Nothing yet: the row is written together with what hangs on it."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        parts = {formset.prefix: formset for formset in formsets if formset.has_changed()}
        changes: Mapping[str, Any] = {**form.changes(), **parts}
        if change and not changes:
            return
        with _refusals():
            changes = self.prepared(request, form.instance, changes)
            with transaction.atomic():
                if change:
                    self._require_unchanged(form)
                self.write(request, form.instance, changes)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except Refused as refusal:
            for problem in refusal.problems:
                messages.error(request, problem.detail)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", object_id)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        with _refusals():
            self.remove(request, obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Not listed: the operation knows what goes along, and what keeps the row."""
        return [], {}, set(), []

    def response_add(self, request: HttpRequest, obj: M, post_url_continue: str | None = None) -> HttpResponse:
        answer = super().response_add(request, obj, post_url_continue)
        if "_addanother" not in request.POST:
            return answer
        owner = getattr(obj, f"{self.owner_field}_id")
        return redirect(f"{request.path}?{urlencode({self.owner_field: owner})}")

    def _require_unchanged(self, form: Any) -> None:
        """Raises Refused when somebody was faster, up to this moment."""
        row = form.instance
        try:
            is_same = state_of(self.lock(row)) == form.opened_state
        except type(row).DoesNotExist:
            is_same = False
        if not is_same:
            raise Refused(Problem("", "stale", CHANGED_SINCE))


@contextmanager
def _refusals() -> Iterator[None]:
    """What an operation refuses, as something that a page can show."""
    try:
        yield
    except InvalidField as problem:
        raise Refused(Problem(problem.field, problem.code, problem.detail)) from None
    except DomainError as refusal:
        raise Refused(Problem(refusal.field or "", refusal.code, refusal.detail), *refusal.problems) from None
