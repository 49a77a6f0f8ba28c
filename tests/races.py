"""Several connections at once, for tests of what happens when two people do something at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import IntegrityError, connection, connections

from preo.errors import DomainError, InvalidField

SECONDS = 20


def at_once(*steps: Callable[[], object]) -> list[object]:
    """Run each step on a connection of its own, all started together; a refusal, also of the database, is a result."""
    start = Barrier(len(steps))

    def run(step: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            start.wait(SECONDS)
            return step()
        except (DomainError, InvalidField, IntegrityError) as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(steps)) as pool:
        return [future.result(SECONDS) for future in [pool.submit(run, step) for step in steps]]


def somebody_waits() -> bool:
    """Whether, within the time given, a backend of this database comes to wait for a lock."""
    with connection.cursor() as cursor:
        for _ in range(SECONDS * 50):
            cursor.execute(
                "SELECT pg_sleep(0.02), (SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            row = cursor.fetchone()
            if row and row[1]:
                return True
    return False
