"""Fills big tables faster: their indexes, keys and foreign keys are dropped first and built again afterwards.

All of it stands in the system catalogs, in the database's own words, so that nothing here needs to know a single name.
It needs no more than to own the tables, and belongs into one transaction with what fills them.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection, sql

_MEMORY = "512MB"

# Unique and primary keys are wanted by foreign keys; so those go first, and come back last.
_FOREIGN_KEYS: LiteralString = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0
      AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))
    ORDER BY conrelid::regclass::text, conname
"""
_KEYS: LiteralString = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype IN ('p', 'u', 'x') AND conrelid = ANY(%(tables)s::regclass[])
    ORDER BY conrelid::regclass::text, conname
"""
_INDEXES: LiteralString = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY(%(tables)s::regclass[])
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
    ORDER BY indexrelid::regclass::text
"""


@dataclass(frozen=True, slots=True)
class Constraint:
    """Names are quoted where they need it."""

    table: str
    name: str
    definition: str

    @property
    def drop(self) -> str:
        return f"ALTER TABLE {self.table} DROP CONSTRAINT {self.name}"

    @property
    def build(self) -> str:
        return f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} {self.definition}"


@dataclass(frozen=True, slots=True)
class Index:
    name: str
    build: str

    @property
    def drop(self) -> str:
        return f"DROP INDEX {self.name}"


@contextmanager
def without_indexes(connection: Connection[Any], tables: Collection[str]) -> Iterator[None]:
    """Inside, the tables have no indexes and neither keep nor are held to keys; their CHECKs stay.

    Other transactions wait for the end of this one before they read the tables.
    """
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    parts = _parts(connection, tables)
    for part in parts:
        _run(connection, part.drop)
    yield
    with _memory_for_building(connection):
        for part in reversed(parts):
            _run(connection, part.build)


def _parts(connection: Connection[Any], tables: Collection[str]) -> list[Constraint | Index]:
    """In an order in which they can be dropped."""
    named = {"tables": list(tables)}
    indexes = [Index(*row) for row in connection.execute(_INDEXES, named)]
    constraints = [Constraint(*row) for query in (_FOREIGN_KEYS, _KEYS) for row in connection.execute(query, named)]
    return [*constraints, *indexes]


@contextmanager
def _memory_for_building(connection: Connection[Any]) -> Iterator[None]:
    connection.execute(sql.SQL("SET LOCAL maintenance_work_mem = {}").format(sql.Literal(_MEMORY)))
    yield
    connection.execute("SET LOCAL maintenance_work_mem TO DEFAULT")


def _run(connection: Connection[Any], statement: str) -> None:
    connection.execute(statement.encode())
