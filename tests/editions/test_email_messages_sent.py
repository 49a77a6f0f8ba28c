"""How an edition's messages are sent: under which name."""

from typing import Any

import pytest
from django.utils import timezone

from editions.messages.letters import sender_of
from editions.models import Edition
from editions.operations.email_trials import send_test
from preo.accounts.models import Organization, StaffUser
from preo.mail.letters import Sender
from preo.mail.operations import send_due
from tests.factories import make_edition, make_email_message

each = pytest.mark.parametrize

CONTROLS = "\r\n\t\v\f\x1c\x1d\x1e\x7f\x85\u2028\u202e"


@each("character", CONTROLS)
def test_the_name_of_a_sender_is_one_line_whatever_is_stored(edition: Edition, character: str) -> None:
    name, blank = f"Camp{character}Bcc: all", character
    senders = []

    for stored, organization in ((name, "Ours"), (blank, "Ours"), (blank, name)):
        edition.email_sender_name, edition.organization.name = stored, organization
        senders.append(sender_of(edition))

    assert [sender.name for sender in senders] == ["Camp Bcc: all", "Ours", "Camp Bcc: all"]
    assert senders[0] == Sender("Camp Bcc: all", "preo@localhost")


@pytest.mark.django_db(transaction=True)
def test_what_one_edition_is_called_keeps_no_other_mail_waiting(
    ours: Organization, edition: Edition, manager: StaffUser, mailoutbox: Any
) -> None:
    template, other = make_email_message(ours), make_email_message(ours, edition=make_edition(ours))
    message, now = make_email_message(ours, edition=edition), timezone.now()
    Organization.objects.update(name="Ours\nBcc: all")
    Edition.objects.filter(pk=edition.pk).update(email_sender_name="Camp\vBcc: all")

    for tried in (message, template, other):
        send_test(type(tried).objects.get(pk=tried.pk), by=manager, now=now)

    assert send_due(now=now) == 3
    assert sorted(sent.from_email for sent in mailoutbox) == [
        '"Camp Bcc: all" <preo@localhost>',
        '"Ours Bcc: all" <preo@localhost>',
        '"Ours Bcc: all" <preo@localhost>',
    ]
