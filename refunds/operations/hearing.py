"""Looking at what providers sent: what each event tells is recorded, in any order and however often it came."""

from collections.abc import Sequence
from datetime import datetime

from orders.models import Transaction
from preo.payments.gateway import ChargebackNews, News, Outcome, RefundNews, Result
from preo.payments.registry import PROVIDERS
from preo.recording import durable_operation
from refunds.gateways import NotConnected
from refunds.models import ProviderEvent, RefundAttempt
from refunds.operations.calling import Unanswered, attempt_of, by_itself, find
from refunds.operations.concluding import Conclusion, conclude
from refunds.operations.moving import Told, record_movement
from refunds.operations.recording import record_outcomes
from refunds.states import EventStatus, MovementKind, RefundStatus

TOGETHER = 20
"""How many events one worker takes up at once; each may wait for its provider."""

WENT_WRONG = "Something went wrong on our side; the log says what. It is tried again."
NO_NEWS = "It tells of no money that moved."
UNKNOWN_PAYMENT = "No payment through this merchant account has its reference."
UNKNOWN_REFUND = "It names a refund that this merchant account, or the payment it names, doesn't have."
CONTRADICTS = "The provider paid a refund that had failed on our books. It counts as moved outside."


def hear_events(*, now: datetime, limit: int = 1000) -> int:
    """Look at up to `limit` events that are due; answers how many were.

    Several workers may run this at once: each event is taken up by one of them. One that goes wrong is looked at
    again later and keeps no other waiting. Rule: "Events of providers" in docs/rules.md.
    """
    looked_at = 0
    while looked_at < limit and (some := _hear_some(min(TOGETHER, limit - looked_at), now=now)):
        looked_at += some
    return looked_at


def _hear_some(limit: int, *, now: datetime) -> int:
    events, heard = take_up_events(limit=limit, now=now), set()
    for event in events:
        with by_itself(event.pk):
            _hear(event, now=now)
            heard.add(event.pk)
    for event in [event for event in events if event.pk not in heard]:
        with by_itself(event.pk):
            conclude(event, Conclusion(EventStatus.FAILED, WENT_WRONG), now=now)
    return len(events)


@durable_operation
def take_up_events(*, limit: int, now: datetime) -> Sequence[ProviderEvent]:
    """The events that are due; nobody else takes them up for a minute, by when this worker is done or dead."""
    due = ProviderEvent.objects.due(now=now).select_for_update(of=("self",), skip_locked=True)
    events = list(due[:limit])
    ProviderEvent.objects.filter(pk__in=[event.pk for event in events]).update(processed_at=now)
    return events


def _hear(event: ProviderEvent, *, now: datetime) -> None:
    news = PROVIDERS[event.provider].news_of(event.payload)
    if isinstance(news, RefundNews) and (row := _attempt(event, news)):
        conclude(event, _hear_of_ours(row, news, now=now), now=now)
    elif isinstance(news, RefundNews) and news.key:
        conclude(event, Conclusion(EventStatus.UNMATCHED, UNKNOWN_REFUND), now=now)
    elif news:
        _hear_of_movement(event, news, now=now)
    else:
        conclude(event, Conclusion(EventStatus.IGNORED, NO_NEWS), now=now)


def _hear_of_ours(row: RefundAttempt, news: RefundNews, *, now: datetime) -> Conclusion:
    """Record what became of a refund that went out through us; the outcome is committed before the conclusion."""
    if news.amount != row.refund.amount:
        return _about(row, EventStatus.FAILED, f"It says {news.amount}, and the refund is {row.refund.amount}.")
    try:
        answer = find(attempt_of(row), now=now)
    except NotConnected as problem:
        return _about(row, EventStatus.FAILED, str(problem))
    if isinstance(answer, Unanswered):
        return _about(row, EventStatus.FAILED, "The provider did not answer what became of it. It is asked again.")
    if answer is None and _is_older(news, row):
        return _about(row, EventStatus.IGNORED, "The refund failed, and this was before that.")
    return _record(row, answer or _outcome_of(news, row), now=now)


