"""Rows by the thousand: PostgreSQL's COPY in its text format."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

CHUNK = 1_000
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def row_of(values: Iterable[object]) -> str:
    """One row as COPY reads it, without its end. Dicts and lists become JSON."""
    return "\t".join(map(_text, values))


def copy_in(model: type[models.Model], *, fields: Sequence[str], rows: Iterable[str]) -> None:
    """Insert rows made by `row_of` in the order of `fields`; every other column gets the model's default.

    Nothing of Django's own runs on the rows: neither validation nor the conversion of typed ids to uuids.
    """
    constants = _constants(model, besides=fields)
    columns = [model._meta.get_field(name).column for name in [*fields, *constants]]  # type: ignore[union-attr]  # concrete fields
    end = "".join("\t" + _text(value) for value in constants.values()) + "\n"
    names = ", ".join(connection.ops.quote_name(str(column)) for column in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    remaining = iter(rows)
    # Django turns the driver's errors into its own for statements, but not for COPY.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        while chunk := list(islice(remaining, CHUNK)):
            copy.write("".join(chain.from_iterable((row, end) for row in chunk)))


def copy_out(rows: models.QuerySet[Any, Any]) -> list[str]:
    """The rows of a query as `copy_in` takes them, typed ids as uuids; for rows that go from table to table."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    operations: Any = connection.ops  # of PostgreSQL, which the general class doesn't show
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({operations.compose_sql(sql, params)}) TO STDOUT") as copy,
    ):
        # A line break within a value is escaped, so that each one here ends a row.
        return b"".join(copy).decode().split("\n")[:-1]


def _constants(model: type[models.Model], *, besides: Sequence[str]) -> dict[str, Any]:
    """The defaults that Django, not the database, would fill in."""
    left = [field for field in model._meta.concrete_fields if field.name not in besides]
    return {
        field.name: field.get_default()
        for field in left
        if not (field.null or field.has_db_default() or isinstance(field, models.AutoField | models.ForeignKey))
    }


def _text(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value).translate(_ESCAPES)
    return str(value).translate(_ESCAPES)
