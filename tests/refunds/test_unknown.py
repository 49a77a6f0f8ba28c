"""What is unknown stays unknown until the provider says what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import Organization, StaffUser
from preo.money import Money
from preo.payments.gateway import Outcome, RefundOrder
from refunds.models import RefundRequest
from refunds.operations import approve_refund, begin_attempts, execute_ready, reconcile
from refunds.operations.calling import Attempt, Unanswered, call_each, find, send
from refunds.operations.executing import send_all
from refunds.states import RefundStatus
from tests.factories import NOON, make_refund
from tests.factories_ready import sealed
from tests.providers.accounts import ADYEN
from tests.providers.fixtures import stand_in
from tests.providers.stand_in import StandIn
from tests.refunds.provider_cases import make_account, make_paid

__all__ = ["stand_in"]

LATER = timedelta(minutes=5)


@dataclass
class Broken:
    """A gateway with a mistake in it, and how often it was called."""

    calls: int = 0

    def refund(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        self.calls += 1
        raise ZeroDivisionError

    find = cancel = refund


@pytest.mark.parametrize("call", [find, send])
@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_call_that_breaks_is_unanswered(call: object, concurrency: int) -> None:
    """Left out, a question that broke would be taken for a refund that never arrived."""
    gateway, order = Broken(), RefundOrder("pi_1", Money(5_00, "dkk"), Money(5_00, "dkk"))
    attempts = [Attempt("rfd_1", f"rfd_1-{number}", gateway, order) for number in (1, 2)]

    answers = call_each(attempts, lambda attempt: call(attempt, now=NOON), concurrency=concurrency)  # type: ignore[operator]

    assert answers == [Unanswered("rfd_1-1", None), Unanswered("rfd_1-2", None)]
    assert gateway.calls == 2


def approved(edition: Edition, ours: Organization, *, by: StaffUser, stand_in: StandIn) -> RefundRequest:
    """A refund through Adyen that is ready."""
    paid = make_paid(edition, make_account(ours, "adyen"))
    stand_in.add_payment(paid.provider_reference, minor=paid.amount_minor)
    refund = make_refund(paid.order.purchases.get(), by=by)
    approve_refund(refund, by=by, now=NOON)
    return refund


def set_key(refund: RefundRequest, **replaced: str) -> None:
    account = Transaction.objects.get(pk=refund.transaction_id).merchant_account
    assert account
    type(account).objects.filter(pk=account.pk).update(credentials=sealed(**(ADYEN | replaced)))


def status_of(refund: RefundRequest) -> str:
    return str(RefundRequest.objects.get(pk=refund.pk).status)


def test_credentials_that_are_refused_on_a_repeat_are_no_word_on_the_first_call(
    edition: Edition, ours: Organization, manager: StaffUser, stand_in: StandIn
) -> None:
    """The first call was taken and its answer lost; failed would let somebody pay it again."""
    refund = approved(edition, ours, by=manager, stand_in=stand_in)
    stand_in.fault("cut_after")
    execute_ready(now=NOON)
    set_key(refund, api_key="AQErevoked")

    reconcile(now=NOON + LATER)
    refused = status_of(refund)
    set_key(refund)
    reconcile(now=NOON + 2 * LATER)

    assert (refused, status_of(refund)) == (RefundStatus.PROCESSING, RefundStatus.AWAITING_GATEWAY)
    assert stand_in.taken(f"{refund.pk}-1") == 1


def test_credentials_that_are_refused_on_the_first_call_fail_the_refund(
    edition: Edition, ours: Organization, manager: StaffUser, stand_in: StandIn
) -> None:
    refund = approved(edition, ours, by=manager, stand_in=stand_in)
    set_key(refund, api_key="AQErevoked")

    execute_ready(now=NOON)

    assert status_of(refund) == RefundStatus.FAILED
    assert stand_in.taken(f"{refund.pk}-1") == 0


def test_a_slow_worker_with_old_credentials_takes_nothing_back(
    edition: Edition, ours: Organization, manager: StaffUser, stand_in: StandIn
) -> None:
    """It claimed the refund; meanwhile the credentials were renewed, and the reconciler sent it and heard of it."""
    refund = approved(edition, ours, by=manager, stand_in=stand_in)
    set_key(refund, api_key="an old one")
    (held,), _ = begin_attempts(now=NOON)
    set_key(refund)
    reconcile(now=NOON + LATER)
    before = status_of(refund)

    send_all([held], now=NOON + LATER)

    assert (before, status_of(refund)) == (RefundStatus.AWAITING_GATEWAY, RefundStatus.AWAITING_GATEWAY)
    assert stand_in.taken(held.key) == 1
