"""When a provider is asked about what is unknown, and when the same refund may be sent again."""

from datetime import timedelta

import pytest

from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from preo.mail.models import OutgoingMail
from refunds.models import RefundAttempt, RefundRequest
from refunds.operations import approve_refund, execute_ready, reconcile
from refunds.states import RefundStatus
from tests.factories import NOON, make_refund
from tests.providers.fixtures import stand_in
from tests.providers.stand_in import StandIn
from tests.refunds.provider_cases import make_account, make_paid

__all__ = ["stand_in"]

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def unanswered(
    edition: Edition, stand_in: StandIn, provider: str, *, by: StaffUser, fault: str = "cut_after"
) -> RefundRequest:
    """A refund whose first call got no answer, or a bad one."""
    paid = make_paid(edition, make_account(edition.organization, provider))
    stand_in.add_payment(paid.provider_reference, minor=paid.amount_minor)
    refund = approve_refund(make_refund(paid.purchases.get(), by=by), by=by, now=NOON)
    stand_in.fault(fault, seconds=3_600)
    execute_ready(now=NOON)
    return refund


def status_of(refund: RefundRequest) -> str:
    return str(RefundRequest.objects.get(pk=refund.pk).status)


def test_what_stripe_took_is_not_sent_again_after_it_forgot_the_key(
    edition: Edition, manager: StaffUser, stand_in: StandIn
) -> None:
    refund = unanswered(edition, stand_in, "stripe", by=manager)
    stand_in.forget_keys()

    reconcile(now=NOON + 2 * DAY)

    assert (status_of(refund), stand_in.taken(f"{refund.pk}-1")) == (RefundStatus.PROCESSED, 1)
    assert [call["method"] for call in stand_in.calls()] == ["POST", "GET"]


@pytest.mark.parametrize(
    ("after", "status", "calls"),
    [(7 * DAY, RefundStatus.AWAITING_GATEWAY, 2), (7 * DAY + MINUTE, RefundStatus.PROCESSING, 1)],
)
def test_adyen_is_sent_the_same_again_within_the_life_of_its_keys_alone(
    edition: Edition, manager: StaffUser, stand_in: StandIn, after: timedelta, status: RefundStatus, calls: int
) -> None:
    refund = unanswered(edition, stand_in, "adyen", by=manager)

    reconcile(now=NOON + after)
    reconcile(now=NOON + after)

    assert (status_of(refund), len(stand_in.calls())) == (status, calls)
    assert stand_in.taken(f"{refund.pk}-1") == 1
    assert OutgoingMail.objects.exists() == (status == RefundStatus.PROCESSING)


def test_a_provider_that_wants_to_be_left_alone_is(edition: Edition, manager: StaffUser, stand_in: StandIn) -> None:
    refund = unanswered(edition, stand_in, "adyen", by=manager, fault="rate_limited")

    reconcile(now=NOON + 59 * MINUTE)
    assert len(stand_in.calls()) == 1

    reconcile(now=NOON + 60 * MINUTE)
    assert (len(stand_in.calls()), status_of(refund)) == (2, RefundStatus.AWAITING_GATEWAY)


def test_what_stays_unknown_is_asked_about_ever_later(
    ours: Organization, edition: Edition, manager: StaffUser, stand_in: StandIn
) -> None:
    refund = unanswered(edition, stand_in, "stripe", by=manager)
    stand_in.fault("cut_before", on="find", times=50)
    attempt = RefundAttempt.objects.get(refund=refund)

    pauses = []
    for _ in range(12):
        asked_at = attempt.ask_at
        assert asked_at
        reconcile(now=asked_at - timedelta(seconds=1))
        reconcile(now=asked_at)
        attempt.refresh_from_db()
        assert attempt.ask_at
        pauses.append((attempt.ask_at - asked_at).total_seconds())

    assert pauses == [min(30 * 2**number, 6 * 3_600) for number in range(12)]
    assert sum(call["method"] == "GET" for call in stand_in.calls()) == 12
    assert status_of(refund) == RefundStatus.PROCESSING
