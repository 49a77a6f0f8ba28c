"""Two workers at one queue, with a control that shows what goes wrong without the claim."""

from threading import Barrier

import pytest
from django.core import mail as outbox

from preo.accounts.models import Organization
from preo.mail.models import OutgoingMail
from preo.mail.operations import claim, send_due
from preo.mail.states import MailStatus
from tests.factories import NOON
from tests.mail.greetings import queue_greeting
from tests.refunds.test_races import SECONDS, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_claim_a_mail_once(ours: Organization) -> None:
    mail = queue_greeting(ours)

    claims = at_once(*[lambda: claim(mail.pk, now=NOON)] * 4)

    assert sum(claimed is not None for claimed in claims) == 1
    assert OutgoingMail.objects.get().attempts == 1


def test_two_workers_send_each_mail_once(ours: Organization) -> None:
    for number in range(12):
        queue_greeting(ours, f"Ann {number}")

    at_once(*[lambda: send_due(now=NOON, limit=20)] * 2)

    assert sorted(sent.subject for sent in outbox.outbox) == sorted(f"Hello Ann {number}" for number in range(12))
    assert set(OutgoingMail.objects.values_list("status", "attempts")) == {(MailStatus.SENT, 1)}


def test_control_without_the_claim_both_workers_send(ours: Organization) -> None:
    """Looking at the state and acting on it, instead of changing it and acting when that worked."""
    mail, both_have_read = queue_greeting(ours), Barrier(2)

    def send() -> bool:
        is_due = OutgoingMail.objects.due(NOON).filter(pk=mail.pk).exists()
        both_have_read.wait(SECONDS)
        OutgoingMail.objects.filter(pk=mail.pk).update(status=MailStatus.SENDING)
        return is_due

    assert at_once(send, send) == [True, True]


def test_a_key_queued_twice_at_once_is_one_mail(ours: Organization) -> None:
    at_once(*[lambda: queue_greeting(ours, key="greeting:1")] * 4)

    assert OutgoingMail.objects.count() == 1
