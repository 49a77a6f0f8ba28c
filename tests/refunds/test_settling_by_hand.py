"""What people find out where a provider doesn't say."""

from datetime import timedelta

import pytest
from django.urls import reverse

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import StaffUser
from preo.payments.models import SandboxRefund
from refunds.admin.page import buttons_for
from refunds.models import OutsideMovement, RefundRequest
from refunds.operations import approve_refund, execute_ready, pay_otherwise, reconcile, retry_refund, settle_by_hand
from refunds.operations.deciding import RefundNoLongerFits
from refunds.operations.settling_by_hand import NotPayableOtherwise, NotUnknown
from refunds.policy import why_not_settle
from refunds.proof import differences
from refunds.states import RefundScope
from tests.factories import NOON, make_purchase, make_refund

pytestmark = pytest.mark.django_db

A_WEEK_LATER = NOON + timedelta(days=7)


def sent(edition: Edition, amount_minor: int, *, by: StaffUser, approver: StaffUser) -> RefundRequest:
    """A refund that has been with the sandbox; what its amount ends in says what became of it."""
    purchase = make_purchase(edition)
    refund = make_refund(purchase, by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=amount_minor)
    approve_refund(refund, by=approver, now=NOON)
    execute_ready(now=NOON)
    refund.refresh_from_db()
    return refund


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("was_paid", "status", "books"), [(True, "processed", (0, 20_02)), (False, "failed", (0, 0))])
def test_settle_by_hand_records_what_was_found(
    edition: Edition, staff: StaffUser, manager: StaffUser, admin: StaffUser, was_paid: bool, status: str,
    books: tuple[int, int],
) -> None:  # fmt: skip
    refund = sent(edition, 20_02, by=staff, approver=manager)

    settle_by_hand(refund, was_paid=was_paid, reference="psp-7", by=admin, now=A_WEEK_LATER)
    SandboxRefund.objects.all().delete()
    reconcile(now=A_WEEK_LATER + timedelta(days=1))

    refund.refresh_from_db()
    paid = Transaction.objects.get()
    assert (refund.status, refund.attempts.get().provider_reference) == (status, "psp-7")
    assert (paid.reserved_minor, paid.refunded_minor) == books
    assert list(differences()) == []


def test_settle_by_hand_waits_a_week_for_the_provider(edition, staff, manager, admin):
    refund = sent(edition, 20_02, by=staff, approver=manager)

    with pytest.raises(NotUnknown, match="may still say"):
        settle_by_hand(refund, was_paid=True, reference="psp-7", by=admin, now=A_WEEK_LATER - timedelta(seconds=1))


def test_settle_by_hand_leaves_alone_what_is_settled(edition, staff, manager, admin):
    refund = sent(edition, 20_00, by=staff, approver=manager)

    with pytest.raises(NotUnknown, match="processed"):
        settle_by_hand(refund, was_paid=False, reference="psp-7", by=admin, now=A_WEEK_LATER)


def test_only_an_admin_may_say_what_became_of_it(edition, staff, manager, admin):
    refund = sent(edition, 20_02, by=staff, approver=manager)

    assert why_not_settle(refund, by=manager, now=A_WEEK_LATER) == "Only an admin can record what became of it."
    assert why_not_settle(refund, by=admin, now=A_WEEK_LATER) is None


@pytest.mark.django_db(transaction=True)
def test_pay_otherwise_takes_the_amount_once_and_ends_the_refund(edition, staff, manager):
    refund = sent(edition, 20_01, by=staff, approver=manager)

    pay_otherwise(refund, reference="cash, receipt 12", by=manager, now=NOON)

    paid = Transaction.objects.get()
    assert (paid.outside_minor, paid.available_refund_minor) == (20_01, 515_00 - 20_01)
    assert OutsideMovement.objects.get().message == "cash, receipt 12"
    with pytest.raises(NotPayableOtherwise, match="paid otherwise"):
        pay_otherwise(refund, reference="cash, receipt 13", by=manager, now=NOON)
    with pytest.raises(RefundNoLongerFits, match="paid otherwise"):
        retry_refund(refund, by=manager, now=NOON)
    assert list(differences()) == []


def test_pay_otherwise_is_for_failed_ones(edition, staff, manager):
    with pytest.raises(NotPayableOtherwise, match="requested"):
        pay_otherwise(make_refund(make_purchase(edition), by=staff), reference="12", by=manager, now=NOON)


def test_the_page_offers_what_is_possible(edition, staff, manager, admin):
    unknown, failed = (sent(edition, minor, by=staff, approver=manager) for minor in (20_02, 20_01))

    assert [button.decision.name for button in buttons_for(unknown, manager)] == []
    assert [button.decision.name for button in buttons_for(unknown, admin)] == ["found_paid", "found_unpaid"]
    assert [button.decision.name for button in buttons_for(failed, manager)] == ["retry", "pay_otherwise"]


def test_paid_otherwise_is_said_on_the_page(edition, staff, manager, client):
    refund = sent(edition, 20_01, by=staff, approver=manager)
    client.force_login(manager)
    asked = {"decision": "pay_otherwise", "refund": refund.pk, "origin": "page", "confirmed": "1", "reference": "R 12"}

    client.post(reverse("admin:refunds_refundrequest_decide"), asked)

    page = client.get(reverse("admin:refunds_refundrequest_change", args=[refund.pk])).content.decode()
    assert "It was paid otherwise." in page
    assert OutsideMovement.objects.get().message == "R 12"
