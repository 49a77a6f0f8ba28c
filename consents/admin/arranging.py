"""The page on which the consents of an organization are put in order."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse

from consents.admin.comparing import asked_of
from consents.admin.line import standing_of
from consents.models import Consent
from consents.operations import TEXTS, arrange_consents
from consents.operations.ordering import MOST_AT_ONCE
from editions.admin.rows import acting_of
from preo.accounts.models import Organization
from preo.errors import DomainError, InvalidField

STEPS = {"up": -1, "down": 1}


def arrange_view(page: Any, request: HttpRequest) -> HttpResponse:
    """Shows the consents in their order, and on POST moves one of them a place up or down."""
    if not page.has_add_permission(request):
        raise PermissionDenied
    organization = page.chosen_owner(request)
    if organization is None:
        return page.page(request, page.choose_template, title="Order of consents", **page.offer(request))  # type: ignore[no-any-return]  # see page
    if request.method == "POST":
        return _moved(request, organization)
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    rows = [(row, asked_of(row), standing_of(row)) for row in _rows(organization)]
    shown = {"organization": organization, "rows": rows, "most": MOST_AT_ONCE}
    return page.page(request, "admin/consents/consent/arrange.html", title="Order of consents", **shown)  # type: ignore[no-any-return]  # see page


def _rows(organization: Organization) -> QuerySet[Consent]:
    """One of each consent: the version that is asked, or a first draft; without those of archived editions."""
    rows = Consent.objects.filter(organization=organization).not_superseded()
    of_archived = Consent.objects.filter(products__edition__is_archived=True)
    rows = rows.exclude(supersedes__isnull=False, published=False).exclude(edition__is_archived=True)
    rows = rows.exclude(pk__in=of_archived.values("pk")).order_by("order", "id")
    related = rows.with_later().select_related("edition__event", "vendor_org").prefetch_related("products")
    return related.defer(*TEXTS)[:MOST_AT_ONCE]


def _moved(request: HttpRequest, organization: Organization) -> HttpResponse:
    direction, _, pk = request.POST.get("move", "").partition(":")
    rows = list(_rows(organization))
    order = [row.pk for row in rows]
    if direction in STEPS and pk in order:
        place = order.index(pk)
        other = max(0, min(len(order) - 1, place + STEPS[direction]))
        order.insert(other, order.pop(place))
        _arrange(request, organization, order=order, told=f"{rows[place]} is number {other + 1} now.")
    else:
        messages.error(request, "This was deleted, or replaced by another version, meanwhile.")
    address = f"{reverse('admin:consents_consent_arrange')}?{urlencode({'organization': organization.pk})}"
    return redirect(f"{address}#{pk}" if pk in order else address)


def _arrange(request: HttpRequest, organization: Organization, *, order: list[str], told: str) -> None:
    try:
        arrange_consents(organization, order=order, **acting_of(request))
        messages.success(request, told)
    except (DomainError, InvalidField) as refusal:
        messages.error(request, refusal.detail)
