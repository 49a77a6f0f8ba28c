"""The audit trail: every change of a business row, written by triggers (preo/history.py) and by nothing else."""

from typing import ClassVar

import pgtrigger
from django.db import models

from preo.api.scoping import ScopedQuerySet
from preo.audit.choices import Action, ActorType
from preo.firm_triggers import OwnersTrigger, never_changed, never_emptied
from preo.public_ids import PublicIdField


class AuditEventQuerySet(ScopedQuerySet["AuditEvent"]):
    """Of the organizations, or single editions, in reach; rows of no organization are the platform's own."""

    edition_field = "edition_id"


class AuditEvent(models.Model):
    """One change of one row. It refers to nothing, so that it outlasts what it tells of.

    `changes` maps a column to what it was and what it became, as JSON; to null where the values are in the event's
    personal detail, or were until they were erased. Events of one `transaction_number` were committed together.
    """

    id = PublicIdField(prefix="aud")
    created = models.DateTimeField()
    transaction_number = models.BigIntegerField()
    organization_id = PublicIdField(prefix="org", primary_key=False, null=True)  # type: ignore[misc]  # null, unlike a key
    edition_id = PublicIdField(prefix="edt", primary_key=False, null=True)  # type: ignore[misc]  # null, unlike a key
    object_type = models.CharField(max_length=60, help_text="The kind of row, as app.model.")
    object_uuid = models.UUIDField()
    action = models.CharField(max_length=10, choices=Action.choices)
    changes = models.JSONField()
    operation = models.CharField(max_length=100, blank=True)
    actor_type = models.CharField(max_length=20, choices=ActorType.choices)
    staff_user_id = PublicIdField(prefix="stf", primary_key=False, null=True)  # type: ignore[misc]  # null, unlike a key
    token_id = PublicIdField(prefix="stk", primary_key=False, null=True)  # type: ignore[misc]  # null, unlike a key
    application_id = models.CharField(max_length=100, blank=True, help_text="The OAuth application.")
    process = models.CharField(max_length=200, blank=True, help_text="The command, job or session.")
    request_id = models.CharField(max_length=128, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    objects = AuditEventQuerySet.as_manager()
    application_may: ClassVar = ("SELECT",)

    class Meta:
        ordering = ("-created", "-id")
        triggers: ClassVar = [
            OwnersTrigger(
                name="audit_trail_is_append_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'DELETE' AND EXISTS (
                        SELECT FROM audit_auditretention run WHERE run.ended_at IS NULL AND run.older_than > OLD.created
                    ) THEN
                        RETURN OLD;
                    END IF;
                    RAISE EXCEPTION 'The audit trail is append-only';
                """,
            ),
            never_emptied("audit_trail_is_never_emptied"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization_id", "-created", "-id"], name="audit_event_of_organization"),
            models.Index(fields=["object_uuid", "-created", "-id"], name="audit_event_of_object"),
            models.Index(fields=["edition_id", "object_type", "-created", "-id"], name="audit_event_of_edition"),
            models.Index(fields=["-created", "-id"], name="audit_event_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.object_type} {self.object_uuid}"


class PersonalDetail(models.Model):
    """What an event tells of a customer, apart from the event so that it can be erased and the event stays."""

    event = models.OneToOneField(
        AuditEvent, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="personal"
    )
    organization_id = PublicIdField(prefix="org", primary_key=False, null=True)  # type: ignore[misc]  # null, unlike a key
    customer_id = PublicIdField(prefix="usr", primary_key=False)
    changes = models.JSONField()

    application_may: ClassVar = ("SELECT", "DELETE")

    class Meta:
        triggers: ClassVar = [
            never_changed("personal_detail_stays_as_it_is", pgtrigger.Update),
            never_emptied("personal_details_are_never_emptied"),
            OwnersTrigger(
                name="personal_detail_goes_with_an_erasure_alone",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM accounts_erasure erasure
                        WHERE erasure.customer_id = OLD.customer_id AND erasure.status = 'done'
                        AND (OLD.organization_id IS NULL OR erasure.organization_id = OLD.organization_id)
                    ) AND EXISTS (SELECT FROM audit_auditevent event WHERE event.id = OLD.event_id) THEN
                        RAISE EXCEPTION 'Personal details are removed when the customer is erased, and not before';
                    END IF;
                    RETURN OLD;
                """,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer_id", "organization_id"], name="personal_detail_of_customer"),
        ]

    def __str__(self) -> str:
        return f"Of {self.customer_id}"
