"""Writing down what gateways say: many outcomes in one transaction, each of them once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import OuterRef, Subquery
from procrastinate.contrib.django import app

from orders.operations.refunding import Books, open_books
from preo.payments.gateway import Outcome, Result
from preo.payments.registry import abilities_of
from preo.recording import durable_operation, operation
from preo.states import require_move
from preo.updating import update_each
from refunds.events import tell_all
from refunds.messages import AlertKind
from refunds.models import RefundAllocation, RefundAttempt, RefundRequest
from refunds.operations.alerting import Alarm, alert_staff
from refunds.operations.calling import Answer, Unanswered, by_itself
from refunds.operations.confirming import queue_confirmations
from refunds.operations.moving import note_of_failed
from refunds.states import MOVES, RefundStatus

RECONCILE = "refunds.reconcile"

WITH_RECEIVER = ("edition", "order__customer", "transaction")
"""What a confirmation needs to know, read together with the refund."""

ASK_PENDING_AFTER = timedelta(hours=1)
"""When to ask about a pending refund whose gateway says nothing of when; an event usually comes first."""

log = structlog.get_logger(__name__)

Booking = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Change:
    """What an outcome does to a refund: its next state, the event, and what happens on the books."""

    to: RefundStatus
    event: str
    book: Booking | None = None


_FAILS = Change(RefundStatus.FAILED, "failed", Books.release)
_SETTLES = Change(RefundStatus.PROCESSED, "processed", Books.settle)

CHANGES: Mapping[tuple[RefundStatus, Result], Change] = {
    (RefundStatus.PROCESSING, Result.PENDING): Change(RefundStatus.AWAITING_GATEWAY, "awaiting_gateway"),
    (RefundStatus.PROCESSING, Result.SETTLED): _SETTLES,
    (RefundStatus.PROCESSING, Result.FAILED): _FAILS,
    (RefundStatus.AWAITING_GATEWAY, Result.SETTLED): _SETTLES,
    (RefundStatus.AWAITING_GATEWAY, Result.FAILED): _FAILS,
    (RefundStatus.PROCESSED, Result.FAILED): Change(RefundStatus.FAILED, "failed_late", Books.take_back),
}

ALERTS: Mapping[str, AlertKind] = {"failed": AlertKind.FAILED, "failed_late": AlertKind.FAILED_LATE}
"""What staff are told, by the event of a change."""


@dataclass(slots=True)
class Round:
    """What one transaction writes down."""

    changed: list[tuple[RefundRequest, Change]] = field(default_factory=list)
    attempts: list[RefundAttempt] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    checks: set[timedelta] = field(default_factory=set)


def record(answers: Iterable[Answer], *, now: datetime) -> None:
    """Write down what calls came to. Where several at once go wrong, each is written by itself."""
    answers = list(answers)
    for silence in [answer for answer in answers if isinstance(answer, Unanswered) and answer.ask_after]:
        leave_alone(silence, now=now)
    outcomes = [answer for answer in answers if isinstance(answer, Outcome)]
    if outcomes and not _is_recorded(outcomes, now=now):
        for outcome in outcomes:
            _is_recorded([outcome], now=now)


def _is_recorded(outcomes: Sequence[Outcome], *, now: datetime) -> bool:
    recorded: list[Outcome] = []
    with by_itself(", ".join(outcome.key for outcome in outcomes)):
        record_outcomes(outcomes, now=now)
        recorded.extend(outcomes)
    return bool(recorded)


@operation
def leave_alone(silence: Unanswered, *, now: datetime) -> None:
    """Ask no sooner than the gateway wants to be asked."""
    wanted = now + (silence.ask_after or timedelta())
    RefundAttempt.objects.filter(key=silence.key, ask_at__lt=wanted).update(ask_at=wanted)


@durable_operation
def record_outcomes(outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Book what gateways say of attempts. Hearing the same again, or something older, changes nothing.

    Raises LookupError for the key of no attempt.
    """
    write_outcomes(outcomes, now=now)


def write_outcomes(outcomes: Sequence[Outcome], *, now: datetime, is_news: bool = True) -> None:
    """Like `record_outcomes`, as a step of an operation; without `is_news` staff are not told of what failed.

    Raises LookupError for the key of no attempt.
    """
    refund_ids = dict(RefundAttempt.objects.filter(key__in=[o.key for o in outcomes]).values_list("key", "refund_id"))
    if unknown := {outcome.key for outcome in outcomes} - refund_ids.keys():
        raise LookupError(f"no attempt has the key {min(unknown)}")
    wanted = RefundRequest.objects.filter(pk__in=refund_ids.values())
    with open_books(wanted.values_list("transaction_id", flat=True), now=now) as shelf:
        refunds = _locked(refund_ids.values())
        attempts = {row.key: row for row in _attempts(refund_ids)}
        done = Round()
        for outcome in outcomes:
            refund = refunds[refund_ids[outcome.key]]
            _apply(outcome, refund, attempts[outcome.key], shelf[refund.transaction_id], done, now=now)
    _save(done, now=now)
    alert_staff(done.alarms if is_news else [], now=now)


