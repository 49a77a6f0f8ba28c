"""Mails about an order on its page, and sending its receipt from there."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone

from orders.admin.page import Section, order_section
from orders.models import Order
from orders.operations.receipts import refusal_of_receipt, send_receipt
from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.mail.models import OutgoingMail


@order_section
def messages_section(order: Order, user: StaffUser) -> Section:
    """Every mail about the order, newest first, and whether it can have a receipt. One query."""
    mails = list(OutgoingMail.objects.filter(about=order.pk))
    refusal = refusal_of_receipt(order)
    shown = {"order": order, "mails": mails, "why_not": refusal.detail if refusal else None}
    return Section("Messages", "admin/orders/order/messages.html", shown, rows=mails)


def send_receipt_view(page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Queues the receipt and leads back to the order, where it or the refusal is to be seen."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    order = page.get_object(request, object_id)
    if order is None:
        raise Http404
    user: Any = request.user
    try:
        send_receipt(order, by=user, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "The receipt is on its way.")
    return redirect("admin:orders_order_change", order.pk)
