"""Approving mass refunds: who may, by typing what, and once."""

import pytest
from django.db import IntegrityError, transaction

from editions.models import Edition
from orders.states import TransactionStatus
from preo.accounts.models import StaffUser
from preo.states import IllegalMove
from refunds.models import RefundBatch, RefundRequest
from refunds.operations import NeedsSecondApprover
from refunds.operations.batches import EditionNameDiffers, NothingPlanned, approve_batch
from refunds.states import BatchStatus
from tests.factories import NOON, make_order, make_purchase
from tests.refunds.batches.making import make_batch, planned, worked


def test_approve_batch_takes_a_second_person(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = planned(edition, by=staff)

    approve_batch(batch, edition_name=f" {edition.full_name} ", by=manager, now=NOON)

    batch.refresh_from_db()
    assert (batch.status, batch.approved_by, batch.approved_at) == (BatchStatus.RUNNING, manager, NOON)
    assert not RefundRequest.objects.exists()


def test_approve_batch_refuses_who_asked(edition: Edition, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = planned(edition, by=manager)

    with pytest.raises(NeedsSecondApprover):
        approve_batch(batch, edition_name=edition.full_name, by=manager, now=NOON)


def test_the_database_refuses_who_asked(edition: Edition, manager: StaffUser) -> None:
    batch = planned(edition, by=manager)

    with pytest.raises(IntegrityError, match="refund_batch_has_a_second_approver"), transaction.atomic():
        RefundBatch.objects.update(status=BatchStatus.RUNNING, approved_by=manager, approved_at=NOON)
    with pytest.raises(IntegrityError, match="refund_batch_runs_only_when_approved"), transaction.atomic():
        RefundBatch.objects.filter(pk=batch.pk).update(status=BatchStatus.RUNNING)


@pytest.mark.parametrize("name", ["", "Camp 2026", "summer days camp 2026", "Summer Days  Camp 2026"])
def test_approve_batch_refuses_another_name(edition: Edition, staff: StaffUser, manager: StaffUser, name: str) -> None:
    make_purchase(edition)
    batch = planned(edition, by=staff)

    with pytest.raises(EditionNameDiffers, match="Summer Days Camp 2026"):
        approve_batch(batch, edition_name=name, by=manager, now=NOON)


def test_approve_batch_refuses_a_plan_without_anything(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, transaction_status=TransactionStatus.STARTED)
    batch = planned(edition, by=staff)

    with pytest.raises(NothingPlanned):
        approve_batch(batch, edition_name=edition.full_name, by=manager, now=NOON)


def test_approve_batch_refuses_what_is_not_planned_or_running_already(
    edition: Edition, staff: StaffUser, manager: StaffUser, admin: StaffUser
) -> None:
    make_purchase(edition)
    batch = make_batch(edition, by=staff)

    with pytest.raises(IllegalMove, match="planning"):
        approve_batch(batch, edition_name=edition.full_name, by=manager, now=NOON)
    worked(batch)
    approve_batch(batch, edition_name=edition.full_name, by=manager, now=NOON)
    with pytest.raises(IllegalMove, match="running"):
        approve_batch(batch, edition_name=edition.full_name, by=admin, now=NOON)
