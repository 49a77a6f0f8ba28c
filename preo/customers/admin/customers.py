"""The list of customers, and the ways from it to the page of one and to what can be done there."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import display
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from preo.accounts.models import Customer, OrganizationCustomer
from preo.api.roles import Role
from preo.backoffice.scoped_admin import PageAdmin
from preo.backoffice.template_tags import age
from preo.customers.admin.answering import answer_view
from preo.customers.admin.editing import edit_view
from preo.customers.admin.erasing import erase_view
from preo.customers.admin.exporting import export_view
from preo.customers.admin.filters import KnownToFilter, LastSeenFilter, OrderedInFilter
from preo.customers.admin.history import rows_of_history
from preo.customers.admin.known import known_to_manager, merged_into
from preo.customers.admin.merging import merge_view
from preo.customers.admin.page import customer_page
from preo.customers.admin.words import words_view

VIEWS: dict[str, Callable[..., HttpResponse]] = {"edit": edit_view, "answer": answer_view, "words": words_view}
"""What is done with a customer, by its address."""

MANAGED: dict[str, Callable[..., HttpResponseBase]] = {
    "merge": merge_view,
    "erase": erase_view,
    "export": export_view,
}
"""What managers do with all that one organization has of a customer; the address names it."""

NAMELESS = Q(full_name="", email="", phone_number="")
"""Whoever stands in for an erased customer, and who came with no more than an id: found by their orders alone."""


@admin.register(Customer)
class CustomerAdmin(PageAdmin[Customer]):
    list_display = ("name", "address", "phone", "joined", "seen")
    list_filter = (KnownToFilter, OrderedInFilter, LastSeenFilter)
    # Django shows the search box for these; what is searched is said by `containing`.
    search_fields = ("full_name",)
    search_help_text = "Part of a name, an e-mail address or a phone number."
    page_template = "admin/accounts/customer/page.html"

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        """What was searched for is found first and sorted then: along the index of names it may come last of all."""
        return (Lower("full_name"), "id") if request.GET.get(SEARCH_VAR) else ("full_name", "id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        rows: Any = queryset.exclude(NAMELESS)
        user: Any = request.user
        merged_in = user.reach.organizations_at_least(Role.GUEST)
        return (rows.containing(search_term, merged_in=merged_in) if search_term.strip() else rows), False

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, Any] = {**VIEWS, **{name: partial(_managed, view) for name, view in MANAGED.items()}}
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(partial(view, self)),
                name=f"accounts_customer_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def page_context(self, request: HttpRequest, row: Customer) -> dict[str, Any]:
        user: Any = request.user
        return {"page": customer_page(row, user)}

    def rows_of_trail(self, request: HttpRequest, row: Customer) -> list[Model]:
        user: Any = request.user
        return rows_of_history(row, user)

    def nothing_there(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Of a duplicate, the way to who stayed. Says nothing of whom an erasure may have ended, not even the id."""
        asked_for = unquote(object_id)
        stayed = merged_into(asked_for, request.user)
        if stayed is None:
            raise Http404
        done = "" if request.method in ("GET", "HEAD") else " Nothing else was done."
        messages.warning(request, f"{asked_for} was merged into this customer.{done}")
        return redirect("admin:accounts_customer_change", stayed.pk)

    @display(description="Customer")
    def name(self, customer: Customer) -> str:
        return str(customer)

    @display(description="E-mail")
    def address(self, customer: Customer) -> str:
        return customer.email

    @display(description="Phone")
    def phone(self, customer: Customer) -> str:
        return customer.phone_number

    @display(description="Joined")
    def joined(self, customer: Customer) -> str:
        return f"{customer.date_joined:%-d %b %Y}"

    @display(description="Last seen", ordering="last_seen")
    def seen(self, customer: Customer) -> SafeString | str:
        return age(customer.last_seen) if customer.last_seen else "\u2013"


def _managed(
    view: Callable[[Any, HttpRequest, OrganizationCustomer], HttpResponseBase],
    page: Any,
    request: HttpRequest,
    object_id: str,
) -> HttpResponseBase:
    """The view, of the customer as the organization knows them that the address names."""
    customer = page.get_object(request, object_id)
    if customer is None:
        nowhere: HttpResponse = page.nothing_there(request, object_id)
        return nowhere
    return view(page, request, known_to_manager(request, customer))
