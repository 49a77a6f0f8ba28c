"""Several who deliver or hear at once, with a control for each lock; and workers that are killed."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from editions.models import Edition, MerchantAccount
from orders.models import LedgerEntry, Transaction
from orders.operations.refunding import Books, write_books
from preo.accounts.models import Organization, StaffUser
from preo.webhooks.models import OutboxEvent
from refunds.models import OutsideMovement, ProviderEvent, RefundRequest
from refunds.operations import approve_refund, begin_attempts
from refunds.operations.hearing import hear_events
from refunds.operations.receiving import HEAR_EVENTS
from refunds.states import RefundScope
from tests.factories import NOON, make_refund
from tests.kills import die_before
from tests.races import SECONDS, at_once
from tests.refunds.provider_cases import (
    adyen_told,
    chargeback_told,
    conclusions,
    deliver,
    make_account,
    make_paid,
    outside,
    refund_told,
)

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(minutes=2)


@pytest.fixture
def stripe(ours: Organization) -> MerchantAccount:
    return make_account(ours)


@pytest.fixture
def paid(edition: Edition, stripe: MerchantAccount) -> Transaction:
    return make_paid(edition, stripe)


def test_deliveries_of_one_event_at_once_keep_one(stripe: MerchantAccount, paid: Transaction) -> None:
    told = refund_told(paid, "succeeded")

    assert at_once(*[lambda: deliver(stripe, told)] * 4) == [None] * 4

    assert ProviderEvent.objects.count() == 1


def test_workers_at_once_hear_each_event_once(stripe: MerchantAccount, paid: Transaction) -> None:
    deliver(stripe, *[refund_told(paid, "succeeded", minor=10_00, number=number) for number in range(1, 13)])

    looked_at = at_once(*[lambda: hear_events(now=NOON)] * 3)

    assert sum(looked_at) == 12  # type: ignore[arg-type]  # no refusal among them
    assert conclusions() == ["applied"] * 12
    assert (outside(paid), OutsideMovement.objects.count(), OutboxEvent.objects.count()) == (120_00, 12, 12)


def test_an_event_heard_twice_at_once_is_booked_once(stripe: MerchantAccount, paid: Transaction) -> None:
    """As when a worker is so slow that another takes its event up."""
    deliver(stripe, chargeback_told(paid))

    at_once(*[lambda minute=minute: hear_events(now=NOON + timedelta(minutes=minute)) for minute in (0, 2, 4)])

    assert conclusions() == ["applied"]
    assert (outside(paid), OutboxEvent.objects.count()) == (515_00, 1)


def test_control_without_the_lock_a_movement_is_lost(paid: Transaction) -> None:
    both_have_read = Barrier(2)

    def book() -> None:
        with transaction.atomic():
            books = Books(Transaction.objects.get(pk=paid.pk), {})
            both_have_read.wait(SECONDS)
            books.move_outside(10_00)
            write_books([books], now=NOON)

    at_once(book, book)

    paid.refresh_from_db()
    assert (paid.outside_minor, LedgerEntry.objects.filter(account="outside").count()) == (10_00, 2)


def hear_killed_at_every_statement(*, prepare: Callable[[], Any], check: Callable[[Any], None]) -> int:
    """How many statements hearing has; before each it is killed once, on rows of its own, and then finished."""
    statement, died = 1, True
    while died:
        row = prepare()
        died = die_before(statement, lambda: hear_events(now=NOON)) is None
        hear_events(now=LATER)
        check(row)
        statement += 1
    return statement - 1


def test_hearing_of_a_movement_killed_at_any_statement_is_finished_once(
    edition: Edition, stripe: MerchantAccount
) -> None:
    def prepare() -> Transaction:
        paid = make_paid(edition, stripe)
        deliver(stripe, chargeback_told(paid))
        return paid

    def check(paid: Transaction) -> None:
        assert (outside(paid), paid.outside_movements.count()) == (515_00, 1)
        assert paid.provider_events.get().status == "applied"
        assert OutboxEvent.objects.filter(payload__transaction_id=paid.pk).count() == 1

    assert hear_killed_at_every_statement(prepare=prepare, check=check) > 10


def test_hearing_of_a_refund_killed_at_any_statement_is_finished_once(
    edition: Edition, ours: Organization, staff: StaffUser, manager: StaffUser
) -> None:
    adyen = make_account(ours, "adyen")

    def prepare() -> RefundRequest:
        paid = make_paid(edition, adyen)
        refund = make_refund(paid.purchases.get(), by=staff, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=20_00)
        approve_refund(refund, by=manager, now=NOON)
        begin_attempts([refund.pk], now=NOON)
        told = adyen_told(paid, "REFUND", minor=20_00, key=f"{refund.pk}-1")
        deliver(adyen, told | {"pspReference": f"RF{refund.pk[-14:]}"})
        return refund

    def check(refund: RefundRequest) -> None:
        refund.refresh_from_db()
        books = Transaction.objects.get(pk=refund.transaction_id)
        assert (refund.status, books.reserved_minor, books.refunded_minor) == ("processed", 0, 20_00)
        assert refund.provider_events.get().status in ("applied", "ignored")
        told = OutboxEvent.objects.filter(type="refund.processed", payload__id=refund.pk)
        assert told.count() == 1

    assert hear_killed_at_every_statement(prepare=prepare, check=check) > 15


def test_receiving_killed_at_any_statement_keeps_the_event_with_its_job_or_not_at_all(
    edition: Edition, stripe: MerchantAccount
) -> None:
    statement, died = 1, True
    while died:
        told = refund_told(make_paid(edition, stripe), "succeeded")
        before = jobs()

        died = die_before(statement, lambda told=told: deliver(stripe, told)) is None

        kept = ProviderEvent.objects.filter(event_id=told["id"]).count()
        assert (kept, jobs() - before) in ((0, 0), (1, 1))
        assert died or kept
        deliver(stripe, told)
        assert ProviderEvent.objects.filter(event_id=told["id"]).count() == 1
        statement += 1
    assert statement > 3


def jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name=HEAR_EVENTS).count()
