"""Going on with a mass refund, whatever it waits for; by one runner at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

from refunds.models import RefundBatch
from refunds.operations.batches.planning import fill_plan
from refunds.operations.batches.running import run_batch
from refunds.states import BatchStatus


def work_on_batch(batch_id: str, *, now: datetime) -> bool:
    """Plan or run the next part; whether to call again. One that waits for a person, or is over, is left alone."""
    status = RefundBatch.objects.values_list("status", flat=True).get(pk=batch_id)
    if status == BatchStatus.PLANNING:
        return fill_plan(batch_id, now=now)
    if status == BatchStatus.RUNNING:
        return run_batch(batch_id, now=now)
    return False


@contextmanager
def sole_runner(batch_id: str) -> Iterator[bool]:
    """Whether nobody else is at work on it; held meanwhile, so that its cap on calls is one for all machines.

    The lock is the database session's and ends with it: a killed process leaves none. It is not what keeps the books
    right; that is the row lock.
    """
    key = f"refund batch {batch_id}"
    is_ours = _ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
    try:
        yield is_ours
    finally:
        if is_ours:
            _ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)


def _ask(sql: str, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, [key])
        row = cursor.fetchone()
    return bool(row and row[0])
