"""What providers tell, heard in any order and however often."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from structlog.testing import capture_logs

from editions.models import Edition, MerchantAccount
from orders.models import Transaction
from preo.accounts.models import Organization, StaffUser
from preo.mail.models import OutgoingMail
from preo.mail.operations import send_due
from preo.webhooks.models import OutboxEvent
from refunds.messages import AlertKind
from refunds.models import OutsideMovement, ProviderEvent, RefundRequest
from refunds.operations import AmountAboveAvailable, approve_refund, begin_attempts, execute_ready, retry_refund
from refunds.operations.concluding import NothingUnclear, look_again, set_aside
from refunds.operations.deciding import RefundNoLongerFits
from refunds.operations.hearing import hear_events
from refunds.states import EventStatus, MovementKind, RefundScope
from tests.factories import NOON, make_refund
from tests.providers.fixtures import stand_in
from tests.providers.stand_in import StandIn
from tests.refunds.provider_cases import (
    adyen_told,
    chargeback_told,
    conclusions,
    deliver,
    make_account,
    make_paid,
    movements,
    outside,
    refund_told,
)

__all__ = ["stand_in"]

LATER = NOON + timedelta(minutes=2)


@pytest.fixture
def stripe(ours: Organization) -> MerchantAccount:
    return make_account(ours)


@pytest.fixture
def adyen(ours: Organization) -> MerchantAccount:
    return make_account(ours, "adyen")


@pytest.fixture
def paid(edition: Edition, stripe: MerchantAccount, stand_in: StandIn) -> Transaction:
    """Through Stripe, 515.00."""
    found = make_paid(edition, stripe)
    stand_in.add_payment(found.provider_reference, minor=found.amount_minor)
    return found


@pytest.fixture
def adyen_paid(edition: Edition, adyen: MerchantAccount, stand_in: StandIn) -> Transaction:
    found = make_paid(edition, adyen)
    stand_in.add_payment(found.provider_reference, minor=found.amount_minor)
    return found


def ready(paid: Transaction, *, by: StaffUser, approver: StaffUser, amount_minor: int = 20_00) -> RefundRequest:
    purchase = paid.purchases.get()
    refund = make_refund(purchase, by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=amount_minor)
    return approve_refund(refund, by=approver, now=NOON)


def hear(account: MerchantAccount, *payloads: dict[str, Any]) -> list[str]:
    """Deliver each and hear it before the next."""
    for payload in payloads:
        deliver(account, payload)
        hear_events(now=NOON)
    return conclusions()


def books(refund: RefundRequest) -> tuple[str, int, int]:
    """Status, reserved and refunded."""
    refund.refresh_from_db()
    paid = Transaction.objects.get(pk=refund.transaction_id)
    return refund.status, paid.reserved_minor, paid.refunded_minor


def types_told() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("type", flat=True))


def test_a_pending_refund_is_settled_by_what_the_provider_says_when_asked(
    paid: Transaction, stripe: MerchantAccount, stand_in: StandIn, staff: StaffUser, manager: StaffUser
) -> None:
    refund = ready(paid, by=staff, approver=manager, amount_minor=20_04)
    execute_ready(now=NOON)
    stand_in.advance()

    found = hear(stripe, *stand_in.told("stripe"))

    assert found == ["applied", "ignored", "ignored"]
    assert books(refund) == ("processed", 0, 20_04)
    event = ProviderEvent.objects.get(status=EventStatus.APPLIED)
    assert (event.refund, event.transaction, event.message) == (refund, paid, "The refund is processed.")


def test_a_late_failure_puts_the_money_back_on_the_books(
    paid: Transaction, stripe: MerchantAccount, stand_in: StandIn, staff: StaffUser, manager: StaffUser
) -> None:
    refund = ready(paid, by=staff, approver=manager, amount_minor=20_05)
    execute_ready(now=NOON)
    assert books(refund) == ("processed", 0, 20_05)
    stand_in.advance()

    hear(stripe, *stand_in.told("stripe", order="reversed", times=3))

    assert books(refund) == ("failed", 0, 0)
    assert types_told().count("refund.failed_late") == 1


def test_an_event_before_our_own_record_is_recorded_once(
    paid: Transaction, stripe: MerchantAccount, stand_in: StandIn, staff: StaffUser, manager: StaffUser
) -> None:
    refund = ready(paid, by=staff, approver=manager)
    (attempt,), _ = begin_attempts(now=NOON)
    outcome = attempt.gateway.refund(attempt.order, key=attempt.key, now=NOON)

    found = hear(stripe, *stand_in.told("stripe"))

    assert found == ["applied"]
    assert outcome.key == attempt.key
    assert books(refund) == ("processed", 0, 20_00)
    assert types_told().count("refund.processed") == 1


def test_a_provider_that_does_not_answer_is_asked_again_later(
    paid: Transaction, stripe: MerchantAccount, stand_in: StandIn, staff: StaffUser, manager: StaffUser
) -> None:
    refund = ready(paid, by=staff, approver=manager, amount_minor=20_04)
    execute_ready(now=NOON)
    stand_in.advance()
    stand_in.fault("broken_before", on="find")

    deliver(stripe, stand_in.told("stripe")[-1])
    hear_events(now=NOON)
    assert conclusions() == ["failed"]
    hear_events(now=NOON)
    assert conclusions() == ["failed"]
    hear_events(now=LATER)

    assert conclusions() == ["applied"]
    assert books(refund) == ("processed", 0, 20_04)


def test_settled_after_failed_needs_a_person_when_the_provider_says_so_itself(
    paid: Transaction, stripe: MerchantAccount, stand_in: StandIn, staff: StaffUser, manager: StaffUser
) -> None:
    refund = ready(paid, by=staff, approver=manager, amount_minor=20_01)
    execute_ready(now=NOON)
    assert books(refund)[0] == "failed"
    stand_in.settle(f"{refund.pk}-1")

    with capture_logs() as logs:
        found = hear(stripe, stand_in.told("stripe")[-1])

    assert found == ["applied"]
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["refund_outcome_contradicts_books"]
    assert books(refund) == ("failed", 0, 0)
    assert Transaction.objects.get(pk=paid.pk).outside_minor == stand_in.moved(paid.provider_reference) == 20_01
    with pytest.raises(RefundNoLongerFits):
        retry_refund(refund, by=manager, now=NOON)


def test_a_refund_is_ours_by_the_providers_name_for_it_too(
    paid: Transaction, stripe: MerchantAccount, stand_in: StandIn, staff: StaffUser, manager: StaffUser
) -> None:
    """Whoever can use the provider's dashboard can take our key away from a refund."""
    refund = ready(paid, by=staff, approver=manager)
    execute_ready(now=NOON)
    told = json.loads(json.dumps(stand_in.told("stripe")[-1]))
    told["id"], told["data"]["object"]["metadata"] = "evt_without_our_key", {}

    hear(stripe, told)

    assert Transaction.objects.get(pk=paid.pk).outside_minor == 0
    assert books(refund) == ("processed", 0, 20_00)


