"""Handing one mail to the mail server, and what its refusals mean."""

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.utils import formataddr, parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from preo.mail.letters import Letter

PERMANENT = 500
"""SMTP answers from here on are final (RFC 5321, section 4.2.1)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mail was not taken, and whether it may be taken later."""

    reason: str
    is_final: bool


def message_id_of(mail_id: str) -> str:
    """The same at every attempt, so that whoever gets a mail twice can tell."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{mail_id}@{domain}>"


def deliver(letter: Letter, *, mail_id: str, to_address: str, connection: Any) -> Refusal | None:
    """Send over an open connection; None when the server took it. No answer counts as a refusal for now."""
    try:
        _message(letter, mail_id=mail_id, to_address=to_address, connection=connection).send()
    except (SMTPException, OSError) as problem:
        return _refusal(problem, to_address)
    except (MessageError, ValueError) as problem:
        # An address or header that can't be written down will not be better tomorrow.
        return Refusal(_reason(problem, to_address), is_final=True)
    return None


def _message(letter: Letter, *, mail_id: str, to_address: str, connection: Any) -> EmailMultiAlternatives:
    sender, rendered = letter.sender, letter.rendered
    message = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        from_email=formataddr((sender.name, sender.address)),
        to=[to_address],
        reply_to=[sender.reply_to] if sender.reply_to else None,
        headers={"Message-ID": message_id_of(mail_id), "Auto-Submitted": "auto-generated"},
        connection=connection,
    )
    message.attach_alternative(rendered.html, "text/html")
    return message


def _reason(problem: Exception, to_address: str) -> str:
    """In the server's words, but without the address: what went wrong is kept for longer than customers are."""
    return re.sub(re.escape(to_address), "(address)", f"{type(problem).__name__}: {problem}", flags=re.IGNORECASE)


def _refusal(problem: SMTPException | OSError, to_address: str) -> Refusal:
    reason = _reason(problem, to_address)
    match problem:
        case SMTPRecipientsRefused():
            codes = [code for code, _ in problem.recipients.values()]
            return Refusal(reason, is_final=all(code >= PERMANENT for code in codes))
        case SMTPResponseException():
            return Refusal(reason, is_final=int(problem.smtp_code) >= PERMANENT)
        case SMTPServerDisconnected():
            return Refusal(reason, is_final=False)
        case SMTPException():
            return Refusal(reason, is_final=True)
    return Refusal(reason, is_final=False)
