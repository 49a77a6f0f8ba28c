"""Merchant accounts for staff: credentials go in here and are never shown again."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import display
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters

from editions.admin.rows import OrganizationRowAdmin, acting_of
from editions.models import MerchantAccount
from editions.models.credentials import CREDENTIALS, Credential, missing_of, when_set
from editions.operations.merchant_accounts import save_merchant_account
from preo.backoffice.editable_form import EditableForm
from preo.encryption import NotReadable
from preo.money import Currency

EVERY = {credential.name: credential for credentials in CREDENTIALS.values() for credential in credentials}
WHERE_TO_SEND = "Enter this address at the provider, so that it tells of refunds, late failures and chargebacks there."
NOT_READABLE = "Kept under a key that is missing here; set it again."


def standing(account: MerchantAccount) -> dict[str, str]:
    """In words whether each credential of the account's type is set, and since when."""
    try:
        moments = when_set(account)
    except NotReadable:
        return {credential.name: NOT_READABLE for credential in CREDENTIALS[account.type]}
    return {name: f"Set on {at:%-d %b %Y, %H:%M}." if at else "Not set." for name, at in moments.items()}


def _input(credential: Credential) -> forms.Field:
    """A field that never shows what is kept or what was typed."""
    if credential.choices:
        offered = [("", "Leave as it is"), *((choice, choice) for choice in credential.choices)]
        return forms.ChoiceField(label=credential.label, required=False, choices=offered)
    secret = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "spellcheck": "false"})
    return forms.CharField(label=credential.label, required=False, strip=True, max_length=500, widget=secret)


class AccountForm(EditableForm):
    supported_currencies = forms.MultipleChoiceField(choices=Currency.choices, widget=forms.CheckboxSelectMultiple)

    def prepare(self) -> None:
        known = {} if self.is_new else standing(self.instance)
        for name in EVERY:
            if name not in known:
                del self.fields[name], self.fields[f"clear_{name}"]
                continue
            self.fields[name].help_text = f"{known[name]} Leave empty to keep it as it is."


def _with_credentials(form: type[AccountForm]) -> type[AccountForm]:
    """The form with an input for each credential of any type, and a box that forgets it."""
    inputs = {name: _input(credential) for name, credential in EVERY.items()}
    boxes = {
        f"clear_{name}": forms.BooleanField(label=f"Forget the {credential.label}", required=False)
        for name, credential in EVERY.items()
    }
    return type(form.__name__, (form,), {**inputs, **boxes})


@admin.register(MerchantAccount)
class MerchantAccountAdmin(OrganizationRowAdmin[MerchantAccount]):
    form = _with_credentials(AccountForm)
    list_display = ("name", "type", "currencies", "completeness", "organizer")
    list_filter = (*OrganizationRowAdmin.list_filter, "type")
    search_fields = ("name",)
    search_help_text = "Part of a name."
    readonly_fields = ("events_address",)

    @method_decorator(sensitive_post_parameters(*EVERY))
    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        return super().changeform_view(request, *args, **options)

    def get_fieldsets(self, request: HttpRequest, obj: MerchantAccount | None = None) -> Any:
        own = ((None, {"fields": ("name", "type", "supported_currencies")}),)
        names = [credential.name for credential in CREDENTIALS[obj.type]] if obj else []
        if not names:
            return own
        if self.has_change_permission(request, obj):
            names = [field for name in names for field in (name, f"clear_{name}")]
        events = {"fields": ("events_address",), "description": WHERE_TO_SEND}
        return (*own, ("Credentials", {"fields": names}), ("Events", events))

    def write(self, request: HttpRequest, row: MerchantAccount, changes: Mapping[str, Any]) -> None:
        columns = {field.name for field in row._meta.concrete_fields}
        own = [credential.name for credential in CREDENTIALS[row.type]]
        save_merchant_account(
            row,
            changes={name: value for name, value in changes.items() if name in columns},
            given={name: changes[name] for name in own if changes.get(name)},
            cleared=[name for name in own if changes.get(f"clear_{name}")],
            **acting_of(request),
        )

    def told(self, row: MerchantAccount, name: str) -> tuple[str, Any]:
        return (EVERY[name].label, standing(row)[name]) if name in EVERY else super().told(row, name)

    def response_add(
        self, request: HttpRequest, obj: MerchantAccount, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to the credentials, which depend on the type."""
        answer = super().response_add(request, obj, post_url_continue)
        if CREDENTIALS[obj.type] and "_addanother" not in request.POST:
            return redirect("admin:editions_merchantaccount_change", obj.pk)
        return answer

    @display(description="Address")
    def events_address(self, account: MerchantAccount) -> str:
        """For the provider's dashboard, so that it tells of what happens there; what needs credentials has one."""
        path = reverse("provider_events", args=[account.type])
        return str(urljoin(settings.PUBLIC_URL, f"{path}?{urlencode({'account': account.pk})}"))

    @display(description="Currencies")
    def currencies(self, account: MerchantAccount) -> str:
        return ", ".join(account.supported_currencies).upper()

    @display(description="Credentials")
    def completeness(self, account: MerchantAccount) -> str:
        """Under a name of its own: a list shows a column of the table before a method of the same name."""
        needed = CREDENTIALS[account.type]
        if not needed:
            return "None needed"
        try:
            missing = missing_of(account)
        except NotReadable:
            missing = list(needed)
        return f"Missing: {', '.join(credential.label for credential in missing)}" if missing else "All set"