@pytest.mark.parametrize(
    ("is_success", "end"), [(True, ("processed", 0, 20_00)), (False, ("failed", 0, 0))], ids=["settled", "failed"]
)
def test_a_signed_event_is_the_outcome_where_nobody_can_be_asked(
    adyen_paid: Transaction,
    adyen: MerchantAccount,
    staff: StaffUser,
    manager: StaffUser,
    is_success: bool,
    end: tuple[str, int, int],
) -> None:
    refund = ready(adyen_paid, by=staff, approver=manager)
    execute_ready(now=NOON)
    told = adyen_told(adyen_paid, "REFUND", minor=20_00, key=f"{refund.pk}-1", is_success=is_success)

    found = hear(adyen, told, told)

    assert found == ["applied"]
    assert books(refund) == end


def test_failed_is_final_whatever_came_first(
    adyen_paid: Transaction, adyen: MerchantAccount, staff: StaffUser, manager: StaffUser
) -> None:
    refund = ready(adyen_paid, by=staff, approver=manager)
    execute_ready(now=NOON)
    key = f"{refund.pk}-1"

    with capture_logs() as logs:
        found = hear(
            adyen,
            adyen_told(adyen_paid, "REFUND_FAILED", minor=20_00, key=key),
            adyen_told(adyen_paid, "REFUND", minor=20_00, key=key),
        )

    assert found == ["applied", "ignored"]
    assert books(refund) == ("failed", 0, 0)
    assert [log for log in logs if log["log_level"] == "error"] == []