def _locked(refund_ids: Iterable[str]) -> dict[str, RefundRequest]:
    """Taken after the books, never before; in id order."""
    rows = RefundRequest.objects.select_for_update(of=("self",), no_key=True).select_related(*WITH_RECEIVER)
    return {row.pk: row for row in rows.filter(pk__in={*refund_ids}).prefetch_related("allocations").order_by("id")}


def _attempts(keys: Iterable[str]) -> Iterable[Any]:
    newest = RefundAttempt.objects.filter(refund=OuterRef("refund")).order_by("-number").values("number")[:1]
    return RefundAttempt.objects.filter(key__in=list(keys)).annotate(newest=Subquery(newest))


def _apply(outcome: Outcome, refund: RefundRequest, attempt: Any, books: Books, done: Round, *, now: datetime) -> None:
    change = CHANGES.get((RefundStatus(refund.status), outcome.result))
    if change is None or attempt.number != attempt.newest:
        _book_if_contradicting(refund, attempt, outcome, books, done, now=now)
        return
    if outcome.is_of_this_call_alone and (attempt.asked or attempt.recorded_at):
        # Another call under the same key may have been taken meanwhile; the reconciler will hear of it.
        return
    require_move(MOVES, here=refund.status, to=change.to)
    if change.book:
        shares: list[RefundAllocation] = list(refund.allocations.all())
        change.book(books, shares, refund_id=refund.pk)
    refund.status, refund.modified = change.to, now
    refund.service_response = _response_of(outcome)
    refund.refund_date = now if change.to == RefundStatus.PROCESSED else None
    _note(attempt, outcome, ask_at=_ask_at(refund, outcome, now=now), now=now)
    done.changed.append((refund, change))
    done.attempts.append(attempt)
    if change.event in ALERTS:
        done.alarms.append(Alarm(ALERTS[change.event], refund, attempt.key))
    if outcome.check_after:
        done.checks.add(outcome.check_after)


def _ask_at(refund: RefundRequest, outcome: Outcome, *, now: datetime) -> datetime | None:
    """When to ask again; never about what is over, or what people do by hand."""
    abilities = abilities_of(refund.transaction.service)
    if outcome.result != Result.PENDING or (abilities and abilities.is_confirmed_by_staff):
        return None
    return now + (outcome.check_after or ASK_PENDING_AFTER)


def _note(row: RefundAttempt, outcome: Outcome, *, ask_at: datetime | None, now: datetime) -> None:
    row.outcome, row.message = outcome.result, outcome.message[:300]
    row.provider_reference, row.recorded_at, row.ask_at = outcome.provider_reference, now, ask_at


def _save(done: Round, *, now: datetime) -> None:
    if not done.changed:
        return
    refunds = [refund for refund, _ in done.changed]
    update_each(refunds, ["status", "modified", "service_response", "refund_date"])
    update_each(done.attempts, ["outcome", "message", "provider_reference", "recorded_at", "ask_at"])
    tell_all([(refund, change.event) for refund, change in done.changed], now=now)
    queue_confirmations([refund for refund in refunds if refund.status == RefundStatus.PROCESSED], now=now)
    for after in done.checks:
        app.configure_task(RECONCILE, queue="refunds", schedule_at=now + after).defer()


def _response_of(outcome: Outcome) -> dict[str, str]:
    return {
        "result": outcome.result,
        "reference": outcome.provider_reference,
        "message": outcome.message,
    }


def _book_if_contradicting(
    refund: RefundRequest, attempt: RefundAttempt, outcome: Outcome, books: Books, done: Round, *, now: datetime
) -> None:
    """What the gateway calls settled and our books have as failed is gone all the same, and a person must see to it."""
    had_failed = attempt.outcome == Result.FAILED or refund.status == RefundStatus.FAILED
    if not had_failed or outcome.result == Result.PENDING:
        return
    if note_of_failed(refund, outcome, books, now=now) and outcome.result == Result.SETTLED:
        log.error("refund_outcome_contradicts_books", refund=refund.pk, key=attempt.key)
        done.alarms.append(Alarm(AlertKind.CONTRADICTED, refund, attempt.key))
