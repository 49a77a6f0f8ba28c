"""Finishing what nobody recorded: late news from gateways, and refunds whose outcome is unknown."""

from datetime import datetime, timedelta

import structlog

from preo.payments.gateway import GatewayTimeout
from preo.payments.registry import GATEWAYS
from refunds.models import RefundAttempt, RefundRequest
from refunds.operations.executing import attempt_of, by_itself, record_outcome, send
from refunds.states import RefundStatus

GRACE = timedelta(seconds=30)
"""How long a refund may be with the gateway before anybody asks; its own worker may still be waiting."""

log = structlog.get_logger(__name__)


def reconcile(*, now: datetime, limit: int = 500) -> int:
    """Record late outcomes, and ask about refunds not heard of for a while; answers how many were looked at.

    Asking twice, or from two processes, is harmless: outcomes are recorded once and every call carries the attempt's
    own key.
    """
    return _hear_late_outcomes(now=now, limit=limit) + _ask_about_unsettled(now=now, limit=limit)


def _hear_late_outcomes(*, now: datetime, limit: int) -> int:
    heard = 0
    for gateway in GATEWAYS.values():
        for outcome in gateway.late_outcomes(now=now, limit=limit):
            with by_itself(outcome.key):
                record_outcome(outcome, now=now)
                gateway.acknowledge(outcome)
            heard += 1
    return heard


def _ask_about_unsettled(*, now: datetime, limit: int) -> int:
    unsettled = list(RefundRequest.objects.unsettled_since(now - GRACE).values_list("pk", flat=True)[:limit])
    attempts = RefundAttempt.objects.filter(refund__in=unsettled).select_related("refund__transaction")
    newest = attempts.order_by("refund_id", "-number").distinct("refund_id")
    for row in newest:
        with by_itself(row.refund_id):
            _ask(row, now=now)
    return len(unsettled)


def _ask(row: RefundAttempt, *, now: datetime) -> None:
    attempt = attempt_of(row)
    try:
        outcome = attempt.gateway.find(row.key, now=now)
    except GatewayTimeout:
        log.warning("gateway_did_not_answer", refund=row.refund_id, key=row.key)
        return
    if outcome:
        record_outcome(outcome, now=now)
    elif row.refund.status == RefundStatus.PROCESSING:
        # The gateway never got it, so the process died before calling: the same key goes out again.
        send(attempt, now=now)
