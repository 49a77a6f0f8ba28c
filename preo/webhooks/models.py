"""The outbox: what happened, written in the transaction in which it happened."""

from typing import ClassVar

from django.db import models

from preo.accounts.models import Organization
from preo.public_ids import PublicIdField


class OutboxEvent(models.Model):
    """One thing that subscribers are told, in the order of `sequence`. Never changed."""

    sequence = models.BigAutoField(primary_key=True)
    id = PublicIdField(prefix="evn", primary_key=False, unique=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    edition_id = PublicIdField(prefix="edt", primary_key=False, null=True)  # type: ignore[misc]  # null, unlike a key
    type = models.CharField(max_length=60)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "sequence"], name="outbox_of_organization")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.type}"
