"""The refund queue: what waits for whom, and the ways from it to a decision."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from editions.admin.filters import EditionFilter
from orders.models import Order
from preo.backoffice.scoped_admin import PageAdmin
from preo.backoffice.template_tags import age, pill
from refunds.admin.batches.filters import OfBatchFilter
from refunds.admin.deciding import decide, show_confirmation
from refunds.admin.decisions import DECISIONS
from refunds.admin.exporting import export
from refunds.admin.filters import QueueFilter, Shown, shown
from refunds.admin.page import refund_page
from refunds.admin.requesting import request_refund_view
from refunds.models import RefundRequest
from refunds.policy import why_not_approve


@admin.register(RefundRequest)
class RefundAdmin(PageAdmin[RefundRequest]):
    related = ("order__customer", "edition__event", "staff_user", "transaction", "organization")
    list_filter = (QueueFilter, OfBatchFilter, "reason", ("edition", EditionFilter))
    # Django shows the search box for these; what is searched is what finds an order.
    search_fields = ("order__search_text",)
    search_help_text = "Part of an order number, a name, an e-mail address or a phone number."
    page_template = "admin/refunds/refundrequest/page.html"
    actions = ("approve_selected", "reject_selected", "confirm_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefundRequest]:
        return super().get_queryset(request).defer("order__search_text")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """What waits has waited longest on top; what is over, newest on top."""
        return ("created", "id") if _is_waiting(request) else ("-created", "-id")

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """What waits is all in one state, so its policy stands there instead."""
        last = _hint(request) if _is_waiting(request) else "status_pill"
        return ("amount_due", "customer", "what_for", "edition", "asked_by", "waiting", last)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RefundRequest], search_term: str
    ) -> tuple[QuerySet[RefundRequest], bool]:
        if not search_term.strip():
            return queryset, False
        orders = Order.objects.visible_to(request.user, role=self.role).containing(search_term)
        return queryset.filter(order__in=orders.values("pk")), False

    def get_urls(self) -> list[URLPattern]:
        views = {"request": request_refund_view, "decide": decide, "export": export}
        own = [
            path(f"{name}/", self.admin_site.admin_view(partial(view, self)), name=f"refunds_refundrequest_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def page_context(self, request: HttpRequest, row: RefundRequest) -> dict[str, Any]:
        user: Any = request.user
        return {"page": refund_page(row, user)}

    @admin.action(description="Approve selected…")
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[RefundRequest]) -> HttpResponse | None:
        return show_confirmation(self, request, DECISIONS["approve"], queryset)

    @admin.action(description="Reject selected…")
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[RefundRequest]) -> HttpResponse | None:
        return show_confirmation(self, request, DECISIONS["reject"], queryset)

    @admin.action(description="Confirm selected…")
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet[RefundRequest]) -> HttpResponse | None:
        return show_confirmation(self, request, DECISIONS["confirm"], queryset)

    @display(description="Amount", ordering="amount_minor")
    def amount_due(self, refund: RefundRequest) -> str:
        return refund.amount.formatted()

    @display(description="Customer")
    def customer(self, refund: RefundRequest) -> str:
        return str(refund.order.customer)

    @display(description="Reason", ordering="reason")
    def what_for(self, refund: RefundRequest) -> SafeString:
        return format_html("{}<small>{}</small>", refund.get_reason_display(), refund.get_scope_display())

    @display(description="Asked by")
    def asked_by(self, refund: RefundRequest) -> str:
        return str(refund.staff_user)

    @display(description="Age", ordering="created")
    def waiting(self, refund: RefundRequest) -> SafeString:
        return age(refund.created)

    @display(description="Status", ordering="status")
    def status_pill(self, refund: RefundRequest) -> SafeString:
        return pill(refund.status, refund.status_words)


def _is_waiting(request: HttpRequest) -> bool:
    return shown(request) in (Shown.MINE, Shown.WAITING)


def _hint(request: HttpRequest) -> Callable[[RefundRequest], SafeString]:
    """A column that knows who looks at it."""
    user: Any = request.user

    @display(description="Policy")
    def hint(refund: RefundRequest) -> SafeString:
        if why_not := why_not_approve(refund, by=user):
            return format_html('<span class="why-not">{}</span>', why_not)
        if not refund.needs_second_approver:
            return pill("within", "Within the limit")
        return pill("second", "Needs a second person")

    return hint
