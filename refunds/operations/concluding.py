"""What came of an event of a provider, written on the event itself."""

from dataclasses import dataclass
from datetime import datetime

from procrastinate.contrib.django import app

from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.recording import operation
from preo.states import require_move
from refunds.models import ProviderEvent
from refunds.models.events import SET_ASIDE, UNCLEAR, UNSETTLED
from refunds.operations.receiving import HEAR_EVENTS
from refunds.states import EVENT_MOVES, EventStatus


class NothingUnclear(DomainError):
    code = "nothing_unclear"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What became of an event, in words too, and what it turned out to be about."""

    status: EventStatus
    message: str
    transaction_id: str | None = None
    refund_id: str | None = None


def held(event: ProviderEvent) -> ProviderEvent | None:
    """The event as it is now, locked; None where it is concluded. What is locked besides must be locked before."""
    row = ProviderEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
    return row if row.status in UNSETTLED else None


@operation
def conclude(event: ProviderEvent, found: Conclusion, *, now: datetime) -> None:
    """Write the conclusion down; one that was reached meanwhile stays."""
    row = held(event)
    if row is None:
        return
    if row.status != found.status:
        require_move(EVENT_MOVES, here=EventStatus(row.status), to=found.status)
    row.status, row.message, row.processed_at = found.status, found.message[:300], now
    row.transaction_id = found.transaction_id  # type: ignore[assignment]  # the column can be null
    row.refund_id = found.refund_id  # type: ignore[assignment]  # see above
    row.save(update_fields=["status", "message", "processed_at", "transaction", "refund"])


@operation
def look_again(event: ProviderEvent, *, by: StaffUser, now: datetime) -> None:
    """Let the job look at an unclear event again, at once and however old it is.

    That `by` is a manager is the caller's check. Raises NothingUnclear.
    """
    row = _unclear(event)
    row.processed_at = None
    row.save(update_fields=["processed_at"])
    app.configure_task(HEAR_EVENTS, queue="refunds").defer()


@operation
def set_aside(event: ProviderEvent, *, by: StaffUser, now: datetime) -> None:
    """Stop asking about an unclear event that is none of ours, such as of a payment made elsewhere.

    That `by` is a manager is the caller's check. Raises NothingUnclear.
    """
    row = _unclear(event)
    conclude(row, Conclusion(EventStatus.IGNORED, f"{by}{SET_ASIDE} {row.message}"), now=now)


def _unclear(event: ProviderEvent) -> ProviderEvent:
    row = held(event)
    if row is None or row.status not in UNCLEAR:
        raise NothingUnclear("What came of this event is clear already, or nobody has looked at it yet.")
    return row
