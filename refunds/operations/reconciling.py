"""Finishing what nobody recorded: late news from gateways, and refunds whose outcome is unknown."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog

from preo.payments.gateway import Outcome
from preo.payments.registry import LATE_TELLERS, abilities_of
from preo.recording import durable_operation
from preo.updating import update_each
from refunds.gateways import NotConnected
from refunds.messages import AlertKind
from refunds.models import RefundAttempt
from refunds.operations.alerting import Alarm, raise_alarm
from refunds.operations.calling import Answer, Attempt, attempt_of, by_itself, call_each, find
from refunds.operations.executing import GRACE, send_all
from refunds.operations.recording import record, record_outcomes
from refunds.policy import SPEAKS_WITHIN
from refunds.states import RefundStatus

LONGEST_PAUSE = timedelta(hours=6)
SILENT_AFTER = timedelta(days=1)

log = structlog.get_logger(__name__)


def reconcile(*, now: datetime, limit: int = 500, concurrency: int = 1) -> int:
    """Record late outcomes, and ask about refunds not heard of for a while; answers how many were looked at.

    Asking twice, or from two processes, is harmless: outcomes are recorded once and every call carries the attempt's
    own key.
    """
    return _hear_late_outcomes(now=now, limit=limit) + _ask_about_unsettled(
        now=now, limit=limit, concurrency=concurrency
    )


def _hear_late_outcomes(*, now: datetime, limit: int) -> int:
    heard = 0
    for gateway in LATE_TELLERS:
        for outcome in gateway.late_outcomes(now=now, limit=limit):
            with by_itself(outcome.key):
                record_outcomes([outcome], now=now)
                gateway.acknowledge(outcome)
            heard += 1
    return heard


def _ask_about_unsettled(*, now: datetime, limit: int, concurrency: int) -> int:
    rows = take_up(limit=limit, now=now)
    attempts = {row.key: attempt for row in rows if (attempt := _connected(row))}
    answers = call_each(list(attempts.values()), lambda attempt: find(attempt, now=now), concurrency=concurrency)
    record(answers, now=now)
    known = {answer.key for answer in answers if answer}
    lost = [row for row in rows if row.key in attempts.keys() - known and _may_go_again(row, now=now)]
    # The gateway never got it, so the process died before calling: the same key goes out again.
    send_all([attempts[row.key] for row in lost], concurrency=concurrency, now=now)
    _say_who_is_silent([row for row in rows if now - row.started_at > SILENT_AFTER], now=now)
    _say_what_is_not_settled(rows, answers, now=now)
    return len(rows)


def _say_who_is_silent(rows: Sequence[RefundAttempt], *, now: datetime) -> None:
    """Staff hear once of a refund that nobody could find out about for a day."""
    for row in _those_still(RefundStatus.PROCESSING, rows):
        raise_alarm(Alarm(AlertKind.SILENT, row.refund, row.key), now=now)


def _say_what_is_not_settled(rows: Sequence[RefundAttempt], answers: Sequence[Answer], *, now: datetime) -> None:
    """Staff hear once of a refund that waits when its time is over and its provider has no word on it.

    It is never sent again: the provider had it, and may just not find it under our key any more.
    """
    heard = {answer.key for answer in answers if isinstance(answer, Outcome)}
    waiting = [row for row in rows if row.refund.status == RefundStatus.AWAITING_GATEWAY and row.key not in heard]
    overdue = [row for row in waiting if now - row.started_at >= SPEAKS_WITHIN]
    for row in _those_still(RefundStatus.AWAITING_GATEWAY, overdue):
        _say_that_it_stays_unknown(row, now=now)


def _those_still(status: RefundStatus, rows: Sequence[RefundAttempt]) -> Iterable[RefundAttempt]:
    """Read anew, as what was asked about may be settled by now."""
    if not rows:
        return []
    still = RefundAttempt.objects.filter(key__in=[row.key for row in rows], refund__status=status)
    return still.select_related("refund")


def _say_that_it_stays_unknown(row: RefundAttempt, *, now: datetime) -> None:
    log.error("refund_outcome_stays_unknown", refund=row.refund_id, key=row.key)
    raise_alarm(Alarm(AlertKind.UNKNOWN, row.refund, row.key), now=now)


@durable_operation
def take_up(*, limit: int, now: datetime) -> Sequence[RefundAttempt]:
    """The attempts to ask about now, the longest due first; each is next due later, and later each time."""
    due = RefundAttempt.objects.to_ask_about(now=now).select_related("refund__transaction__merchant_account")
    rows = list(due.select_for_update(of=("self",), skip_locked=True)[:limit])
    for row in rows:
        row.ask_at, row.asked = now + min(GRACE * 2 ** min(row.asked, 10), LONGEST_PAUSE), row.asked + 1
    update_each(rows, ["ask_at", "asked"])
    return rows


def _connected(row: RefundAttempt) -> Attempt | None:
    try:
        return attempt_of(row)
    except NotConnected as problem:
        log.warning("refund_cannot_be_asked_about", refund=row.refund_id, why=str(problem))
        return None


def _may_go_again(row: RefundAttempt, *, now: datetime) -> bool:
    """Whether a repeat is surely the same refund there, and not a second one."""
    if row.refund.status != RefundStatus.PROCESSING:
        return False
    abilities = abilities_of(row.refund.transaction.service)
    if abilities and abilities.key_lifetime and now - row.started_at > abilities.key_lifetime:
        _say_that_it_stays_unknown(row, now=now)
        return False
    return True
