"""Asking for a mass refund: first the edition, then what of it goes back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import urlencode

from editions.models import Edition
from preo.api.roles import Role
from preo.errors import DomainError, InvalidField
from preo.public_ids import NotAPublicId, parse
from refunds import batch_policy
from refunds.admin.batches.planning_form import PlanForm
from refunds.models import RefundBatch
from refunds.operations import batches

CHOOSE = "admin/refunds/refundbatch/choose.html"
TEMPLATE = "admin/refunds/refundbatch/new.html"
TITLE = "New mass refund"


def plan_view(page: Any, request: HttpRequest) -> HttpResponse:
    """Leads to the page of the mass refund, which is being planned then; a refusal comes back beside its field."""
    edition = _edition(request)
    if edition is None:
        return _choose(page, request)
    form = PlanForm(edition, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (batch := _plan(request, edition, form)):
        messages.success(request, "The mass refund is being planned. Nothing is reserved, and no money moves.")
        return redirect("admin:refunds_refundbatch_change", batch.pk)
    response: HttpResponse = page.page(request, TEMPLATE, title=TITLE, edition=edition, form=form)
    return response


def reachable_editions(user: Any) -> Any:
    """Those of which the user may plan mass refunds; archived ones too, as their payments stay."""
    return Edition.objects.visible_to(user, role=Role.STAFF).select_related("event", "organization")


def _edition(request: HttpRequest) -> Edition | None:
    """The one that the address names, if any. One out of reach is as missing as a wrong id: Http404."""
    text = request.GET.get("edition")
    if not text:
        return None
    try:
        parse("edt", text)
    except NotAPublicId:
        raise Http404 from None
    edition: Edition | None = reachable_editions(request.user).filter(pk=text).first()
    if edition is None:
        raise Http404
    return edition


def _choose(page: Any, request: HttpRequest) -> HttpResponse:
    rows = reachable_editions(request.user).order_by("event__name", "name", "id")
    offered = [(edition, f"?{urlencode({'edition': edition.pk})}") for edition in rows]
    response: HttpResponse = page.page(request, CHOOSE, title=TITLE, offered=offered)
    return response


def _plan(request: HttpRequest, edition: Edition, form: PlanForm) -> RefundBatch | None:
    user: Any = request.user
    if why_not := batch_policy.why_not_plan(edition, by=user):
        form.refuse(None, why_not)
        return None
    try:
        return batches.plan_batch(edition, **form.asked, by=user, now=timezone.now())
    except (DomainError, InvalidField) as refusal:
        form.refuse(refusal.field, refusal.detail)
        return None
