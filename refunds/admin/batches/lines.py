"""The lines of a mass refund as people ask for them: by what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from preo.backoffice.paginator import BoundedPaginator
from refunds.models import RefundBatch
from refunds.models.batches import Progress
from refunds.states import ItemState, RefundStatus

LINES = "admin:refunds_refundbatch_lines"
TEMPLATE = "admin/refunds/refundbatch/lines.html"
A_PAGE = 100
ALL = "all"


@dataclass(frozen=True, slots=True)
class Kind:
    """Lines that people think of as one kind; `states` are those of lines, and of refunds where there is one."""

    name: str
    label: str
    states: Sequence[str]

    @property
    def condition(self) -> Q:
        return Q(refund=None, state__in=self.states) | Q(refund__status__in=self.states)

    def count(self, progress: Progress) -> int:
        return sum(getattr(progress, state) for state in self.states)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("waiting", "Still to come", (ItemState.PLANNED,)),
        Kind("under_way", "Under way", (RefundStatus.READY, RefundStatus.PROCESSING)),
        Kind("unconfirmed", "Waiting to be confirmed", (RefundStatus.AWAITING_GATEWAY,)),
        Kind("processed", "Paid back", (RefundStatus.PROCESSED,)),
        Kind("failed", "Failed", (RefundStatus.FAILED, RefundStatus.INVALID)),
        Kind("refused", "Refused when their turn came", (ItemState.REFUSED,)),
        Kind("cancelled", "Cancelled", (ItemState.CANCELLED,)),
        Kind("not_possible", "Cannot be refunded", (ItemState.NOT_POSSIBLE,)),
    )
}


@dataclass(frozen=True, slots=True)
class Count:
    """How many lines there are of a kind, and where to read them."""

    kind: Kind
    count: int
    url: str


def counts_of(batch: RefundBatch, progress: Progress) -> list[Count]:
    """Of the kinds that there are any of."""
    found = [(kind, kind.count(progress)) for kind in KINDS.values()]
    return [Count(kind, count, lines_url(batch, kind.name)) for kind, count in found if count]


def lines_url(batch: RefundBatch, kind: str, *, why: str = "") -> str:
    """The list of lines of one kind; with `why` only those left out for this reason."""
    query = {"show": kind, **({"why": why} if why else {})}
    return f"{reverse(LINES, args=[batch.pk])}?{urlencode(query)}"


def lines_view(page: Any, request: HttpRequest, batch: RefundBatch) -> HttpResponse:
    """A hundred lines at a time, in the order of their turns."""
    name, why = request.GET.get("show", ALL), request.GET.get("why", "")
    if name not in {ALL, *KINDS} or "\0" in why:
        raise Http404
    paginator = BoundedPaginator(_chosen(batch, name, why), A_PAGE)
    response: HttpResponse = page.page(
        request,
        TEMPLATE,
        title="Lines",
        batch=batch,
        shown=paginator.get_page(request.GET.get("page")),
        is_cut=paginator.count >= paginator.limit,
        tabs=_tabs(batch, name),
        show=name,
        why=why,
        query=urlencode({"show": name, **({"why": why} if why else {})}),
    )
    return response


def _chosen(batch: RefundBatch, name: str, why: str) -> Any:
    rows = batch.items.in_turn()
    if name in KINDS:
        rows = rows.filter(KINDS[name].condition)
    return rows.filter(why_not=why) if why else rows


def _tabs(batch: RefundBatch, here: str) -> list[tuple[str, str, bool]]:
    labels = {ALL: "All", **{kind.name: kind.label for kind in KINDS.values()}}
    return [(label, lines_url(batch, name), name == here) for name, label in labels.items()]
