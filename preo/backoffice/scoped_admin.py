"""Admin pages of rows that belong to an organization: the role alone decides who sees them."""

from typing import Any, ClassVar, TypeVar

from django.contrib.admin import ModelAdmin, RelatedFieldListFilter, ShowFacets
from django.contrib.admin.utils import unquote
from django.db.models import ForeignKey, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from preo.api.roles import Reach, Role
from preo.backoffice.histories import HistoryAdmin
from preo.backoffice.paginator import BoundedPaginator
from preo.public_ids import NotAPublicId

M = TypeVar("M", bound=Model)

SHOWN_CHOICES = 500


def reach_of(user: Any) -> Reach:
    """What the user of a request can reach; nothing before sign-in."""
    return getattr(user, "reach", Reach())


def holds_anywhere(user: Any, role: Role) -> bool:
    """Whether the user has at least this role on any organization or edition."""
    reach = reach_of(user)
    return bool(reach.organizations_at_least(role) or reach.editions_at_least(role))


def visible_rows(model: type[M], user: Any, *, role: Role) -> QuerySet[M]:
    """The rows that the user may choose from; none of a table that nobody scoped."""
    rows: Any = model._default_manager.all()
    return rows.visible_to(user, role=role) if hasattr(rows, "visible_to") else rows.none()  # type: ignore[no-any-return]  # any manager


class ScopedAdmin(HistoryAdmin[M]):
    """Lists and pages of the rows on which the user holds at least `role`; read-only until a subclass says otherwise.

    A row out of reach is as missing as one that isn't there.
    """

    role: ClassVar[Role] = Role.STAFF
    related: ClassVar[tuple[str, ...]] = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows: Any = super().get_queryset(request)
        if not self.has_view_permission(request):
            # Rows that everybody may name would otherwise open for who works nowhere.
            return rows.none()  # type: ignore[no-any-return]  # see rows
        return rows.visible_to(request.user, role=self.role).select_related(*self.related)  # type: ignore[no-any-return]  # see rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> M | None:
        """Also by an id quoted as the admin's own addresses have it, which leaves a typed id as it is."""
        return super().get_object(request, unquote(object_id), from_field)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return holds_anywhere(request.user, self.role)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return holds_anywhere(request.user, self.role)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", visible_rows(db_field.related_model, request.user, role=self.role))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", visible_rows(db_field.related_model, request.user, role=self.role))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def response_action(  # type: ignore[override]  # the stubs forget that there may be no answer
        self, request: HttpRequest, queryset: QuerySet[M]
    ) -> HttpResponse | None:
        try:
            return super().response_action(request, queryset)
        except NotAPublicId:
            raise Http404 from None

    def page(self, request: HttpRequest, template: str, *, title: str, **context: Any) -> TemplateResponse:
        """One of our own pages, in the frame of the admin."""
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, {**frame, **context})


class PageAdmin(ScopedAdmin[M]):
    """A scoped admin whose rows open on a page of our own in place of a form."""

    page_template: ClassVar[str]

    def page_context(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """What the page shows."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self.nothing_there(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        history = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[row.pk])
        shown = {"history_url": history, **self.page_context(request, row)}
        return self.page(request, self.page_template, title=str(row), **shown)


class ReachableFilter(RelatedFieldListFilter):
    """Offers only what the user can reach: the names alone would tell of other organizations."""

    related: ClassVar[tuple[str, ...]] = ()

    def field_choices(self, field: Any, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Any:
        role = getattr(model_admin, "role", Role.ADMIN)
        rows = visible_rows(field.related_model, request.user, role=role).select_related(*self.related)
        return [(row.pk, str(row)) for row in rows[:SHOWN_CHOICES]]

    def has_output(self) -> bool:
        """Also when somebody asks for a value that isn't offered: it must narrow the list, not be ignored."""
        return super().has_output() or self.lookup_val is not None