def test_a_key_alone_proves_nothing(
    paid: Transaction,
    stripe: MerchantAccount,
    theirs: Organization,
    their_edition: Edition,
    staff: StaffUser,
    manager: StaffUser,
) -> None:
    """Their account signs events that name our refund and our payment."""
    refund = ready(paid, by=staff, approver=manager)
    begin_attempts(now=NOON)
    their_account = make_account(theirs)
    their_paid = make_paid(their_edition, their_account)
    before = books(refund)

    found = hear(
        their_account,
        refund_told(paid, "succeeded", minor=20_00, key=f"{refund.pk}-1"),
        refund_told(their_paid, "succeeded", minor=20_00, key=f"{refund.pk}-1"),
        refund_told(paid, "succeeded"),
        chargeback_told(paid),
    )

    assert found == ["unmatched"] * 4
    assert set(ProviderEvent.objects.values_list("organization", "transaction", "refund")) == {(theirs.pk, None, None)}
    assert (books(refund), outside(paid), outside(their_paid), movements()) == (before, 0, 0, [])


@pytest.mark.parametrize("minor", [20_01, 1])
def test_a_key_with_another_amount_is_not_believed(
    paid: Transaction, stripe: MerchantAccount, staff: StaffUser, manager: StaffUser, minor: int
) -> None:
    refund = ready(paid, by=staff, approver=manager)
    begin_attempts(now=NOON)
    before = books(refund)

    found = hear(stripe, refund_told(paid, "succeeded", minor=minor, key=f"{refund.pk}-1"))

    assert found == ["failed"]
    assert books(refund) == before


def test_a_refund_made_at_the_provider_leaves_less_to_ask_for(
    paid: Transaction, stripe: MerchantAccount, stand_in: StandIn, staff: StaffUser
) -> None:
    stand_in.refund_in_dashboard(paid.provider_reference, minor=415_00)

    hear(stripe, *stand_in.told("stripe", times=2))

    assert (outside(paid), paid.available_refund_minor) == (415_00, 100_00)
    assert movements() == [("refund", "taken", 415_00)]
    assert types_told() == ["refund.external"]
    with pytest.raises(AmountAboveAvailable):
        make_refund(paid.purchases.get(), by=staff)


def test_more_than_the_whole_payment_can_not_have_moved(paid: Transaction, stripe: MerchantAccount) -> None:
    """Booked, the largest number would keep every later movement of the payment from being booked."""
    found = hear(
        stripe,
        refund_told(paid, "succeeded", minor=2**63 - 1, number=1),
        refund_told(paid, "succeeded", minor=515_01, number=2),
        refund_told(paid, "succeeded", minor=515_00, number=3),
    )

    assert found == ["failed", "failed", "applied"]
    told = ProviderEvent.objects.values_list("message", flat=True).order_by("received_at", "id")
    assert told[1] == "It says 515.01 DKK, and the whole payment was 515.00 DKK."
    assert (outside(paid), movements()) == (515_00, [("refund", "taken", 515_00)])


def test_a_movement_with_a_name_too_long_to_be_kept_is_known_again(paid: Transaction, stripe: MerchantAccount) -> None:
    first, second = (refund_told(paid, "succeeded", minor=1_00, number=number) for number in (1, 2))
    for told, end in ((first, "a"), (second, "b")):
        told["data"]["object"]["id"] = "re_" + "0" * 97 + end

    assert hear(stripe, first, second, {**first, "id": "evt_again"}) == ["applied", "applied", "ignored"]

    assert outside(paid) == 2_00


def test_a_payment_may_be_known_by_any_of_its_names(paid: Transaction, stripe: MerchantAccount) -> None:
    Transaction.objects.update(provider_reference=paid.provider_reference.replace("pi_", "ch_"))

    assert hear(stripe, refund_told(paid, "succeeded")) == ["applied"]


def test_a_chargeback_takes_the_payment_and_its_reversal_brings_it_back(
    paid: Transaction, stripe: MerchantAccount
) -> None:
    hear(stripe, chargeback_told(paid))
    assert (outside(paid), paid.available_refund_minor) == (515_00, 0)

    hear(stripe, chargeback_told(paid, is_reversed=True))

    assert (outside(paid), paid.available_refund_minor) == (0, 515_00)
    assert movements() == [("chargeback", "returned", 515_00)]
    assert types_told() == ["transaction.chargeback", "transaction.chargeback_reversed"]


def test_adyen_tells_of_both_too(adyen_paid: Transaction, adyen: MerchantAccount) -> None:
    hear(adyen, adyen_told(adyen_paid, "REFUND"), chargeback_told(adyen_paid))

    assert outside(adyen_paid) == 615_00
    assert movements() == [("refund", "taken", 100_00), ("chargeback", "taken", 515_00)]


@pytest.mark.parametrize("end", ["REFUND_FAILED", "REFUNDED_REVERSED"])
def test_a_movement_that_ended_before_it_began_was_never_taken(
    adyen_paid: Transaction, adyen: MerchantAccount, end: str
) -> None:
    found = hear(adyen, adyen_told(adyen_paid, end), adyen_told(adyen_paid, "REFUND"))

    assert found == ["applied", "ignored"]
    assert (outside(adyen_paid), movements()) == (0, [("refund", "returned", 100_00)])


