"""Each way that a refund can go is told to subscribers, and kept in the history, as it happens."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from editions.models import Edition
from orders.models import Transaction
from orders.states import TransactionStatus
from preo.accounts.models import StaffUser
from preo.webhooks.models import OutboxEvent
from refunds.models import RefundRequest
from refunds.operations import approve_refund, execute_ready, reconcile, reject_refund, retry_refund
from tests.factories import NOON, make_purchase, make_refund
from tests.trail import values_of

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=10)
Way = Callable[[RefundRequest, StaffUser], object]


def rejected(refund: RefundRequest, manager: StaffUser) -> None:
    reject_refund(refund, reason="It was used.", by=manager, now=NOON)


def sent(refund: RefundRequest, manager: StaffUser) -> None:
    approve_refund(refund, by=manager, now=NOON)
    execute_ready(now=NOON)
    reconcile(now=LATER)


def retried(refund: RefundRequest, manager: StaffUser) -> None:
    sent(refund, manager)
    retry_refund(refund, by=manager, now=LATER)


def no_longer_payable(refund: RefundRequest, manager: StaffUser) -> None:
    approve_refund(refund, by=manager, now=NOON)
    Transaction.objects.update(status=TransactionStatus.FAIL)
    execute_ready(now=NOON)


@pytest.mark.parametrize(
    ("amount_minor", "way", "told"),
    [
        (20_00, rejected, ["requested", "rejected"]),
        (20_00, sent, ["requested", "approved", "processing", "processed"]),
        (20_01, sent, ["requested", "approved", "processing", "failed"]),
        (20_01, retried, ["requested", "approved", "processing", "failed", "retried"]),
        (20_04, sent, ["requested", "approved", "processing", "awaiting_gateway", "processed"]),
        (20_05, sent, ["requested", "approved", "processing", "processed", "failed_late"]),
        (20_00, no_longer_payable, ["requested", "approved", "invalid"]),
    ],
)
def test_every_move_is_told_once_and_kept(
    edition: Edition, staff: StaffUser, manager: StaffUser, amount_minor: int, way: Way, told: list[str]
) -> None:
    refund = make_refund(make_purchase(edition), by=staff, scope="purchase_custom", amount_minor=amount_minor)

    way(refund, manager)

    events = OutboxEvent.objects.filter(type__startswith="refund.").order_by("sequence")
    assert list(events.values_list("type", flat=True)) == [f"refund.{what}" for what in told]
    history = values_of(refund, "status")
    assert len(history) == len(told)
    assert list(events.values_list("payload__status", flat=True)) == history
