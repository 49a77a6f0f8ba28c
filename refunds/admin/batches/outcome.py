"""How far a mass refund is, in the same words on every page; only what was paid back counts as progress."""

from django.utils.safestring import SafeString

from preo.backoffice.template_tags import pill, state
from refunds.models import RefundBatch
from refunds.models.batches import Progress
from refunds.states import BatchStatus

WRONG = "refused"
"""A pill's tint for what did not go as planned."""


def under_way(progress: Progress) -> int:
    """Lines whose refund ends by itself or by somebody's word, whatever becomes of the mass refund."""
    return progress.ready + progress.processing + progress.awaiting_gateway


def told(progress: Progress) -> str:
    """Such as "3 of 5 paid back, 2 refused". Where it is over and nothing was, what became of the lines comes first."""
    counts = {
        "paid back": progress.processed,
        "failed": progress.failed + progress.invalid,
        "refused": progress.refused,
    }
    is_open = progress.planned or under_way(progress)
    words = [word for word, count in counts.items() if count] or ["paid back"]
    if is_open and words[0] != "paid back":
        words.insert(0, "paid back")
    more = [f"{counts[word]} {word}" for word in words[1:]]
    return ", ".join([f"{counts[words[0]]} of {progress.total} {words[0]}", *more])


def headline(batch: RefundBatch, progress: Progress) -> str:
    """Of one that was approved."""
    if batch.status != BatchStatus.CANCELLED:
        return told(progress)
    counts = f"{progress.processed} of {progress.total} were paid back"
    return f"Cancelled; so far {counts}" if under_way(progress) else f"Cancelled when {counts}"


def standing_pill(batch: RefundBatch, progress: Progress) -> SafeString:
    """Its state; one that is over, or has nothing in it, doesn't look like one that did what it was for."""
    if batch.status == BatchStatus.PLANNED and not progress.total:
        return pill(BatchStatus.CANCELLED, "Nothing to give back")
    if batch.status == BatchStatus.COMPLETED and progress.processed < progress.total:
        return pill(WRONG, "Completed, not all" if progress.processed else "Completed, nothing paid back")
    return state(batch)
