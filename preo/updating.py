"""Many rows changed at once, each in its own way, in one statement that costs the same to build for any number."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def update_each(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of rows of one model, like Django's `bulk_update`, which builds a CASE for every value.

    The rows are updated in no particular order: lock them first.
    """
    if not rows:
        return
    meta = rows[0]._meta
    columns = [meta.pk, *(meta.get_field(name) for name in fields)]
    quote = connection.ops.quote_name
    names = [quote(str(column.column)) for column in columns]  # type: ignore[union-attr]  # concrete fields
    arrays = ", ".join(f"%s::{column.db_type(connection).partition('(')[0]}[]" for column in columns)  # type: ignore[union-attr]  # concrete fields
    sets = ", ".join(f"{name} = given.{name}" for name in names[1:])
    sql = (
        f"UPDATE {quote(meta.db_table)} changed SET {sets} FROM unnest({arrays}) given ({', '.join(names)})"  # noqa: S608  # names of ours alone
        f" WHERE changed.{names[0]} = given.{names[0]}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [_values(rows, column) for column in columns])


def _values(rows: Sequence[models.Model], column: Any) -> list[Any]:
    return [column.get_db_prep_save(getattr(row, column.attname), connection) for row in rows]
