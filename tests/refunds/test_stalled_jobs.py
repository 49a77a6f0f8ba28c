"""A worker that is killed amid a job: the refund is finished without the job, and the job is done again."""

import subprocess
import sys
from contextlib import suppress

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

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
