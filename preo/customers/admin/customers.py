"""The list of customers, and the ways from it to the page of one and to what can be done there."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from preo.accounts.models import Customer
from preo.backoffice.scoped_admin import PageAdmin
from preo.backoffice.template_tags import age
from preo.customers.admin.filters import KnownToFilter, LastSeenFilter, OrderedInFilter
from preo.customers.admin.page import customer_page


@admin.register(Customer)
class CustomerAdmin(PageAdmin[Customer]):
    list_display = ("name", "email", "phone_number", "joined", "seen")
    list_filter = (KnownToFilter, OrderedInFilter, LastSeenFilter)
    search_fields = ("full_name", "email", "phone_number")
    search_help_text = "Part of a name, an e-mail address or a phone number."
    page_template = "admin/accounts/customer/page.html"

    def page_context(self, request: HttpRequest, row: Customer) -> dict[str, Any]:
        user: Any = request.user
        return {"page": customer_page(row, user)}

    def nothing_there(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Says nothing of whom an erasure may have ended, not even the id."""
        raise Http404

    @display(description="Customer", ordering="full_name")
    def name(self, customer: Customer) -> str:
        return str(customer)

    @display(description="Joined", ordering="date_joined")
    def joined(self, customer: Customer) -> str:
        return f"{customer.date_joined:%-d %b %Y}"

    @display(description="Last seen", ordering="last_seen")
    def seen(self, customer: Customer) -> SafeString | str:
        return age(customer.last_seen) if customer.last_seen else "\u2013"
