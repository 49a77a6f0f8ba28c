"""The pages that publish a draft, and that start the next version of what is published."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from consents.admin.comparing import differences
from consents.admin.reading import reading_of
from consents.models import Consent
from consents.operations import create_version, hold_consent, publish_consent
from editions.admin.rows import acting_of
from preo.backoffice.editable_form import state_of
from preo.errors import DomainError, InvalidField

AS_READ = ("title", "type", "must", "target")
CHANGE = "admin:consents_consent_change"
PUBLISH_TEMPLATE = "admin/consents/consent/publish.html"


def publish_view(page: Any, request: HttpRequest, consent: Consent) -> HttpResponse:
    """Shows what customers will read, and on POST publishes it, provided that it still is what was shown."""
    if consent.published:
        messages.info(request, f"Version {consent.version} of {consent} is published already.")
        return redirect(CHANGE, consent.pk)
    if request.method in ("GET", "HEAD"):
        return _preview(page, request, consent)
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    try:
        changed = _published(request, consent)
    except (DomainError, InvalidField) as refusal:
        messages.error(request, refusal.detail)
        return redirect(CHANGE, consent.pk)
    if changed:
        messages.error(request, "This was changed after you opened it, so nothing was published. Read it again.")
        return _preview(page, request, changed)
    messages.success(request, f"{consent} is published.")
    return redirect(CHANGE, consent.pk)


def new_version_view(request: HttpRequest, consent: Consent) -> HttpResponse:
    """Starts the next version, on POST alone; whoever comes otherwise, as over the sign-in, is told so."""
    if request.method != "POST":
        messages.warning(request, "No version was started. You may have had to sign in first: press the button again.")
        return redirect(CHANGE, consent.pk)
    try:
        draft = create_version(consent, **acting_of(request))
    except DomainError as refusal:
        messages.error(request, in_words(refusal, consent))
        return redirect(CHANGE, consent.pk)
    messages.success(request, f"This is version {draft.version}, a draft. Customers don't see it yet.")
    return redirect(CHANGE, draft.pk)


def in_words(refusal: DomainError, consent: Consent) -> str:
    """What was refused, with a link to the later version where its id is named."""
    later = Consent.objects.filter(supersedes=consent).first()
    if later is None:
        return refusal.detail
    before, named, after = refusal.detail.partition(f"Version {later.version}, {later.pk},")
    link = format_html('<a href="{}">Version {}</a>', reverse(CHANGE, args=[later.pk]), later.version)
    return format_html("{}{}{}", before, link, after) if named else refusal.detail


def _published(request: HttpRequest, consent: Consent) -> Consent | None:
    """Publish it, or return it as it is now when that isn't what was shown. Raises DomainError, InvalidField."""
    with transaction.atomic():
        fresh, _ = hold_consent(consent)
        if state_of(fresh) != request.POST.get("opened"):
            return fresh
        publish_consent(fresh, **acting_of(request))
    return None


def _preview(page: Any, request: HttpRequest, consent: Consent) -> HttpResponse:
    if consent.published:
        return redirect(CHANGE, consent.pk)
    before = consent.supersedes
    shown = {
        "consent": consent,
        "opened": state_of(consent),
        "told": [page.told(consent, name) for name in AS_READ],
        "reading": reading_of(consent),
        "changes": differences(before, consent) if before else None,
    }
    return page.page(request, PUBLISH_TEMPLATE, title="Publish", **shown)  # type: ignore[no-any-return]  # see page