def test_staff_hear_of_a_payment_of_which_more_is_gone_than_was_paid(
    paid: Transaction, stripe: MerchantAccount, staff: StaffUser, manager: StaffUser
) -> None:
    refund = make_refund(paid.purchases.get(), by=staff)

    with capture_logs() as logs:
        hear(stripe, chargeback_told(paid))

    assert [log["missing_minor"] for log in logs if log["event"] == "payment_is_overdrawn"] == [400_00]
    assert "400.00 DKK more is gone or reserved than was paid." in ProviderEvent.objects.get().message
    letters = OutgoingMail.objects.filter(kind=AlertKind.UNCOVERED, about=refund.pk)
    assert set(letters.values_list("to_address", flat=True)) == {staff.email, manager.email}


def test_staff_hear_of_a_chargeback_of_what_was_paid_back_already(
    paid: Transaction, stripe: MerchantAccount, staff: StaffUser, manager: StaffUser
) -> None:
    refund = ready(paid, by=staff, approver=manager)
    execute_ready(now=NOON)

    hear(stripe, chargeback_told(paid), chargeback_told(paid))

    letters = OutgoingMail.objects.filter(kind=AlertKind.PAID_TWICE, about=refund.pk)
    assert sorted(letters.values_list("to_address", flat=True)) == [manager.email, staff.email]


def test_staff_hear_of_a_payment_that_went_back_twice_without_us(
    paid: Transaction, stripe: MerchantAccount, manager: StaffUser, staff: StaffUser
) -> None:
    hear(stripe, refund_told(paid, "succeeded", minor=415_00), chargeback_told(paid))

    send_due(now=NOON)

    movement = OutsideMovement.objects.get(kind=MovementKind.CHARGEBACK)
    letter = OutgoingMail.objects.get(email_message_id=None)
    assert (letter.kind, letter.about, letter.to_address) == (AlertKind.OVERDRAWN, movement.pk, manager.email)
    assert outbox.outbox[0].subject == f"More went back than was paid: order {paid.order}"
    assert f"/admin/orders/order/{paid.order_id}/change/" in outbox.outbox[0].body


def test_staff_hear_once_of_a_chargeback(
    paid: Transaction, stripe: MerchantAccount, manager: StaffUser, staff: StaffUser
) -> None:
    hear(stripe, chargeback_told(paid), chargeback_told(paid), chargeback_told(paid, is_reversed=True))

    send_due(now=NOON)

    assert [(letter.subject, letter.to) for letter in outbox.outbox] == [
        (f"A customer's bank took a payment back: order {paid.order}", [manager.email])
    ]
    assert "515.00\N{NO-BREAK SPACE}DKK" in outbox.outbox[0].body


def test_another_currency_than_that_of_the_payment_is_not_booked(paid: Transaction, stripe: MerchantAccount) -> None:
    told = refund_told(paid, "succeeded")
    told["data"]["object"]["currency"] = "eur"

    assert hear(stripe, told) == ["failed"]
    assert (outside(paid), movements()) == (0, [])


def test_an_event_is_not_booked_on_one_of_several_payments(
    paid: Transaction, edition: Edition, stripe: MerchantAccount
) -> None:
    twin = make_paid(edition, stripe)
    Transaction.objects.filter(pk=twin.pk).update(provider_reference=paid.provider_reference)

    assert hear(stripe, refund_told(paid, "succeeded")) == ["failed"]
    assert movements() == []


def test_an_event_without_a_reference_fits_no_payment_without_one(edition: Edition, stripe: MerchantAccount) -> None:
    paid = make_paid(edition, stripe)
    Transaction.objects.filter(pk=paid.pk).update(provider_reference="")

    assert hear(stripe, refund_told("", "succeeded")) == ["unmatched"]


def test_an_unknown_payment_is_kept_until_it_appears(edition: Edition, stripe: MerchantAccount) -> None:
    assert hear(stripe, refund_told("pi_imported", "succeeded")) == ["unmatched"]
    paid = make_paid(edition, stripe)
    Transaction.objects.filter(pk=paid.pk).update(provider_reference="pi_imported")

    hear_events(now=NOON)
    assert conclusions() == ["unmatched"]
    hear_events(now=LATER)

    assert conclusions() == ["applied"]
    assert outside(paid) == 100_00