def _attempt(event: ProviderEvent, news: RefundNews) -> RefundAttempt | None:
    """Ours by its key, or by what the provider calls it, which a dashboard can't take away.

    Only if the account that signed it is the payment's, and the payment the one it names.
    """
    rows = RefundAttempt.objects.select_related("refund__transaction__merchant_account").filter(
        refund__transaction__merchant_account=event.merchant_account_id,
        refund__transaction__provider_reference__in=_references(news),
    )
    by_key = rows.filter(key=news.key).first() if news.key else None
    by_reference = rows.filter(provider_reference=news.provider_reference) if news.provider_reference else rows.none()
    return by_key or by_reference.order_by("-number").first()


def _is_older(news: RefundNews, row: RefundAttempt) -> bool:
    """Failed is final. Where the failure came from the provider itself, that it had settled is no contradiction."""
    has_failed = row.outcome == Result.FAILED and row.provider_reference == news.provider_reference
    return has_failed and news.result != Result.FAILED


def _outcome_of(news: RefundNews, row: RefundAttempt) -> Outcome:
    return Outcome(row.key, news.result, news.provider_reference, news.message)


def _record(row: RefundAttempt, outcome: Outcome, *, now: datetime) -> Conclusion:
    before = row.refund.status
    record_outcomes([outcome], now=now)
    row.refund.refresh_from_db()
    row.refresh_from_db(fields=["outcome"])
    if outcome.result == Result.SETTLED and _has_failed(row):
        return _about(row, EventStatus.APPLIED, CONTRADICTS)
    state = row.refund.get_status_display().lower()
    if row.refund.status == before:
        return _about(row, EventStatus.IGNORED, f"Nothing new: the refund is {state}.")
    return _about(row, EventStatus.APPLIED, f"The refund is {state}.")


def _has_failed(row: RefundAttempt) -> bool:
    return row.outcome == Result.FAILED or row.refund.status == RefundStatus.FAILED


def _about(row: RefundAttempt, status: EventStatus, message: str) -> Conclusion:
    return Conclusion(status, message, transaction_id=row.refund.transaction_id, refund_id=row.refund_id)


def _hear_of_movement(event: ProviderEvent, news: News, *, now: datetime) -> None:
    """Record what moved without us, on the one payment that it names."""
    paid = _payments(event, news)
    if not paid:
        conclude(event, Conclusion(EventStatus.UNMATCHED, UNKNOWN_PAYMENT), now=now)
    elif why_not := _why_not_movable(news, paid):
        conclude(event, Conclusion(EventStatus.FAILED, why_not), now=now)
    else:
        record_movement(event, _told(news), transaction=paid[0], now=now)


def _payments(event: ProviderEvent, news: News) -> list[Transaction]:
    """None, the one, or two where there are several."""
    own = Transaction.objects.filter(merchant_account=event.merchant_account_id)
    return list(own.filter(provider_reference__in=_references(news))[:2])


def _references(news: News) -> list[str]:
    """What the provider calls the payment; never empty text, which many of our payments have."""
    return [name for name in (news.payment_reference, *news.other_references) if name]


def _why_not_movable(news: News, paid: Sequence[Transaction]) -> str | None:
    if len(paid) > 1:
        return "Several payments have its reference."
    if news.amount.currency != paid[0].currency:
        return f"It says {news.amount}, and the payment is in {paid[0].currency.upper()}."
    if paid[0].amount < news.amount:
        return f"It says {news.amount}, and the whole payment was {paid[0].amount}."
    return None if news.provider_reference else "It doesn't say what the provider calls it."


def _told(news: News) -> Told:
    if isinstance(news, ChargebackNews):
        kind, is_returned = MovementKind.CHARGEBACK, news.is_reversed
    else:
        kind, is_returned = MovementKind.REFUND, news.result == Result.FAILED
    return Told(kind, news.provider_reference, news.amount, is_returned, news.message)
