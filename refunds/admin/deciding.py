"""From a choice of refunds over a confirmation to the decision, and what became of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from preo.money import Money
from preo.public_ids import NotAPublicId, parse
from refunds.admin.decisions import DECISIONS, Decision, TextForm, carry_out
from refunds.models import RefundRequest

MOST_AT_ONCE = 200
MOST_REFUSALS_TOLD = 20
NOTHING_DECIDED = "Nothing was decided. You may have had to sign in first: choose again."
"""Said to who comes to a decision's address without one, such as over the page that signs people in."""
TEMPLATE = "admin/refunds/refundrequest/decide.html"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chosen refund, and why it can't be decided on, if so."""

    refund: RefundRequest
    why_not: str | None


def show_confirmation(
    page: Any, request: HttpRequest, decision: Decision, queryset: QuerySet[RefundRequest]
) -> HttpResponse | None:
    """The page between choosing and deciding; nothing has changed yet."""
    refunds = list(queryset[: MOST_AT_ONCE + 1])
    if len(refunds) > MOST_AT_ONCE:
        messages.error(request, f"Choose at most {MOST_AT_ONCE} refunds at once.")
        return None
    return _confirmation(page, request, decision, refunds, decision.form())


def decide(page: Any, request: HttpRequest) -> HttpResponse:
    """Shows the confirmation, or with `confirmed` decides on the refunds one by one, each in its own transaction."""
    if request.method != "POST":
        messages.warning(request, NOTHING_DECIDED)
        return redirect("admin:refunds_refundrequest_changelist")
    decision, refunds = _asked_for(page, request)
    form = decision.form(request.POST if "confirmed" in request.POST else None)
    if not form.is_valid():
        return _confirmation(page, request, decision, refunds, form)
    user: Any = request.user
    answers = [(refund, carry_out(decision, refund, text=form.text, by=user, now=timezone.now())) for refund in refunds]
    _tell(request, decision, answers)
    return _back(request, refunds)


def totals(refunds: Iterable[RefundRequest]) -> list[Money]:
    """One sum for each currency, by its code."""
    sums: dict[str, Money] = {}
    for refund in refunds:
        sums[refund.currency] = sums.get(refund.currency, Money(0, refund.currency)) + refund.amount
    return [sums[currency] for currency in sorted(sums)]


def _asked_for(page: Any, request: HttpRequest) -> tuple[Decision, list[RefundRequest]]:
    """The decision and its refunds, oldest first. Raises Http404 when none is in reach."""
    decision = DECISIONS.get(request.POST.get("decision", ""))
    ids = [text for text in request.POST.getlist("refund")[:MOST_AT_ONCE] if _is_id(text)]
    refunds = list(page.get_queryset(request).filter(pk__in=ids).order_by("created", "id"))
    if decision is None or not refunds:
        raise Http404
    return decision, refunds


def _is_id(text: str) -> bool:
    try:
        parse("rfd", text)
    except NotAPublicId:
        return False
    return True


def _confirmation(
    page: Any, request: HttpRequest, decision: Decision, refunds: Sequence[RefundRequest], form: TextForm
) -> HttpResponse:
    candidates = [Candidate(refund, decision.why_not(refund, by=request.user)) for refund in refunds]
    possible = [candidate.refund for candidate in candidates if candidate.why_not is None]
    response: HttpResponse = page.page(
        request,
        TEMPLATE,
        title=f"{decision.verb} refunds",
        decision=decision,
        candidates=candidates,
        possible=possible,
        totals=totals(possible),
        form=form,
        origin=request.POST.get("origin", "queue"),
    )
    return response


def _tell(request: HttpRequest, decision: Decision, answers: Sequence[tuple[RefundRequest, str | None]]) -> None:
    done = [refund for refund, why_not in answers if why_not is None]
    refused = [(refund, why_not) for refund, why_not in answers if why_not is not None]
    if done:
        sums = ", ".join(money.formatted() for money in totals(done))
        messages.success(request, f"{_count(done)} {decision.done}: {sums}.")
    if refused:
        messages.error(request, f"{_count(refused)} not {decision.done}.")
    for refund, why_not in refused[:MOST_REFUSALS_TOLD]:
        messages.warning(request, f"{refund.amount.formatted()} for {refund.order.customer}: {why_not}")


def _count(rows: Sequence[Any]) -> str:
    return f"{len(rows)} refund" if len(rows) == 1 else f"{len(rows)} refunds"


def _back(request: HttpRequest, refunds: Sequence[RefundRequest]) -> HttpResponse:
    if request.POST.get("origin") == "page":
        return redirect("admin:refunds_refundrequest_change", refunds[0].pk)
    return redirect("admin:refunds_refundrequest_changelist")
