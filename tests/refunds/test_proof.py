"""The ledger: every change is entered, no entry changes, and a difference is named."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from editions.models import Edition
from orders.models import LedgerEntry, Purchase, Transaction
from orders.states import TransactionStatus
from preo.accounts.models import StaffUser
from preo.payments import sandbox
from refunds.models import RefundRequest
from refunds.operations import approve_refund, execute_ready, reconcile, reject_refund, retry_refund
from refunds.proof import Difference, differences
from tests.factories import NOON, make_order, make_purchase, make_refund

pytestmark = pytest.mark.django_db(transaction=True)

Entry = tuple[str, int, int, int, int, int]


@pytest.fixture
def refund(edition: Edition, staff: StaffUser) -> RefundRequest:
    """Of a whole purchase: 400.00 price, 100.00 deposit, 5.00 handling fee."""
    return make_refund(make_purchase(edition), by=staff, scope="purchase_full")


def entries(refund: RefundRequest) -> list[Entry]:
    columns = ("account", "amount_minor", "price_minor", "deposit_minor", "handling_fee_minor", "service_fee_minor")
    return list(LedgerEntry.objects.filter(transaction=refund.transaction_id).order_by("id").values_list(*columns))


PAID: Entry = ("paid", 515_00, 0, 0, 0, 10_00)
HELD: Entry = ("reserved", 505_00, 400_00, 100_00, 5_00, 0)
LET_GO: Entry = ("reserved", -505_00, -400_00, -100_00, -5_00, 0)
GONE: Entry = ("refunded", 505_00, 400_00, 100_00, 5_00, 0)


def test_a_refund_is_entered_from_request_to_settlement(refund: RefundRequest, manager: StaffUser) -> None:
    approve_refund(refund, by=manager, now=NOON)
    execute_ready(now=NOON)

    assert entries(refund) == [PAID, HELD, LET_GO, GONE]
    assert list(differences()) == []


def test_a_rejected_refund_lets_go(refund: RefundRequest, manager: StaffUser) -> None:
    reject_refund(refund, reason="It was used.", by=manager, now=NOON)

    assert entries(refund) == [PAID, HELD, LET_GO]
    assert list(differences()) == []


def test_a_late_failure_and_its_retry_are_entered(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    purchase = make_purchase(edition, price_minor=400_05)
    refund = approve_refund(make_refund(purchase, by=staff), by=manager, now=NOON)
    execute_ready(now=NOON)

    reconcile(now=NOON + sandbox.DELAY)
    retry_refund(refund, by=manager, now=NOON)

    amounts = [(account, amount) for account, amount, *_ in entries(refund)]
    back_and_forth = [("reserved", 1), ("reserved", -1), ("refunded", 1), ("refunded", -1), ("reserved", 1)]
    assert amounts == [("paid", 515_05), *((account, sign * 400_05) for account, sign in back_and_forth)]
    assert list(differences()) == []


def test_a_payment_is_entered_when_it_is_completed_and_taken_out_when_it_is_none(edition: Edition) -> None:
    paid = make_order(edition, transaction_status=TransactionStatus.PENDING).transactions.get()
    assert not LedgerEntry.objects.exists()

    Transaction.objects.update(status=TransactionStatus.COMPLETED)
    Transaction.objects.update(status=TransactionStatus.FAIL)

    assert list(paid.ledger.values_list("account", "amount_minor")) == [("paid", 515_00), ("paid", -515_00)]
    assert list(differences()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda: LedgerEntry.objects.update(amount_minor=1),
        lambda: LedgerEntry.objects.all()._raw_delete("default"),
        lambda: Transaction.objects.update(amount_minor=1),
        lambda: Purchase.objects.update(price_minor=1),
    ],
    ids=["an entry", "an entry away", "a payment", "a price"],
)
def test_the_database_refuses_to_change_what_was_entered(refund: RefundRequest, change: Callable[[], Any]) -> None:
    with pytest.raises(ProgrammingError, match=r"Cannot update (or delete )?rows"), transaction.atomic():
        change()


PROCESSED = (
    "UPDATE refunds_refundrequest SET status = 'processed', approved_by_id = staff_user_id, approved_at = created,"
    " needs_second_approver = false"
)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE orders_transaction SET reserved_minor = 1", ("transaction", "reserved", 1, 505_00)),
        ("UPDATE orders_transaction SET amount_minor = amount_minor + 1", ("transaction", "paid", 515_01, 515_00)),
        ("UPDATE orders_transaction SET outside_minor = 2", ("transaction", "outside", 2, 0)),
        ("UPDATE orders_transaction SET service_fee_reserved_minor = 3", ("transaction", "service_fee_reserved", 3, 0)),
        ("UPDATE orders_purchase SET deposit_reserved_minor = 0", ("purchase", "deposit_reserved", 0, 100_00)),
        ("UPDATE orders_purchase SET price_refunded_minor = 0, price_reserved_minor = 4",
         ("purchase", "price_reserved", 4, 400_00)),
        ("UPDATE refunds_refundrequest SET status = 'rejected', rejected_by_id = staff_user_id, rejected_at = now()",
         ("refund", "reserved price", 0, 400_00)),
        ("UPDATE refunds_refundrequest SET amount_minor = 5", ("refund", "amount", 5, 505_00)),
        ("UPDATE refunds_refundallocation SET price_minor = 6", ("refund", "reserved price", 6, 400_00)),
        ("UPDATE orders_ledgerentry SET currency = 'eur' WHERE account = 'reserved'",
         ("transaction", "in another currency", 0, 505_00)),
        ("UPDATE orders_purchase SET transaction_id = NULL", ("purchase", "of another payment", 0, 505_00)),
        ("UPDATE refunds_refundrequest SET currency = 'eur'", ("refund", "of another payment or currency", 505_00, 0)),
        (PROCESSED, ("refund", "processed, and its last attempt unknown", 505_00, 0)),
        ("DELETE FROM orders_ledgerentry WHERE account = 'paid'", ("transaction", "paid", 515_00, 0)),
        ("DELETE FROM orders_ledgerentry WHERE account = 'reserved'", ("transaction", "reserved", 505_00, 0)),
    ],
)  # fmt: skip
def test_a_difference_is_named(refund: RefundRequest, change: str, found: tuple[str, str, int, int]) -> None:
    with connection.cursor() as cursor:
        # As somebody with all rights on the database could.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(change)
        cursor.execute("SET session_replication_role = DEFAULT")

    named = [(row.kind, row.what, row.stands_minor, row.entered_minor) for row in differences()]
    assert found in named
    with pytest.raises(CommandError, match="difference"):
        call_command("verify_ledger", stdout=StringIO())


def test_verify_ledger_says_ok_or_names_the_row(refund: RefundRequest) -> None:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert out.getvalue() == "OK: the books are what 2 entries come to.\n"

    Transaction.objects.update(reserved_minor=1)

    assert str(next(differences())) == str(Difference("transaction", refund.transaction_id, "reserved", 1, 505_00))
