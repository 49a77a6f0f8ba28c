"""Confirmations of refunds: with the outcome or not at all, once, and at no cost where there is none."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.messages.variables import VARIABLES
from editions.models import Edition
from preo.accounts.models import StaffUser
from preo.mail.models import OutgoingMail
from preo.mail.operations import send_due
from preo.mail.variables import ITEM, value_of
from preo.payments import sandbox
from preo.payments.gateway import Outcome, Result
from refunds.messages import CONFIRMATION, refund_variables_of
from refunds.models import RefundRequest
from refunds.operations import approve_refund, execute_ready, reconcile, record_outcomes, retry_refund
from refunds.states import RefundScope, RefundStatus
from tests.factories import NOON, make_email_message, make_purchase, make_refund

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def edition(edition: Edition) -> Edition:
    """One that confirms refunds."""
    edition.refund_confirmation_email = make_email_message(
        edition.organization,
        edition=edition,
        type="refund_confirmation",
        subject={"en": "{{ refund.amount }} for {{ refund.product }} went back"},
    )
    edition.save()
    return edition


def ready(edition: Edition, staff: StaffUser, manager: StaffUser, amount_minor: int = 20_00, **others: Any) -> Any:
    purchase = make_purchase(edition, **others)
    refund = make_refund(purchase, by=staff, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=amount_minor)
    return approve_refund(refund, by=manager, now=NOON)


def outcome_of(refund: RefundRequest, result: Result) -> Outcome:
    return Outcome(refund.attempts.latest("number").key, result, "ref", "")


def confirmations() -> int:
    return OutgoingMail.objects.filter(kind=CONFIRMATION).count()


def test_a_processed_refund_is_confirmed(edition, staff, manager):
    refund = ready(edition, staff, manager)

    execute_ready(now=NOON)
    mail = OutgoingMail.objects.get()
    send_due(now=NOON)

    assert (mail.key, mail.about, mail.organization_id) == (
        f"refund_confirmation:{refund.pk}",
        refund.pk,
        refund.organization_id,
    )
    assert [sent.subject for sent in outbox.outbox] == ["20.00 DKK for Tent, Large, Pitched went back"]
    assert outbox.outbox[0].to == [refund.order.customer.email]


def test_a_refund_that_settles_later_is_confirmed_then(edition, staff, manager):
    ready(edition, staff, manager, amount_minor=20_04)

    execute_ready(now=NOON)
    before = OutgoingMail.objects.count()
    reconcile(now=LATER + sandbox.DELAY)

    assert (before, OutgoingMail.objects.count()) == (0, 1)


@pytest.mark.parametrize("amount_minor", [20_01, 20_06])
def test_a_refund_that_fails_is_not_confirmed(edition, staff, manager, amount_minor):
    refund = ready(edition, staff, manager, amount_minor=amount_minor)

    execute_ready(now=NOON)
    reconcile(now=LATER + sandbox.DELAY)

    refund.refresh_from_db()
    assert (refund.status, confirmations()) == (RefundStatus.FAILED, 0)


def test_a_refund_is_confirmed_once(edition, staff, manager):
    refund = ready(edition, staff, manager)
    execute_ready(now=NOON)
    record_outcomes([outcome_of(refund, Result.SETTLED)], now=NOON)
    record_outcomes([outcome_of(refund, Result.FAILED)], now=LATER)
    retry_refund(refund, by=manager, now=LATER)
    execute_ready(now=LATER)

    refund.refresh_from_db()
    assert (refund.status, refund.attempts.count()) == (RefundStatus.PROCESSED, 2)
    assert confirmations() == 1


def test_a_customer_without_an_address_gets_none(edition, staff, manager):
    refund = ready(edition, staff, manager)
    refund.order.customer.email = ""
    refund.order.customer.save()

    execute_ready(now=NOON)

    refund.refresh_from_db()
    assert (refund.status, OutgoingMail.objects.count()) == (RefundStatus.PROCESSED, 0)


def statements_of_settling(refund: RefundRequest, settle: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        settle(refund)
    return len([query for query in queries if "SAVEPOINT" not in query["sql"]])


def test_a_confirmation_costs_two_statements(edition, their_edition, staff, manager, monkeypatch):
    def settle(refund: RefundRequest) -> None:
        record_outcomes([outcome_of(refund, Result.SETTLED)], now=NOON)

    counts = {}
    for name, at in (("none", their_edition), ("with", edition)):
        # Its outcome is not known until it is recorded here.
        refund = ready(at, staff, manager, amount_minor=20_02)
        execute_ready(now=NOON)
        counts[name] = statements_of_settling(refund, settle)

    assert counts["with"] == counts["none"] + 2
    assert OutgoingMail.objects.count() == 1


def test_variables_of_a_refund_are_those_documented(edition, staff, manager):
    refund = ready(edition, staff, manager)
    execute_ready(now=NOON)
    refund.refresh_from_db()

    found = refund_variables_of(refund)

    assert found["refund"] == {
        "amount": "20.00\N{NO-BREAK SPACE}DKK",
        "reason": "Customer requested",
        "date": "June 1, 2026",
        "product": "Tent, Large, Pitched",
    }
    for variable in VARIABLES["refund_confirmation"]:
        if ITEM not in variable.name:
            assert type(value_of(found, variable.name)) is type(variable.example), variable.name


def test_a_refund_of_a_whole_payment_names_no_product(edition, staff):
    refund = make_refund(make_purchase(edition), by=staff, of_transaction=True, scope=RefundScope.TRANSACTION_FULL)

    assert refund_variables_of(refund)["refund"]["product"] == ""