def test_what_stays_unclear_is_looked_at_ever_less_and_after_three_days_no_more(stripe: MerchantAccount) -> None:
    deliver(stripe, refund_told("pi_elsewhere", "succeeded"))

    assert hear_events(now=NOON) == 1
    minutes = [1, 2, 4, 8, 16, 32, 64, 124, 184]
    looks = [(NOON + timedelta(minutes=minute, seconds=-1), NOON + timedelta(minutes=minute)) for minute in minutes]
    found = [(hear_events(now=before), hear_events(now=then)) for before, then in looks]

    assert found == [(0, 1)] * 9
    assert hear_events(now=NOON + timedelta(days=3, minutes=1)) == 0


def test_look_again_looks_at_old_events_too(edition: Edition, stripe: MerchantAccount, manager: StaffUser) -> None:
    hear(stripe, refund_told("pi_imported", "succeeded"))
    much_later = NOON + timedelta(days=30)
    paid = make_paid(edition, stripe)
    Transaction.objects.filter(pk=paid.pk).update(provider_reference="pi_imported")
    assert hear_events(now=much_later) == 0

    look_again(ProviderEvent.objects.get(), by=manager, now=much_later)
    hear_events(now=much_later)

    assert conclusions() == ["applied"]


def test_what_was_set_aside_is_not_looked_at_again(stripe: MerchantAccount, manager: StaffUser) -> None:
    hear(stripe, refund_told("pi_elsewhere", "succeeded"))

    set_aside(ProviderEvent.objects.get(), by=manager, now=NOON)

    assert conclusions() == ["ignored"]
    assert hear_events(now=LATER) == 0


@pytest.mark.parametrize("decide", [look_again, set_aside])
def test_a_clear_event_stays_as_it_is(decide: Any, paid: Transaction, stripe: MerchantAccount, manager: Any) -> None:
    hear(stripe, refund_told(paid, "succeeded"))

    with pytest.raises(NothingUnclear):
        decide(ProviderEvent.objects.get(), by=manager, now=NOON)


HUGE = 2**63


def poison(paid: Transaction) -> Sequence[dict[str, Any]]:
    """Signed by Stripe, and strange."""
    plain = refund_told(paid, "succeeded")
    own = plain["data"]["object"]
    objects: list[Any] = [
        {**own, "amount": HUGE},
        {**own, "amount": -1},
        {**own, "amount": "100"},
        {**own, "amount": 1.5},
        {**own, "currency": 7},
        {**own, "currency": "xxx"},
        {**own, "id": None},
        {**own, "id": "r" * 1000},
        {**own, "payment_intent": [1], "charge": {"id": 2}},
        {**own, "metadata": "text"},
        {**own, "metadata": {"preo_key": ["a"]}},
        {**own, "metadata": {"preo_key": "k" * 5000}},
        {**own, "status": {}},
        {**own, "failure_reason": ["\0"], "status": "failed", "id": "re_\0"},
        [],
        None,
        "text",
    ]
    return [{**plain, "id": f"evt_{number}", "data": {"object": told}} for number, told in enumerate(objects)]


def test_strange_events_are_kept_and_stop_nobody(paid: Transaction, stripe: MerchantAccount) -> None:
    strange = poison(paid)
    deliver(stripe, *strange, {"id": "evt_bare", "type": "refund.updated"}, refund_told(paid, "succeeded", number=7))

    assert hear_events(now=NOON) == len(strange) + 2

    found = dict(ProviderEvent.objects.values_list("event_id", "status"))
    assert EventStatus.RECEIVED not in found.values()
    assert (found["evt_0"], found["evt_7"]) == ("failed", "applied")
    assert all(ProviderEvent.objects.values_list("message", flat=True))
    assert conclusions()[-1] == "applied"


def test_a_huge_amount_changes_nothing(paid: Transaction, stripe: MerchantAccount) -> None:
    hear(stripe, poison(paid)[0])

    assert (conclusions(), outside(paid), movements(), types_told()) == (["failed"], 0, [], [])


def test_credentials_that_are_gone_are_said(
    paid: Transaction, stripe: MerchantAccount, staff: StaffUser, manager: StaffUser
) -> None:
    refund = ready(paid, by=staff, approver=manager)
    begin_attempts(now=NOON)
    deliver(stripe, refund_told(paid, "succeeded", minor=20_00, key=f"{refund.pk}-1"))
    MerchantAccount.objects.update(credentials=b"")

    hear_events(now=NOON)

    assert "can't be used" in ProviderEvent.objects.get().message
    assert conclusions() == ["failed"]
