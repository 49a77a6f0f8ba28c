"""A provider that is slow keeps nobody's refunds waiting but its own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from preo.accounts.models import StaffUser
from refunds.models import RefundRequest
from refunds.operations import execute_ready
from refunds.operations.one_at_a_time import one_at_a_time
from refunds.states import RefundStatus
from tests.factories import NOON
from tests.kills import SECONDS, wait_until
from tests.providers.fixtures import remote_stand_in
from tests.refunds.provider_scene import Scene, key_of, scene
from tests.refunds.test_kills import ready_refund
from tests.refunds.test_stalled_jobs import WORKER

__all__ = ["remote_stand_in", "scene"]


@pytest.mark.django_db(transaction=True)
def test_a_refund_goes_out_while_another_provider_answers_nothing(
    scene: Scene, child_environment: dict[str, str]
) -> None:
    """Stripe has more jobs than the worker has threads, and each would wait for longer than the test does."""
    scene.remote.fault(kind="slow_after", seconds=SECONDS + 10, times=5)
    environment = child_environment | scene.remote.environ | {"PROVIDER_TIMEOUT": "100"}

    with worker(environment):
        slow = [scene.ready("stripe")]
        wait_until(lambda: scene.remote.taken(key=key_of(slow[0])))
        slow += [scene.ready("stripe") for _ in range(4)]
        quick = ready_refund(scene.edition, by=scene.staff, approver=scene.manager)
        wait_until(lambda: state_of(quick) == RefundStatus.PROCESSED)

        assert state_of(slow[0]) == RefundStatus.PROCESSING
        scene.remote.hurry()
        wait_until(lambda: {state_of(refund) for refund in slow} == {RefundStatus.PROCESSED})


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen([*WORKER, "--concurrency", "4", "--queues", "refunds"], env=environment) as process:
        try:
            yield
        finally:
            process.kill()


def state_of(refund: RefundRequest) -> str:
    return RefundRequest.objects.values_list("status", flat=True).get(pk=refund.pk)


@pytest.mark.django_db
def test_execute_ready_takes_the_refunds_of_the_named_service_alone(
    scene: Scene, staff: StaffUser, manager: StaffUser
) -> None:
    elsewhere, here = scene.ready("stripe"), ready_refund(scene.edition, by=staff, approver=manager)

    assert execute_ready(service="sandbox", now=NOON) == 1

    assert (state_of(here), state_of(elsewhere)) == (RefundStatus.PROCESSED, RefundStatus.READY)


def test_one_at_a_time_begins_anew_for_whoever_left_it_the_work() -> None:
    begun, may_end, times = Event(), Event(), []

    def work() -> None:
        times.append(1)
        begun.set()
        may_end.wait(10)

    thread = Thread(target=lambda: one_at_a_time("test", work))
    thread.start()
    begun.wait(10)
    one_at_a_time("test", lambda: times.append(100))
    may_end.set()
    thread.join()

    assert times == [1, 1]
