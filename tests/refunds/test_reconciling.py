"""When a provider is asked about what is unknown, and when the same refund may be sent again."""

from datetime import timedelta

import pytest

from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from preo.mail.models import OutgoingMail
from refunds.messages import AlertKind
from refunds.models import RefundAttempt, RefundRequest
from refunds.operations import approve_refund, execute_ready, reconcile
from refunds.operations.hearing import hear_events
from refunds.states import RefundScope, RefundStatus
from tests.factories import NOON, make_refund
from tests.providers.fixtures import stand_in
from tests.providers.stand_in import StandIn
from tests.refunds.provider_cases import conclusions, deliver, make_account, make_paid

__all__ = ["stand_in"]

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
WEEK = 7 * DAY


def ready(
    edition: Edition, stand_in: StandIn, provider: str, *, by: StaffUser, amount_minor: int = 20_00
) -> RefundRequest:
    paid = make_paid(edition, make_account(edition.organization, provider))
    stand_in.add_payment(paid.provider_reference, minor=paid.amount_minor)
    refund = make_refund(paid.purchases.get(), by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=amount_minor)
    return approve_refund(refund, by=by, now=NOON)


def unanswered(
    edition: Edition,
    stand_in: StandIn,
    provider: str,
    *,
    by: StaffUser,
    fault: str = "cut_after",
    amount_minor: int = 20_00,
) -> RefundRequest:
    """A refund whose first call got no answer, or a bad one."""
    refund = ready(edition, stand_in, provider, by=by, amount_minor=amount_minor)
    stand_in.fault(fault, seconds=3_600)
    execute_ready(now=NOON)
    return refund


def waiting(edition: Edition, stand_in: StandIn, provider: str, *, by: StaffUser) -> RefundRequest:
    """A refund of which its provider said that it is pending."""
    refund = ready(edition, stand_in, provider, by=by, amount_minor=20_04)
    execute_ready(now=NOON)
    return refund


def take_our_key_away(stand_in: StandIn) -> None:
    """As somebody does who edits the metadata in the provider's dashboard."""
    for refund in stand_in.books.refunds:
        refund.key = ""


def letters() -> list[tuple[str, str]]:
    """Kind and what each is about."""
    return list(OutgoingMail.objects.values_list("kind", "about"))


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


def test_what_only_an_event_told_of_is_not_sent_again_and_staff_hear_of_it(
    edition: Edition, manager: StaffUser, stand_in: StandIn
) -> None:
    """Asked, Stripe knows nothing of it, and a repeat would by now be a second payment."""
    refund = unanswered(edition, stand_in, "stripe", by=manager, amount_minor=20_04)
    account = refund.transaction.merchant_account
    assert account
    deliver(account, *stand_in.told("stripe"))
    take_our_key_away(stand_in)
    stand_in.forget_keys()

    hear_events(now=NOON)
    reconcile(now=NOON + WEEK)
    reconcile(now=NOON + 2 * WEEK)

    assert (conclusions(), status_of(refund)) == (["applied"], RefundStatus.AWAITING_GATEWAY)
    assert len(stand_in.books.refunds) == 1
    assert letters() == [(AlertKind.UNKNOWN, refund.pk)]


@pytest.mark.parametrize("provider", ["stripe", "adyen"])
def test_what_waits_and_is_not_heard_of_for_a_week_is_told_once(
    edition: Edition, manager: StaffUser, stand_in: StandIn, provider: str
) -> None:
    refund = waiting(edition, stand_in, provider, by=manager)
    take_our_key_away(stand_in)

    reconcile(now=NOON + WEEK - MINUTE)
    before = letters()
    for days in range(7, 10):
        reconcile(now=NOON + timedelta(days=days))

    assert (before, letters()) == ([], [(AlertKind.UNKNOWN, refund.pk)])
    assert (status_of(refund), len(stand_in.books.refunds)) == (RefundStatus.AWAITING_GATEWAY, 1)


def test_what_waits_is_told_when_its_provider_can_no_longer_be_asked(
    edition: Edition, manager: StaffUser, stand_in: StandIn
) -> None:
    refund = waiting(edition, stand_in, "stripe", by=manager)
    edition.organization.merchant_accounts.update(credentials=b"")

    reconcile(now=NOON + WEEK)

    assert letters() == [(AlertKind.UNKNOWN, refund.pk)]


def test_what_its_provider_still_calls_pending_alarms_nobody(
    edition: Edition, manager: StaffUser, stand_in: StandIn
) -> None:
    refund = waiting(edition, stand_in, "stripe", by=manager)

    reconcile(now=NOON + 2 * WEEK)

    assert (letters(), status_of(refund)) == ([], RefundStatus.AWAITING_GATEWAY)


def test_what_goes_out_again_and_is_pending_then_alarms_nobody(
    edition: Edition, manager: StaffUser, stand_in: StandIn
) -> None:
    """A process died a week ago between its claim and its call."""
    refund = unanswered(edition, stand_in, "stripe", by=manager, fault="cut_before", amount_minor=20_04)

    reconcile(now=NOON + WEEK)

    assert (letters(), status_of(refund)) == ([], RefundStatus.AWAITING_GATEWAY)
