"""Workers that die: a real process is killed before every statement, and the next run finishes its work once."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import StaffUser
from preo.payments import sandbox
from preo.payments.models import SandboxRefund
from refunds.models import RefundRequest
from refunds.operations import approve_refund, execute_ready, reconcile
from refunds.proof import differences
from refunds.states import RefundScope, RefundStatus
from tests.factories import NOON, make_purchase, make_refund
from tests.kills import MANAGE, STEP, die_before, ended, forked

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(minutes=5)
MUCH_LATER = LATER + timedelta(minutes=5)
# Claiming and the sandbox's own books, and with an answer also recording it: fewer would mean that a step is missing.
FEWEST_STATEMENTS, FEWEST_WITH_ANSWER = 10, 20


def ready_refund(edition: Edition, *, by: StaffUser, approver: StaffUser, amount_minor: int = 20_00) -> RefundRequest:
    purchase = make_purchase(edition)
    refund = make_refund(purchase, by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=amount_minor)
    return approve_refund(refund, by=approver, now=NOON)


def outcome_of(refund: RefundRequest) -> tuple[str, int, int, int, int]:
    """Status, attempts, reserved, refunded, and what really moved."""
    refund.refresh_from_db()
    paid = Transaction.objects.get(pk=refund.transaction_id)
    moved = sandbox.moved_minor(paid.provider_reference, now=MUCH_LATER)
    return refund.status, refund.attempts.count(), paid.reserved_minor, paid.refunded_minor, moved


@pytest.mark.parametrize(
    ("amount_minor", "fewest"),
    [
        (20_00, FEWEST_WITH_ANSWER),
        (20_02, FEWEST_STATEMENTS),
        (20_03, FEWEST_STATEMENTS),
        (20_04, FEWEST_WITH_ANSWER),
    ],
)
def test_a_worker_killed_at_any_statement_leaves_what_is_finished_once(
    edition: Edition, staff: StaffUser, manager: StaffUser, amount_minor: int, fewest: int
) -> None:
    # Each case tries others of the statements; `make kills` tries all of them.
    statement, died = 1 + amount_minor % STEP, True
    while died:
        refund = ready_refund(edition, by=staff, approver=manager, amount_minor=amount_minor)

        died = die_before(statement, lambda: execute_ready(now=NOON)) is None
        execute_ready(now=NOON)
        reconcile(now=LATER)
        reconcile(now=MUCH_LATER)

        assert outcome_of(refund) == ("processed", 1, 0, amount_minor, amount_minor), f"killed before {statement}"
        statement += STEP
    assert statement > fewest


@pytest.mark.parametrize(
    ("amount_minor", "end"),
    [
        (20_02, ("processed", 1, 0, 20_02, 20_02)),
        (20_03, ("processed", 1, 0, 20_03, 20_03)),
        (20_04, ("processed", 1, 0, 20_04, 20_04)),
        (20_05, ("failed", 1, 0, 0, 0)),
    ],
)
def test_a_reconciler_killed_at_any_statement_leaves_what_is_finished_once(
    edition: Edition,
    staff: StaffUser,
    manager: StaffUser,
    amount_minor: int,
    end: tuple[str, int, int, int, int],
) -> None:
    # Each case tries others of the statements; `make kills` tries all of them.
    statement, died = 1 + amount_minor % STEP, True
    while died:
        refund = ready_refund(edition, by=staff, approver=manager, amount_minor=amount_minor)
        execute_ready(now=NOON)

        died = die_before(statement, lambda: reconcile(now=LATER)) is None
        reconcile(now=MUCH_LATER)

        assert outcome_of(refund) == end, f"killed before {statement}"
        statement += STEP
    assert statement > FEWEST_STATEMENTS


def test_workers_killed_again_and_again_finish_every_refund_once(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    """Each is killed amid its calls: first of those that were approved, then of those that nobody knows about."""
    refunds = [ready_refund(edition, by=staff, approver=manager) for _ in range(40)]

    ends: list[int] = []
    for day in range(10):
        child = forked(lambda at=NOON + timedelta(days=day): work(at))  # type: ignore[misc]  # bound to this day
        _wait_until_more_moves()
        os.kill(child, signal.SIGKILL)
        ends.append(ended(child))
    work(NOON + timedelta(days=30))

    assert [outcome_of(refund) for refund in refunds] == [("processed", 1, 0, 20_00, 20_00)] * 40
    assert SandboxRefund.objects.count() == 40
    assert ends == [-signal.SIGKILL] * 10
    assert list(differences()) == []


def work(now: datetime) -> None:
    """What a worker does in a minute."""
    execute_ready(now=now)
    reconcile(now=now)


def _wait_until_more_moves() -> None:
    before, until = SandboxRefund.objects.count(), time.monotonic() + 10
    while SandboxRefund.objects.count() == before and time.monotonic() < until:
        time.sleep(0.001)


def test_the_worker_carries_out_what_was_approved(
    edition: Edition, staff: StaffUser, manager: StaffUser, child_environment: dict[str, str]
) -> None:
    refund = ready_refund(edition, by=staff, approver=manager)

    worker = [sys.executable, str(MANAGE), "procrastinate", "worker", "--one-shot"]
    subprocess.run(worker, env=child_environment, check=True, timeout=120)

    assert outcome_of(refund) == (RefundStatus.PROCESSED, 1, 0, 20_00, 20_00)
