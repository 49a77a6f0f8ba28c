"""Calling off what a provider has not paid yet: the provider's answer is what counts."""

from datetime import timedelta
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import StaffUser
from preo.payments import sandbox
from preo.payments.models import SandboxRefund
from refunds import tasks
from refunds.models import RefundRequest
from refunds.operations import approve_refund, ask_to_call_off, cancel_refund, execute_ready
from refunds.operations.cancelling import CALL_OFF, NotCancellable
from refunds.states import RefundScope, RefundStatus
from tests.factories import NOON, make_purchase, make_refund
from tests.trail import events_of

SOON = NOON + timedelta(seconds=1)
TOO_LATE = NOON + sandbox.DELAY


@pytest.fixture
def refund(edition: Edition, staff: StaffUser, manager: StaffUser) -> RefundRequest:
    """Pending with the sandbox, which settles it after five seconds."""
    refund = make_refund(make_purchase(edition), by=staff, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=20_04)
    approve_refund(refund, by=manager, now=NOON)
    execute_ready(now=NOON)
    return RefundRequest.objects.get(pk=refund.pk)


def state_of(refund: RefundRequest) -> tuple[str, int, int]:
    """Status, reserved and refunded."""
    refund.refresh_from_db()
    paid = Transaction.objects.get(pk=refund.transaction_id)
    return refund.status, paid.reserved_minor, paid.refunded_minor


def jobs() -> list[Any]:
    return [job.args for job in ProcrastinateJob.objects.filter(task_name=CALL_OFF)]


def test_cancel_refund_leaves_asking_to_a_job(refund: RefundRequest, manager: StaffUser) -> None:
    cancel_refund(refund, by=manager, now=SOON)

    assert jobs() == [{"refund_id": refund.pk, "staff_user_id": manager.pk}]
    assert state_of(refund) == (RefundStatus.AWAITING_GATEWAY, 20_04, 0)
    assert SandboxRefund.objects.get().result == "pending"


@pytest.mark.django_db(transaction=True)
def test_the_job_asks_in_the_name_of_who_wanted_it(refund: RefundRequest, manager: StaffUser) -> None:
    # A job begins with closing what connections are old, which ends a test's own transaction.
    cancel_refund(refund, by=manager, now=SOON)

    tasks.call_off(**jobs()[0])

    # By today's clock it settled long ago.
    assert state_of(refund) == (RefundStatus.PROCESSED, 0, 20_04)
    assert events_of(refund)[-1].staff_user_id == manager.pk


def test_a_refund_that_is_called_off_lets_go(refund: RefundRequest, manager: StaffUser) -> None:
    ask_to_call_off(refund.pk, by=manager, now=SOON)

    assert state_of(refund) == (RefundStatus.FAILED, 0, 0)
    assert refund.attempts.get().message == "It was called off."
    assert sandbox.moved_minor(refund.transaction.provider_reference, now=TOO_LATE) == 0


def test_a_refund_that_was_paid_meanwhile_is_processed(refund: RefundRequest, manager: StaffUser) -> None:
    ask_to_call_off(refund.pk, by=manager, now=TOO_LATE)

    assert state_of(refund) == (RefundStatus.PROCESSED, 0, 20_04)


def test_asking_again_changes_nothing(refund: RefundRequest, manager: StaffUser) -> None:
    for _ in range(2):
        ask_to_call_off(refund.pk, by=manager, now=SOON)

    assert state_of(refund) == (RefundStatus.FAILED, 0, 0)
    assert refund.attempts.count() == 1


def test_cancel_refund_refuses_what_waits_for_no_provider(edition, staff, manager) -> None:
    asked = make_refund(make_purchase(edition), by=staff)

    with pytest.raises(NotCancellable, match="It is requested"):
        cancel_refund(asked, by=manager, now=NOON)


def test_cancel_refund_refuses_a_provider_that_calls_nothing_off(refund: RefundRequest, manager: StaffUser) -> None:
    Transaction.objects.update(service="adyen")
    refund.refresh_from_db()

    with pytest.raises(NotCancellable, match="Adyen calls no refund off"):
        cancel_refund(refund, by=manager, now=SOON)
