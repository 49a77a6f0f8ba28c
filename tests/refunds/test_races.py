"""Two connections at once, each rule with a control that shows what goes wrong without its lock."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connections, transaction

from editions.models import Edition
from orders.models import Purchase, Transaction
from orders.operations.refunding import Books, open_books, write_books
from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.money import Money
from preo.payments.gateway import Outcome, RefundOrder
from preo.payments.models import SandboxRefund
from preo.payments.sandbox import SandboxGateway
from preo.public_ids import new
from refunds.amounts import Parts
from refunds.models import RefundAttempt, RefundRequest
from refunds.operations import approve_refund, begin_attempts, execute_ready, reject_refund
from refunds.states import RefundScope, RefundStatus
from tests.factories import NOON, make_order, make_purchase, make_refund
from tests.races import SECONDS, at_once, somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def purchase(edition: Edition) -> Purchase:
    """Of 505.00 that can be asked back."""
    return make_purchase(edition)


def ask_for_300(purchase: Purchase, by: StaffUser) -> RefundRequest:
    return make_refund(purchase, by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=300_00)


def test_parallel_requests_never_get_more_than_is_left(purchase: Purchase, staff: StaffUser) -> None:
    results = at_once(*[lambda: ask_for_300(purchase, staff)] * 6)

    assert sum(isinstance(result, RefundRequest) for result in results) == 1
    assert {result.code for result in results if isinstance(result, DomainError)} == {"amount_above_available"}
    assert Transaction.objects.get().reserved_minor == 300_00


def test_parallel_requests_for_two_purchases_of_one_payment_add_up(edition: Edition, staff: StaffUser) -> None:
    units = list(make_order(edition, units=6).purchases.select_related("transaction"))

    at_once(*[lambda unit=unit: ask_for_300(unit, staff) for unit in units])

    assert Transaction.objects.get().reserved_minor == 6 * 300_00


def test_the_sandbox_never_gives_back_more_than_was_paid() -> None:
    order = RefundOrder("pay-1", Money(500_00, "dkk"), Money(300_00, "dkk"))

    outcomes = at_once(*[lambda key=key: SandboxGateway().refund(order, key=key, now=NOON) for key in "abcd"])

    results = sorted(outcome.result for outcome in outcomes if isinstance(outcome, Outcome))
    assert results == ["failed", "failed", "failed", "settled"]


def test_control_without_the_lock_more_is_promised_than_is_left(purchase: Purchase) -> None:
    """The same reading and booking as the operation's, with nothing locked in between."""
    share, both_have_read = Parts(purchase.pk, price_minor=300_00), Barrier(2)

    def promise() -> bool:
        with transaction.atomic():
            paid, unit = Transaction.objects.get(), Purchase.objects.get()
            books = Books(paid, {unit.pk: unit})
            both_have_read.wait(SECONDS)
            if is_promised := books.have_left([share]):
                books.reserve([share], refund_id=new("rfd"))
                write_books([books], now=NOON)
        return is_promised

    assert at_once(promise, promise) == [True, True]
    assert Transaction.objects.get().reserved_minor == 300_00


def test_a_second_request_waits_for_the_first(purchase: Purchase, staff: StaffUser) -> None:
    locked, go_on = Event(), Event()

    def hold() -> None:
        with transaction.atomic(), open_books([Transaction.objects.get().pk], now=NOON):
            locked.set()
            go_on.wait(SECONDS)
        connections.close_all()

    def ask() -> object:
        try:
            return ask_for_300(purchase, staff)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(hold)
        locked.wait(SECONDS)
        second: Future[object] = pool.submit(ask)
        was_waiting = somebody_waits()
        go_on.set()
        first.result(SECONDS)

        assert was_waiting
        assert isinstance(second.result(SECONDS), RefundRequest)


def test_approving_and_rejecting_at_once_decides_once(
    purchase: Purchase, staff: StaffUser, manager: StaffUser, admin: StaffUser
) -> None:
    refund = ask_for_300(purchase, staff)

    results = at_once(
        lambda: approve_refund(refund, by=manager, now=NOON),
        lambda: reject_refund(refund, reason="No", by=admin, now=NOON),
    )

    assert sorted(isinstance(result, DomainError) for result in results) == [False, True]
    refund.refresh_from_db()
    assert Transaction.objects.get().reserved_minor == (300_00 if refund.status == RefundStatus.READY else 0)


def test_control_without_the_lock_both_decide(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    """Reading the state and saving the next one, with nothing locked in between: two people approve."""
    refund, both_have_read = ask_for_300(purchase, staff), Barrier(2)

    def decide() -> bool:
        row = RefundRequest.objects.get(pk=refund.pk)
        may = row.status == RefundStatus.REQUESTED
        both_have_read.wait(SECONDS)
        row.approved_by, row.status, row.approved_at = manager, RefundStatus.READY, NOON
        row.save()
        return may

    assert at_once(decide, decide) == [True, True]


def test_two_workers_claim_a_refund_once(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    refund = approve_refund(ask_for_300(purchase, staff), by=manager, now=NOON)

    claims = at_once(*[lambda: begin_attempts([refund.pk], now=NOON)] * 4)

    assert sum(len(attempts) for attempts, _ in claims) == 1
    assert RefundAttempt.objects.count() == 1


def test_control_without_the_claim_both_workers_send(purchase: Purchase, staff: StaffUser, manager: StaffUser) -> None:
    """Looking at the state and acting on it, instead of changing it and acting when that worked."""
    refund, both_have_read = approve_refund(ask_for_300(purchase, staff), by=manager, now=NOON), Barrier(2)

    def send() -> bool:
        is_ready = RefundRequest.objects.get(pk=refund.pk).status == RefundStatus.READY
        both_have_read.wait(SECONDS)
        RefundRequest.objects.filter(pk=refund.pk).update(status=RefundStatus.PROCESSING)
        return is_ready

    assert at_once(send, send) == [True, True]


def test_two_workers_settle_each_refund_once(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    for _ in range(8):
        approve_refund(ask_for_300(make_purchase(edition), staff), by=manager, now=NOON)

    at_once(*[lambda: execute_ready(now=NOON)] * 2)

    assert list(RefundRequest.objects.values_list("status", flat=True)) == [RefundStatus.PROCESSED] * 8
    assert SandboxRefund.objects.count() == 8
