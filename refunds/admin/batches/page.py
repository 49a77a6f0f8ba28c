"""Everything about one mass refund, gathered for its page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from preo.accounts.models import StaffUser
from preo.audit.trail import Entry, trail_of
from preo.money import Money
from refunds.admin.batches.lines import ALL, Count, counts_of, lines_url
from refunds.admin.batches.outcome import headline, standing_pill, under_way
from refunds.admin.batches.steps import STEPS, Step
from refunds.admin.batches.words import chosen
from refunds.models import RefundBatch, RefundBatchItem
from refunds.models.batches import Progress
from refunds.states import BatchStatus, ItemState

MOST_REASONS = 12
FIRST_LINES = 3
MOVING = (BatchStatus.PLANNING, BatchStatus.RUNNING)
QUEUE = "admin:refunds_refundrequest_changelist"


@dataclass(frozen=True, slots=True)
class Button:
    """A step, or in words why it can't be taken."""

    step: Step
    url: str
    why_not: str | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Lines that get nothing for the same reason: how many, the first of them, and where to read all."""

    why_not: str
    is_late: bool
    count: int
    first: Sequence[RefundBatchItem]
    url: str


@dataclass(frozen=True, slots=True)
class BatchPage:
    """What the template shows. `refresh` says whether it changes by itself."""

    batch: RefundBatch
    progress: Progress
    pill: SafeString
    headline: str
    under_way: int
    counts: Sequence[Count]
    totals: Sequence[Mapping[str, Any]]
    left_out: Sequence[LeftOut]
    has_more_reasons: bool
    chosen: Sequence[tuple[str, str]]
    buttons: Sequence[Button]
    trail: Sequence[Entry]
    refunds_url: str
    lines_url: str
    refresh: bool

    @property
    def left_out_count(self) -> int:
        return self.progress.not_possible + self.progress.refused

    @property
    def sums(self) -> list[Money]:
        """What the plan comes to, for each currency."""
        sums: dict[str, Money] = {}
        for row in self.totals:
            code = row["currency"]
            sums[code] = sums.get(code, Money(0, code)) + Money(row["total_minor"], code)
        return [sums[code] for code in sorted(sums)]


def batch_page(batch: RefundBatch, user: StaffUser) -> BatchPage:
    """A number of queries that doesn't grow with the mass refund. Needs `edition__event` and people loaded."""
    progress = batch.items.progress()
    left_out = _left_out(batch)
    return BatchPage(
        batch=batch,
        progress=progress,
        pill=standing_pill(batch, progress),
        headline=headline(batch, progress),
        under_way=under_way(progress),
        counts=counts_of(batch, progress),
        totals=list(batch.items.totals()),
        left_out=left_out[:MOST_REASONS],
        has_more_reasons=len(left_out) > MOST_REASONS,
        chosen=chosen(batch),
        buttons=[button for button in buttons_for(batch, user) if progress.total or not button.step.takes_name],
        trail=[_in_our_words(entry) for entry in trail_of([batch], currency="")],
        refunds_url=f"{reverse(QUEUE)}?{urlencode({'batch': batch.pk, 'show': 'all'})}",
        lines_url=lines_url(batch, ALL),
        refresh=batch.status in MOVING or (batch.status == BatchStatus.CANCELLED and under_way(progress) > 0),
    )


def buttons_for(batch: RefundBatch, user: StaffUser) -> list[Button]:
    """The steps that its state allows."""
    steps = [step for step in STEPS.values() if step.is_next(batch)]
    return [Button(step, reverse(step.url_name, args=[batch.pk]), step.why_not(batch, by=user)) for step in steps]


def _in_our_words(entry: Entry) -> Entry:
    return replace(entry, operation=entry.operation.replace("batch", "mass refund"))


def _left_out(batch: RefundBatch) -> list[LeftOut]:
    """The most frequent reasons, one more than are shown. Two queries."""
    reasons = list(batch.items.why_nots()[: MOST_REASONS + 1])
    first: dict[tuple[str, str], list[RefundBatchItem]] = {}
    for item in _first_lines(batch, {row["why_not"] for row in reasons}) if reasons else ():
        first.setdefault((item.state, item.why_not), []).append(item)
    return [
        LeftOut(
            why_not=row["why_not"],
            is_late=row["state"] == ItemState.REFUSED,
            count=row["count"],
            first=first.get((row["state"], row["why_not"]), ()),
            url=lines_url(batch, row["state"], why=row["why_not"]),
        )
        for row in reasons
    ]


def _first_lines(batch: RefundBatch, reasons: Collection[str]) -> Any:
    """Of each of these reasons, the first lines in turn; there may be as many reasons as lines."""
    place = Window(
        RowNumber(), partition_by=[F("state"), F("why_not")], order_by=[F("transaction_id").asc(), F("id").asc()]
    )
    left_out = batch.items.filter(state__in=(ItemState.NOT_POSSIBLE, ItemState.REFUSED), why_not__in=reasons)
    rows = left_out.annotate(place=place)
    return rows.filter(place__lte=FIRST_LINES).in_turn()
