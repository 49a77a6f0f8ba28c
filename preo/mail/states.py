"""The life of a mail."""

from django.db import models


class MailStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


MOVES = {
    MailStatus.QUEUED: {MailStatus.SENDING},
    # Back to the queue when the mail server asks for patience; to itself when a worker died over it.
    MailStatus.SENDING: {MailStatus.SENDING, MailStatus.SENT, MailStatus.FAILED, MailStatus.QUEUED},
    MailStatus.SENT: set(),
    MailStatus.FAILED: set(),
}
