"""What an organization asked to be done with a customer's data: to forget it, and to take it out."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from preo.accounts.models.people import Organization, StaffUser
from preo.accounts.states import MOVES, ErasureStatus
from preo.api.scoping import ScopedQuerySet
from preo.firm_triggers import FirmTrigger, never_changed, never_emptied
from preo.history import keep_history
from preo.public_ids import PublicIdField
from preo.rows import Row


class ErasureQuerySet(ScopedQuerySet["Erasure"]):
    def waiting(self) -> "ErasureQuerySet":
        """Asked for, and not decided yet; the oldest first."""
        return self.filter(status=ErasureStatus.ASKED).order_by("created", "id")


_CHANGES_WHAT_STAYS = """
    OLD.status <> 'asked' OR (OLD.id, OLD.organization_id, OLD.customer_id, OLD.reason, OLD.asked_by_id, OLD.created)
        IS DISTINCT FROM (NEW.id, NEW.organization_id, NEW.customer_id, NEW.reason, NEW.asked_by_id, NEW.created)
"""


@keep_history()
class Erasure(Row):
    """That an organization forgets a customer: one person asks, another carries it out. On record for good.

    `customer_id` refers to nothing, as the organization knows nobody of that id afterwards.
    """

    id = PublicIdField(prefix="era")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="erasures")
    customer_id = PublicIdField(prefix="usr", primary_key=False)
    status = models.CharField(max_length=10, choices=ErasureStatus.choices, default=ErasureStatus.ASKED)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(StaffUser, models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(StaffUser, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "customer_id"],
                condition=Q(status=ErasureStatus.ASKED),
                name="one_erasure_asked_at_a_time",
            ),
            models.CheckConstraint(condition=Q(status__in=ErasureStatus.values), name="erasure_status_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="erasure_has_a_reason"),
            models.CheckConstraint(
                condition=Q(status=ErasureStatus.ASKED, decided_by=None, decided_at=None)
                | Q(~Q(status=ErasureStatus.ASKED), decided_by__isnull=False, decided_at__isnull=False),
                name="erasure_is_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(status=ErasureStatus.DONE) | ~Q(decided_by=models.F("asked_by")),
                name="erasure_has_a_second_person",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="erasure_moves_as_it_may",
                field="status",
                transitions=[(here.value, to.value) for here, following in MOVES.items() for to in sorted(following)],
            ),
            FirmTrigger(
                name="erasure_is_what_was_asked_for",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(_CHANGES_WHAT_STAYS),
                func="RAISE EXCEPTION 'An erasure stays what was asked for, and as it was decided';",
            ),
            never_changed("erasure_stays_on_record", pgtrigger.Delete),
            never_emptied("erasures_are_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"Erasure of {self.customer_id}"


_DOES_MORE_THAN_COMPLETE = """
    OLD.sha256 <> '' OR NEW.sha256 !~ '^[0-9a-f]{64}$'
        OR (OLD.id, OLD.organization_id, OLD.customer_id, OLD.exported_by_id, OLD.created)
        IS DISTINCT FROM (NEW.id, NEW.organization_id, NEW.customer_id, NEW.exported_by_id, NEW.created)
"""


@keep_history()
class CustomerExport(Row):
    """That somebody took a customer's data out of the product, on record for good.

    `sha256` is the archive's, and empty until that is whole.
    """

    id = PublicIdField(prefix="cex")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="customer_exports")
    customer_id = PublicIdField(prefix="usr", primary_key=False)
    exported_by = models.ForeignKey(StaffUser, models.PROTECT, null=True, blank=True, related_name="+")
    sha256 = models.CharField(max_length=64)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "-id")
        triggers: ClassVar = [
            FirmTrigger(
                name="export_gets_its_sha256_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(_DOES_MORE_THAN_COMPLETE),
                func="RAISE EXCEPTION 'An export stays as it was recorded, and gets its SHA-256 once';",
            ),
            never_changed("export_stays_on_record", pgtrigger.Delete),
            never_emptied("exports_are_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"Data of {self.customer_id}"
