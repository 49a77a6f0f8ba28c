"""Working on a mass refund in the foreground, with what becomes of it in the terminal."""

import time
from collections.abc import Iterator
from typing import TextIO

from django.utils import timezone

from preo.money import Money
from refunds.models import RefundBatch
from refunds.models.batches import Progress
from refunds.operations import reconcile
from refunds.operations.batches import sole_runner, work_on_batch
from refunds.states import BatchStatus

SHOWN_EVERY = 2.0
"""Seconds between two looks at how far it is: counting a large one takes part of a second."""

ASKED_EVERY = 0.5
"""Seconds between two looks at whether there is something to do."""

MOST_REASONS = 20
"""How many of the reasons why lines are left out are told; all are in the report."""

STEP = 10
"""Percent between two lines where lines can't be written over."""


class ProgressLine:
    """How far it is, on one line that is written over; on lines of their own where the output is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._last: tuple[str, int] | None = None

    def show(self, state: str, text: str, *, percent: int = 0) -> None:
        text = f"{state}: {text}"
        if self._is_terminal:
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()
        elif (state, percent // STEP) != self._last:
            self._last = state, percent // STEP
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def end(self) -> None:
        if self._is_terminal:
            self._stream.write("\n")


def work(batch_id: str, *, line: ProgressLine, does_wait: bool) -> RefundBatch:
    """Plan or run it as far as it goes here; with `does_wait` until it is over, asking providers for their answers.

    Where another runner is at it already, this one watches. Each call of an operation gets the time of its own.
    """
    shown = 0.0
    while True:
        with sole_runner(batch_id) as is_ours:
            goes_on = work_on_batch(batch_id, now=timezone.now()) if is_ours else True
        batch = RefundBatch.objects.with_people().get(pk=batch_id)
        is_over = batch.status not in (BatchStatus.PLANNING, BatchStatus.RUNNING)
        if time.monotonic() - shown > SHOWN_EVERY or is_over or not goes_on:
            _show(batch, line)
            shown = time.monotonic()
        if is_over or not (goes_on or does_wait):
            line.end()
            return batch
        if not (is_ours and goes_on):
            _pause(does_wait=does_wait)


def _pause(*, does_wait: bool) -> None:
    if does_wait:
        reconcile(now=timezone.now())
    time.sleep(ASKED_EVERY)


def _show(batch: RefundBatch, line: ProgressLine) -> None:
    if batch.status == BatchStatus.PLANNING:
        line.show(batch.get_status_display(), f"{batch.items.count()} lines")
        return
    progress = batch.items.progress()
    line.show(batch.get_status_display(), told(progress), percent=progress.percent)


def told(progress: Progress) -> str:
    """Where the lines are, in words; what nothing is in goes unsaid."""
    counts = {
        "went back": progress.processed,
        "under way": progress.ready + progress.processing + progress.awaiting_gateway,
        "planned": progress.planned,
        "failed": progress.failed,
        "refused": progress.refused + progress.invalid,
        "cancelled": progress.cancelled,
    }
    states = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return f"{progress.percent} % of {progress.total}" + (f" ({states})" if states else "")


def summary(batch: RefundBatch) -> Iterator[str]:
    """The plan in lines: totals by currency, provider and scope, and why something can't go back."""
    yield f"Mass refund {batch.pk} of {batch.edition.full_name}: {batch.get_status_display().lower()}."
    for row in batch.items.totals():
        total = Money(row["total_minor"], row["currency"])
        yield f"  {total} in {row['count']} lines through {row['service']}, {batch.scope}"
    for row in batch.items.why_nots()[:MOST_REASONS]:
        yield f"  {row['count']} {row['state'].replace('_', ' ')}: {row['why_not']}"
