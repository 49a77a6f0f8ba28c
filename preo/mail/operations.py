"""Every write to mails: queue in the caller's transaction; claim and commit; send; record.

A process may die between any two of these steps. What it leaves is sent by a later run, under the same Message-ID: at
least once, and more often only if it died between the server's answer and the record of it.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any
from zlib import crc32

import structlog
from django.core.mail import get_connection
from django.db.models import F, QuerySet
from procrastinate.contrib.django import app

from preo.mail.delivery import Refusal, deliver
from preo.mail.letters import Letter, NothingToSend, letter_of
from preo.mail.models import OutgoingMail
from preo.mail.states import MOVES, MailStatus
from preo.recording import durable_operation

SEND_DUE = "mail.send_due"
"""The job that sends what is due; named here, because tasks import operations and not the other way."""

FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=4)
MOST_ATTEMPTS = 14
"""With the delays between them about a day."""

BATCH = 5
"""How many mails are sent as of one moment. A server may take seven time-outs of EMAIL_TIMEOUT for each and must be
done with the last one before STALE_AFTER, or another worker would take it over."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Mail:
    """What is to be sent: a message about a row, both by their ids. The same `key` is never sent twice.

    A letter to staff is made of no message.
    """

    organization_id: str
    kind: str
    about: str
    key: str
    email_message_id: str | None
    to_address: str
    language: str


def queue_mail(mail: Mail, *, now: datetime) -> None:
    """Have a mail sent once the caller's transaction is committed. A key that was queued before queues nothing.

    A step of an operation; two statements.
    """
    queue_mails([mail], now=now)


def queue_mails(mails: Iterable[Mail], *, now: datetime) -> None:
    """Like `queue_mail`, for any number of mails in as many statements."""
    times = {"next_attempt_at": now, "created": now, "modified": now}
    rows = [OutgoingMail(**asdict(mail), **times) for mail in mails]
    OutgoingMail.objects.bulk_create(rows, ignore_conflicts=True)
    app.configure_task(SEND_DUE, queue="mail").defer()


def send_due(*, now: datetime, limit: int = BATCH) -> int:
    """Send up to `limit` mails that are due, over one connection; answers how many were taken on.

    Several workers may run this at once: each mail is claimed by one of them. Without a mail server nothing is
    claimed and nothing is lost.
    """
    due = list(OutgoingMail.objects.due(now).values_list("pk", flat=True)[:limit])
    if not due:
        return 0
    connection = get_connection()
    try:
        return sum(_send(pk, connection, now=now) for pk in due)
    except (SMTPException, OSError):
        log.exception("mail_server_not_reached")
        return 0
    finally:
        _close(connection)


def _send(mail_id: str, connection: Any, *, now: datetime) -> bool:
    """Whether this process sent or tried to. Raises when there is no connection to send over."""
    connection.open()
    mail = claim(mail_id, now=now)
    if mail is None:
        return False
    try:
        _hand_over(mail, connection, now=now)
    except NothingToSend as problem:
        fail(mail, why=problem.reason, now=now)
    except Exception as problem:
        # It must not keep the others waiting, and is taken on again later. Its own words may repeat what the mail says.
        log.error("mail_went_wrong", mail=mail_id, problem=type(problem).__name__)  # noqa: TRY400  see above
        _close(connection)
    return True


def _hand_over(mail: OutgoingMail, connection: Any, *, now: datetime) -> None:
    letter = letter_of(mail)
    refusal = deliver(letter, mail_id=mail.pk, to_address=mail.to_address, connection=connection)
    _record(mail, letter, refusal, now=now)
    if refusal:
        _close(connection)


def _close(connection: Any) -> None:
    with suppress(SMTPException, OSError):
        connection.close()


def _record(mail: OutgoingMail, letter: Letter, refusal: Refusal | None, *, now: datetime) -> None:
    if refusal is None:
        record_sent(mail, subject=letter.rendered.subject, now=now)
    elif refusal.is_final or mail.attempts >= MOST_ATTEMPTS:
        fail(mail, why=refusal.reason, now=now)
    else:
        put_off(mail, why=refusal.reason, now=now)


@durable_operation
def claim(mail_id: str, *, now: datetime) -> OutgoingMail | None:
    """Take a mail that is due; None when another worker has it, or when it was taken often enough."""
    due = OutgoingMail.objects.due(now).filter(pk=mail_id)
    if not _move(due, MailStatus.SENDING, now=now, attempts=F("attempts") + 1, next_attempt_at=now):
        return None
    mail = OutgoingMail.objects.get(pk=mail_id)
    if mail.attempts > MOST_ATTEMPTS:
        _give_up(mail, why=mail.error or "No attempt at sending it came to an end.", now=now)
        return None
    return mail


@durable_operation
def record_sent(mail: OutgoingMail, *, subject: str, now: datetime) -> None:
    """The server has it, and so it is sent, also after another worker took it over."""
    row = OutgoingMail.objects.filter(pk=mail.pk)
    _move(row, MailStatus.SENT, now=now, sent_at=now, subject=subject[:500], error="")


@durable_operation
def put_off(mail: OutgoingMail, *, why: str, now: datetime) -> None:
    """Try again later, each time after longer. Changes nothing when another worker took the mail over."""
    _move(_own(mail), MailStatus.QUEUED, now=now, next_attempt_at=now + delay_after(mail), error=why[:300])


@durable_operation
def fail(mail: OutgoingMail, *, why: str, now: datetime) -> None:
    """Give up. Changes nothing when another worker took the mail over."""
    _give_up(mail, why=why, now=now)


def delay_after(mail: OutgoingMail) -> timedelta:
    """Twice as long after each attempt, and a quarter more or less, so that mails put off together come apart."""
    delay = min(FIRST_DELAY * (1 << (mail.attempts - 1)), LONGEST_DELAY)
    return delay * (768 + crc32(f"{mail.pk} {mail.attempts}".encode()) % 512) // 1024


def _give_up(mail: OutgoingMail, *, why: str, now: datetime) -> None:
    if _move(_own(mail), MailStatus.FAILED, now=now, error=why[:300]):
        log.warning("mail_failed", mail=mail.pk, kind=mail.kind)


def _own(mail: OutgoingMail) -> QuerySet[OutgoingMail]:
    """The row, as long as nobody has taken it since."""
    return OutgoingMail.objects.filter(pk=mail.pk, attempts=mail.attempts)


def _move(rows: QuerySet[OutgoingMail], to: MailStatus, *, now: datetime, **changes: Any) -> bool:
    """Change the status of whatever can come to it; the row decides, not what was read of it."""
    may_come = [here for here, following in MOVES.items() if to in following]
    return bool(rows.filter(status__in=may_come).update(status=to, modified=now, **changes))
