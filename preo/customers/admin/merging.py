"""Merging a duplicate into a customer: found by search, looked at side by side, confirmed with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from preo.accounts.models import Customer, Organization, OrganizationCustomer
from preo.customers.admin.languages import language_name
from preo.customers.comparing import Difference, MergePreview
from preo.customers.operations.merging import merge_customers, preview_merge
from preo.errors import DomainError
from preo.public_ids import NotAPublicId, parse

SEARCH = "admin/accounts/customer/merge.html"
COMPARE = "admin/accounts/customer/merge_compare.html"
MOST_FOUND = 20

FIELDS = (
    ("full_name", "Name"),
    ("email", "E-mail"),
    ("phone_number", "Phone"),
    ("locale", "Language"),
    ("date_joined", "Joined"),
    ("last_seen", "Last seen"),
)
TITLES = {**dict(FIELDS), "metadata": "Metadata"}
MOMENTS = ("date_joined", "last_seen")
"""They differ between any two."""


class ReasonForm(forms.Form):
    """Why something is done that can't be undone; it stays in the audit trail."""

    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


def called(customer: Customer) -> str:
    """With what tells two of the same name apart."""
    apart = customer.email or customer.phone_number
    return f"{customer} ({apart})" if apart and apart != str(customer) else str(customer)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing about two customers; `is_different` where a person should look."""

    title: str
    kept: Any
    duplicate: Any
    is_different: bool


def merge_view(page: Any, request: HttpRequest, known: OrganizationCustomer) -> HttpResponse:
    """First whom to merge; then what that moves; sent with a reason, it merges and leads back to the customer."""
    customer = known.customer
    if "other" not in request.GET:
        return _search(page, request, customer, known.organization)
    duplicate = _duplicate(request, known)
    if duplicate is None:
        nowhere: HttpResponse = page.nothing_there(request, request.GET["other"])
        return nowhere
    return _compare(page, request, customer, duplicate, known.organization)


def _search(page: Any, request: HttpRequest, customer: Customer, organization: Organization) -> HttpResponse:
    """Who has the same name comes first, as nothing was searched for yet."""
    asked = request.GET.get("q")
    sought = customer.full_name if asked is None else asked
    response: HttpResponse = page.page(
        request,
        SEARCH,
        title="Merge a duplicate",
        customer=customer,
        organization=organization,
        called=called(customer),
        sought=sought,
        found=_found(sought, beside=customer, organization=organization) if sought.strip() else [],
    )
    return response


def _found(sought: str, *, beside: Customer, organization: Organization) -> list[OrganizationCustomer]:
    """As the organization knows them. One query."""
    rows = OrganizationCustomer.objects.filter(
        organization=organization,
        merged_from=None,
        erased_at=None,
        customer__in=Customer.objects.containing(sought, merged_in=[organization.pk]).exclude(pk=beside.pk),
    )
    return list(rows.select_related("customer").order_by(Lower("customer__full_name"), "customer_id")[:MOST_FOUND])


def _duplicate(request: HttpRequest, known: OrganizationCustomer) -> Customer | None:
    """The customer of the organization that the address names; none who was merged meanwhile."""
    try:
        parse("usr", request.GET["other"])
    except NotAPublicId:
        return None
    rows = Customer.objects.filter(
        known_by__organization=known.organization_id, known_by__merged_from=None, pk=request.GET["other"]
    )
    return rows.first()


def _compare(
    page: Any, request: HttpRequest, keep: Customer, duplicate: Customer, organization: Organization
) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _merge(request, keep, duplicate, organization, form):
        return redirect("admin:accounts_customer_change", keep.pk)
    preview, why_not = _preview(keep, duplicate, organization)
    response: HttpResponse = page.page(
        request,
        COMPARE,
        title="Merge a duplicate",
        customer=keep,
        duplicate=duplicate,
        organization=organization,
        keep_called=called(keep),
        duplicate_called=called(duplicate),
        lines=side_by_side(keep, duplicate),
        preview=preview,
        taken_over=_taken_over(preview),
        why_not=why_not,
        form=form,
    )
    return response


def side_by_side(keep: Customer, duplicate: Customer) -> Sequence[Line]:
    """Both profiles, field by field."""
    pairs = [(name, title, _words(keep, name), _words(duplicate, name)) for name, title in FIELDS]
    return [Line(title, kept, other, name not in MOMENTS and kept != other) for name, title, kept, other in pairs]


def _words(customer: Customer, name: str) -> Any:
    value = getattr(customer, name)
    return language_name(value) if name == "locale" else value


def _preview(
    keep: Customer, duplicate: Customer, organization: Organization
) -> tuple[MergePreview | None, DomainError | None]:
    """What moves; or why the two can't be merged."""
    try:
        return preview_merge(keep, duplicate, organization=organization), None
    except DomainError as refusal:
        return None, refusal


def _taken_over(preview: MergePreview | None) -> list[tuple[str, str]]:
    """What the customer who stays lacks, and gets, in words."""
    taken = [each for each in (preview.differences if preview else ()) if each.is_taken_over]
    return [(TITLES[each.name], _gets(each)) for each in taken]


def _gets(difference: Difference) -> str:
    if difference.name == "metadata":
        return f"Gets {', '.join(sorted(difference.becomes.keys() - difference.kept.keys()))}"
    return f"Becomes {language_name(difference.becomes) if difference.name == 'locale' else difference.becomes}"


def _merge(
    request: HttpRequest, keep: Customer, duplicate: Customer, organization: Organization, form: ReasonForm
) -> bool:
    """Whether it is done; if not, the form says why."""
    user: Any = request.user
    reason = form.cleaned_data["reason"]
    try:
        merge_customers(keep, duplicate, organization=organization, by=user, reason=reason, now=timezone.now())
    except DomainError as refusal:
        form.add_error(None, refusal.detail)
        return False
    messages.success(request, f"{called(duplicate)} is merged into this customer.")
    return True
