"""The mails of an organization: what is to be sent to whom, and what became of it."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from preo.accounts.models import Organization
from preo.api.scoping import ScopedQuerySet
from preo.history import keep_history
from preo.mail.states import MailStatus
from preo.public_ids import PublicIdField
from preo.rows import Row

STALE_AFTER = timedelta(minutes=15)
"""How long a mail may be in the hands of a worker that may be alive."""


class MailQuerySet(ScopedQuerySet["OutgoingMail"]):
    def due(self, now: datetime) -> Self:
        """To be sent by now, or left behind by a worker that died; what has waited longest first."""
        return self.filter(
            Q(status=MailStatus.QUEUED, next_attempt_at__lte=now)
            | Q(status=MailStatus.SENDING, next_attempt_at__lte=now - STALE_AFTER)
        ).order_by("next_attempt_at", "id")

    def unsent(self) -> Self:
        """To be sent, now or later, or in the hands of a worker."""
        return self.filter(status__in=(MailStatus.QUEUED, MailStatus.SENDING))

    def about_row(self, public_id: str, *, kind: str) -> Self:
        """Of one kind, about one row; oldest first."""
        return self.filter(about=public_id, kind=kind).order_by("created", "id")


@keep_history(left_out=("to_address", "subject"))
class OutgoingMail(Row):
    """One mail to one person about one row, which `about` names by its typed id. Its content is made when it is sent.

    `key` keeps the same mail from being sent twice. `subject` is known once it was made. Letters to staff are made of
    no e-mail message.
    """

    id = PublicIdField(prefix="mal")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="mails", db_index=False)
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    email_message_id = PublicIdField(  # type: ignore[misc]  # null, unlike a key
        prefix="eml", primary_key=False, null=True, default=None, help_text="None for a letter to staff."
    )
    to_address = models.EmailField(max_length=254)
    language = models.CharField(max_length=2)
    status = models.CharField(max_length=10, choices=MailStatus.choices, default=MailStatus.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(help_text="While it is being sent: when that began.")
    sent_at = models.DateTimeField(null=True, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    error = models.CharField(max_length=300, blank=True, help_text="What went wrong last.")

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=MailStatus.values), name="mail_status_is_known"),
            models.CheckConstraint(
                condition=Q(status=MailStatus.SENT, sent_at__isnull=False)
                | (~Q(status=MailStatus.SENT) & Q(sent_at__isnull=True)),
                name="mail_is_sent_at_some_time",
            ),
            models.CheckConstraint(condition=~Q(to_address=""), name="mail_goes_to_an_address"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["about", "created", "id"], name="mail_about"),
            models.Index(fields=["organization", "-created", "-id"], name="mail_of_organization"),
            models.Index(
                fields=["next_attempt_at", "id"],
                name="mail_work",
                condition=Q(status__in=(MailStatus.QUEUED, MailStatus.SENDING)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind_in_words} {self.pk}"

    @property
    def kind_in_words(self) -> str:
        return self.kind.replace("_", " ").capitalize()
