"""Asking that an organization forgets a customer."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from preo.accounts.models import OrganizationCustomer
from preo.customers.admin.deciders import deciders_of
from preo.customers.admin.merging import ReasonForm
from preo.customers.operations.erasing import ErasurePreview, ask_for_erasure, preview_erasure
from preo.errors import DomainError, InvalidField

TEMPLATE = "admin/accounts/customer/erase.html"


def erase_view(page: Any, request: HttpRequest, known: OrganizationCustomer) -> HttpResponse:
    """What it would touch and who decides; sent with a reason, it asks and leads back to the customer."""
    user: Any = request.user
    customer = known.customer
    form = ReasonForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].help_text = "It stays, so don't write here whom it is about."
    if form.is_valid() and _ask(request, known, form):
        return redirect("admin:accounts_customer_change", customer.pk)
    preview, why_not = preview_of(known)
    response: HttpResponse = page.page(
        request,
        TEMPLATE,
        title="Ask for erasure",
        customer=customer,
        organization=known.organization,
        preview=preview,
        why_not=why_not,
        deciders=deciders_of(known.organization_id, asked_by=user.pk),
        form=form,
    )
    return response


def preview_of(known: OrganizationCustomer) -> tuple[ErasurePreview | None, str]:
    """What erasing would touch; or in words why there is nothing to erase."""
    try:
        return preview_erasure(known.customer, organization=known.organization), ""
    except DomainError as refusal:
        return None, refusal.detail


def _ask(request: HttpRequest, known: OrganizationCustomer, form: ReasonForm) -> bool:
    """Whether it is asked; if not, the form says why."""
    user: Any = request.user
    reason = form.cleaned_data["reason"]
    try:
        ask_for_erasure(known.customer, organization=known.organization, by=user, reason=reason, now=timezone.now())
    except InvalidField as problem:
        form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        return False
    except DomainError as refusal:
        form.add_error(None, refusal.detail)
        return False
    messages.success(request, "Asked. Nothing is erased before another admin carries it out.")
    return True
