"""Queueing and sending mails."""

from collections.abc import Iterator
from datetime import timedelta
from email.header import decode_header, make_header
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from preo.accounts.models import Organization
from preo.mail.models import STALE_AFTER, OutgoingMail
from preo.mail.operations import (
    BATCH,
    LONGEST_DELAY,
    MOST_ATTEMPTS,
    SEND_DUE,
    claim,
    delay_after,
    fail,
    put_off,
    record_sent,
    send_due,
)
from preo.mail.states import MailStatus
from tests.factories import NOON
from tests.mail.greetings import queue_greeting
from tests.mail.smtp import Server, mail_server

LATER = NOON + timedelta(days=1)


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    with mail_server(settings) as server:
        yield server


def state_of(mail: OutgoingMail) -> tuple[str, int, str]:
    mail.refresh_from_db()
    return mail.status, mail.attempts, mail.error


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'", [SEND_DUE])
        [(count,)] = cursor.fetchall()
    return int(count)


def test_queue_mail_writes_a_row_and_a_job_in_two_statements(ours):
    with CaptureQueriesContext(connection) as queries:
        queue_greeting(ours)

    assert len(queries) == 2 + 1
    assert OutgoingMail.objects.get().status == MailStatus.QUEUED
    assert jobs() == 1
    assert outbox.outbox == []


def test_queue_mail_is_undone_with_the_transaction(ours):
    with transaction.atomic():
        queue_greeting(ours)
        transaction.set_rollback(True)

    assert (OutgoingMail.objects.count(), jobs()) == (0, 0)


def test_queue_mail_queues_a_key_once(ours):
    first = queue_greeting(ours, key="greeting:1")
    second = queue_greeting(ours, "Bo", key="greeting:1")

    assert (first.pk, second.about) == (second.pk, "Ann")


def test_send_due_sends_and_records(ours):
    mail = queue_greeting(ours, "Zoë")

    assert send_due(now=NOON) == 1

    [sent] = outbox.outbox
    assert (sent.subject, sent.to, sent.reply_to) == ("Hello Zoë", ["ann@example.org"], ["help@ours.example"])
    assert sent.body == "Hello Zoë\n=========\n\nHow are you?\n"
    assert [kind for _, kind in sent.alternatives] == ["text/html"]
    assert sent.message()["Message-ID"] == f"<{mail.pk}@localhost>"
    mail.refresh_from_db()
    assert (mail.status, mail.attempts, mail.sent_at, mail.subject) == (MailStatus.SENT, 1, NOON, "Hello Zoë")


def test_send_due_sends_once(ours):
    queue_greeting(ours)

    assert [send_due(now=NOON), send_due(now=LATER)] == [1, 0]
    assert len(outbox.outbox) == 1


def test_send_due_leaves_what_is_not_due(ours):
    queue_greeting(ours, now=NOON + timedelta(seconds=1))

    assert send_due(now=NOON) == 0
    assert outbox.outbox == []


def test_send_due_takes_what_has_waited_longest_first(ours):
    for minutes, name in ((1, "Bo"), (3, "Ann"), (2, "Cy")):
        queue_greeting(ours, name, now=NOON - timedelta(minutes=minutes))

    assert send_due(now=NOON, limit=2) == 2
    assert [sent.subject for sent in outbox.outbox] == ["Hello Ann", "Hello Cy"]


