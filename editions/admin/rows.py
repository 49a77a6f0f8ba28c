"""What the admin pages of rows of an edition, or of an organization, have in common."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.contrib import messages
from django.contrib.admin import action, display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from editions.admin.filters import EditionFilter
from editions.operations.catalog import add_row, change_row, remove_row
from editions.operations.catalog.rows import hold
from preo.backoffice.editable_admin import EditableAdmin
from preo.backoffice.scoped_admin import ReachableFilter
from preo.backoffice.template_tags import money, pill
from preo.errors import DomainError, InvalidField
from preo.rows import Row

R = TypeVar("R", bound=Row)

MOST_AT_ONCE = 500
ARCHIVED = "This edition is archived; unarchive it before changing anything."


class RowAdmin(EditableAdmin[R]):
    """Pages whose rows are written by the operations of the catalog."""

    def write(self, request: HttpRequest, row: R, changes: Mapping[str, Any]) -> None:
        acting = acting_of(request)
        if row._state.adding:
            lists = {field.name for field in row._meta.many_to_many}
            linked = {name: rows for name, rows in changes.items() if name in lists}
            add_row(row, linked=linked, **acting)
        else:
            change_row(row, changes=changes, **acting)

    def remove(self, request: HttpRequest, row: R) -> None:
        remove_row(row, **acting_of(request))

    def lock(self, row: R) -> R:
        """In the order of the operations: the edition first."""
        return hold(row)


class EditionRowAdmin(RowAdmin[R]):
    """Rows of an edition: a role on it is enough. Those of an archived edition are only read."""

    owner_field = "edition"
    owner_path = "organization"
    related: ClassVar[tuple[str, ...]] = ("edition__event", "edition__organization")
    list_filter: ClassVar[Any] = (("edition", EditionFilter),)

    def owners(self, request: HttpRequest) -> QuerySet[Any]:
        return super().owners(request).filter(is_archived=False).select_related("event", "organization")

    def why_not_edit(self, request: HttpRequest, row: R) -> str | None:
        edition: Any = getattr(row, self.owner_field)
        return super().why_not_edit(request, row) or (ARCHIVED if edition.is_archived else None)


class OrganizationRowAdmin(RowAdmin[R]):
    """Rows of an organization, for those who hold a role on all of it."""

    owner_field = "organization"
    related = ("organization",)
    list_filter: ClassVar[Any] = (("organization", ReachableFilter),)

    @display(description="Organization", ordering="organization__name")
    def organizer(self, row: Any) -> str:
        """By name alone: the organization's own page is for superusers."""
        return str(row.organization.name)


class DraftsAdmin(EditionRowAdmin[R]):
    """Rows that customers see unless they are drafts; `put_on` and `take_off` are the words for it."""

    words: ClassVar[tuple[str, str]] = ("On sale", "Draft")
    actions: Any = ("put_on", "take_off")

    @display(description="Status", ordering="is_draft")
    def standing(self, row: Any) -> SafeString:
        return pill("draft", self.words[1]) if row.is_draft else pill("published", self.words[0])

    @action(description="Put on sale", permissions=["change"])
    def put_on(self, request: HttpRequest, queryset: QuerySet[R]) -> None:
        self._set_draft(request, queryset, is_draft=False)

    @action(description="Take off sale", permissions=["change"])
    def take_off(self, request: HttpRequest, queryset: QuerySet[R]) -> None:
        self._set_draft(request, queryset, is_draft=True)

    def _set_draft(self, request: HttpRequest, queryset: QuerySet[R], *, is_draft: bool) -> None:
        rows = list(queryset[: MOST_AT_ONCE + 1])
        if len(rows) > MOST_AT_ONCE:
            messages.error(request, f"Choose at most {MOST_AT_ONCE} at once.")
            return
        refused = [why_not for row in rows if (why_not := self._why_not(request, row, {"is_draft": is_draft}))]
        if done := len(rows) - len(refused):
            messages.success(request, f"{done} {self._noun(done)} {'taken off sale' if is_draft else 'put on sale'}.")
        for why_not in dict.fromkeys(refused):
            messages.error(request, why_not)

    def _why_not(self, request: HttpRequest, row: R, changes: Mapping[str, Any]) -> str | None:
        """Changes the row, or says why it stays."""
        if why_not := self.why_not_edit(request, row):
            return f"{row}: {why_not}"
        try:
            change_row(row, changes=changes, **acting_of(request))
        except (DomainError, InvalidField) as refusal:
            return f"{row}: {refusal.detail}"
        return None

    def _noun(self, count: int) -> str:
        return str(self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural)


def acting_of(request: HttpRequest) -> dict[str, Any]:
    """Who acts, and when, as operations take it."""
    return {"by": request.user, "now": timezone.now()}


def money_column(name: str, title: str) -> Any:
    """A column of an amount in the currency of the row's edition."""

    @display(description=title, ordering=name)
    def column(row: Any) -> str:
        return money(getattr(row, name), row.edition.currency)

    return column
