"""Changing a customer's profile."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from preo.accounts.models import Customer
from preo.api.roles import Role
from preo.backoffice.editable_form import CHANGED_SINCE, state_of
from preo.customers.admin.known import is_erased
from preo.customers.admin.languages import language_choices
from preo.customers.operations.changing import change_customer
from preo.errors import DomainError, InvalidField

TEMPLATE = "admin/accounts/customer/edit.html"
PROFILE = ("full_name", "email", "phone_number", "locale")


class ProfileForm(forms.Form):
    """The fields of the profile that staff change, and the state in which it was opened."""

    opened = forms.CharField(required=False, widget=forms.HiddenInput)
    full_name = forms.CharField(label="Name", max_length=200, required=False)
    email = forms.CharField(
        label="E-mail", max_length=254, required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    phone_number = forms.CharField(
        label="Phone",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text="Without a country's code it is read as one of the country of the newest order.",
    )
    locale = forms.ChoiceField(label="Language")

    def __init__(self, data: Any, *, customer: Customer) -> None:
        values = {name: getattr(customer, name) for name in PROFILE}
        super().__init__(data, initial={**values, "opened": state_of(customer)})
        self.fields["locale"].choices = language_choices(customer.locale)  # type: ignore[attr-defined]  # of a choice

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data if name in PROFILE}

    def refuse(self, field: str | None, detail: str) -> None:
        """Shows what the operation said where it belongs."""
        self.add_error(field if field in self.fields else None, detail)


def may_edit(customer: Customer, user: Any) -> bool:
    """Whether the user manages an organization that knows the customer, or an edition that they ordered in.

    Nobody edits who stands in for an erased customer.
    """
    managed = Customer.objects.visible_to(user, role=Role.MANAGER).filter(pk=customer.pk)
    return managed.exclude(known_by__erased_at__isnull=False).exists()


def edit_view(page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """The form; sent, it changes the profile and leads back to the customer, or shows why not."""
    customer = page.get_object(request, object_id)
    if customer is None:
        nowhere: HttpResponse = page.nothing_there(request, object_id)
        return nowhere
    if is_erased(customer):
        messages.warning(request, "This customer was erased, and there is no profile to change any more.")
        return redirect("admin:accounts_customer_change", customer.pk)
    if not may_edit(customer, request.user):
        raise PermissionDenied
    form = ProfileForm(request.POST if request.method == "POST" else None, customer=customer)
    if form.is_valid() and _change(request, customer, form):
        return redirect("admin:accounts_customer_change", customer.pk)
    response: HttpResponse = page.page(request, TEMPLATE, title="Edit", customer=customer, form=form)
    return response


def _change(request: HttpRequest, customer: Customer, form: ProfileForm) -> bool:
    """Whether it is done; if not, the form says why."""
    user: Any = request.user
    try:
        with transaction.atomic():
            if not _is_as_opened(customer, form):
                form.refuse(None, CHANGED_SINCE)
                return False
            change_customer(customer, changes=form.changes(), by=user, now=timezone.now())
    except InvalidField as problem:
        form.refuse(problem.field, problem.detail)
        return False
    except DomainError as refusal:
        form.refuse(refusal.field, refusal.detail)
        return False
    messages.success(request, "The profile is saved.")
    return True


def _is_as_opened(customer: Customer, form: ProfileForm) -> bool:
    """Held until it is written, so that of two people who edit at the same time the second is told."""
    held = Customer.objects.select_for_update(of=("self",)).filter(pk=customer.pk).first()
    return held is not None and state_of(held) == form.cleaned_data["opened"]
