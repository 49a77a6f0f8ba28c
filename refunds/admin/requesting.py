"""Asking for a refund, from the page of an order."""

import secrets
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from orders.models import Purchase, Transaction
from preo.api.roles import Role
from preo.errors import DomainError, InvalidField
from preo.public_ids import NotAPublicId, parse
from refunds.admin.request_form import RefundForm, reasons_for, transaction_of
from refunds.limits import Limits, limits_for
from refunds.models import RefundRequest
from refunds.operations import request_refund
from refunds.policy import why_not_request
from refunds.states import RefundReason, RefundScope, RefundStatus

TEMPLATE = "admin/refunds/refundrequest/request.html"
ONCE_FOR_SECONDS = 24 * 60 * 60


def request_refund_view(page: Any, request: HttpRequest) -> HttpResponse:
    """First the reason, then what it allows; a refusal comes back beside its field."""
    paid = _paid(request)
    reason = _reason(request, paid)
    limits = _limits(request, paid)
    why_not = _why_not(request, paid, limits)
    form = _form(request, paid, reason, limits) if reason and not why_not else None
    if (
        form
        and reason
        and request.method == "POST"
        and form.is_valid()
        and (done := _send(request, paid, reason, form))
    ):
        return done
    response: HttpResponse = page.page(
        request,
        TEMPLATE,
        title="Request a refund",
        paid=paid,
        kind=_kind(paid),
        reasons=reasons_for(paid),
        reason=reason,
        why_not=why_not,
        limits=limits,
        form=form,
        once=secrets.token_urlsafe(16),
    )
    return response


def _limits(request: HttpRequest, paid: Purchase | Transaction) -> Limits:
    user: Any = request.user
    return limits_for(user, edition=paid.order.edition, currency=paid.order.currency, now=timezone.now())


def _why_not(request: HttpRequest, paid: Purchase | Transaction, limits: Limits) -> str | None:
    """Of a form that is sent the operation decides: the first of two clicks may have used up the day."""
    user: Any = request.user
    return why_not_request(paid, by=user) or (None if request.method == "POST" else limits.why_not)


def _form(request: HttpRequest, paid: Purchase | Transaction, reason: RefundReason, limits: Limits) -> RefundForm:
    return RefundForm(paid, reason, request.POST or None, limits=limits)


def _paid(request: HttpRequest) -> Purchase | Transaction:
    """The purchase or payment of the address. One out of reach is as missing as a wrong id: Http404."""
    for model, kind, prefix, paths in (
        (Purchase, "purchase", "pur", ("transaction",)),
        (Transaction, "transaction", "trx", ()),
    ):
        if text := request.GET.get(kind):
            return _visible(model, prefix, text, request.user, paths)  # type: ignore[no-any-return]  # any model's row
    raise Http404


def _visible(model: Any, prefix: str, text: str, user: Any, paths: tuple[str, ...]) -> Any:
    try:
        parse(prefix, text)
    except NotAPublicId:
        raise Http404 from None
    joined = ("order__customer", "order__organization", "order__edition__event", "order__edition__organization", *paths)
    row = model.objects.visible_to(user, role=Role.STAFF).select_related(*joined).filter(pk=text).first()
    if row is None:
        raise Http404
    return row


def _kind(paid: Purchase | Transaction) -> str:
    return "purchase" if isinstance(paid, Purchase) else "transaction"


def _reason(request: HttpRequest, paid: Purchase | Transaction) -> RefundReason | None:
    asked = request.GET.get("reason")
    return next((reason for reason in reasons_for(paid) if reason == asked), None)


def _send(
    request: HttpRequest, paid: Purchase | Transaction, reason: RefundReason, form: RefundForm
) -> HttpResponse | None:
    """Asks, and leads back to the order; nothing when a rule said no, which the form then shows."""
    back = redirect("admin:orders_order_change", paid.order_id)
    if not _is_first(request):
        messages.warning(request, "This form was sent already. What it asked for is below, if no rule said no.")
        return back
    try:
        refund = _ask(request, paid, reason, form.cleaned_data)
    except InvalidField as problem:
        form.refuse(problem.field, problem.detail)
        return None
    except DomainError as refusal:
        form.refuse(getattr(refusal, "field", None), refusal.detail)
        return None
    messages.success(request, _success(refund))
    return back


def _is_first(request: HttpRequest) -> bool:
    """Whether this copy of the form was not sent before: a second click must not ask for a second refund."""
    once = request.POST.get("once", "")
    return cache.add(f"refund-form:{request.user.pk}:{once[:64]}", True, ONCE_FOR_SECONDS)


def _ask(
    request: HttpRequest, paid: Purchase | Transaction, reason: RefundReason, asked: dict[str, Any]
) -> RefundRequest:
    user: Any = request.user
    return request_refund(
        transaction_of(paid),
        purchase=paid if isinstance(paid, Purchase) else None,
        reason=reason,
        scope=RefundScope(asked["scope"]),
        amount_minor=asked["amount"],
        comment=asked["comment"],
        pickup_point=asked["pickup_point"],
        by=user,
        now=timezone.now(),
    )


def _success(refund: RefundRequest) -> str:
    what = f"A refund of {refund.amount.formatted()} was requested"
    if refund.status == RefundStatus.REQUESTED:
        return f"{what}. It waits for approval."
    return f"{what} and, within your organization's limit, approved."
