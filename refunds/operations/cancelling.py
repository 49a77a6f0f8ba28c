"""Calling off a refund that its provider has not paid yet."""

from datetime import datetime

import structlog
from procrastinate.contrib.django import app

from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.payments.gateway import Outcome, Result
from preo.recording import durable_operation, note, operation
from refunds.gateways import NotConnected, is_paid_by_hand
from refunds.models import RefundAttempt, RefundRequest
from refunds.operations.calling import Answer, Attempt, attempt_of, call_each, call_off
from refunds.operations.deciding import lock_with_books
from refunds.operations.recording import write_outcomes
from refunds.policy import why_not_callable_off
from refunds.states import RefundStatus

CALL_OFF = "refunds.call_off"
"""The job that asks a provider; named here, because tasks import operations and not the other way."""

CALLED_OFF = "It was called off."

log = structlog.get_logger(__name__)


class NotCancellable(DomainError):
    code = "not_cancellable"


@operation
def cancel_refund(refund: RefundRequest, *, by: StaffUser, now: datetime) -> RefundRequest:
    """Call a refund off that waits for its provider. What is paid by hand fails at once and lets go of its amount.

    Any other provider is asked by a job, and the refund is as it was until it answers, perhaps that it is too late.
    That `by` is a manager is the caller's check. Raises NotCancellable. Rule: "Calling off" in docs/rules.md.
    """
    refund = lock_with_books(refund, now=now)
    if why_not := why_not_callable_off(refund):
        raise NotCancellable(why_not)
    if is_paid_by_hand(refund.transaction):
        key = refund.attempts.latest("number").key
        write_outcomes([Outcome(key, Result.FAILED, "", CALLED_OFF)], now=now, is_news=False)
        refund.refresh_from_db()
    else:
        note(refund, name="Calling off", after="asked")
        refund.modified = now
        refund.save(update_fields=["modified"])
        app.configure_task(CALL_OFF, queue="refunds").defer(refund_id=refund.pk, staff_user_id=by.pk)
    return refund


def ask_to_call_off(refund_id: str, *, by: StaffUser, now: datetime) -> None:
    """Ask the provider, and record its answer. Asking twice, or too late, is harmless: the answer is what counts."""
    rows = RefundAttempt.objects.select_related("refund__transaction__merchant_account").filter(refund=refund_id)
    row = rows.latest("number")
    if row.refund.status != RefundStatus.AWAITING_GATEWAY:
        return
    for answer in _asked(row, now=now):
        if isinstance(answer, Outcome):
            record_answer(answer, by=by, now=now)


def _asked(row: RefundAttempt, *, now: datetime) -> list[Answer]:
    try:
        attempt = attempt_of(row)
    except NotConnected as problem:
        log.warning("refund_cannot_be_called_off", refund=row.refund_id, why=str(problem))
        return []

    def ask(attempt: Attempt) -> Answer:
        return call_off(attempt, now=now)

    return call_each([attempt], ask, concurrency=1)


@durable_operation
def record_answer(outcome: Outcome, *, by: StaffUser, now: datetime) -> None:
    """Book what the provider says of being asked; while the refund goes on, its words are kept on the attempt."""
    write_outcomes([outcome], now=now, is_news=False)
    if outcome.result == Result.PENDING and outcome.message:
        RefundAttempt.objects.filter(key=outcome.key, outcome=Result.PENDING).update(message=outcome.message[:300])
