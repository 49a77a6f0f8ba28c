"""`manage.py refund_edition`, as an operator uses it."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from editions.models import Edition
from orders.models import Transaction
from orders.states import TransactionStatus
from preo.accounts.models import StaffUser
from preo.payments.models import SandboxRefund
from refunds.management.commands.refund_edition import NOT_OVER, SOME_DID_NOT_GO_BACK
from refunds.models import RefundBatch, RefundRequest
from refunds.operations.batches import pause_batch
from refunds.states import BatchStatus
from tests.factories import NOON, make_order, make_purchase
from tests.refunds.batches.making import make_batch, planned, running, worked


def refund(edition: Edition | None = None, **options: Any) -> int:
    """The exit code of the command, for a cancelled event unless told otherwise."""
    arguments = [edition.pk] if edition else []
    defaults = {"reason": "event_cancelled", "concurrency": 1} if edition else {}
    try:
        call_command("refund_edition", *arguments, **(defaults | options))
    except SystemExit as end:
        return int(str(end.code))
    return 0


def test_by_itself_it_is_a_dry_run(edition: Edition, staff: StaffUser, capsys: pytest.CaptureFixture[str]) -> None:
    make_order(edition, units=2)
    make_order(edition, transaction_status=TransactionStatus.STARTED)

    assert refund(edition, by=staff.email) == 0

    batch, told = RefundBatch.objects.get(), capsys.readouterr().out
    assert (batch.status, RefundRequest.objects.count()) == (BatchStatus.PLANNED, 0)
    assert told.splitlines() == [
        f"Mass refund {batch.pk} of Summer Days Camp 2026: waiting for approval.",
        "  1,010.00 DKK in 2 lines through sandbox, purchase_full",
        "  1 not possible: The payment is not completed.",
    ]


def test_a_second_person_lets_it_be_carried_out(
    edition: Edition, staff: StaffUser, manager: StaffUser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_order(edition, units=2)
    report = tmp_path / "report.csv"

    code = refund(edition, by=staff.email, approve_by=manager.email, edition_name=edition.full_name, report=report)

    assert (code, RefundBatch.objects.get().status) == (0, BatchStatus.COMPLETED)
    assert Transaction.objects.get().refunded_minor == 2 * 505_00
    with report.open(newline="") as file:
        assert [row["refund_status"] for row in csv.DictReader(file)] == ["processed"] * 2
    assert "Completed: 100 % of 2 (2 went back)" in capsys.readouterr().err


def test_a_declined_line_shows_in_the_exit_code(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, price_minor=10_01, deposit_minor=0, handling_fee_minor=0)

    code = refund(edition, by=staff.email, approve_by=manager.email, edition_name=edition.full_name)

    assert code == SOME_DID_NOT_GO_BACK


def test_a_missing_answer_shows_in_the_exit_code(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, price_minor=10_02, deposit_minor=0, handling_fee_minor=0)

    code = refund(edition, by=staff.email, approve_by=manager.email, edition_name=edition.full_name)

    assert (code, RefundBatch.objects.get().status) == (NOT_OVER, BatchStatus.RUNNING)


def test_started_again_it_goes_on_with_the_same(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, units=2)
    batch = running(edition, by=staff, approver=manager)

    assert refund(edition, by=staff.email) == 0

    batch.refresh_from_db()
    assert (batch.status, RefundBatch.objects.count()) == (BatchStatus.COMPLETED, 1)
    assert SandboxRefund.objects.count() == 2


def test_a_selection_is_taken_from_the_options(edition: Edition, staff: StaffUser) -> None:
    chosen, _ = make_purchase(edition), make_purchase(edition)

    refund(edition, by=staff.email, products=[chosen.product_id], order_type="online")

    batch = RefundBatch.objects.get()
    assert batch.selection == {"product_ids": [chosen.product_id], "order_type": "online"}
    assert [item.purchase_id for item in batch.items.all()] == [chosen.pk]


def test_a_second_dry_run_takes_the_place_of_the_first(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    others = [planned(edition, by=manager), planned(edition, by=staff, selection={"order_type": "online"})]

    for _ in range(3):
        refund(edition, by=staff.email)

    waiting = RefundBatch.objects.filter(status=BatchStatus.PLANNED).exclude(pk__in=[batch.pk for batch in others])
    assert (waiting.count(), RefundBatch.objects.filter(status=BatchStatus.CANCELLED).count()) == (1, 2)


@pytest.mark.parametrize(
    ("by", "approve_by", "name"),
    [
        ("staff@ours.example", "manager@ours.example", "Camp"),
        ("staff@ours.example", "who@ours.example", "Summer Days Camp 2026"),
        ("manager@ours.example", "manager@ours.example", "Summer Days Camp 2026"),
    ],
)
def test_what_cannot_be_approved_is_not_planned(
    edition: Edition, staff: StaffUser, manager: StaffUser, by: str, approve_by: str, name: str
) -> None:
    make_purchase(edition)

    with pytest.raises(CommandError):
        refund(edition, by=by, approve_by=approve_by, edition_name=name)

    assert not RefundBatch.objects.exists()


@pytest.mark.parametrize("step", ["pause", "cancel"])
def test_a_batch_is_steered(edition: Edition, staff: StaffUser, manager: StaffUser, step: str) -> None:
    make_purchase(edition)
    batch = running(edition, by=staff, approver=manager)

    refund(by=manager.email, **{step: batch.pk})

    batch.refresh_from_db()
    assert batch.status == {"pause": BatchStatus.PAUSED, "cancel": BatchStatus.CANCELLED}[step]


def test_a_paused_batch_is_resumed(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = running(edition, by=staff, approver=manager)
    pause_batch(batch, by=manager, now=NOON)

    assert refund(by=manager.email, resume=batch.pk) == 0
    assert worked(batch).status == BatchStatus.COMPLETED


def test_a_plan_is_approved_by_its_id(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = planned(edition, by=staff)

    code = refund(by=staff.email, approve=batch.pk, approve_by=manager.email, edition_name=edition.full_name)

    assert (code, worked(batch).status) == (0, BatchStatus.COMPLETED)


def test_status_changes_nothing(
    edition: Edition, staff: StaffUser, manager: StaffUser, capsys: pytest.CaptureFixture[str]
) -> None:
    make_purchase(edition)
    batch = running(edition, by=staff, approver=manager)

    assert refund(by=staff.email, status=batch.pk) == NOT_OVER
    assert not RefundRequest.objects.exists()
    assert "running" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"by": "guest@ours.example"}, "Only staff, managers and admins"),
        ({"by": "who@ours.example"}, "no staff user who@ours.example"),
        ({"scope": "purchase_price", "reason": "rental_return"}, "scope: For rental_return"),
        ({"products": ["prd_x"]}, "selection.product_ids"),
        ({"approve_by": "staff@ours.example"}, "Only a manager or admin"),
        ({"approve_by": "manager@ours.example", "edition_name": "Camp"}, "The name of the edition is Summer Days"),
        ({"approve_by": "manager@ours.example", "dry_run": True}, "either --dry-run or --approve-by"),
    ],
)
def test_what_may_not_be_is_refused(
    edition: Edition, staff: StaffUser, manager: StaffUser, guest: StaffUser, options: dict[str, Any], told: str
) -> None:
    make_purchase(edition)

    with pytest.raises(CommandError, match=told):
        refund(edition, **({"by": staff.email} | options))

    assert not RefundRequest.objects.exists()


def test_who_asked_cannot_be_the_second_person(edition: Edition, manager: StaffUser) -> None:
    make_purchase(edition)

    with pytest.raises(CommandError, match="Somebody other"):
        refund(edition, by=manager.email, approve_by=manager.email, edition_name=edition.full_name)


def test_a_batch_out_of_reach_is_not_there(their_edition: Edition, outsider: StaffUser, admin: StaffUser) -> None:
    batch = make_batch(their_edition, by=outsider)

    with pytest.raises(CommandError, match="There is no mass refund"):
        refund(by=admin.email, cancel=batch.pk)


def test_staff_cannot_steer(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = running(edition, by=staff, approver=manager)

    with pytest.raises(CommandError, match="Only a manager or admin"):
        refund(by=staff.email, pause=batch.pk)
