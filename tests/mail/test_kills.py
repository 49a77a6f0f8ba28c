"""Workers that die: a real process is killed, and later runs send every mail, each under one Message-ID."""

import re
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from editions.models import Edition
from orders.operations.receipts import send_receipt
from preo.accounts.models import Organization, StaffUser
from preo.mail.models import STALE_AFTER, OutgoingMail
from preo.mail.operations import send_due
from preo.mail.states import MailStatus
from tests.factories import NOON, make_email_message, make_order
from tests.kills import MANAGE, die_before
from tests.mail.greetings import queue_greeting

pytestmark = pytest.mark.django_db(transaction=True)

FEWEST_STATEMENTS = 4


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where mails go that are sent from here or from a child process."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


def sent_into(folder: Path) -> Counter[str]:
    """How often each Message-ID is in the folder."""
    texts = [path.read_text() for path in folder.glob("*.log")]
    return Counter(found for text in texts for found in re.findall(r"^Message-ID: <(\S+)@", text, re.MULTILINE))


def test_a_worker_killed_at_any_statement_leaves_what_is_sent_later(ours: Organization, folder: Path) -> None:
    statement, died = 1, True
    while died:
        mail = queue_greeting(ours, f"Ann {statement}")

        died = die_before(statement, lambda: send_due(now=NOON)) is None
        send_due(now=NOON + STALE_AFTER)

        mail.refresh_from_db()
        assert mail.status == MailStatus.SENT, f"killed before {statement}"
        statement += 1
    assert statement > FEWEST_STATEMENTS
    assert set(sent_into(folder)) == set(OutgoingMail.objects.values_list("pk", flat=True))
    # Killed between the server's answer and the record of it, a worker leaves a mail that is sent once more.
    assert set(sent_into(folder).values()) == {1, 2}


def test_the_worker_killed_again_and_again_sends_every_receipt(
    edition: Edition, staff: StaffUser, folder: Path, child_environment: dict[str, str]
) -> None:
    edition.transaction_receipt_email = make_email_message(edition.organization, type="receipt")
    edition.save()
    for _ in range(40):
        send_receipt(make_order(edition), by=staff, now=NOON)
    worker = [sys.executable, str(MANAGE), "procrastinate", "worker", "--one-shot", "--queues", "mail"]

    ends: list[int] = []
    for _ in range(2):
        process = subprocess.Popen(worker, env=child_environment)
        _wait_until_one_more_is_sent(process)
        process.kill()
        ends.append(process.wait())
    send_due(now=timezone.now() + STALE_AFTER + timedelta(minutes=1), limit=1_000)

    assert list(OutgoingMail.objects.values_list("status", flat=True)) == [MailStatus.SENT] * 40
    assert set(sent_into(folder)) == set(OutgoingMail.objects.values_list("pk", flat=True))
    assert sum(sent_into(folder).values()) <= 40 + len(ends)
    assert -signal.SIGKILL in ends


def _wait_until_one_more_is_sent(process: subprocess.Popen[bytes]) -> None:
    sent = OutgoingMail.objects.filter(status=MailStatus.SENT)
    before, until = sent.count(), time.monotonic() + 30
    while sent.count() == before and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
