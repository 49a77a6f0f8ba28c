"""Which tables the database itself keeps a history of: triggers write every change to the audit trail."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pgtrigger
from django.db.models import Model

from preo.firm_triggers import FirmTrigger, OwnersSql

M = TypeVar("M", bound=type[Model])

ALWAYS_LEFT_OUT = ("id", "created", "modified")
"""What every row has and no change is about."""

RECORDED: list[type[Model]] = []
"""The kinds of rows that the trail tells of."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose a row is, in SQL over `row`: expressions for the organization and the edition, and the joins they need.

    `is_told` says whether the organization may know who acted; it may not where a row is shared with others.
    """

    organization: str = "row.organization_id"
    edition: str = "NULL::uuid"
    joins: str = ""
    is_told: str = "true"


OF_ORGANIZATION = Place()


class History(FirmTrigger):
    """Writes down each changed row by itself.

    All rows of a statement at once would be a join whose plan the session keeps: one made for a single row is ruinous
    for ten thousand, and one made for those reads whole tables for a single row.
    """

    when = pgtrigger.After
    level = pgtrigger.Row
    sql = OwnersSql


@dataclass(frozen=True, slots=True)
class Recording:
    """How the changes of one table are written down; see keep_history."""

    place: Place
    customer: str
    secret: Sequence[str]
    personal: Sequence[str]
    left_out: Sequence[str]
    inserts_in_full: bool
    made_with: str

    def triggers(self, kind: str) -> Iterator[History]:
        """One for each kind of statement; `kind` is what the trail calls such rows."""
        new = "to_jsonb(NEW)" if self.inserts_in_full else NOTHING
        yield self._trigger("insert", kind, before=NOTHING, after=new)
        yield self._trigger("update", kind, before="to_jsonb(OLD)", after="to_jsonb(NEW)")
        yield self._trigger("delete", kind, before="to_jsonb(OLD)", after=NOTHING)

    def _trigger(self, action: str, kind: str, *, before: str, after: str) -> History:
        customer = self.customer.replace("row.", "OLD.") if action == "update" else self.customer
        lists = ", ".join(map(_array, (self.secret, self.personal, (*ALWAYS_LEFT_OUT, *self.left_out))))
        place = self.place
        unless = f"IF audit_came_now(NEW.{self.made_with}) THEN RETURN NULL; END IF;" if self.made_with else ""
        return _history(
            action,
            f"""
                {unless if action == "insert" else ""}
                PERFORM audit_record('{action}', '{kind}', {place.organization}, {place.edition}, row.id,
                    {customer}, {before}, {after}, {lists}, {place.is_told})
                FROM (SELECT {_ROWS[action]}.*) row {place.joins};
                RETURN NULL;
            """,  # made of the source's own words alone
        )


NOTHING = "'{}'::jsonb"
_OPERATIONS: dict[str, Any] = {"insert": pgtrigger.Insert, "update": pgtrigger.Update, "delete": pgtrigger.Delete}
_ROWS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def _history(action: str, func: str) -> History:
    is_another = pgtrigger.Condition("OLD.* IS DISTINCT FROM NEW.*") if action == "update" else None
    return History(name=f"history_of_{action}", operation=_OPERATIONS[action], condition=is_another, func=func)


def keep_history(
    place: Place = OF_ORGANIZATION,
    *,
    customer: str = "NULL::uuid",
    secret: Sequence[str] = (),
    personal: Sequence[str] = (),
    left_out: Sequence[str] = (),
    inserts_in_full: bool = True,
    made_with: str = "",
) -> Callable[[M], M]:
    """Triggers write each change of a row to the audit trail, with who made it.

    Columns that are `secret` are told as changed, never what they were. Columns that are `personal` are of the
    customer whose uuid `customer` gives, in SQL over `row` (of an update: as it was); their values are kept apart,
    where an erasure ends them. Columns `left_out` are no change. Tables filled by the million leave `inserts_in_full`
    off: the trail then tells that a row came and by whom, and what it was is the row itself. Where `made_with` is the
    column of another row's id, the event of one that came in the same transaction tells of both.
    """
    recording = Recording(place, customer, secret, personal, left_out, inserts_in_full, made_with)

    def decorate(model: M) -> M:
        for trigger in recording.triggers(str(model._meta.label_lower)):
            trigger.register(model)  # type: ignore[arg-type]  # the library means the class
        RECORDED.append(model)
        return model

    return decorate


def keep_history_of_links(
    through: type[Model], *, name: str, owner: type[Model], owner_column: str, linked_column: str, place: Place
) -> None:
    """Triggers write each link of a many-to-many relation as a change of `owner` named `name`.

    `place` is in SQL over `row`, which is the link.
    """
    for action, state in (("insert", "NEW"), ("delete", "OLD")):
        linked = f"jsonb_build_object('{name}', row.{linked_column})"
        before, after = (NOTHING, linked) if action == "insert" else (linked, NOTHING)
        func = f"""
                PERFORM audit_record('update', '{owner._meta.label_lower}', {place.organization}, {place.edition},
                    row.{owner_column}, NULL::uuid, {before}, {after}, {_array(())}, {_array(())}, {_array(())}, true)
                FROM (SELECT {state}.*) row {place.joins};
                RETURN NULL;
            """  # made of the source's own words alone
        _history(action, func).register(through)  # type: ignore[arg-type]  # the library means the class


def _array(names: Sequence[str]) -> str:
    quoted = ", ".join(f"'{name}'" for name in names)
    return f"ARRAY[{quoted}]::text[]"
