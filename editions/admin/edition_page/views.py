"""The page of an edition: reading it, and saving one of its tabs."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone

from editions.admin.edition_page.access import may_edit, require
from editions.admin.edition_page.page import edition_page
from editions.admin.edition_page.saving import Attempt, save
from editions.admin.edition_page.tabs import TABS, Tab, url_of
from editions.models import Edition

TEMPLATE = "admin/editions/edition/page.html"


def edition_view(page: Any, request: HttpRequest, edition: Edition) -> HttpResponse:
    """The tab that the address names, else the first; a POST saves it."""
    tab = TABS.get(request.GET.get("tab", ""), next(iter(TABS.values())))
    if request.method != "POST":
        return _shown(page, request, edition, tab)
    require(may_edit(request.user, edition))
    if tab.form is None:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    sent = {"data": request.POST, "files": request.FILES}
    attempt = save(edition, kind=tab.form, **sent, by=request.user, now=timezone.now())
    if not attempt.is_saved:
        return _shown(page, request, edition, tab, attempt)
    messages.success(request, f"{tab.label}: saved.")
    return redirect(url_of(edition, tab.name))


def _shown(page: Any, request: HttpRequest, edition: Edition, tab: Tab, attempt: Attempt | None = None) -> HttpResponse:
    shown = edition_page(edition, tab, request=request, site=page.admin_site, now=timezone.now(), attempt=attempt)
    response: HttpResponse = page.page(request, TEMPLATE, title=str(edition), page=shown)
    return response
