"""Calls to gateways: outside of any transaction, several at once, and none of them spoils the others."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connections

from preo.payments.gateway import Gateway, GatewayTimeout, Outcome, RefundOrder
from refunds.gateways import gateway_of
from refunds.models import RefundAttempt

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claimed refund, ready to be sent."""

    refund_id: str
    key: str
    gateway: Gateway
    order: RefundOrder
    is_repeat: bool = False
    """Whether an earlier call under the same key may have been taken."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A call without an answer, and for how long the gateway wants to be left alone."""

    key: str
    ask_after: timedelta | None


Answer = Outcome | Unanswered | None
Call = Callable[[Attempt], Answer]


def attempt_of(row: RefundAttempt) -> Attempt:
    """What to send, from the row alone: a later process makes exactly the same of it. Raises NotConnected.

    Needs `refund__transaction__merchant_account`.
    """
    paid = row.refund.transaction
    order = RefundOrder(paid.provider_reference or paid.pk, paid.amount, row.refund.amount)
    return Attempt(row.refund_id, row.key, gateway_of(paid), order, is_repeat=row.asked > 0)


def send(attempt: Attempt, *, now: datetime) -> Answer:
    """Ask the gateway for the refund. No answer is unknown, not failed: the reconciler will ask."""
    with _unanswered(attempt) as answers:
        outcome = attempt.gateway.refund(attempt.order, key=attempt.key, now=now)
        if outcome.is_of_this_call_alone and attempt.is_repeat:
            raise GatewayTimeout(outcome.message)
        answers.append(outcome)
    return answers[0]


def find(attempt: Attempt, *, now: datetime) -> Answer:
    """Ask the gateway what became of the refund; None when it doesn't know."""
    with _unanswered(attempt) as answers:
        answers.append(attempt.gateway.find(attempt.order, key=attempt.key, now=now))
    return answers[0]


def call_off(attempt: Attempt, *, now: datetime) -> Answer:
    """Ask the gateway to call a pending refund off; the answer is what became of the refund."""
    with _unanswered(attempt) as answers:
        answers.append(attempt.gateway.cancel(attempt.order, key=attempt.key, now=now))
    return answers[0]


@contextmanager
def _unanswered(attempt: Attempt) -> Iterator[list[Answer]]:
    answers: list[Answer] = []
    try:
        yield answers
    except GatewayTimeout as silence:
        log.warning("refund_outcome_unknown", refund=attempt.refund_id, key=attempt.key)
        answers.append(Unanswered(attempt.key, silence.ask_after))


def call_each(attempts: Sequence[Attempt], call: Call, *, concurrency: int) -> list[Answer]:
    """What the gateways answer; at most `concurrency` calls are under way at once.

    One that breaks is unanswered: it may have been taken, and a question that breaks is no word that it wasn't.
    """
    if concurrency <= 1 or len(attempts) <= 1:
        return _in_turn(attempts, call)
    shares = [attempts[start::concurrency] for start in range(concurrency)]
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        return [answer for answers in pool.map(lambda share: _in_a_thread(share, call), shares) for answer in answers]


def _in_a_thread(attempts: Sequence[Attempt], call: Call) -> list[Answer]:
    """A gateway may keep its books in a database; the thread's own connections end with it."""
    try:
        return _in_turn(attempts, call)
    finally:
        connections.close_all()


def _in_turn(attempts: Sequence[Attempt], call: Call) -> list[Answer]:
    answers: list[Answer] = []
    for attempt in attempts:
        answer: Answer = Unanswered(attempt.key, ask_after=None)
        with by_itself(attempt.refund_id):
            answer = call(attempt)
        answers.append(answer)
    return answers


@contextmanager
def by_itself(what: str) -> Iterator[None]:
    """One refund that goes wrong must not keep the others waiting; it stays where it is, and staff hear of it."""
    try:
        yield
    except Exception:
        log.exception("refund_went_wrong", refund=what)
