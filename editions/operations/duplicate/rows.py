"""Rows from table to table as COPY prints them, with every reference among them turned to the copies."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import AutoField, Field, ForeignKey, JSONField, Model
from uuid_utils.compat import uuid7

from editions.operations.duplicate.kinds import Kind, Wanted
from preo.copying import copy_in, copy_out, row_of
from preo.public_ids import PublicIdField, decode, encode, prefix_of

Turn = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one kind by id, each a cell for each of `fields`; keys that the database counts are left out."""

    kind: Kind
    fields: Sequence[Field[Any, Any]]
    rows: list[list[str]]

    @property
    def uuids(self) -> list[str]:
        """None where the key is no typed id."""
        places = [place for place, field in enumerate(self.fields) if field.primary_key]
        return [cells[place] for place in places for cells in self.rows]


def read(kind: Kind, wanted: Wanted) -> Table:
    """What there is of a kind, in one statement."""
    fields = [field for field in kind.model._meta.concrete_fields if not isinstance(field, AutoField)]
    rows = kind.rows(wanted).order_by("pk").values_list(*[field.attname for field in fields])
    return Table(kind, fields, [row.split("\t") for row in copy_out(rows)])


class NewIds:
    """Which row became which: by table and uuid, and within any text by typed id."""

    def __init__(self, edition: tuple[str, str], tables: Iterable[Table]) -> None:
        """The typed ids of the two editions, and what gets new ids; these sort as the old ones do."""
        (prefix, old), (_, new) = map(decode, edition)
        self._by_prefix: dict[str, dict[str, str]] = {prefix: {str(old): str(new)}}
        for table in tables:
            if uuids := table.uuids:
                self._by_prefix[prefix_of(table.kind.model)] = {uuid: str(uuid7()) for uuid in uuids}
        # No boundary is asked for: an id also stands behind a slash, or the n of an escaped line break.
        self._typed_ids = re.compile(f"(?:{'|'.join(self._by_prefix)})_[0-7][0-9a-hjkmnp-tv-z]{{25}}")

    def of(self, model: type[Model]) -> Turn | None:
        """What turns a uuid of this table into the copy's; None where nothing of it was copied."""
        if not isinstance(model._meta.pk, PublicIdField) or not (ids := self._by_prefix.get(prefix_of(model))):
            return None
        return lambda uuid: ids.get(uuid, uuid)

    def within(self, text: str) -> str:
        """The text, with the copy's id wherever the typed id of a copied row stood."""
        return self._typed_ids.sub(self._copy_of, text)

    def _copy_of(self, found: re.Match[str]) -> str:
        prefix, uuid = decode(found[0])
        new = self._by_prefix[prefix].get(str(uuid))
        return encode(prefix, UUID(new)) if new else found[0]


def write(table: Table, ids: NewIds, *, fixed: Mapping[str, Any]) -> None:
    """Insert the copies in one statement; `fixed` holds the fields that are the same in all of them."""
    turns = [(place, turn) for place, field in enumerate(table.fields) if (turn := _turn(field, ids, fixed))]
    if table.rows:
        copy_in(table.kind.model, fields=[field.name for field in table.fields], rows=_turned(table.rows, turns))


def _turn(field: Field[Any, Any], ids: NewIds, fixed: Mapping[str, Any]) -> Turn | None:
    """What becomes of the cells of a column; None where they stay."""
    if field.name in fixed:
        return _always(row_of([field.get_prep_value(fixed[field.name])]))
    if isinstance(field, JSONField):
        return ids.within
    if isinstance(field, ForeignKey):
        return ids.of(field.remote_field.model)
    return ids.of(field.model) if field.primary_key else None


def _always(cell: str) -> Turn:
    return lambda _: cell


def _turned(rows: Iterable[list[str]], turns: Sequence[tuple[int, Turn]]) -> Iterator[str]:
    for cells in rows:
        for place, turn in turns:
            cells[place] = turn(cells[place])
        yield "\t".join(cells)
