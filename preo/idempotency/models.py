"""The answers that are given again when a request is sent again under the same `Idempotency-Key`."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from preo.public_ids import PublicIdField

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a request: whose it is, under which key, and the fingerprint of what it asks for."""

    staff_user_id: str
    credential: str
    """The id of the service token; empty for a person's own sign-in."""
    key: str
    fingerprint: str


class KeptAnswerQuerySet(models.QuerySet["KeptAnswer"]):
    def of(self, attempt: Attempt) -> Self:
        """What is kept under the key, for whatever request that was."""
        return self.filter(staff_user_id=attempt.staff_user_id, credential=attempt.credential, key=attempt.key)

    def expired(self, now: datetime) -> Self:
        return self.filter(expires_at__lte=now)


class KeptAnswer(models.Model):
    """The first answer under one key of one credential, with what that credential could do then.

    Without foreign keys: it goes by itself within a day, and nothing is read through it.
    """

    staff_user_id = PublicIdField(prefix="stf", primary_key=False)
    credential = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=LONGEST_KEY)
    fingerprint = models.CharField(max_length=64)
    rights = models.JSONField()
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    created = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = KeptAnswerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff_user_id", "credential", "key"], name="one_answer_for_a_key"),
            models.CheckConstraint(condition=Q(key__regex=r"^[!-~]+$"), name="idempotency_key_is_visible_ascii"),
            models.CheckConstraint(condition=Q(status__gte=200, status__lt=500), name="kept_answer_is_definite"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created")), name="kept_answer_expires_later"),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="kept_answer_by_expiry")]

    def __str__(self) -> str:
        return f"{self.status} of {self.created}"
