"""Who changed rows, when, and from what to what: the history tables, read as sentences."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

import pghistory
from django.db.models import DateTimeField, Field, ForeignKey, JSONField, Model
from pghistory.models import Context

from preo.accounts.models import StaffUser
from preo.backoffice.words import title_of, words_of

NOBODY = "The system"
INSERT, DELETE = pghistory.InsertEvent.label, pghistory.DeleteEvent.label
IN_FULL = (DateTimeField, ForeignKey, JSONField)
UNTOLD = frozenset({"created", "modified", "currency", "search_text"})
PARENTS = frozenset({"edition", "organization", "product"})
LONGEST = 500


OF_ITSELF: Mapping[str, str] = {
    "_finish_plan": "Plan finished",
    "_request_some": "Refunds of a mass refund made",
    "complete_if_done": "Everything done",
    "begin_attempts": "Refund sent out",
    "record_outcomes": "Answer of the payment provider noted",
    "record_answer": "Answer of the payment provider noted",
    "record_movement": "Money moved outside noted",
    "record_imported_orders": "Orders imported",
}
"""What the system does by itself, in words; what people do is named as they know it."""


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
class Step:
    """One history row, with the state of its subject before and after it; None where there was or is no such row."""

    event: Any
    subject: Model
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Teller:
    """Puts changes into words; `names` has what other rows are called, by their ids."""

    currency: str
    in_full: bool
    names: Mapping[str, str]
    call: Callable[[Model], str]

    def changes(self, step: Step) -> Iterator[Change]:
        for field in step.subject._meta.concrete_fields:
            # A column that the history leaves out is known of the newest state alone, and is left out here too.
            if not self._is_told(field) or not hasattr(step.event, field.attname):
                continue
            before, after = getattr(step.before, field.attname, None), getattr(step.after, field.attname, None)
            if before != after and (before or after):
                words = [self._words(field, value) for value in (before, after)]
                yield Change(self.call(step.subject), title_of(field), *words)

    def _is_told(self, field: Field[Any, Any]) -> bool:
        """The times of every row say nothing that the entry doesn't; the rest is told in full or left out."""
        if field.primary_key or field.name in UNTOLD:
            return False
        return (self.in_full and field.name not in PARENTS) or not isinstance(field, IN_FULL)

    def _words(self, field: Field[Any, Any], value: Any) -> str:
        if isinstance(field, ForeignKey):
            return self.names.get(value, "") if value else ""
        return words_of(field, value, currency=self.currency)[:LONGEST]


def trail_of(
    rows: Iterable[Model], *, currency: str, in_full: bool = False, call: Callable[[Model], str] | None = None
) -> list[Entry]:
    """What operations changed in these rows, newest first. Amounts are minor units of `currency`.

    With `in_full` moments, documents and the rows that a row leads to are told as well. What the history leaves out,
    such as a secret, is never told. `call` says what a row is called, where its kind and id are not enough. One query
    for each kind of row, and one for people.
    """
    return told(steps_in(rows), currency=currency, in_full=in_full, call=call)


def told(
    steps: Iterable[Step], *, currency: str, in_full: bool, call: Callable[[Model], str] | None = None
) -> list[Entry]:
    """The steps as trail_of tells them; `call` says what a row is called, where its kind and id are not enough."""
    steps = sorted(steps, key=_when, reverse=True)
    names = _names(steps) if in_full else {}
    tell = Teller(currency=currency, in_full=in_full, names=names, call=call or _name_of)
    people = people_in(steps)
    return [_entry(list(together), people, tell) for _, together in groupby(steps, key=_when)]


def deleted_rows(model: type[Model], **where: Any) -> list[Model]:
    """Rows that are no more, as they were last, for a trail that tells of them too; `where` is on their columns."""
    table: Any = model._meta.get_field("history").related_model
    columns = [field.attname for field in model._meta.concrete_fields]
    events = table.objects.filter(pgh_label=DELETE, **where)
    return [model(**{name: getattr(event, name) for name in columns if hasattr(event, name)}) for event in events]


