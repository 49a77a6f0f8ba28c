"""The jobs that go on with mass refunds, and what an operator sees of it meanwhile."""

from io import StringIO

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from editions.models import Edition
from preo.accounts.models import StaffUser
from refunds import tasks
from refunds.management.following import ProgressLine
from refunds.models import RefundBatch
from refunds.operations.batches import pause_batch
from refunds.operations.batches.moving import WORK_ON_BATCH
from refunds.states import BatchStatus
from tests.factories import NOON, make_order
from tests.refunds.batches.making import make_batch, planned, running

LIKE_A_WORKER = pytest.mark.django_db(transaction=True)
"""A job begins with closing what connections are old, which ends a test's own transaction."""


def waiting() -> list[str]:
    """The mass refunds that a job waits to go on with."""
    jobs = ProcrastinateJob.objects.filter(task_name=WORK_ON_BATCH, status="todo").order_by("id")
    return [job.args["batch_id"] for job in jobs]


def forget_jobs() -> None:
    ProcrastinateJob.objects.filter(task_name=WORK_ON_BATCH).update(status="succeeded")


def test_a_job_comes_with_the_plan_and_with_the_approval(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    make_order(edition)

    batch = running(edition, by=staff, approver=manager)

    assert waiting() == [batch.pk] * 2


@LIKE_A_WORKER
def test_the_job_plans_and_runs_to_the_end(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, units=2)
    batch = make_batch(edition, by=staff)
    tasks.work_on_batch(batch.pk)
    assert RefundBatch.objects.get().status == BatchStatus.PLANNED

    running_one = running(edition, by=staff, approver=manager)
    tasks.work_on_batch(running_one.pk)

    running_one.refresh_from_db()
    assert running_one.status == BatchStatus.COMPLETED


@LIKE_A_WORKER
def test_after_some_turns_a_job_lets_others_go_first(
    edition: Edition, staff: StaffUser, manager: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "TURNS", 1)
    make_order(edition, units=26)
    batch = running(edition, by=staff, approver=manager)
    forget_jobs()

    tasks.work_on_batch(batch.pk)

    assert waiting() == [batch.pk]
    assert batch.items.planned().count() == 1


@LIKE_A_WORKER
def test_the_sweep_goes_on_with_whatever_was_left(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, units=3)
    planning, is_running = make_batch(edition, by=staff), running(edition, by=staff, approver=manager)
    pause_batch(running(edition, by=staff, approver=manager), by=manager, now=NOON)
    planned(edition, by=staff)
    forget_jobs()

    tasks.sweep(0)

    assert waiting() == [planning.pk, is_running.pk]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_written_over_in_a_terminal() -> None:
    stream = Terminal()
    line = ProgressLine(stream)

    line.show("Running", "1 % of 200", percent=1)
    line.show("Running", "2 % of 200", percent=2)
    line.end()

    assert stream.getvalue() == "\r\x1b[KRunning: 1 % of 200\r\x1b[KRunning: 2 % of 200\n"


def test_progress_has_a_line_for_each_tenth_elsewhere() -> None:
    stream = StringIO()
    line = ProgressLine(stream)

    for percent in (1, 2, 11, 100):
        line.show("Running", f"{percent} %", percent=percent)
    line.show("Completed", "100 %", percent=100)
    line.end()

    assert stream.getvalue() == "Running: 1 %\nRunning: 11 %\nRunning: 100 %\nCompleted: 100 %\n"