def test_a_server_gets_the_whole_mail_over_one_connection(ours, server: Server):
    mails = [queue_greeting(ours, name) for name in ("Ann", "Bo")]

    send_due(now=NOON)

    assert [state_of(mail) for mail in mails] == [("sent", 1, "")] * 2
    assert [mail["Message-ID"] for mail in server.taken] == [f"<{mail.pk}@localhost>" for mail in mails]
    assert str(make_header(decode_header(server.taken[0]["From"]))) == "Ours & Søn <hello@ours.example>"
    assert server.taken[0]["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in server.taken[0].walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert server.conversations == 1


def test_a_server_that_asks_for_patience_gets_it_again_later(ours, server: Server):
    mail = queue_greeting(ours, to="later")

    send_due(now=NOON)

    status, attempts, error = state_of(mail)
    assert (status, attempts, "451" in error) == (MailStatus.QUEUED, 1, True)
    assert timedelta(seconds=45) <= mail.next_attempt_at - NOON <= timedelta(seconds=75)
    assert send_due(now=NOON + timedelta(seconds=44)) == 0
    assert send_due(now=NOON + timedelta(seconds=76)) == 1


def test_a_server_that_refuses_is_not_asked_again(ours, server: Server):
    mail, other = queue_greeting(ours, to="never"), queue_greeting(ours, "Bo")

    send_due(now=NOON)

    status, attempts, error = state_of(mail)
    assert (status, attempts, "550" in error) == (MailStatus.FAILED, 1, True)
    assert mail.to_address not in error
    assert send_due(now=LATER) == 0
    assert state_of(other) == ("sent", 1, "")


def test_a_server_that_hangs_up_is_asked_again_under_the_same_id(ours, server: Server):
    mail, other = queue_greeting(ours, to="hangs-up"), queue_greeting(ours, "Bo")

    send_due(now=NOON)
    between = state_of(mail)
    send_due(now=LATER)

    assert between[:2] == (MailStatus.QUEUED, 1)
    assert [taken["Message-ID"] for taken in server.taken].count(f"<{mail.pk}@localhost>") == 2
    assert state_of(other) == ("sent", 1, "")


def test_without_a_server_nothing_is_claimed(ours, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    mail = queue_greeting(ours)

    assert send_due(now=NOON) == 0
    assert state_of(mail) == (MailStatus.QUEUED, 0, "")


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ("gone", "There is nobody to greet."),
        ("unnamed", "subject.en: 'name' is undefined."),
    ],
)
def test_a_mail_that_cannot_be_made_fails_with_its_reason(ours, about, why):
    mail, other = queue_greeting(ours, about), queue_greeting(ours, "Bo")

    send_due(now=NOON)

    assert [state_of(mail), state_of(other)] == [("failed", 1, why), ("sent", 1, "")]


def test_a_mail_of_a_kind_that_nobody_writes_fails(ours):
    mail = queue_greeting(ours)
    OutgoingMail.objects.update(kind="telegram")

    send_due(now=NOON)

    assert state_of(mail) == ("failed", 1, "Nobody writes mails of the kind telegram.")


@pytest.mark.parametrize("about", ["broken", "a secret from nowhere"], ids=["made", "written down"])
def test_a_mail_that_goes_wrong_does_not_keep_the_others_waiting(ours, caplog, about):
    broken, other = queue_greeting(ours, about), queue_greeting(ours, "Bo")

    send_due(now=NOON)

    assert [state_of(broken), state_of(other)] == [("sending", 1, ""), ("sent", 1, "")]
    assert "mail_went_wrong" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("character", "\r\n\v\f\x1c\x1d\x1e")
def test_a_mail_that_cannot_be_written_down_fails_and_keeps_no_other_waiting(ours, server: Server, character):
    bad, good = queue_greeting(ours, f"Ann from Ours{character}Bcc: all"), queue_greeting(ours, "Bo")

    assert send_due(now=NOON) == 2

    assert [state_of(bad)[:2], state_of(good)] == [("failed", 1), ("sent", 1, "")]
    assert [mail["Message-ID"] for mail in server.taken] == [f"<{good.pk}@localhost>"]


def test_a_mail_left_behind_is_taken_on_again(ours):
    mail = queue_greeting(ours)
    claim(mail.pk, now=NOON)

    assert send_due(now=NOON + STALE_AFTER - timedelta(seconds=1)) == 0
    assert send_due(now=NOON + STALE_AFTER) == 1
    assert state_of(mail) == ("sent", 2, "")