def steps_in(rows: Iterable[Model]) -> Iterator[Step]:
    """Every change of these rows, oldest first for each. One query for each kind of row."""
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
    """Tables filled by the million keep old rows on update; the others new ones. Of a deletion all keep the old one."""
    table: Any = model._meta.get_field("history").related_model
    trackers = [tracker for tracker in table.pgh_trackers if tracker.label != DELETE]
    return all(tracker.row == pghistory.New for tracker in trackers)


def _steps_of(subject: Model, events: list[Any], *, is_state_after: bool) -> Iterator[Step]:
    states = [None, *events] if is_state_after else [*events, subject]
    for event, (before, after) in zip(events, pairwise(states), strict=True):
        label = event.pgh_label
        yield Step(event, subject, None if label == INSERT else before, None if label == DELETE else after)


def _when(step: Step) -> tuple[datetime, str]:
    # PostgreSQL's now() is the start of the transaction, so everything of one operation shares it.
    return step.event.pgh_created_at, str(step.event.pgh_context_id)


def people_in(steps: list[Step]) -> dict[str, StaffUser]:
    """Who made the changes, by their ids. One query."""
    ids = {context_of(step).get("staff_user") for step in steps} - {None}
    return StaffUser.objects.in_bulk(list(ids)) if ids else {}


def context_of(step: Step) -> dict[str, Any]:
    """What is known of the operation that made the change: `operation`, `staff_user`, `request_id`."""
    context: Context | None = step.event.pgh_context
    return context.metadata if context else {}


def _entry(steps: list[Step], people: dict[str, StaffUser], tell: Teller) -> Entry:
    metadata = context_of(steps[0])
    person = people.get(metadata.get("staff_user") or "")
    return Entry(
        at=steps[0].event.pgh_created_at,
        who=str(person) if person else NOBODY,
        operation=_operation(str(metadata.get("operation") or "change"), steps),
        request_id=str(metadata.get("request_id") or ""),
        changes=[*(change for step in steps for change in tell.changes(step)), *_noted(steps, tell)],
    )


def _noted(steps: list[Step], tell: Teller) -> Iterator[Change]:
    """What the operation itself said of these rows, see `note`."""
    notes: Mapping[str, Mapping[str, Sequence[str]]] = context_of(steps[0]).get("notes", {})
    for row in {step.subject.pk: step.subject for step in steps}.values():
        for name, (before, after) in notes.get(str(row.pk), {}).items():
            yield Change(tell.call(row), name, before, after)


def _operation(name: str, steps: list[Step]) -> str:
    """In words; what is done to rows of any kind is told with the kind."""
    if name in OF_ITSELF:
        return OF_ITSELF[name]
    kind = str(steps[0].subject._meta.verbose_name)
    return name.replace("_row", f" {kind}").replace("_", " ").strip().capitalize()


def _names(steps: list[Step]) -> dict[str, str]:
    """What the rows that any step leads to are called, by their ids: one query for each kind of row."""
    wanted: dict[type[Model], set[str]] = defaultdict(set)
    for step in steps:
        for field in _links(step):
            ids = [getattr(state, field.attname, None) for state in (step.before, step.after)]
            wanted[field.related_model].update(one for one in ids if one)
    found = (model._base_manager.in_bulk(list(ids)) for model, ids in wanted.items() if ids)
    return {key: str(row) for rows in found for key, row in rows.items()}


def _links(step: Step) -> list[Any]:
    """Fields that lead to other rows, but for what the row is part of: that never changes."""
    fields = [field for field in step.subject._meta.concrete_fields if isinstance(field, ForeignKey)]
    return [field for field in fields if field.name not in PARENTS and hasattr(step.event, field.attname)]


def _name_of(row: Model) -> str:
    return f"{str(row._meta.verbose_name).capitalize()} {str(row.pk)[-6:]}"
