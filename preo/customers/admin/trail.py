"""What the audit trail tells of a customer, as far as organizations in reach wrote it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from preo.accounts.models import OrganizationCustomer
from preo.api.roles import Role
from preo.audit.actors import actors_of
from preo.audit.models import AuditEvent
from preo.audit.sharing import each_once
from preo.audit.steps import Step, uuid_of
from preo.audit.trail import Entry, told
from preo.audit.values import values_of
from preo.customers.operations.merging import merge_customers

MOST_EVENTS = 100


@dataclass(frozen=True, slots=True)
class Merge:
    """A duplicate that was merged in: when, by whom and why, as long as the trail has it."""

    duplicate: OrganizationCustomer
    at: datetime | None
    who: str
    reason: str


def trail_within(rows: Iterable[Model], *, user: Any) -> list[Entry]:
    """The newest changes of these rows, newest first. At most three queries."""
    subjects = {uuid_of(row): row for row in rows}
    within = user.reach.organizations_at_least(Role.STAFF)
    events = AuditEvent.objects.filter(organization_id__in=within, object_uuid__in=list(subjects))
    newest = events.select_related("personal").order_by("-created", "-id")[:MOST_EVENTS]
    return told([_step(event, subjects) for event in each_once(newest)], currency="", in_full=False)


def merges_of(duplicates: Sequence[OrganizationCustomer]) -> list[Merge]:
    """In the order of the rows. At most three queries, however many there are."""
    rows = {uuid_of(row): row for row in duplicates}
    events = AuditEvent.objects.filter(object_uuid__in=list(rows), operation=merge_customers.__name__)
    # The first is its own; later ones are of the customer that it was merged into.
    first = {event.object_uuid: event for event in events.order_by("-created", "-id")} if rows else {}
    actors = actors_of(first.values())
    return [
        Merge(row, event.created, actors.name(event), event.reason)
        if (event := first.get(uuid))
        else Merge(row, None, "", "")
        for uuid, row in rows.items()
    ]


def _step(event: AuditEvent, subjects: Mapping[UUID, Model]) -> Step:
    return Step(event, subjects[event.object_uuid], *values_of(event))
