"""Carrying refunds out: claim and commit, call the gateways with a key each, record what they said.

A process may die between any two of these steps; what it leaves is finished by the next run or by `reconcile`, and the
keys make sure that money moves once.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from orders.operations.refunding import open_books
from preo.payments.registry import AT_HAND
from preo.recording import durable_operation, operation
from refunds.events import tell, tell_all
from refunds.models import RefundAttempt, RefundRequest
from refunds.operations.calling import Attempt, attempt_of, by_itself, call_each, send
from refunds.operations.deciding import lock_refund, move
from refunds.operations.recording import record
from refunds.policy import why_not_refundable
from refunds.states import MovementState, RefundStatus

GRACE = timedelta(seconds=30)
"""How long a refund may be with the gateway before anybody asks; its own worker may still be waiting."""

TOGETHER = 100
"""How many refunds are claimed, and recorded, in one transaction. A worker that dies leaves as many unknown."""

TOGETHER_AFAR = 20
"""The same of a provider behind a network: answers are recorded once the slowest of them is there."""

PAID_AFTER_ALL = "Its provider paid it after all."


def execute_ready(*, service: str | None = None, now: datetime, limit: int = TOGETHER, concurrency: int = 1) -> int:
    """Send up to `limit` ready refunds to their gateways, oldest first; answers how many went on from there.

    Those of one service alone where it is named. Several workers may run this at once: each refund is claimed by one
    of them.
    """
    went_on, together = 0, TOGETHER_AFAR if service and service not in AT_HAND else TOGETHER
    while went_on < limit:
        some = carry_out(service=service, limit=min(together, limit - went_on), concurrency=concurrency, now=now)
        went_on += some
        if not some:
            break
    return went_on


def carry_out(
    refund_ids: Collection[str] | None = None,
    *,
    service: str | None = None,
    limit: int = TOGETHER,
    concurrency: int = 1,
    now: datetime,
) -> int:
    """Send up to `limit` ready refunds, or those of them that are named; answers how many went on from there."""
    attempts, unpayable = begin_attempts(refund_ids, service=service, limit=limit, now=now)
    for refund_id, why_not in unpayable:
        with by_itself(refund_id):
            invalidate(refund_id, why_not, now=now)
    send_all(attempts, concurrency=concurrency, now=now)
    return len(attempts) + len(unpayable)


@durable_operation
def begin_attempts(
    refund_ids: Collection[str] | None = None, *, service: str | None = None, limit: int = TOGETHER, now: datetime
) -> tuple[list[Attempt], list[tuple[str, str]]]:
    """Claim ready refunds under a new key each; what another worker holds is passed over.

    Answers the attempts, and with the reason those that can't be paid any more, which are as they were.
    """
    rows = list(_claimable(refund_ids, service)[:limit])
    paid_after_all = _paid_after_all(rows)
    why_nots = {
        row.pk: PAID_AFTER_ALL if row.pk in paid_after_all else why_not_refundable(row.transaction) for row in rows
    }
    claimed = [row for row in rows if why_nots[row.pk] is None]
    RefundRequest.objects.filter(pk__in=[row.pk for row in claimed]).update(
        status=RefundStatus.PROCESSING, modified=now
    )
    for row in claimed:
        row.status = RefundStatus.PROCESSING
    attempts = RefundAttempt.objects.bulk_create(_first_ask(row, now=now) for row in claimed)
    tell_all([(row, "processing") for row in claimed], now=now)
    return [attempt_of(row) for row in attempts], [(pk, why) for pk, why in why_nots.items() if why]


def _claimable(refund_ids: Collection[str] | None, service: str | None) -> QuerySet[RefundRequest]:
    tried = RefundAttempt.objects.filter(refund=OuterRef("pk")).order_by("-number").values("number")[:1]
    rows = RefundRequest.objects.ready().select_related("transaction__merchant_account")
    if refund_ids is not None:
        rows = rows.filter(pk__in=refund_ids)
    if service is not None:
        rows = rows.filter(transaction__service=service)
    return rows.annotate(tried=Coalesce(Subquery(tried), 0)).select_for_update(
        of=("self",), skip_locked=True, no_key=True
    )


def _paid_after_all(rows: Sequence[Any]) -> set[str]:
    """Those of the refunds that go out again of which an earlier attempt turned out to be paid meanwhile."""
    again = [row.pk for row in rows if row.tried]
    if not again:
        return set()
    paid = RefundAttempt.objects.filter(
        refund__in=again,
        refund__transaction__outside_movements__state=MovementState.TAKEN,
        refund__transaction__outside_movements__provider_reference=F("provider_reference"),
    )
    return set(paid.values_list("refund_id", flat=True))


def _first_ask(refund: Any, *, now: datetime) -> RefundAttempt:
    number = refund.tried + 1
    return RefundAttempt(refund=refund, number=number, key=f"{refund.pk}-{number}", started_at=now, ask_at=now + GRACE)


@operation
def invalidate(refund_id: str, why: str, *, now: datetime) -> None:
    """Let go of a ready refund that can't be paid any more; one that is not ready stays as it is."""
    refund = RefundRequest.objects.get(pk=refund_id)
    with open_books([refund.transaction_id], now=now) as shelf:
        refund = lock_refund(refund)
        if refund.status != RefundStatus.READY:
            return
        shelf[refund.transaction_id].release(list(refund.allocations.all()), refund_id=refund.pk)
    refund.service_response = {"message": why}
    move(refund, RefundStatus.INVALID, now=now, also=["service_response"])
    tell(refund, "invalid", now=now)


def send_all(attempts: Sequence[Attempt], *, concurrency: int = 1, now: datetime) -> None:
    """Call the gateways and record their answers."""
    record(call_each(attempts, lambda attempt: send(attempt, now=now), concurrency=concurrency), now=now)
