"""What the audit trail adds to a write: the same statements with the triggers of the history, and without.

All of it within transactions that are rolled back, so that it is measured without the commit, which both would share.
"""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from django.db import connection, transaction

TIMES = 400
COPIED = 100_000
WRITES = {
    "an order": ("orders_order", "metadata = jsonb_build_object('n', %s::int)"),
    "a transaction": ("orders_transaction", "provider_reference = 'bench-' || %s"),
    "an edition": ("editions_edition", "meta_title = jsonb_build_object('en', %s::text)"),
}


def audit_overhead() -> Iterator[str]:
    """Lines for the table of `make bench`."""
    for what, (table, change) in WRITES.items():
        with_history = _median_us(table, change)
        with _without_history(table):
            without = _median_us(table, change)
        added = with_history - without
        yield f"audit overhead, UPDATE of {what}: {with_history:.0f} us, without {without:.0f} us, +{added:.0f} us"
    yield f"audit overhead, telling who acts, once an operation: {_telling_us():.0f} us"
    with_history, rows = _copy_seconds(has_history=True)
    without, _ = _copy_seconds(has_history=False)
    share = with_history / without
    yield f"audit overhead, COPY of {rows} purchases: {with_history:.2f} s, without {without:.2f} s, {share:.2f}x"


def _median_us(table: str, change: str) -> float:
    """Of single rows, each by its id."""
    with _rolled_back(), connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table} LIMIT %s", [TIMES])
        ids = [key for (key,) in cursor.fetchall()]
        taken = []
        for number in range(TIMES):
            start = perf_counter()
            cursor.execute(f"UPDATE {table} SET {change} WHERE id = %s", [number, ids[number % len(ids)]])
            taken.append(perf_counter() - start)
    return statistics.median(taken) * 1e6


def _telling_us() -> float:
    with _rolled_back(), connection.cursor() as cursor:
        taken = []
        for _ in range(TIMES):
            start = perf_counter()
            cursor.execute("SELECT set_config('preo.acting', '{\"operation\": \"bench\"}', true)")
            taken.append(perf_counter() - start)
    return statistics.median(taken) * 1e6


def _copy_seconds(*, has_history: bool) -> tuple[float, int]:
    """Seconds to copy new purchases in, and how many those were."""
    with _rolled_back(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = 'orders_purchase'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id'"
        )
        (columns,) = cursor.fetchone()
        some = f"SELECT gen_random_uuid(), {columns} FROM orders_purchase LIMIT {COPIED}"
        with cursor.copy(f"COPY ({some}) TO STDOUT") as copy:
            rows = b"".join(bytes(part) for part in copy)
        if not has_history:
            _switch_off("orders_purchase")
        start = perf_counter()
        with cursor.copy(f"COPY orders_purchase (id, {columns}) FROM STDIN") as copy:
            copy.write(rows)
        return perf_counter() - start, rows.count(b"\n")


@contextmanager
def _without_history(table: str) -> Iterator[None]:
    with _rolled_back():
        _switch_off(table)
        yield


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _switch_off(table: str) -> None:
    """Only the owner can, and here until the transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE '%%history_of%%'",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
