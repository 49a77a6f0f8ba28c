"""What was removed from the audit trail because of its age."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from preo.firm_triggers import OwnersTrigger, never_emptied
from preo.history import Place, keep_history
from preo.public_ids import PublicIdField

SHORTEST_DAYS = 90
"""Younger events are never removed; the database holds it too."""


@keep_history(Place("NULL::uuid"), left_out=("removed",))
class AuditRetention(models.Model):
    """One removal of all events from before a moment. It is kept for good, and says so where the trail begins."""

    id = PublicIdField(prefix="atr")
    created = models.DateTimeField(db_default=Now())
    older_than = models.DateTimeField(help_text="Events from before this moment were removed.")
    removed = models.BigIntegerField(default=0, help_text="How many events that were.")
    ended_at = models.DateTimeField(null=True, help_text="Empty while it runs, or if it was killed.")
    role = models.CharField(
        max_length=100,
        db_default=models.Func(function="session_user", template="%(function)s", output_field=models.CharField()),
        help_text="The role of the database that did it.",
    )

    application_may: ClassVar = ("SELECT",)

    class Meta:
        ordering = ("-created", "-id")
        triggers: ClassVar = [
            OwnersTrigger(
                name="retention_spares_what_is_young",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    NEW.created := now();
                    NEW.role := session_user;
                    IF NEW.older_than > now() - interval '{SHORTEST_DAYS} days' THEN
                        RAISE EXCEPTION 'Events younger than {SHORTEST_DAYS} days stay';
                    END IF;
                    RETURN NEW;
                """,
            ),
            OwnersTrigger(
                name="retention_says_what_was_done",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'UPDATE' AND NEW.removed >= OLD.removed AND OLD.ended_at IS NULL
                        AND (NEW.id, NEW.created, NEW.older_than, NEW.role) = (OLD.id, OLD.created, OLD.older_than, OLD.role)
                    THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'What was removed from the audit trail stays on record';
                """,  # noqa: E501  a migration has it word for word
            ),
            never_emptied("retentions_are_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"Before {self.older_than:%Y-%m-%d}"
