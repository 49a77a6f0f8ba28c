"""Who changed rows, when, and from what to what: the history tables, read as sentences."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

import pghistory
from django.db.models import DateTimeField, Field, ForeignKey, JSONField, Model, TextField
from pghistory.models import Context

from preo.accounts.models import StaffUser
from preo.money import Money

NOBODY = "The system"
INSERT = pghistory.InsertEvent.label


@dataclass(frozen=True, slots=True)
class Change:
    """One column of one row, before and after, as people read it. `before` is empty for a new row."""

    row: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What one operation changed, all of it committed at once."""

    at: datetime
    who: str
    operation: str
    request_id: str
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class _Step:
    """One history row, with the state of its subject before and after it."""

    event: Any
    subject: Model
    before: Any
    after: Any


def trail_of(rows: Iterable[Model], *, currency: str) -> list[Entry]:
    """What operations changed in these rows, newest first. Amounts are minor units of `currency`.

    One query for each kind of row, and one for people.
    """
    steps = sorted(_steps(rows), key=_when, reverse=True)
    people = _people(steps)
    return [_entry(list(together), people, currency) for _, together in groupby(steps, key=_when)]


def _steps(rows: Iterable[Model]) -> Iterator[_Step]:
    by_model: dict[type[Model], list[Model]] = defaultdict(list)
    for row in rows:
        by_model[type(row)].append(row)
    for model, subjects in by_model.items():
        events = _events(model, subjects)
        for subject in subjects:
            yield from _steps_of(subject, events[subject.pk], is_state_after=_keeps_new(model))


def _events(model: type[Model], subjects: list[Model]) -> dict[str, list[Any]]:
    """Oldest first, by the row they are about."""
    table: Any = model._meta.get_field("history").related_model
    found: dict[str, list[Any]] = defaultdict(list)
    events = table.objects.filter(pgh_obj__in=[row.pk for row in subjects])
    for event in events.select_related("pgh_context").order_by("pgh_id"):
        found[event.pgh_obj_id].append(event)
    return found


def _keeps_new(model: type[Model]) -> bool:
    """Tables filled by the million keep old rows and nothing on insert; the others keep new ones."""
    table: Any = model._meta.get_field("history").related_model
    return all(tracker.row == pghistory.New for tracker in table.pgh_trackers)


def _steps_of(subject: Model, events: list[Any], *, is_state_after: bool) -> Iterator[_Step]:
    states = [None, *events] if is_state_after else [*events, subject]
    for event, (before, after) in zip(events, pairwise(states), strict=True):
        yield _Step(event, subject, None if event.pgh_label == INSERT else before, after)


def _when(step: _Step) -> tuple[datetime, str]:
    # PostgreSQL's now() is the start of the transaction, so everything of one operation shares it.
    return step.event.pgh_created_at, str(step.event.pgh_context_id)


def _people(steps: list[_Step]) -> dict[str, StaffUser]:
    ids = {_metadata(step).get("staff_user") for step in steps} - {None}
    return StaffUser.objects.in_bulk(list(ids)) if ids else {}


def _metadata(step: _Step) -> dict[str, Any]:
    context: Context | None = step.event.pgh_context
    return context.metadata if context else {}


def _entry(steps: list[_Step], people: dict[str, StaffUser], currency: str) -> Entry:
    metadata = _metadata(steps[0])
    person = people.get(metadata.get("staff_user") or "")
    return Entry(
        at=steps[0].event.pgh_created_at,
        who=str(person) if person else NOBODY,
        operation=str(metadata.get("operation") or "change").replace("_", " ").capitalize(),
        request_id=str(metadata.get("request_id") or ""),
        changes=[change for step in steps for change in _changes(step, currency)],
    )


def _changes(step: _Step, currency: str) -> Iterator[Change]:
    for field in step.subject._meta.concrete_fields:
        if not _is_told(field) or not hasattr(step.after, field.attname):
            continue
        before, after = getattr(step.before, field.attname, None), getattr(step.after, field.attname)
        if before != after and (before or after):
            words = [_words(field, value, currency) for value in (before, after)]
            yield Change(_name_of(step.subject), _title(field), *words)


def _is_told(field: Field[Any, Any]) -> bool:
    """Moments, other rows and documents say nothing that the entry doesn't."""
    is_silent = isinstance(field, DateTimeField | ForeignKey | JSONField)
    return not is_silent and not field.primary_key and field.name not in ("currency", "search_text")


def _title(field: Field[Any, Any]) -> str:
    return str(field.verbose_name).removesuffix(" minor").capitalize()


def _words(field: Field[Any, Any], value: Any, currency: str) -> str:
    if value is None:
        return ""
    if field.name.endswith("_minor"):
        return Money(value, currency).formatted()
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(dict(field.flatchoices).get(value, value))
    return text if not isinstance(field, TextField) else text[:200]


def _name_of(row: Model) -> str:
    return f"{str(row._meta.verbose_name).capitalize()} {str(row.pk)[-6:]}"
