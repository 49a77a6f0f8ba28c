"""Holding a key, keeping an answer, and removing what has expired."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from procrastinate.contrib.django import app
from psycopg import connect

from preo.idempotency.models import Attempt, KeptAnswer
from preo.idempotency.operations import BATCH, KEPT_FOR, find, hold, keep, remove_expired
from preo.public_ids import new
from tests.factories import NOON
from tests.races import at_once, somebody_waits

PERSON = new("stf")
ATTEMPT = Attempt(PERSON, "", "k", "f" * 64)
DAY = timedelta(days=1)
needs_commits = pytest.mark.django_db(transaction=True)


def keep_one(attempt: Attempt = ATTEMPT, *, status: int = 201, now: datetime = NOON) -> KeptAnswer:
    with transaction.atomic():
        keep(attempt, rights={}, status=status, headers={"Content-Type": "application/json"}, body=b"{}", now=now)
    return KeptAnswer.objects.of(attempt).get()


def elsewhere(step: Callable[[], Any]) -> Any:
    """What the step gives on another connection, in a transaction of its own."""

    def run() -> Any:
        try:
            with transaction.atomic():
                return step()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(20)


@needs_commits
def test_hold_is_for_one_at_a_time_and_never_waits() -> None:
    others = [Attempt(PERSON, "", "K", ""), Attempt(PERSON, "stk", "k", ""), Attempt(new("stf"), "", "k", "")]

    with transaction.atomic():
        assert hold(ATTEMPT)
        assert hold(ATTEMPT)
        assert not elsewhere(lambda: hold(ATTEMPT))
        assert elsewhere(lambda: [hold(other) for other in others]) == [True, True, True]
    assert elsewhere(lambda: hold(ATTEMPT))


@needs_commits
def test_hold_ends_with_a_transaction_that_is_rolled_back() -> None:
    with transaction.atomic():
        hold(ATTEMPT)
        transaction.set_rollback(True)

    assert elsewhere(lambda: hold(ATTEMPT))


@needs_commits
def test_hold_ends_with_its_connection(database_url: str) -> None:
    with transaction.atomic():
        hold(ATTEMPT)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = cursor.fetchone()[0]
        with connect(database_url) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        transaction.set_rollback(True)
    connection.close()

    assert elsewhere(lambda: hold(ATTEMPT))


@needs_commits
def test_nothing_is_held_or_kept_outside_of_a_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        hold(ATTEMPT)
    with pytest.raises(transaction.TransactionManagementError):
        keep(ATTEMPT, rights={}, status=201, headers={}, body=b"", now=NOON)


@pytest.mark.django_db
def test_keep_lasts_a_day() -> None:
    kept = keep_one()

    assert (kept.created, kept.expires_at) == (NOON, NOON + KEPT_FOR)
    assert find(ATTEMPT, now=NOON + DAY - timedelta(microseconds=1)) == kept
    assert KeptAnswer.objects.expired(NOON + DAY).get() == kept
    assert find(ATTEMPT, now=NOON + DAY) is None


@pytest.mark.django_db
def test_what_has_expired_makes_room() -> None:
    keep_one(status=409)

    found = find(ATTEMPT, now=NOON + DAY)
    kept = keep_one(Attempt(PERSON, "", "k", "other"), status=200, now=NOON + DAY)

    assert found is None
    assert (kept.status, kept.fingerprint, kept.expires_at) == (200, "other", NOON + 2 * DAY)
    assert KeptAnswer.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"key": ""}, "idempotency_key_is_visible_ascii"),
        ({"key": "a b"}, "idempotency_key_is_visible_ascii"),
        ({"key": "kø"}, "idempotency_key_is_visible_ascii"),
        ({"key": "a\nb"}, "idempotency_key_is_visible_ascii"),
        ({"status": 500}, "kept_answer_is_definite"),
        ({"status": 199}, "kept_answer_is_definite"),
        ({"expires_at": NOON}, "kept_answer_expires_later"),
    ],
)
def test_the_database_refuses_what_cannot_be(wrong: dict[str, Any], constraint: str) -> None:
    keep_one()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        KeptAnswer.objects.update(**wrong)


@needs_commits
def test_control_without_the_lock_both_find_nothing_and_the_database_refuses_one() -> None:
    both = Barrier(2)

    def without_holding() -> None:
        with transaction.atomic():
            assert find(ATTEMPT, now=NOON) is None
            both.wait(20)
            keep(ATTEMPT, rights={}, status=201, headers={}, body=b"", now=NOON)

    ends = at_once(without_holding, without_holding)

    refused = [end for end in ends if isinstance(end, IntegrityError)]
    assert (len(refused), KeptAnswer.objects.count()) == (1, 1)
    assert "one_answer_for_a_key" in str(refused[0])


@pytest.mark.django_db
def test_remove_expired_removes_all_of_it_and_nothing_else() -> None:
    old = keep_one()
    fresh = keep_one(Attempt(PERSON, "", "fresh", ""), now=NOON + timedelta(seconds=1))
    for number in range(BATCH):
        old.pk, old.key = None, str(number)
        old.save(force_insert=True)

    assert remove_expired(now=NOON + DAY) == BATCH + 1
    assert KeptAnswer.objects.get() == fresh
    assert remove_expired(now=NOON + DAY) == 0


@needs_commits
def test_remove_expired_spares_an_answer_that_is_renewed_meanwhile() -> None:
    keep_one()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            find(ATTEMPT, now=NOON + DAY)
            keep(ATTEMPT, rights={}, status=200, headers={}, body=b"", now=NOON + DAY)
            removing = pool.submit(remove_and_close)
            waited = somebody_waits()
        assert (waited, removing.result(20)) == (True, 0)

    assert KeptAnswer.objects.get().status == 200


def remove_and_close() -> int:
    try:
        return remove_expired(now=NOON + DAY)
    finally:
        connections.close_all()


@pytest.mark.django_db
def test_the_command_counts_and_removes() -> None:
    keep_one()
    counted, removed, again = StringIO(), StringIO(), StringIO()

    call_command("remove_expired_idempotency_keys", "--dry-run", stdout=counted)
    call_command("remove_expired_idempotency_keys", stdout=removed)
    call_command("remove_expired_idempotency_keys", stdout=again)

    assert counted.getvalue() == "1 expired idempotency keys found.\n"
    assert removed.getvalue() == "1 expired idempotency keys removed.\n"
    assert again.getvalue() == "0 expired idempotency keys removed.\n"


@needs_commits
def test_the_job_runs_every_hour_and_never_twice_at_once() -> None:
    keep_one()
    task = app.tasks["idempotency.remove_expired"]
    schedules = {one.task.name: one.cron for one in app.periodic_registry.periodic_tasks.values()}

    task(timestamp=0)

    assert (schedules[task.name], task.queueing_lock) == ("23 * * * *", task.name)
    assert not KeptAnswer.objects.exists()
