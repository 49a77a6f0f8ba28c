"""Django's PostgreSQL, but quick at emptying a database after a test that committed."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, operations

# What a migration writes and no test changes; writing it anew would take longer than all the rest.
KEPT = {"auth_permission", "django_content_type"}
# What Django doesn't count among its tables, and so would leave to the tests that follow.
OTHERS = {"cache", "procrastinate_events", "procrastinate_jobs", "procrastinate_periodic_defers"}
# Deleted rows stay in their files until a vacuum, and make every later test read past them.
MOST_BYTES_TO_DELETE_FROM = 128 * 1024
# Some tables refuse to be emptied.
PAST_TRIGGERS = "SET LOCAL session_replication_role = replica"


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        """Delete the rows there are, past the triggers, while every table is small.

        TRUNCATE makes new files for ninety tables, most of them empty. Only a superuser may pass by triggers and
        references.
        """
        emptied = {*tables, *OTHERS} - KEPT
        if not self._is_superuser():
            return super().sql_flush(style, [*tables, *OTHERS], **options)
        is_large = self._largest(emptied) > MOST_BYTES_TO_DELETE_FROM
        truncations = super().sql_flush(style, [*tables, *OTHERS], **options) if is_large else []
        return [PAST_TRIGGERS, *(truncations or map(self._delete, self._filled(emptied)))]

    def _is_superuser(self) -> bool:
        return bool(self.connection.connection.info.parameter_status("is_superuser") == "on")

    def _largest(self, tables: set[str]) -> int:
        """Bytes of the largest of `tables`."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(max(pg_relation_size(oid)), 0) FROM pg_class WHERE relname = ANY(%s)", [list(tables)]
            )
            (size,) = cursor.fetchone()
        return int(size)

    def _filled(self, tables: set[str]) -> list[str]:
        """Those of `tables` that have rows."""
        asked = [f"SELECT '{table}' WHERE EXISTS (SELECT FROM {self.quote_name(table)})" for table in sorted(tables)]
        with self.connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(asked))
            return [table for (table,) in cursor.fetchall()]

    def _delete(self, table: str) -> str:
        return f"DELETE FROM {self.quote_name(table)}"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
