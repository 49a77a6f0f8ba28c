"""Events together with the rows that they are about."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model, QuerySet

from preo.accounts.models import Customer, Organization
from preo.audit.choices import Action
from preo.audit.kinds import typed_id
from preo.audit.models import AuditEvent
from preo.audit.values import ERASED, SECRET, Values, values_of
from preo.public_ids import decode


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one row, with what changed as it was and as it became; see values_of."""

    event: AuditEvent
    subject: Model
    before: Values
    after: Values


def steps_in(rows: Iterable[Model], *, organization: Organization | None = None) -> list[Step]:
    """Every change of these rows, oldest first for each, as the organization may know them. One query.

    Raises TypeError for a customer without an organization, as each of those that share it has a part of its history.
    """
    subjects = {uuid_of(row): row for row in rows}
    events = AuditEvent.objects.filter(object_uuid__in=subjects)
    if organization is not None:
        events = events.filter(organization_id=organization.pk)
    elif any(isinstance(row, Customer) for row in subjects.values()):
        raise TypeError("Whose part of the customer's history?")
    by_row: dict[UUID, list[AuditEvent]] = defaultdict(list)
    for event in events.select_related("personal").order_by("created", "id"):
        by_row[event.object_uuid].append(event)
    return [_step(event, subject) for uuid, subject in subjects.items() for event in by_row[uuid]]


def steps_of(newest_first: Sequence[AuditEvent]) -> list[Step]:
    """These events with their rows as they are, or as they were when they went. A query for each kind of row."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for event in newest_first:
        wanted[event.object_type].add(event.object_uuid)
    subjects = {uuid: row for kind, uuids in wanted.items() for uuid, row in _rows(kind, uuids).items()}
    for event in newest_first:
        if event.object_uuid not in subjects:
            subjects[event.object_uuid] = as_it_was(event)
    return [_step(event, subjects[event.object_uuid]) for event in newest_first]


def deleted_rows(model: type[Model], *, edition_id: str, product_id: str) -> list[Model]:
    """Variants or options that are no more, as they were last, for a trail that tells of them too."""
    events = AuditEvent.objects.filter(edition_id=edition_id, object_type=model._meta.label_lower)
    of_product = events.filter(changes__product_id__0=str(decode(product_id)[1]))
    return [as_it_was(event) for event in last_of(of_product)]


def last_of(events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
    """Those among them that deleted a row."""
    return events.filter(action=Action.DELETE).select_related("personal").order_by("created", "id")


def as_it_was(event: AuditEvent) -> Model:
    """The row that the event deleted; of another event, as much of the row as it tells."""
    model: Any = apps.get_model(event.object_type)
    before, after = values_of(event)
    state = before if event.action == Action.DELETE else after
    columns = {field.attname for field in model._meta.concrete_fields}
    known = {name: value for name, value in state.items() if name in columns and value not in (SECRET, ERASED)}
    row: Model = model(pk=typed_id(event.object_type, event.object_uuid), **known)
    return row


def uuid_of(row: Model) -> UUID:
    """What the trail knows the row by."""
    return decode(str(row.pk))[1]


def _step(event: AuditEvent, subject: Model) -> Step:
    return Step(event, subject, *values_of(event))


def _rows(kind: str, uuids: Iterable[UUID]) -> dict[UUID, Any]:
    model = apps.get_model(kind)
    found = model._base_manager.in_bulk([typed_id(kind, uuid) for uuid in uuids])
    return {uuid_of(row): row for row in found.values()}
