"""What the rows are called that a change led to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import ForeignKey, Model, QuerySet

from preo.accounts.models import Customer, OrganizationCustomer
from preo.audit.models import AuditEvent
from preo.audit.steps import Step, as_it_was, last_of
from preo.public_ids import NotAPublicId, decode

PARENTS = frozenset({"edition", "organization", "product"})
"""What a row is part of never changes, and isn't told."""


def names_in(steps: Iterable[Step]) -> dict[str, str]:
    """By their ids: a query for each kind of row, and one for all that are gone if there are any."""
    steps = list(steps)
    wanted: dict[type[Model], set[str]] = defaultdict(set)
    for step in steps:
        for name, model in _leading(step):
            wanted[model].update(value for value in (step.before[name], step.after[name]) if _is_id(value))
    found: dict[str, str] = {}
    for model, ids in wanted.items():
        found |= {row.pk: str(row) for row in _nameable(model, steps).filter(pk__in=ids)} if ids else {}
    return found | _names_of_gone({one for ids in wanted.values() for one in ids} - found.keys())


def _nameable(model: type[Model], steps: Sequence[Step]) -> QuerySet[Model]:
    """Every row; of customers those whom the organizations of the events know still, as others may know more."""
    rows: QuerySet[Model] = model._base_manager.all()
    if model is not Customer:
        return rows
    known = OrganizationCustomer.objects.filter(organization_id__in={step.event.organization_id for step in steps})
    return rows.filter(pk__in=known.values("customer_id"))


def links_of(model: type[Model]) -> Mapping[str, Any]:
    """The lists of other rows that the trail tells as changes of this one, by name."""
    return {field.name: field for field in model._meta.many_to_many}


def _leading(step: Step) -> Iterator[tuple[str, type[Model]]]:
    """What of the change leads to other rows, and to which kind."""
    for field in step.subject._meta.concrete_fields:
        if isinstance(field, ForeignKey) and field.name not in PARENTS and field.attname in step.after:
            yield field.attname, field.related_model
    for name, field in links_of(type(step.subject)).items():
        if name in step.after:
            yield name, field.related_model


def _names_of_gone(ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    by_uuid = {decode(one)[1]: one for one in ids}
    gone = last_of(AuditEvent.objects.filter(object_uuid__in=by_uuid))
    return {by_uuid[event.object_uuid]: str(as_it_was(event)) for event in gone}


def _is_id(value: Any) -> bool:
    try:
        return bool(decode(value)) if isinstance(value, str) else False
    except NotAPublicId:
        return False
