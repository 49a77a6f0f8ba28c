"""Carrying refunds out: claim and commit, call the gateway with a key, record what it said.

A process may die between any two of these steps; what it leaves is finished by the next run or by `reconcile`, and the
key makes sure that money moves once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from procrastinate.contrib.django import app

from orders.operations.refunding import lock_books, release, settle, take_back
from preo.payments.gateway import Gateway, GatewayTimeout, Outcome, RefundOrder, Result
from preo.payments.registry import gateway_for
from preo.recording import durable_operation
from refunds.events import tell
from refunds.models import RefundAttempt, RefundRequest
from refunds.operations.confirming import queue_confirmation
from refunds.operations.deciding import lock_refund, move
from refunds.policy import why_not_refundable
from refunds.states import RefundStatus

RECONCILE = "refunds.reconcile"

WITH_RECEIVER = ("refund__edition", "refund__order__customer")
"""What a confirmation needs to know, read together with the attempt."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claimed refund, ready to be sent."""

    refund_id: str
    key: str
    gateway: Gateway
    order: RefundOrder


def execute_ready(*, now: datetime, limit: int = 100) -> int:
    """Send up to `limit` ready refunds to their gateways, oldest first; answers how many went on from there.

    Several workers may run this at once: each refund is claimed by one of them.
    """
    ready = list(RefundRequest.objects.ready().values_list("pk", flat=True)[:limit])
    for pk in ready:
        with by_itself(pk):
            _run(pk, now=now)
    return len(ready) - RefundRequest.objects.ready().filter(pk__in=ready).count()


@contextmanager
def by_itself(what: str) -> Iterator[None]:
    """One refund that goes wrong must not keep the others waiting; it stays where it is, and staff hear of it."""
    try:
        yield
    except Exception:
        log.exception("refund_went_wrong", refund=what)


def _run(refund_id: str, *, now: datetime) -> None:
    attempt = begin_attempt(refund_id, now=now)
    if attempt:
        send(attempt, now=now)


@durable_operation
def begin_attempt(refund_id: str, *, now: datetime) -> Attempt | None:
    """Claim a ready refund under a new key; None when another worker has it, or when it can't be paid any more."""
    refund = RefundRequest.objects.select_related("transaction").get(pk=refund_id)
    if why_not := why_not_refundable(refund.transaction):
        _invalidate(refund, why_not, now=now)
        return None
    claimed = RefundRequest.objects.filter(pk=refund_id, status=RefundStatus.READY)
    if not claimed.update(status=RefundStatus.PROCESSING, modified=now):
        return None
    refund.status = RefundStatus.PROCESSING
    number = refund.attempts.count() + 1
    row = RefundAttempt.objects.create(refund=refund, number=number, key=f"{refund.pk}-{number}", started_at=now)
    tell(refund, "processing", now=now)
    return attempt_of(row)


def _invalidate(refund: RefundRequest, why: str, *, now: datetime) -> None:
    books = lock_books(refund.transaction_id)
    refund = lock_refund(refund)
    if refund.status != RefundStatus.READY:
        return
    release(books, list(refund.allocations.all()), now=now)
    refund.service_response = {"message": why}
    move(refund, RefundStatus.INVALID, now=now, also=["service_response"])
    tell(refund, "invalid", now=now)


def attempt_of(row: RefundAttempt) -> Attempt:
    """What to send, from the row alone: a later process makes exactly the same of it."""
    paid = row.refund.transaction
    gateway = gateway_for(paid.service)
    if gateway is None:
        raise LookupError(f"no gateway for {paid.service}")
    order = RefundOrder(paid.provider_reference or paid.pk, paid.amount, row.refund.amount)
    return Attempt(refund_id=row.refund_id, key=row.key, gateway=gateway, order=order)


def send(attempt: Attempt, *, now: datetime) -> None:
    """Call the gateway and record its answer. No answer is unknown, not failed: `reconcile` will ask."""
    try:
        outcome = attempt.gateway.refund(attempt.order, key=attempt.key, now=now)
    except GatewayTimeout:
        log.warning("refund_outcome_unknown", refund=attempt.refund_id, key=attempt.key)
        return
    record_outcome(outcome, now=now)


@dataclass(frozen=True, slots=True)
class Change:
    """What an outcome does to a refund: its next state, the event, and what happens on the books."""

    to: RefundStatus
    event: str
    book: Callable[..., None] | None = None


_FAILS = Change(RefundStatus.FAILED, "failed", release)
_SETTLES = Change(RefundStatus.PROCESSED, "processed", settle)

CHANGES = {
    (RefundStatus.PROCESSING, Result.PENDING): Change(RefundStatus.AWAITING_GATEWAY, "awaiting_gateway"),
    (RefundStatus.PROCESSING, Result.SETTLED): _SETTLES,
    (RefundStatus.PROCESSING, Result.FAILED): _FAILS,
    (RefundStatus.AWAITING_GATEWAY, Result.SETTLED): _SETTLES,
    (RefundStatus.AWAITING_GATEWAY, Result.FAILED): _FAILS,
    (RefundStatus.PROCESSED, Result.FAILED): Change(RefundStatus.FAILED, "failed_late", take_back),
}


@durable_operation
def record_outcome(outcome: Outcome, *, now: datetime) -> None:
    """Book what the gateway says of one attempt. Hearing the same again, or something older, changes nothing."""
    row = RefundAttempt.objects.select_related(*WITH_RECEIVER).get(key=outcome.key)
    books = lock_books(row.refund.transaction_id)
    refund = lock_refund(row.refund)
    change = CHANGES.get((RefundStatus(refund.status), outcome.result))
    if change is None or row.number != refund.attempts.count():
        _say_if_contradicting(refund, row, outcome)
        return
    if change.book:
        change.book(books, list(refund.allocations.all()), now=now)
    refund.service_response = _response_of(outcome)
    refund.refund_date = now if change.to == RefundStatus.PROCESSED else None
    move(refund, change.to, now=now, also=["service_response", "refund_date"])
    _note(row, outcome, now=now)
    tell(refund, change.event, now=now)
    if change.to == RefundStatus.PROCESSED:
        queue_confirmation(row.refund, now=now)
    if outcome.check_after:
        app.configure_task(RECONCILE, queue="refunds", schedule_at=now + outcome.check_after).defer()


def _note(row: RefundAttempt, outcome: Outcome, *, now: datetime) -> None:
    row.outcome, row.message = outcome.result, outcome.message[:300]
    row.provider_reference, row.recorded_at = outcome.provider_reference, now
    row.save(update_fields=["outcome", "message", "provider_reference", "recorded_at"])


def _response_of(outcome: Outcome) -> dict[str, str]:
    return {
        "result": outcome.result,
        "reference": outcome.provider_reference,
        "message": outcome.message,
    }


def _say_if_contradicting(refund: RefundRequest, row: RefundAttempt, outcome: Outcome) -> None:
    """A failed refund that the gateway calls settled needs a person: money moved that our books don't have."""
    had_failed = row.outcome == Result.FAILED or refund.status == RefundStatus.FAILED
    if outcome.result == Result.SETTLED and had_failed:
        log.error("refund_outcome_contradicts_books", refund=refund.pk, key=row.key)
