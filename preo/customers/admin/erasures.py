"""Erasures: what was asked for and what became of it, what waits first; and the page on which one is decided."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Case, CharField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from preo.accounts.models import Erasure, OrganizationCustomer
from preo.accounts.states import ErasureStatus
from preo.api.roles import Role
from preo.backoffice.scoped_admin import PageAdmin, ReachableFilter, reach_of
from preo.backoffice.template_tags import age, state
from preo.customers.admin.deciding import call_off_view, carry_out_view, erasure_page

NAMES = ("full_name", "email", "phone_number")

VIEWS: dict[str, Callable[..., Any]] = {"carry-out": carry_out_view, "call-off": call_off_view}


@admin.register(Erasure)
class ErasureAdmin(PageAdmin[Erasure]):
    """For managers of the whole organization, who ask; its admins decide."""

    role = Role.MANAGER
    related = ("organization", "asked_by", "decided_by")
    list_display = ("whom", "state_pill", "organization", "asked_by", "waiting", "decided_by")
    list_filter = ("status", ("organization", ReachableFilter))
    ordering = (Case(When(status=ErasureStatus.ASKED, then=0), default=1), "-created", "-id")
    sortable_by = ()
    page_template = "admin/accounts/erasure/page.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(reach_of(request.user).organizations_at_least(self.role))

    def has_view_permission(self, request: HttpRequest, obj: Erasure | None = None) -> bool:
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Erasure]:
        return super().get_queryset(request).annotate(called=_called())

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(partial(view, self)),
                name=f"accounts_erasure_{name.replace('-', '_')}",
            )
            for name, view in VIEWS.items()
        ]
        return [*own, *super().get_urls()]

    def page_context(self, request: HttpRequest, row: Erasure) -> dict[str, Any]:
        return erasure_page(request, row)

    @display(description="Customer")
    def whom(self, erasure: Any) -> SafeString | str:
        """By name as long as nothing is decided; afterwards the organization knows nobody of that id."""
        if erasure.status == ErasureStatus.DONE:
            return format_html("Erased customer <small>{}</small>", erasure.customer_id)
        waits = erasure.status == ErasureStatus.ASKED
        return str((waits and erasure.called) or erasure.customer_id)

    @display(description="Status", ordering="status")
    def state_pill(self, erasure: Erasure) -> SafeString:
        return state(erasure)

    @display(description="Asked", ordering="created")
    def waiting(self, erasure: Erasure) -> SafeString:
        return age(erasure.created)


def _called() -> Subquery:
    """What the customer is called, whom the organization still knows."""
    known = OrganizationCustomer.objects.filter(
        organization=OuterRef("organization"), customer=OuterRef("customer_id"), merged_from=None
    )
    names = [NullIf(f"customer__{name}", Value("")) for name in NAMES]
    return Subquery(known.annotate(called=Coalesce(*names, output_field=CharField())).values("called")[:1])
