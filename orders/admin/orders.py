"""The list of orders, and the way to the page of one."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from editions.admin.filters import EditionFilter
from orders.admin.messages import send_receipt_view
from orders.admin.page import order_page, rows_told
from orders.models import Order
from preo.backoffice.scoped_admin import PageAdmin
from preo.backoffice.template_tags import state
from preo.money import Money


@admin.register(Order)
class OrderAdmin(PageAdmin[Order]):
    related = ("customer", "organization", "edition__event")
    list_display = ("number", "customer_name", "email", "amount", "status_pill", "type", "edition", "created_at")
    list_filter = ("status", "type", ("edition", EditionFilter))
    # Django shows the search box for these; what is searched is the column of `containing`.
    search_fields = ("search_text",)
    search_help_text = "Part of an order number, an id, a name, an e-mail address or a phone number."
    ordering = ("-created", "-id")
    page_template = "admin/orders/order/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).defer("search_text")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        rows: Any = queryset
        return (rows.containing(search_term) if search_term.strip() else rows), False

    def get_urls(self) -> list[URLPattern]:
        send = self.admin_site.admin_view(partial(send_receipt_view, self))
        return [path("<path:object_id>/send-receipt/", send, name="orders_order_send_receipt"), *super().get_urls()]

    def page_context(self, request: HttpRequest, row: Order) -> dict[str, Any]:
        user: Any = request.user
        return {"page": order_page(row, user)}

    def rows_of_trail(self, request: HttpRequest, row: Order) -> list[Model]:
        user: Any = request.user
        return rows_told(row, user)

    @display(description="Order", ordering="order_number")
    def number(self, order: Order) -> str:
        return str(order)

    @display(description="Customer")
    def customer_name(self, order: Order) -> str:
        return str(order.customer)

    @display(description="E-mail")
    def email(self, order: Order) -> str:
        return order.customer.email

    @display(description="Amount", ordering="amount_minor")
    def amount(self, order: Order) -> str:
        return Money(order.amount_minor, order.currency).formatted()

    @display(description="Status", ordering="status")
    def status_pill(self, order: Order) -> SafeString:
        return state(order)

    @display(description="Ordered", ordering="created")
    def created_at(self, order: Order) -> str:
        return f"{order.created:%-d %b %Y, %H:%M}"
