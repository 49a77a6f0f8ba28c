"""Refunds that staff pay by hand: confirmed with a reference, once, or called off."""

from datetime import timedelta
from typing import Any

import pytest

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import StaffUser
from preo.errors import InvalidField
from preo.mail.models import OutgoingMail
from refunds.models import RefundRequest
from refunds.operations import (
    approve_refund,
    cancel_refund,
    confirm_refund,
    execute_ready,
    reconcile,
    retry_refund,
)
from refunds.operations.cancelling import NotCancellable
from refunds.operations.confirming_by_hand import NotConfirmable
from refunds.policy import NEEDS_MANAGER, NEEDS_STAFF, why_not_cancel, why_not_confirm
from refunds.states import RefundScope, RefundStatus
from tests.factories import NOON, make_email_message, make_purchase, make_refund
from tests.trail import events_of

LATER = NOON + timedelta(minutes=5)


def sent_off(edition: Edition, *, by: StaffUser, approver: StaffUser, amount_minor: int, **others: Any) -> Any:
    purchase = make_purchase(edition, **others)
    refund = make_refund(purchase, by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=amount_minor)
    approve_refund(refund, by=approver, now=NOON)
    execute_ready(now=NOON)
    return RefundRequest.objects.get(pk=refund.pk)


@pytest.fixture
def refund(edition: Edition, staff: StaffUser, manager: StaffUser) -> RefundRequest:
    """20.00 in cash, approved, and waiting for somebody to hand them over."""
    return sent_off(edition, by=staff, approver=manager, amount_minor=20_00, service="manual")


def sums(refund: RefundRequest) -> tuple[int, int]:
    """Reserved and refunded of the refund's transaction."""
    paid = Transaction.objects.get(pk=refund.transaction_id)
    return paid.reserved_minor, paid.refunded_minor


def test_what_is_paid_by_hand_waits_and_nobody_is_asked(refund: RefundRequest) -> None:
    reconcile(now=NOON + timedelta(days=30))

    assert (refund.status, sums(refund)) == (RefundStatus.AWAITING_GATEWAY, (20_00, 0))
    assert refund.attempts.get().asked == 0


def test_confirm_refund_books_it_under_its_reference(refund: RefundRequest, staff: StaffUser) -> None:
    confirmed = confirm_refund(refund, reference=" Receipt 17 ", by=staff, now=LATER)

    attempt = refund.attempts.get()
    assert (confirmed.status, confirmed.refund_date) == (RefundStatus.PROCESSED, LATER)
    assert (attempt.outcome, attempt.provider_reference) == ("settled", "Receipt 17")
    assert sums(refund) == (0, 20_00)


def test_confirm_refund_says_in_the_history_who(refund: RefundRequest, staff: StaffUser) -> None:
    confirm_refund(refund, reference="17", by=staff, now=LATER)

    last = events_of(refund)[-1]
    assert (last.operation, last.staff_user_id) == ("confirm_refund", staff.pk)


def test_confirm_refund_tells_the_customer(refund: RefundRequest, edition: Edition, staff: StaffUser) -> None:
    edition.refund_confirmation_email = make_email_message(
        edition.organization, edition=edition, type="refund_confirmation"
    )
    edition.save()

    confirm_refund(refund, reference="17", by=staff, now=LATER)

    assert [mail.about for mail in OutgoingMail.objects.all()] == [refund.pk]


@pytest.mark.parametrize("reference", ["", "  ", "x" * 101, "line\nbreak", "null\0", "bell\a"])
def test_confirm_refund_refuses_a_reference_that_says_nothing(
    refund: RefundRequest, staff: StaffUser, reference: str
) -> None:
    with pytest.raises(InvalidField) as refusal:
        confirm_refund(refund, reference=reference, by=staff, now=LATER)

    assert refusal.value.field == "reference"


def test_confirm_refund_confirms_once(refund: RefundRequest, staff: StaffUser) -> None:
    confirm_refund(refund, reference="17", by=staff, now=LATER)

    with pytest.raises(NotConfirmable, match="It is processed"):
        confirm_refund(refund, reference="18", by=staff, now=LATER)
    assert refund.attempts.get().provider_reference == "17"


def test_confirm_refund_leaves_providers_to_speak_for_themselves(edition, staff, manager) -> None:
    pending = sent_off(edition, by=staff, approver=manager, amount_minor=20_04)

    with pytest.raises(NotConfirmable, match="Sandbox itself says"):
        confirm_refund(pending, reference="17", by=staff, now=LATER)


def test_one_transfer_may_pay_several_refunds(edition, staff, manager, refund) -> None:
    other = sent_off(edition, by=staff, approver=manager, amount_minor=30_00, service="manual")

    for one in (refund, other):
        confirm_refund(one, reference="SEPA 2026-06-01", by=staff, now=LATER)

    assert set(RefundRequest.objects.values_list("status", flat=True)) == {RefundStatus.PROCESSED}


def test_cancel_refund_lets_go_of_what_is_paid_by_hand(refund: RefundRequest, manager: StaffUser) -> None:
    cancelled = cancel_refund(refund, by=manager, now=LATER)

    assert (cancelled.status, sums(refund)) == (RefundStatus.FAILED, (0, 0))
    assert refund.attempts.get().message == "It was called off."
    # Whoever calls it off knows.
    assert not OutgoingMail.objects.exists()


def test_cancel_refund_after_it_was_handed_over_is_refused(
    refund: RefundRequest, staff: StaffUser, manager: StaffUser
) -> None:
    confirm_refund(refund, reference="17", by=staff, now=LATER)

    with pytest.raises(NotCancellable, match="It is processed"):
        cancel_refund(refund, by=manager, now=LATER)
    assert sums(refund) == (0, 20_00)


def test_a_refund_that_was_called_off_can_be_tried_again(refund: RefundRequest, manager: StaffUser) -> None:
    cancel_refund(refund, by=manager, now=LATER)
    retry_refund(refund, by=manager, now=LATER)
    execute_ready(now=LATER)

    confirmed = confirm_refund(refund, reference="18", by=manager, now=LATER)

    assert (confirmed.status, sums(refund)) == (RefundStatus.PROCESSED, (0, 20_00))
    assert [row.provider_reference for row in refund.attempts.all()] == ["", "18"]


def test_staff_confirm_and_managers_call_off(refund, staff, manager, guest, nobody) -> None:
    assert [why_not_confirm(refund, by=person) for person in (staff, manager, guest, nobody)] == [
        None,
        None,
        NEEDS_STAFF,
        NEEDS_STAFF,
    ]
    assert [why_not_cancel(refund, by=person) for person in (manager, staff)] == [None, NEEDS_MANAGER]
