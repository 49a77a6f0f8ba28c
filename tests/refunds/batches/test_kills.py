"""Runners of mass refunds that die: a real process is killed before every statement, or again and again."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import StaffUser
from preo.payments import sandbox
from preo.payments.models import SandboxRefund
from refunds.models import RefundAttempt, RefundBatch, RefundRequest
from refunds.operations import reconcile
from refunds.operations.batches import run_batch, sole_runner
from refunds.operations.batches import running as running_module
from refunds.proof import differences
from refunds.states import BatchStatus, RefundStatus
from tests.factories import NOON, make_order
from tests.kills import MANAGE, die_before, ended, forked
from tests.refunds.batches.making import make_batch, running, states_of, worked
from tests.refunds.test_kills import LATER

pytestmark = pytest.mark.django_db(transaction=True)

# Fewer would mean that a step is missing.
FEWEST_TO_RUN, FEWEST_TO_PLAN = 30, 10


def test_a_runner_killed_at_any_statement_leaves_what_is_finished_once(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    """Each try takes up one line more; what a killed one left is finished in the end."""
    make_order(edition, units=45, service_fee_minor=0)
    batch = running(edition, by=staff, approver=manager)

    statement = 1
    while die_before(statement, lambda: run_batch(batch.pk, now=NOON, limit=1)) is None:
        statement += 1
    worked(batch)
    reconcile(now=LATER)
    batch, paid = worked(batch, now=LATER), Transaction.objects.get()

    assert FEWEST_TO_RUN < statement < 45
    assert (batch.status, states_of(batch)) == (BatchStatus.COMPLETED, [RefundStatus.PROCESSED] * 45)
    assert SandboxRefund.objects.count() == RefundAttempt.objects.count() == RefundRequest.objects.count() == 45
    assert (paid.reserved_minor, paid.refunded_minor) == (0, 45 * 505_00)
    assert sandbox.moved_minor(paid.provider_reference, now=LATER) == 45 * 505_00
    assert list(differences()) == []


def test_a_planner_killed_at_any_statement_lists_each_line_once(edition: Edition, staff: StaffUser) -> None:
    orders = [make_order(edition, units=2).pk for _ in range(2)]
    statement, died = 1, True
    while died:
        batch = make_batch(edition, by=staff, selection={"order_ids": orders})

        died = die_before(statement, lambda batch=batch: worked(batch)) is None
        batch = worked(batch)

        assert (batch.status, batch.items.count()) == (BatchStatus.PLANNED, 4), f"killed before {statement}"
        statement += 1
    assert statement > FEWEST_TO_PLAN


def test_the_command_killed_ten_times_gives_back_each_line_once(
    edition: Edition,
    staff: StaffUser,
    manager: StaffUser,
    child_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In small turns, so that there is something left to do for each of eleven runners."""
    monkeypatch.setattr(running_module, "FOR_EACH_CALL", 10)
    for _ in range(10):
        make_order(edition, units=15)
    batch = running(edition, by=staff, approver=manager)
    moments = random.Random(4)

    ends = []
    for _ in range(10):
        child = forked(lambda: call_command("refund_edition", resume=batch.pk, by=manager.email))
        _wait_until_one_more_moves()
        time.sleep(moments.uniform(0, 0.03))
        os.kill(child, signal.SIGKILL)
        ends.append(ended(child))
    command = [sys.executable, str(MANAGE), "refund_edition", "--resume", batch.pk, "--by", manager.email]
    last = subprocess.run(command, env=child_environment, check=False, capture_output=True, text=True)
    reconcile(now=timezone.now() + timedelta(minutes=5))
    batch = worked(batch, now=timezone.now())

    assert last.returncode in (0, 3), last.stderr
    assert ends.count(-signal.SIGKILL) == 10
    assert (batch.status, states_of(batch)) == (BatchStatus.COMPLETED, [RefundStatus.PROCESSED] * 150)
    assert SandboxRefund.objects.count() == RefundRequest.objects.count() == 150
    for paid in Transaction.objects.all():
        assert (paid.reserved_minor, paid.refunded_minor) == (0, 15 * 505_00)
        assert sandbox.moved_minor(paid.provider_reference, now=NOON) == 15 * 505_00
    assert list(differences()) == []


def _wait_until_one_more_moves() -> None:
    before, until = SandboxRefund.objects.count(), time.monotonic() + 30
    while SandboxRefund.objects.count() == before and time.monotonic() < until:
        time.sleep(0.001)


def test_a_killed_runner_leaves_no_lock(edition: Edition, staff: StaffUser) -> None:
    batch = make_batch(edition, by=staff)
    with sole_runner(batch.pk) as is_free:
        assert is_free

    def hold() -> None:
        with sole_runner(batch.pk):
            os.kill(os.getpid(), signal.SIGKILL)

    assert ended(forked(hold)) == -signal.SIGKILL

    until = time.monotonic() + 10
    while not _is_ours(batch) and time.monotonic() < until:
        time.sleep(0.01)
    assert _is_ours(batch)


def _is_ours(batch: RefundBatch) -> bool:
    with sole_runner(batch.pk) as is_ours:
        return is_ours
