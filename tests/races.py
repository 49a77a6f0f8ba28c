"""Several connections at once, for tests of what happens when two people do something at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import IntegrityError, connection, connections

from preo.errors import DomainError, InvalidField

SECONDS = 60
LOOKS = SECONDS * 50


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


class Meeting:
    """A place that two leave together, except that one goes on alone once the other waits for a lock."""

    def __init__(self) -> None:
        self._there: list[None] = []

    def wait(self) -> None:
        self._there.append(None)
        for _ in range(LOOKS):
            if len(self._there) > 1 or _look_for_waiting():
                return


def together(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, but both callers leave it at the same time, if both get there."""
    meeting = Meeting()

    def wait(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        meeting.wait()
        return result

    return wait


def somebody_waits() -> bool:
    """Whether, within the time given, a backend of this database comes to wait for a lock."""
    return any(_look_for_waiting() for _ in range(LOOKS))


def _look_for_waiting() -> bool:
    """Look once, after a moment; in a transaction PostgreSQL would show again what it showed before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_sleep(0.02), pg_stat_clear_snapshot(), (SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        (*_, waiting) = cursor.fetchone()
    return bool(waiting)
