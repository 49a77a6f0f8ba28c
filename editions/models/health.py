"""What the nightly look at published editions found to have changed."""

from typing import Any, ClassVar

from django.db import models

from editions.choices import HealthStatus
from editions.models.catalog import CatalogQuerySet
from editions.models.editions import Edition
from preo.public_ids import PublicIdField
from preo.rows import Row


class HealthChangeQuerySet(CatalogQuerySet):
    def last_statuses(self, editions: models.QuerySet[Edition]) -> dict[str, str]:
        """What each edition turned to last, by its id; one that was never looked at is missing."""
        newest = self.filter(edition__in=editions.order_by()).order_by("edition_id", "-created", "-id")
        return dict(newest.distinct("edition_id").values_list("edition_id", "status"))


class HealthChange(Row):
    """An edition's health turned from one status to another; `failed_checks` holds the ids of what failed then.

    The first row of an edition has no `previous_status`.
    """

    id = PublicIdField(prefix="hch")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="health_changes")
    previous_status = models.CharField(max_length=10, choices=HealthStatus.choices, null=True, blank=True)
    status = models.CharField(max_length=10, choices=HealthStatus.choices)
    failed_checks = models.JSONField(default=list)

    objects: ClassVar[Any] = HealthChangeQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "-id")
        indexes: ClassVar = [models.Index(fields=["edition", "-created", "-id"], name="health_change_newest_first")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(previous_status=models.F("status")), name="health_has_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id}: {self.status}"
