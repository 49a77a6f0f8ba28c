"""A worker that is killed amid a job: the refund is finished without the job, and the job is done again."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from time import time

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job

from refunds.models import RefundAttempt, RefundRequest
from refunds.operations.deciding import EXECUTE_READY
from refunds.states import RefundStatus
from refunds.tasks import STALLED_AFTER, retry_stalled, sweep
from tests.kills import MANAGE, apart, note_kill, wait_until
from tests.providers.fixtures import remote_stand_in
from tests.refunds.provider_scene import Scene, key_of, scene

__all__ = ["remote_stand_in", "scene"]

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = [sys.executable, str(MANAGE), "procrastinate", "worker"]


@pytest.fixture
def environment(child_environment: dict[str, str], scene: Scene) -> dict[str, str]:
    return child_environment | scene.remote.environ


def test_a_job_of_a_killed_worker_is_done_again_and_its_refund_once(scene: Scene, environment: dict[str, str]) -> None:
    refund = scene.ready("stripe")
    scene.remote.fault(kind="slow_after", seconds=60)

    with subprocess.Popen([*WORKER, "--queues", "refunds"], env=environment) as process:
        wait_until(lambda: scene.remote.taken(key=key_of(refund)))
        process.kill()
    note_kill()
    scene.remote.hurry()
    assert (state_of(refund), job()) == (RefundStatus.PROCESSING, ("doing", 0))

    RefundAttempt.objects.update(ask_at=timezone.now())
    apart(lambda: sweep(timestamp=0))
    scene.require_once(refund, after="the sweep alone")
    assert job() == ("doing", 0)

    let_the_heart_stand_still()
    with suppress(AlreadyEnqueued):
        retry_stalled.defer(timestamp=0)
    both = [*WORKER, "--one-shot", "--queues", "maintenance,refunds"]
    subprocess.run(both, env=environment, check=True, timeout=120)
    assert job() == ("succeeded", 2)
    scene.require_once(refund, after="the job was done again")


def test_retry_stalled_puts_back_what_died_and_ends_what_waits_already() -> None:
    """The one that can't be put back stands first; the second of two that died finds the first waiting."""
    dead, alive = worker(seconds_ago=121), worker(seconds_ago=60)
    twin = doing("mail.sweep", dead)
    waiting = app.configure_task("mail.sweep", queue="mail", queueing_lock="mail.sweep").defer(timestamp=1)
    died, died_too = doing("refunds.sweep", dead), doing("refunds.sweep", dead)
    plain, gone, living = doing(None, dead), doing(None, None), doing(None, alive)

    run_retry_stalled()

    assert states(twin, waiting) == ["aborted", "todo"]
    assert states(died, died_too) == ["todo", "aborted"]
    assert states(plain, gone, living) == ["todo", "todo", "doing"]


def worker(*, seconds_ago: float) -> int:
    """A worker last heard of so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s) RETURNING id",
            [timedelta(seconds=seconds_ago)],  # type: ignore[list-item]  # psycopg takes it
        )
        return int(cursor.fetchone()[0])


def doing(queueing_lock: str | None, worker_id: int | None) -> int:
    """A job that a worker has begun."""
    task = app.configure_task(queueing_lock or "refunds.reconcile", queueing_lock=queueing_lock)
    job_id = task.defer(**({"timestamp": 0} if queueing_lock else {}))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [worker_id, job_id]
        )
    return job_id


def states(*job_ids: int) -> Sequence[str]:
    found = dict(ProcrastinateJob.objects.values_list("id", "status"))
    return [found[job_id] for job_id in job_ids]


def run_retry_stalled() -> None:
    """As a worker does, over a connection of its own."""

    async def run() -> None:
        worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # Django's
        async with worker_app.open_async():
            own = Job(id=0, queue="maintenance", lock=None, queueing_lock=None, task_name="jobs.retry_stalled")
            context = JobContext(app=worker_app, job=own, start_timestamp=time(), abort_reason=lambda: None)
            await retry_stalled(context, timestamp=0)

    asyncio.run(run())


def state_of(refund: RefundRequest) -> str:
    return str(RefundRequest.objects.get(pk=refund.pk).status)


def job() -> tuple[str, int]:
    """State of the job that was enqueued with the approval, and how often it ended."""
    found = ProcrastinateJob.objects.filter(task_name=EXECUTE_READY).earliest("id")
    return found.status, found.attempts


def let_the_heart_stand_still() -> None:
    """As when nothing was heard of the worker for so long."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - %s", [STALLED_AFTER * 1.01])
