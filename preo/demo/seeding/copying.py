"""Filling tables through COPY: rows come as lines of its text format."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Model
from psycopg import Connection, sql

NULL = "\\N"
"""An empty column."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the order in which lines name its columns; what is left out is the database's to fill."""

    model: type[Model]
    columns: tuple[str, ...]

    @classmethod
    def of(cls, model: type[Model], columns: str, *, but: frozenset[str] = frozenset()) -> Self:
        """Raises ValueError when the columns and those in `but` are not just the model's."""
        named = tuple(columns.split())
        expected = {str(field.column) for field in model._meta.concrete_fields} - but
        if set(named) != expected:
            raise ValueError(f"{model.__name__}: columns differ in {sorted(expected ^ set(named))}")
        return cls(model, named)

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def copy(self) -> sql.Composed:
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.name), names)


Block = Mapping[Table, bytes]
"""Lines by table, in an order in which they can be written."""


def escaped(text: str) -> str:
    """A value without what separates values and lines."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


class BlockWriter:
    """Writes blocks in their order, one while the next one is being made; leaving it waits for the last.

    Nothing else may use the connection in between.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._under_way: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def write(self, block: Block) -> None:
        """Returns before the block is written; raises what stopped the one before it."""
        self.finish()
        self._under_way = self._thread.submit(self._copy, block)

    def finish(self) -> None:
        if self._under_way:
            self._under_way.result()
            self._under_way = None

    def _copy(self, block: Block) -> None:
        for table, lines in block.items():
            with self._connection.cursor() as cursor, cursor.copy(table.copy) as copy:
                copy.write(lines)
