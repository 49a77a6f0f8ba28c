"""Who changed rows, when, why, and from what to what: the audit trail, read as sentences."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import DateTimeField, Field, ForeignKey, JSONField, Model
from django.utils.text import capfirst

from preo.accounts.models import Organization
from preo.audit.actors import Actors, actors_of
from preo.audit.excerpts import excerpts, whole
from preo.audit.models import AuditEvent
from preo.audit.names import PARENTS, links_of, names_in
from preo.audit.steps import Step, steps_in
from preo.audit.values import ERASED, SECRET
from preo.audit.wording import operation_in_words
from preo.backoffice.words import title_of, words_of

IN_FULL = (DateTimeField, ForeignKey, JSONField)
UNTOLD = frozenset({"created", "modified", "currency", "search_text"})


@dataclass(frozen=True, slots=True)
class Change:
    """One column of one row, before and after, as people read it. `before` is empty for a new row.

    Of long values `before` and `after` are excerpts around what differs; `whole` has the values then.
    """

    row: str
    name: str
    before: str
    after: str
    whole: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one operation changed, all of it committed at once."""

    at: datetime
    who: str
    operation: str
    request_id: str
    changes: Sequence[Change]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Teller:
    """Puts changes into words; `names` has what other rows are called, by their ids."""

    currency: str
    in_full: bool
    names: Mapping[str, str]
    call: Callable[[Model], str]

    def changes(self, steps: Sequence[Step]) -> Iterator[Change]:
        """Of columns, of links to other rows, and what the operation itself said."""
        yield from chain.from_iterable(map(self._of_columns, steps))
        if self.in_full:
            yield from self._of_links(steps)
        yield from self._of_notes(steps)

    def _of_columns(self, step: Step) -> Iterator[Change]:
        for field in step.subject._meta.concrete_fields:
            if field.attname not in step.after or not self._is_told(field):
                continue
            before, after = step.before[field.attname], step.after[field.attname]
            if before or after:
                words = self._words(field, before), self._words(field, after)
                yield _change(self.call(step.subject), title_of(field), *words)

    def _of_links(self, steps: Sequence[Step]) -> Iterator[Change]:
        """What was taken off and what was put on, each list as one."""
        lists: dict[tuple[Model, str], list[Step]] = defaultdict(list)
        for step in sorted(steps, key=_moment):
            for name in links_of(type(step.subject)).keys() & step.after.keys():
                lists[step.subject, name].append(step)
        for (subject, name), of_list in lists.items():
            was = self._listed(step.before[name] for step in of_list)
            became = self._listed(step.after[name] for step in of_list)
            if was != became:
                yield Change(self.call(subject), _title_of_links(subject, name), was, became)

    def _listed(self, ids: Iterable[str | None]) -> str:
        return ", ".join(self.names.get(one, one) for one in ids if one)

    def _of_notes(self, steps: Sequence[Step]) -> Iterator[Change]:
        """What no column says; it comes with every change of the row that the operation made."""
        notes: dict[tuple[Model, str], tuple[str, str]] = {}
        for step in steps:
            known = {field.attname for field in step.subject._meta.concrete_fields} | links_of(
                type(step.subject)
            ).keys()
            for name in step.after.keys() - known:
                notes[step.subject, name] = str(step.before[name] or ""), str(step.after[name] or "")
        for (subject, name), words in sorted(notes.items(), key=lambda note: note[0][1]):
            yield Change(self.call(subject), name, *words)

    def _is_told(self, field: Field[Any, Any]) -> bool:
        """The times of every row say nothing that the entry doesn't; the rest is told in full or left out."""
        if field.primary_key or field.name in UNTOLD:
            return False
        return (self.in_full and field.name not in PARENTS) or not isinstance(field, IN_FULL)

    def _words(self, field: Field[Any, Any], value: Any) -> str:
        if value in (SECRET, ERASED):
            return str(value)
        if isinstance(field, ForeignKey):
            return self.names.get(value, str(value)) if value else ""
        return words_of(field, value, currency=self.currency)


def trail_of(
    rows: Iterable[Model],
    *,
    currency: str,
    in_full: bool = False,
    call: Callable[[Model], str] | None = None,
    organization: Organization | None = None,
) -> list[Entry]:
    """What operations changed in these rows, newest first. Amounts are minor units of `currency`.

    With `in_full` moments, documents and the rows that a row leads to are told as well. Of a secret it is told that it
    changed. `call` says what a row is called, where its kind and id are not enough; of a customer, `organization` says
    whose part of the history it is. One query for the changes and one for people; in full, one for each kind of row
    that they lead to.
    """
    return told(steps_in(rows, organization=organization), currency=currency, in_full=in_full, call=call)


def told(
    steps: Iterable[Step], *, currency: str, in_full: bool, call: Callable[[Model], str] | None = None
) -> list[Entry]:
    """The steps as trail_of tells them; those of one operation stay in their order."""
    steps = list(steps)
    names = names_in(steps) if in_full else {}
    tell = Teller(currency=currency, in_full=in_full, names=names, call=call or _name_of)
    actors = actors_of(step.event for step in steps)
    together: dict[tuple[Any, ...], list[Step]] = defaultdict(list)
    for step in steps:
        together[_operation_of(step.event)].append(step)
    newest_first = sorted(together.values(), key=lambda of_one: max(map(_moment, of_one)), reverse=True)
    return [_entry(of_one, actors, tell) for of_one in newest_first]


def _change(row: str, name: str, before: str, after: str) -> Change:
    told_of = excerpts(before, after)
    is_cut = told_of != (before, after)
    return Change(row, name, *told_of, whole=(whole(before), whole(after)) if is_cut else None)


def _operation_of(event: AuditEvent) -> tuple[Any, ...]:
    """What tells one operation from another, also from one that shared its transaction."""
    return event.transaction_number, event.operation, event.staff_user_id, event.token_id, event.process


def _moment(step: Step) -> tuple[datetime, str]:
    return step.event.created, step.event.pk


def _entry(steps: list[Step], actors: Actors, tell: Teller) -> Entry:
    event = steps[0].event
    return Entry(
        at=min(step.event.created for step in steps),
        who=actors.name(event),
        operation=operation_in_words(event),
        request_id=event.request_id,
        changes=list(tell.changes(steps)),
        reason=event.reason,
    )


def _title_of_links(row: Model, name: str) -> str:
    """As the rows of a plain list are called; one with a table of its own has its own name."""
    field = links_of(type(row))[name]
    is_plain = field.remote_field.through._meta.auto_created
    return str(capfirst(field.related_model._meta.verbose_name_plural if is_plain else field.verbose_name))


def _name_of(row: Model) -> str:
    return f"{str(row._meta.verbose_name).capitalize()} {str(row.pk)[-6:]}"
