"""Mass refunds on two connections at once, each rule with a control that shows what goes wrong without its lock."""

from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.payments import sandbox
from preo.payments.models import SandboxRefund
from refunds.models import RefundBatch, RefundBatchItem, RefundRequest
from refunds.operations.batches import approve_batch, pause_batch, run_batch, sole_runner
from refunds.states import BatchStatus, ItemState, RefundReason, RefundStatus
from tests.factories import NOON, make_order, make_purchase, make_refund
from tests.races import SECONDS, at_once
from tests.refunds.batches.making import planned, running, states_of, worked

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_runners_give_back_each_line_once(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    for _ in range(3):
        make_order(edition, units=2)
    batch = running(edition, by=staff, approver=manager)

    def run() -> None:
        while run_batch(batch.pk, now=NOON, limit=1):
            pass

    at_once(run, run)

    assert states_of(worked(batch)) == [RefundStatus.PROCESSED] * 6
    assert SandboxRefund.objects.count() == RefundRequest.objects.count() == 6
    assert set(Transaction.objects.values_list("refunded_minor", flat=True)) == {2 * 505_00}


def test_control_without_the_lock_both_take_up_the_same_lines(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    """Looking for what is planned and taking it up, with nothing locked in between."""
    make_order(edition, units=2)
    batch, both_have_read = running(edition, by=staff, approver=manager), Barrier(2)

    def take_up() -> list[int]:
        lines = list(batch.items.planned().values_list("pk", flat=True))
        both_have_read.wait(SECONDS)
        RefundBatchItem.objects.filter(pk__in=lines).update(state=ItemState.REFUSED, why_not="Taken up.")
        return lines

    first, second = at_once(take_up, take_up)

    assert first == second != []


def test_a_single_refund_and_its_line_never_both_go_back(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    """The control is that of the books' own lock, in tests/refunds/test_races.py."""
    purchases = [make_purchase(edition) for _ in range(4)]
    batch = running(edition, by=staff, approver=manager)

    results = at_once(
        *[lambda one=one: make_refund(one, by=staff, reason=RefundReason.EVENT_CANCELLED) for one in purchases],
        lambda: worked(batch),
    )

    asked = sum(isinstance(result, RefundRequest) for result in results)
    assert sorted(states_of(batch)) == sorted(
        [RefundStatus.PROCESSED] * (4 - asked) + [ItemState.REFUSED] * asked, key=str
    )
    for paid in Transaction.objects.all():
        assert paid.reserved_minor + paid.refunded_minor == 505_00
        assert sandbox.moved_minor(paid.provider_reference, now=NOON) == paid.refunded_minor


def test_a_batch_is_approved_once(edition: Edition, staff: StaffUser, manager: StaffUser, admin: StaffUser) -> None:
    make_purchase(edition)
    batch = planned(edition, by=staff)

    results = at_once(
        *[
            lambda by=by: approve_batch(batch, edition_name=edition.full_name, by=by, now=NOON)
            for by in (manager, admin)
        ]
    )

    assert sorted(isinstance(result, DomainError) for result in results) == [False, True]


def test_control_without_the_lock_both_approve(
    edition: Edition, staff: StaffUser, manager: StaffUser, admin: StaffUser
) -> None:
    """Reading the state and saving the next one, with nothing locked in between."""
    make_purchase(edition)
    batch, both_have_read = planned(edition, by=staff), Barrier(2)

    def approve(by: StaffUser) -> bool:
        row = RefundBatch.objects.get(pk=batch.pk)
        may = row.status == BatchStatus.PLANNED
        both_have_read.wait(SECONDS)
        row.status, row.approved_by, row.approved_at = BatchStatus.RUNNING, by, NOON
        row.save()
        return may

    assert at_once(lambda: approve(manager), lambda: approve(admin)) == [True, True]


def test_pausing_comes_between_two_turns(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, units=8)
    batch = running(edition, by=staff, approver=manager)

    def run() -> None:
        while run_batch(batch.pk, now=NOON, limit=1):
            pass

    at_once(run, lambda: pause_batch(batch, by=manager, now=NOON))

    left = states_of(batch)
    assert set(left) <= {RefundStatus.PROCESSED, RefundStatus.READY, ItemState.PLANNED}
    assert Transaction.objects.get().reserved_minor == left.count(RefundStatus.READY) * 505_00


def test_one_runner_at_a_time_has_the_batch(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    batch, both_have_asked = running_one(edition, staff, manager), Barrier(2)

    def run() -> bool:
        with sole_runner(batch.pk) as is_ours:
            both_have_asked.wait(SECONDS)
        return is_ours

    assert sorted(at_once(run, run), key=bool) == [False, True]
    with sole_runner(batch.pk) as is_ours:
        assert is_ours


def running_one(edition: Edition, staff: StaffUser, manager: StaffUser) -> Any:
    make_purchase(edition)
    return running(edition, by=staff, approver=manager)


def test_the_database_keeps_a_purchase_from_being_listed_twice(edition: Edition, staff: StaffUser) -> None:
    make_purchase(edition)
    item = planned(edition, by=staff).items.get()
    item.pk = None

    with pytest.raises(DatabaseError, match="refund_batch_item_is_once"):
        item.save(force_insert=True)
