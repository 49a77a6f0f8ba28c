"""Letters to staff about refunds that went wrong: to whom, how many, and what they say."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.mail.models import OutgoingMail
from preo.mail.operations import send_due
from preo.payments.gateway import Outcome, Result
from refunds.messages import AlertKind
from refunds.messages.alerts import WORDS
from refunds.models import RefundBatch, RefundRequest
from refunds.operations import approve_refund, execute_ready, record_outcomes, retry_refund
from refunds.operations.alerting import MANY, MOST_READERS, Alarm, alert_staff
from refunds.states import RefundReason, RefundScope
from tests.factories import (
    NOON,
    make_edition,
    make_edition_member,
    make_purchase,
    make_refund,
    make_staff,
    make_token,
)

LATER = NOON + timedelta(minutes=5)
MANAGER, ADMIN, STAFF = "manager@ours.example", "admin@ours.example", "staff@ours.example"


def sent_off(edition: Edition, *, by: StaffUser, approver: StaffUser, amount_minor: int = 20_02) -> RefundRequest:
    """With the gateway, which does not say what became of it."""
    refund = make_refund(make_purchase(edition), by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=amount_minor)
    approve_refund(refund, by=approver, now=NOON)
    execute_ready(now=NOON)
    return refund


def outcome_of(refund: RefundRequest, result: Result, message: str = "The card is closed.") -> Outcome:
    return Outcome(refund.attempts.latest("number").key, result, "ref", message)


def told() -> list[tuple[str, str]]:
    """Kind and address of each letter to staff."""
    return sorted(OutgoingMail.objects.filter(email_message_id=None).values_list("kind", "to_address"))


def in_a_batch(refund: RefundRequest) -> RefundRequest:
    """As alerts see a refund of a mass refund; which one a refund is of never changes in the table."""
    batch = RefundBatch.objects.filter(edition=refund.edition).first() or RefundBatch.objects.create(
        organization=refund.organization,
        edition=refund.edition,
        reason=RefundReason.EVENT_CANCELLED,
        scope=RefundScope.PURCHASE_FULL,
        staff_user=refund.staff_user,
    )
    refund.batch = batch
    return refund


@pytest.fixture
def refund(edition: Edition, staff: StaffUser, manager: StaffUser) -> RefundRequest:
    return sent_off(edition, by=staff, approver=manager)


def test_a_failure_is_told_to_managers_admins_and_who_asked(refund, admin, guest):
    make_staff("other@ours.example", organization=refund.organization, role=Role.STAFF)

    record_outcomes([outcome_of(refund, Result.FAILED)], now=NOON)

    assert told() == [("refund_failed", address) for address in (ADMIN, MANAGER, STAFF)]


def test_the_letter_says_what_why_and_what_next(refund, settings):
    settings.PUBLIC_URL = "https://office.example"
    record_outcomes([outcome_of(refund, Result.FAILED)], now=NOON)

    send_due(now=NOON)

    letter = outbox.outbox[0]
    assert letter.subject == f"A refund failed: order {refund.order}"
    for words in ("20.02\N{NO-BREAK SPACE}DKK", "Sandbox", "The card is closed.", WORDS[AlertKind.FAILED].what_next):
        assert words in letter.body
    assert f"https://office.example/admin/refunds/refundrequest/{refund.pk}/change/" in letter.body
    assert refund.order.customer.full_name not in letter.body


def test_the_letter_quotes_nobody_who_said_nothing(refund):
    record_outcomes([outcome_of(refund, Result.FAILED, message=" ")], now=NOON)

    send_due(now=NOON)

    assert "In its words" not in outbox.outbox[0].body


def test_a_late_failure_is_told_as_such(refund):
    record_outcomes([outcome_of(refund, Result.SETTLED)], now=NOON)

    record_outcomes([outcome_of(refund, Result.FAILED)], now=LATER)

    assert {kind for kind, _ in told()} == {"refund_failed_late"}


@pytest.mark.parametrize("kind", AlertKind)
def test_every_alert_has_a_letter(refund, kind):
    alert_staff([Alarm(kind, refund, "once")], now=NOON)

    send_due(now=NOON)

    assert not OutgoingMail.objects.exclude(error="").exists()
    assert {letter.subject for letter in outbox.outbox} == {f"{WORDS[kind].title}: order {refund.order}"}


def test_the_same_is_told_once_and_a_second_failure_again(refund, manager):
    for _ in range(2):
        record_outcomes([outcome_of(refund, Result.FAILED)], now=NOON)
    once = len(told())
    retry_refund(refund, by=manager, now=LATER)
    execute_ready(now=LATER)
    record_outcomes([outcome_of(refund, Result.FAILED)], now=LATER)

    assert (once, len(told())) == (2, 4)


def test_a_refund_that_failed_here_and_is_paid_there_is_told(refund):
    record_outcomes([outcome_of(refund, Result.FAILED)], now=NOON)

    record_outcomes([outcome_of(refund, Result.SETTLED)], now=LATER)

    assert {kind for kind, _ in told()} == {"refund_failed", "refund_contradicted"}


def test_who_left_and_what_is_no_person_is_not_told(refund, staff, manager):
    make_token(refund.organization)
    staff.memberships.all().delete()
    manager.is_active = False
    manager.save()

    record_outcomes([outcome_of(refund, Result.FAILED)], now=NOON)

    assert told() == []


def test_members_of_another_edition_or_organization_are_not_told(refund, ours, outsider):
    make_edition_member("here@ours.example", edition=refund.edition, role=Role.MANAGER)
    make_edition_member("there@ours.example", edition=make_edition(ours), role=Role.ADMIN)

    record_outcomes([outcome_of(refund, Result.FAILED)], now=NOON)

    assert [address for _, address in told()] == ["here@ours.example", MANAGER, STAFF]


def test_no_more_than_so_many_are_told(refund, ours):
    for number in range(MOST_READERS):
        make_staff(f"m{number}@ours.example", organization=ours, role=Role.MANAGER)

    record_outcomes([outcome_of(refund, Result.FAILED)], now=NOON)

    # Whoever asked and whoever approved hear of it in any case.
    assert len(told()) in (MOST_READERS + 1, MOST_READERS + 2)
    assert {MANAGER, STAFF} <= {address for _, address in told()}


def test_a_mass_refund_tells_each_person_once_an_hour(edition, staff, manager):
    refunds = [in_a_batch(make_refund(make_purchase(edition), by=staff)) for _ in range(3)]

    for now in (NOON, LATER, NOON + timedelta(hours=1)):
        alert_staff([Alarm(AlertKind.FAILED, refund, refund.pk) for refund in refunds], now=now)

    assert [address for _, address in told()] == [MANAGER, MANAGER, STAFF, STAFF]
    assert set(OutgoingMail.objects.values_list("about", flat=True)) == {refunds[0].batch_id}


def test_many_at_once_share_a_letter_that_counts_them(edition, staff, manager):
    refunds = [sent_off(edition, by=staff, approver=manager) for _ in range(MANY + 1)]

    record_outcomes([outcome_of(refund, Result.FAILED) for refund in refunds], now=NOON)
    send_due(now=NOON)

    assert [address for _, address in told()] == [MANAGER, STAFF]
    assert outbox.outbox[0].subject == f"A refund failed: {edition}"
    assert f"As of now {MANY + 1} of this edition stand as failed." in outbox.outbox[0].body
    assert f"show=failed&edition__id__exact={edition.pk}" in outbox.outbox[0].body


def statements_of(refunds: list[RefundRequest]) -> int:
    with CaptureQueriesContext(connection) as queries:
        record_outcomes([outcome_of(refund, Result.FAILED) for refund in refunds], now=NOON)
    return len([query for query in queries if "SAVEPOINT" not in query["sql"]]) - len(refunds)


def test_telling_of_six_costs_what_telling_of_one_does(edition, staff, manager):
    one = statements_of([sent_off(edition, by=staff, approver=manager)])

    six = statements_of([sent_off(edition, by=staff, approver=manager) for _ in range(6)])

    # Beside the look for each attempt's key, made above.
    assert six == one


def test_an_organization_where_nobody_decides_costs_no_mail(ours: Organization, edition: Edition, nobody: Any):
    refund = make_refund(make_purchase(edition), by=nobody)

    alert_staff([Alarm(AlertKind.FAILED, refund, refund.pk)], now=NOON)

    assert told() == []
