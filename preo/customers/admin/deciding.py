"""Deciding an erasure: another admin than the one who asked carries it out, or it is called off."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from preo.accounts.models import Customer, Erasure, OrganizationCustomer
from preo.accounts.states import ErasureStatus
from preo.api.roles import Role
from preo.backoffice.scoped_admin import reach_of
from preo.customers.admin.deciders import deciders_of
from preo.customers.admin.erasing import preview_of
from preo.customers.operations.erasing import call_off_erasure, carry_out_erasure, why_not_carry_out
from preo.errors import DomainError

LIST = "admin:accounts_erasure_changelist"
PAGE = "admin:accounts_erasure_change"
TEMPLATE = "admin/accounts/erasure/page.html"
FOR_ADMINS = "An admin of the organization carries it out."


class NameForm(forms.Form):
    """What the customer is called, typed by whoever erases, so that nobody erases the wrong one in passing."""

    name = forms.CharField(
        label="Name or e-mail address of the customer",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Type the name or the e-mail address of the customer."},
    )

    def __init__(self, data: Any = None, *, customer: Customer) -> None:
        super().__init__(data)
        self.customer = customer

    def clean_name(self) -> str:
        typed = _plain(self.cleaned_data["name"])
        if typed not in {_plain(text) for text in names_of(self.customer)}:
            raise forms.ValidationError("This isn't what the customer is called.", code="other_name")
        return typed


def names_of(customer: Customer) -> list[str]:
    """The name and the e-mail address; of who has neither, whatever they are called by."""
    return [text for text in (customer.full_name, customer.email) if text] or [str(customer)]


def erasure_page(request: HttpRequest, erasure: Erasure, form: NameForm | None = None) -> dict[str, Any]:
    """What the page shows; of one that is decided, nothing of whom it was about but the id."""
    if erasure.status != ErasureStatus.ASKED:
        return {"erasure": erasure}
    known = _known(erasure)
    preview, why_nothing = preview_of(known) if known else (None, "")
    return {
        "erasure": erasure,
        "customer": known.customer if known else None,
        "names": names_of(known.customer) if known else [],
        "preview": preview,
        "why_not": _why_not(request, erasure) or why_nothing,
        "may_call_off": _may_call_off(request, erasure),
        "deciders": deciders_of(erasure.organization_id, asked_by=erasure.asked_by_id),
        "form": form or (NameForm(customer=known.customer) if known else None),
    }


def carry_out_view(page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Erases when the name was typed, and leads to the list; or shows the page again with what stands in the way."""
    erasure = _waiting(page, request, object_id)
    if isinstance(erasure, HttpResponse):
        return erasure
    if not _is_admin(request, erasure):
        raise PermissionDenied
    known = _known(erasure)
    form = NameForm(request.POST, customer=known.customer) if known else None
    if form and form.is_valid() and _carry_out(request, erasure, form):
        return redirect(LIST)
    response: HttpResponse = page.page(
        request, TEMPLATE, title=str(erasure), **erasure_page(request, erasure, form=form)
    )
    return response


def call_off_view(page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Lets the customer stay, and leads to the list."""
    erasure = _waiting(page, request, object_id)
    if isinstance(erasure, HttpResponse):
        return erasure
    if not _may_call_off(request, erasure):
        raise PermissionDenied
    user: Any = request.user
    try:
        call_off_erasure(erasure, by=user, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "The erasure is called off, and the customer stays.")
    return redirect(LIST)


def _waiting(page: Any, request: HttpRequest, object_id: str) -> Erasure | HttpResponse:
    """The erasure to decide; or the way back where nothing was pressed, or somebody was faster."""
    erasure: Erasure | None = page.get_object(request, object_id)
    if erasure is None:
        raise Http404
    if request.method != "POST":
        messages.warning(request, "Nothing was decided. You may have had to sign in first: choose again.")
        return redirect(PAGE, erasure.pk)
    if erasure.status != ErasureStatus.ASKED:
        messages.warning(request, "Somebody decided this meanwhile.")
        return redirect(PAGE, erasure.pk)
    return erasure


def _carry_out(request: HttpRequest, erasure: Erasure, form: NameForm) -> bool:
    """Whether it is done; if not, the form says why."""
    user: Any = request.user
    try:
        carry_out_erasure(erasure, by=user, now=timezone.now())
    except DomainError as refusal:
        form.add_error(None, refusal.detail)
        return False
    messages.success(request, "The customer is erased.")
    return True


def _known(erasure: Erasure) -> OrganizationCustomer | None:
    rows = OrganizationCustomer.objects.filter(
        organization=erasure.organization_id, customer=erasure.customer_id, merged_from=None
    )
    return rows.select_related("customer", "organization").first()


def _why_not(request: HttpRequest, erasure: Erasure) -> str:
    """In words why the user can't carry it out; empty where they can."""
    user: Any = request.user
    if not _is_admin(request, erasure):
        return FOR_ADMINS
    refusal = why_not_carry_out(erasure, by=user)
    return refusal.detail if refusal else ""


def _may_call_off(request: HttpRequest, erasure: Erasure) -> bool:
    """Admins, and whoever asked."""
    return _is_admin(request, erasure) or erasure.asked_by_id == request.user.pk


def _is_admin(request: HttpRequest, erasure: Erasure) -> bool:
    return erasure.organization_id in reach_of(request.user).organizations_at_least(Role.ADMIN)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
