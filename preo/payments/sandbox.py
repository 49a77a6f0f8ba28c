"""The sandbox provider: real books in our own database, and outcomes told by the last two digits of the amount.

| minor units end in | what happens |
| --- | --- |
| 01 | declined at once |
| 02 | taken, but the answer is lost: a time-out |
| 03 | a time-out, and the first call never arrived |
| 04 | pending, settles after five seconds |
| 05 | settles, and fails after five seconds |
| 06 | pending, fails after five seconds |
| anything else | settles at once |

Like a real provider it takes one refund a key, refuses a key with another order, and never gives back more than was
paid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from preo.payments.gateway import (
    Abilities,
    Gateway,
    GatewayTimeout,
    KeyReused,
    News,
    NotSigned,
    Outcome,
    ReceivedEvent,
    RefundOrder,
    Result,
)
from preo.payments.models import SandboxRefund

DELAY = timedelta(seconds=5)
LOST = "lost"
"""The books' own word for a call that never arrived; nobody outside gets to see it."""


@dataclass(frozen=True, slots=True)
class Script:
    """What the sandbox does with an amount."""

    result: str = Result.SETTLED
    then: str = ""
    is_silent: bool = False
    message: str = ""


SCRIPTS = {
    1: Script(Result.FAILED, message="The bank declined it."),
    2: Script(is_silent=True),
    3: Script(LOST, is_silent=True),
    4: Script(Result.PENDING, then=Result.SETTLED),
    5: Script(then=Result.FAILED),
    6: Script(Result.PENDING, then=Result.FAILED),
}


class SandboxGateway:
    """See the module's table. Implements preo.payments.gateway.LateTeller."""

    def refund(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        script = SCRIPTS.get(order.amount.minor % 100, Script())
        with transaction.atomic():
            _serialize(order.payment_reference)
            row = SandboxRefund.objects.filter(key=key).first()
            is_first_call = row is None
            if row is None:
                row = _take(order, script, key=key, now=now)
            elif (row.payment_reference, row.amount) != (order.payment_reference, order.amount):
                raise KeyReused(key)
            elif row.result == LOST:
                row.result = Result.SETTLED
                row.save(update_fields=["result"])
        if script.is_silent and is_first_call:
            raise GatewayTimeout(key)
        return _outcome(row, now=now)

    def find(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome | None:
        row = SandboxRefund.objects.filter(key=key).exclude(result=LOST).first()
        return _outcome(row, now=now) if row else None

    def cancel(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        pending = SandboxRefund.objects.filter(key=key, result=Result.PENDING, next_at__gt=now)
        pending.update(result=Result.FAILED, message="It was called off.", next_result="", next_at=None)
        return _outcome(SandboxRefund.objects.get(key=key), now=now)

    def late_outcomes(self, *, now: datetime, limit: int) -> list[Outcome]:
        due = SandboxRefund.objects.filter(is_told=False, next_at__lte=now).order_by("next_at")[:limit]
        return [_outcome(row, now=now) for row in due]

    def acknowledge(self, outcome: Outcome) -> None:
        SandboxRefund.objects.filter(key=outcome.key).update(is_told=True)


class SandboxProvider:
    """Implements preo.payments.gateway.Provider: one set of books for every account, and no events."""

    abilities = Abilities(is_asynchronous=True, is_cancellable=True)

    def connect(self, credentials: Mapping[str, str]) -> Gateway:
        return SandboxGateway()

    def receive(
        self, body: bytes, *, headers: Mapping[str, str], credentials: Mapping[str, str], now: datetime
    ) -> list[ReceivedEvent]:
        raise NotSigned("The sandbox sends no events.")

    def news_of(self, payload: Mapping[str, Any]) -> News | None:
        return None


def moved_minor(payment_reference: str, *, now: datetime) -> int:
    """What really went back of a payment, in minor units: the other side's word, for proofs."""
    rows = SandboxRefund.objects.filter(payment_reference=payment_reference)
    return sum(row.amount_minor for row in rows if _result(row, now=now) == Result.SETTLED)


def _take(order: RefundOrder, script: Script, *, key: str, now: datetime) -> SandboxRefund:
    fits = order.amount.minor <= order.payment_amount.minor - _committed(order.payment_reference, now=now)
    if not fits:
        script = Script(Result.FAILED, message="That is more than what is left of the payment.")
    return SandboxRefund.objects.create(
        key=key,
        payment_reference=order.payment_reference,
        amount_minor=order.amount.minor,
        currency=order.amount.currency,
        result=script.result,
        message=script.message,
        next_result=script.then,
        next_at=now + DELAY if script.then else None,
    )


def _committed(payment_reference: str, *, now: datetime) -> int:
    """What went out or may still do so, in minor units; a refund that failed, also later, is free again."""
    rows = SandboxRefund.objects.filter(payment_reference=payment_reference).exclude(result=Result.FAILED)
    kept = rows.exclude(next_result=Result.FAILED, next_at__lte=now)
    return kept.aggregate(total=Sum("amount_minor"))["total"] or 0


def _result(row: SandboxRefund, *, now: datetime) -> str:
    return row.next_result if row.next_at and row.next_at <= now else row.result


def _outcome(row: SandboxRefund, *, now: datetime) -> Outcome:
    waits = row.next_at is not None and row.next_at > now
    return Outcome(
        key=row.key,
        result=Result(_result(row, now=now)),
        provider_reference=f"sandbox-{row.pk}",
        message=row.message,
        check_after=DELAY if waits else None,
    )


def _serialize(payment_reference: str) -> None:
    """One call at a time for each payment, as a provider would; otherwise two could both pass the cap."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [payment_reference])
