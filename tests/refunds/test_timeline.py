"""The life of a refund as one list, in words."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from editions.models import Edition, MerchantAccount
from preo.accounts.models import StaffUser
from preo.mail.operations import send_due
from preo.payments import sandbox
from preo.payments.gateway import Outcome, Result
from refunds.admin.page import Notice, refund_page
from refunds.admin.timeline import CAME_BACK, timeline_of
from refunds.models import ProviderEvent, RefundRequest
from refunds.operations import (
    approve_refund,
    ask_to_call_off,
    begin_attempts,
    cancel_refund,
    confirm_refund,
    execute_ready,
    reconcile,
    record_outcomes,
    reject_refund,
    retry_refund,
)
from refunds.operations.batches import cancel_batch, run_batch
from refunds.states import RefundScope
from tests.factories import NOON, make_email_message, make_purchase, make_refund
from tests.refunds.batches.making import running, worked


def asked(edition: Edition, by: StaffUser, amount_minor: int = 20_00, service: str = "sandbox", **others: Any) -> Any:
    purchase = make_purchase(edition, service=service)
    scope = RefundScope.PURCHASE_CUSTOM
    return make_refund(purchase, by=by, scope=scope, amount_minor=amount_minor, now=timezone.now(), **others)


def carried_out(refund: RefundRequest, manager: StaffUser) -> RefundRequest:
    approve_refund(refund, by=manager, now=timezone.now())
    execute_ready(now=timezone.now())
    return fresh(refund)


def fresh(refund: RefundRequest) -> RefundRequest:
    return RefundRequest.objects.select_related("transaction").get(pk=refund.pk)


def told(refund: RefundRequest) -> list[tuple[str, str]]:
    """What happened, and in whose words."""
    return [(moment.what.replace("\xa0", " "), moment.says) for moment in timeline_of(fresh(refund))]


def test_timeline_tells_a_refund_from_asking_to_the_mail(edition, staff, manager) -> None:
    edition.refund_confirmation_email = make_email_message(
        edition.organization, edition=edition, type="refund_confirmation"
    )
    edition.save()
    refund = carried_out(asked(edition, staff, comment="It rained in."), manager)
    send_due(now=timezone.now())

    moments = timeline_of(refund)

    assert [moment.what.replace("\xa0", " ") for moment in moments] == [
        "Staff Holm, as staff, asked for 20.00 DKK: customer requested",
        "Manager Holm approved it",
        "Attempt 1 went to Sandbox",
        "Sandbox paid it back",
        "The confirmation to the customer is on its way",
        "The confirmation to the customer was sent",
    ]
    assert moments[0].says == "It rained in."
    assert ("Key", f"{refund.pk}-1") in moments[2].details
    assert ("Reference", refund.attempts.get().provider_reference) in moments[3].details
    assert ("To", refund.order.customer.email) in moments[4].details
    assert sorted(moment.at for moment in moments) == [moment.at for moment in moments]


def test_timeline_tells_why_it_was_rejected(edition, staff, manager) -> None:
    refund = asked(edition, staff)
    reject_refund(refund, reason="No receipt.", by=manager, now=timezone.now())

    assert told(refund)[-1] == ("Manager Holm rejected it", "No receipt.")


def test_timeline_tells_of_what_approves_itself(edition, ours, staff) -> None:
    ours.refund_self_approved_up_to_minor = 100_00
    ours.save()

    assert told(asked(edition, staff))[1][0] == "Approved as it was asked for, within the limits of the organization"


def test_timeline_tells_of_a_refusal_a_second_try_and_a_late_failure(edition, staff, manager) -> None:
    refund = carried_out(asked(edition, staff, 20_01), manager)
    retry_refund(refund, by=manager, now=timezone.now())
    execute_ready(now=timezone.now())
    key = f"{refund.pk}-2"
    retry_refund(refund, by=manager, now=timezone.now())
    # The third attempt is what its outcomes say here, whatever the sandbox would.
    begin_attempts(limit=1, now=timezone.now())
    for result, words in ((Result.SETTLED, ""), (Result.FAILED, "The bank sent it back.")):
        record_outcomes([Outcome(f"{refund.pk}-3", result, "re_3", words)], now=timezone.now())

    lines = [line for line in told(refund) if not line[0].startswith("The letter")]

    assert lines[2:] == [
        ("Attempt 1 went to Sandbox", ""),
        ("Sandbox did not carry it out", "The bank declined it."),
        ("Manager Holm let it be tried again", ""),
        ("Attempt 2 went to Sandbox", ""),
        ("Sandbox did not carry it out", "The bank declined it."),
        ("Manager Holm let it be tried again", ""),
        ("Attempt 3 went to Sandbox", ""),
        ("Sandbox paid it back", ""),
        (CAME_BACK, "The bank sent it back."),
    ]
    assert key in {value for moment in timeline_of(fresh(refund)) for _, value in moment.details}
    notice = refund_page(fresh(refund), manager).notice
    assert notice
    assert notice.title == "It was paid and came back"


def test_timeline_tells_staff_letters_in_one_line(edition, staff, manager, admin) -> None:
    refund = carried_out(asked(edition, staff, 20_01), manager)

    send_due(now=timezone.now())

    lines = [moment for moment in timeline_of(refund) if moment.what.startswith("The letter")]

    assert [line.what.rpartition(", ")[2] for line in lines] == ["is on its way", "was sent"]
    addresses = "admin@ours.example, manager@ours.example, staff@ours.example"
    assert [line.details for line in lines] == [[("To", addresses)]] * 2
    notice = refund_page(refund, manager).notice
    assert notice == Notice("It failed", "Nothing was paid, and the amount is free again.", "The bank declined it.")


def test_timeline_tells_that_nobody_knows(edition, staff, manager) -> None:
    refund = carried_out(asked(edition, staff, 20_03), manager)
    sandbox.SandboxRefund.objects.all().delete()
    reconcile(now=timezone.now() + timedelta(minutes=1), limit=0)
    refund.attempts.update(asked=3)

    assert told(refund)[-1] == ("Sandbox has not said yet what became of it; asked 3 times", "")


def test_timeline_tells_who_confirmed_what_was_paid_by_hand(edition, staff, manager) -> None:
    refund = carried_out(asked(edition, staff, service="manual"), manager)
    confirm_refund(refund, reference="Receipt 17", by=staff, now=timezone.now())

    moments = timeline_of(fresh(refund))

    assert [moment.what for moment in moments[2:]] == [
        "It went to whoever pays it by hand",
        "It waits for somebody to pay it and confirm that",
        "Staff Holm confirmed that it was paid by hand",
    ]
    assert ("Reference", "Receipt 17") in moments[-1].details


def test_timeline_tells_who_called_it_off_with_the_mass_refund(edition, staff, manager) -> None:
    make_purchase(edition, service="manual")
    batch = running(edition, by=staff, approver=manager)
    run_batch(batch.pk, now=NOON)

    cancel_batch(batch, by=manager, now=NOON)

    assert told(batch.refunds.get())[-1][0] == "Manager Holm called it off"


def test_timeline_tells_who_called_it_off(edition, staff, manager) -> None:
    by_hand = carried_out(asked(edition, staff, service="manual"), manager)
    cancel_refund(by_hand, by=manager, now=timezone.now())
    pending = carried_out(asked(edition, staff, 20_04), manager)
    cancel_refund(pending, by=manager, now=timezone.now())
    ask_to_call_off(pending.pk, by=manager, now=timezone.now())

    assert told(by_hand)[-1][0] == "Manager Holm called it off"
    assert [what for what, _ in told(pending)[-2:]] == [
        "Manager Holm asked Sandbox to call it off",
        "Sandbox called it off",
    ]
    pages = [refund_page(fresh(refund), manager) for refund in (by_hand, pending)]
    assert [(page.notice.title, page.notice.is_alarm) for page in pages if page.notice] == [
        ("It was called off", False)
    ] * 2


def test_timeline_tells_who_asked_and_approved_through_a_mass_refund(edition, staff, manager) -> None:
    make_purchase(edition)
    batch = worked(running(edition, by=staff, approver=manager, comment="Storm."))
    refund = fresh(batch.refunds.get())

    moments = timeline_of(refund)

    assert [(moment.what.replace("\xa0", " "), moment.says) for moment in moments[:2]] == [
        ("Staff Holm asked for 505.00 DKK through a mass refund: event cancelled", "Storm."),
        ("Manager Holm approved it through a mass refund", ""),
    ]
    address = reverse("admin:refunds_refundbatch_change", args=[batch.pk])
    assert [moment.more for moment in moments[:3]] == [("The mass refund", address)] * 2 + [None]


def test_timeline_tells_what_the_provider_told(edition, staff, manager) -> None:
    refund = carried_out(asked(edition, staff), manager)
    an_event(refund, "evt_1")

    moment = timeline_of(refund)[-1]

    assert (moment.what, moment.says) == ("Sandbox told of it: refund.updated", "It says what is known.")
    assert ("Event", "evt_1") in moment.details


def an_event(refund: RefundRequest, event_id: str) -> None:

    account = MerchantAccount.objects.filter(
        organization=refund.organization
    ).first() or MerchantAccount.objects.create(
        organization=refund.organization, name="Till", type="sandbox", supported_currencies=["dkk"]
    )
    ProviderEvent.objects.create(
        organization=refund.organization,
        merchant_account=account,
        provider="sandbox",
        event_id=event_id,
        type="refund.updated",
        payload={},
        received_at=timezone.now(),
        message="It says what is known.",
        refund=refund,
    )


def queries_of(refund: RefundRequest, user: StaffUser) -> int:
    refund = fresh(refund)
    with CaptureQueriesContext(connection) as queries:
        refund_page(refund, user)
    return len(queries)


@pytest.mark.parametrize("rounds", [2])
def test_the_page_of_a_long_life_costs_what_a_short_one_does(edition, staff, manager, rounds) -> None:
    short = carried_out(asked(edition, staff, 20_01), manager)
    an_event(short, "evt_0")
    once = queries_of(short, manager)
    long = carried_out(asked(edition, staff, 20_01), manager)
    for number in range(rounds):
        retry_refund(long, by=manager, now=timezone.now())
        execute_ready(now=timezone.now())
        an_event(long, f"evt_{number + 1}")

    assert queries_of(long, manager) == once
