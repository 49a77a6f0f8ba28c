"""Two people at the desk at once, with a control that shows what goes wrong without the lock."""

import pytest

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.payments.gateway import Outcome, Result
from refunds.models import RefundRequest
from refunds.operations import approve_refund, cancel_refund, confirm_refund, execute_ready, record_outcomes
from refunds.policy import why_not_by_hand
from refunds.states import RefundScope, RefundStatus
from tests.factories import NOON, make_purchase, make_refund
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def refund(edition: Edition, staff: StaffUser) -> RefundRequest:
    """20.00 in cash that somebody has to hand over."""
    purchase = make_purchase(edition, service="manual")
    refund = make_refund(purchase, by=staff, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=20_00)
    approve_refund(refund, by=staff, now=NOON)
    execute_ready(now=NOON)
    return RefundRequest.objects.get(pk=refund.pk)


def refunded() -> int:
    return Transaction.objects.get().refunded_minor


def test_two_who_confirm_at_once_are_not_both_told_that_they_did(refund: RefundRequest, staff: StaffUser) -> None:
    results = at_once(
        *[lambda text=text: confirm_refund(refund, reference=text, by=staff, now=NOON) for text in ("17", "18")]
    )

    assert [result.code for result in results if isinstance(result, DomainError)] == ["not_confirmable"]
    assert refunded() == 20_00


def test_who_confirms_and_who_calls_off_at_once_do_not_both_get_their_way(
    refund: RefundRequest, staff: StaffUser
) -> None:
    results = at_once(
        lambda: confirm_refund(refund, reference="17", by=staff, now=NOON),
        lambda: cancel_refund(refund, by=staff, now=NOON),
    )

    assert sum(isinstance(result, DomainError) for result in results) == 1
    refund.refresh_from_db()
    assert (refund.status, refunded()) in [(RefundStatus.PROCESSED, 20_00), (RefundStatus.FAILED, 0)]


def test_without_looking_again_under_the_lock_both_would(refund: RefundRequest) -> None:
    """The control: what is recorded says yes to both, and takes back what was handed over."""
    assert why_not_by_hand(refund) is None

    for result in (Result.SETTLED, Result.FAILED):
        record_outcomes([Outcome(f"{refund.pk}-1", result, "17")], now=NOON)

    refund.refresh_from_db()
    assert (refund.status, refunded()) == (RefundStatus.FAILED, 0)