def test_a_batch_is_through_before_its_last_mail_counts_as_left_behind(settings):
    longest = timedelta(seconds=7 * settings.EMAIL_TIMEOUT) * BATCH

    assert longest < STALE_AFTER


def test_a_mail_that_is_never_taken_fails_in_the_end(ours, server: Server):
    mail, now = queue_greeting(ours, to="later"), NOON

    for _ in range(MOST_ATTEMPTS):
        assert send_due(now=now) == 1
        now += LONGEST_DELAY * 2

    assert state_of(mail)[:2] == (MailStatus.FAILED, MOST_ATTEMPTS)
    assert send_due(now=now) == 0


def test_a_mail_that_workers_die_over_fails_in_the_end(ours):
    mail, now = queue_greeting(ours), NOON

    for _ in range(MOST_ATTEMPTS):
        assert claim(mail.pk, now=now)
        now += STALE_AFTER

    assert claim(mail.pk, now=now) is None
    assert state_of(mail)[::2] == (MailStatus.FAILED, "No attempt at sending it came to an end.")


def test_delays_grow_for_about_a_day(ours):
    mails = [OutgoingMail(organization=ours, attempts=number) for number in range(1, MOST_ATTEMPTS)]

    delays = [delay_after(mail) for mail in mails]

    assert timedelta(hours=18) < sum(delays, timedelta()) < timedelta(hours=30)
    assert delays[0] < delays[2] < delays[4] < delays[6]
    assert max(delays) <= LONGEST_DELAY * 5 / 4
    assert len({delay_after(OutgoingMail(organization=ours, attempts=1)) for _ in range(20)}) > 10


def test_a_slow_worker_records_that_it_sent_and_nothing_else(ours):
    mail = queue_greeting(ours)
    slow = claim(mail.pk, now=NOON)
    quick = claim(mail.pk, now=NOON + STALE_AFTER)
    assert slow
    assert quick

    put_off(slow, why="slow", now=LATER)
    fail(slow, why="slow", now=LATER)
    assert state_of(mail) == (MailStatus.SENDING, 2, "")
    record_sent(slow, subject="Hello", now=LATER)
    fail(quick, why="late", now=LATER)

    assert state_of(mail) == (MailStatus.SENT, 2, "")


@pytest.mark.parametrize("status", [MailStatus.SENT, MailStatus.FAILED])
def test_what_is_over_stays_over(ours, status):
    mail = queue_greeting(ours)
    claimed = claim(mail.pk, now=NOON)
    assert claimed
    sent_at = NOON if status == MailStatus.SENT else None
    OutgoingMail.objects.update(status=status, sent_at=sent_at)

    record_sent(claimed, subject="Hello", now=LATER)
    put_off(claimed, why="x", now=LATER)
    fail(claimed, why="x", now=LATER)

    assert (claim(mail.pk, now=LATER), state_of(mail)) == (None, (status, 1, ""))


@pytest.mark.parametrize(
    "impossible",
    [{"status": "lost"}, {"status": "sent", "sent_at": None}, {"sent_at": NOON}, {"to_address": ""}],
)
def test_the_database_refuses_an_impossible_mail(ours, impossible):
    queue_greeting(ours)

    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingMail.objects.update(**impossible)


def test_logs_tell_no_addresses_and_no_content(ours, server: Server, caplog):
    caplog.set_level("DEBUG")
    for to in ("later", "never", "hangs-up", "ann"):
        queue_greeting(ours, to=to)

    send_due(now=NOON)

    assert "mail_failed" in caplog.text
    assert [word for word in ("example.org", "Hello", "How are you") if word in caplog.text] == []


def test_mails_of_others_are_out_of_reach(ours: Organization, theirs: Organization, staff, outsider):
    mine = queue_greeting(ours)

    assert list(OutgoingMail.objects.visible_to(staff)) == [mine]
    assert list(OutgoingMail.objects.visible_to(outsider)) == []
