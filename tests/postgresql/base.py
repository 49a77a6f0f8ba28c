"""Django's PostgreSQL, but quick at emptying a database after a test that committed."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, operations

# What a migration writes and no test changes; writing it anew would take longer than all the rest.
KEPT = {"auth_permission", "django_content_type"}


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        """Delete what there is, past the triggers; TRUNCATE makes new files for ninety tables, most of them empty.

        Only a superuser may pass by triggers and references, so another user truncates.
        """
        if self.connection.connection.info.parameter_status("is_superuser") != "on":
            return super().sql_flush(style, tables, **options)
        return ["SET LOCAL session_replication_role = replica", *map(self._delete, self._filled(set(tables) - KEPT))]

    def _delete(self, table: str) -> str:
        return f"DELETE FROM {self.quote_name(table)}"

    def _filled(self, tables: set[str]) -> list[str]:
        """Those of `tables` that have rows."""
        if not tables:
            return []
        asked = [f"SELECT '{table}' WHERE EXISTS (SELECT FROM {self.quote_name(table)})" for table in sorted(tables)]
        with self.connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(asked))
            return [table for (table,) in cursor.fetchall()]


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
