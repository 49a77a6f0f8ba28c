"""What the database itself refuses, whoever writes: a broken row for each rule that no other test breaks."""

from typing import Any

import pytest
from django.db import DatabaseError, models, transaction

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import Organization, StaffUser
from preo.public_ids import new
from refunds.models import (
    OutsideMovement,
    ProviderEvent,
    RefundAllocation,
    RefundAttempt,
    RefundBatch,
    RefundBatchItem,
    RefundRequest,
)
from refunds.operations import approve_refund, begin_attempts
from refunds.operations.hearing import hear_events
from tests.factories import NOON, make_purchase, make_refund
from tests.refunds.batches.making import planned
from tests.refunds.provider_cases import deliver, make_account, make_paid, refund_told

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(edition: Edition, staff: StaffUser, manager: StaffUser) -> Transaction:
    """515.00, of which 20.00 is with the provider, 100.00 went back there without us, and the rest is planned."""
    account = make_account(edition.organization)
    paid = make_paid(edition, account)
    refund = make_refund(paid.purchases.get(), by=staff, scope="purchase_custom", amount_minor=20_00)
    approve_refund(refund, by=manager, now=NOON)
    begin_attempts(now=NOON)
    deliver(account, refund_told(paid, "succeeded"))
    hear_events(now=NOON)
    planned(edition, by=staff)
    paid.refresh_from_db()
    return paid


@pytest.mark.parametrize(
    ("model", "change", "why"),
    [
        (RefundRequest, {"amount_minor": 0}, "Cannot update"),
        (RefundRequest, {"approved_by": None}, "refund_goes_on_only_when_approved"),
        (RefundRequest, {"approved_at": None}, "refund_goes_on_only_when_approved"),
        (RefundRequest, {"status": "rejected"}, "Invalid transition"),
        (RefundRequest, {"status": "paid"}, "Invalid transition"),
        (RefundAllocation, {"price_minor": 1}, "Cannot update"),
        (ProviderEvent, {"payload": {}}, "Cannot update"),
        (ProviderEvent, {"status": "lost"}, "provider_event_status_is_known"),
        (OutsideMovement, {"amount_minor": 0}, "outside_movement_positive"),
        (OutsideMovement, {"kind": "gift"}, "outside_movement_kind_is_known"),
        (OutsideMovement, {"state": "lost"}, "outside_movement_state_is_known"),
        (Transaction, {"outside_minor": -1}, "transaction_outside_not_negative"),
        (Transaction, {"service_fee_reserved_minor": 10_01}, "transaction_refunds_at_most_service_fee"),
        (Transaction, {"reserved_minor": 415_01}, "Cannot update"),
        (Transaction, {"service_fee_minor": 1}, "Cannot update"),
        (Transaction, {"currency": "eur"}, "Cannot update"),
        (Organization, {"refund_second_approver_above_minor": -1}, "organization_second_approver_limit_not_negative"),
        (Organization, {"refund_self_approved_up_to_minor": 10**12}, "organization_self_approval_stays_below"),
        (Organization, {"refund_self_approved_up_to_minor": -1}, "organization_self_approval_stays_below"),
        (Organization, {"refund_daily_limit_minor": -1}, "organization_refund_limits_not_negative"),
        (RefundBatch, {"concurrency": 17}, "refund_batch_concurrency_is_capped"),
        (RefundBatchItem, {"amount_minor": -1}, "refund_batch_item_amount_not_negative"),
        (RefundBatchItem, {"state": "requested"}, "refund_batch_item_has_a_refund_when_requested"),
        (RefundBatchItem, {"state": "refused", "why_not": ""}, "refund_batch_item_says_why_not"),
    ],
)  # fmt: skip
def test_the_database_refuses_to_make_a_row_impossible(
    paid: Transaction, model: type[models.Model], change: dict[str, Any], why: str
) -> None:
    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        assert model._default_manager.update(**change)


@pytest.mark.parametrize(
    ("model", "others", "why"),
    [
        (RefundRequest, {"id": "rfd_00000000000000000000000001", "amount_minor": 0}, "refund_amount_positive"),
        (RefundRequest, {"id": "rfd_00000000000000000000000001", "reason": "whim"}, "refund_reason_is_known"),
        (RefundRequest, {"id": "rfd_00000000000000000000000001", "scope": "all"}, "refund_scope_is_known"),
        (RefundAllocation, {}, "one_allocation_per_purchase"),
        (
            RefundAllocation,
            {"purchase": None, "price_minor": 0, "service_fee_minor": -1},
            "allocation_parts_not_negative",
        ),
        (RefundAllocation, {"purchase": None}, "allocation_is_of_a_purchase_or_the_service_fee"),
        (RefundAttempt, {"key": "another"}, "attempt_number_is_unique"),
        (RefundAttempt, {"number": 2}, "refunds_refundattempt_key"),
        (ProviderEvent, {"id": "pev_00000000000000000000000001"}, "provider_event_is_kept_once"),
        (OutsideMovement, {"id": "out_00000000000000000000000001"}, "outside_movement_is_kept_once"),
    ],
)  # fmt: skip
def test_the_database_refuses_an_impossible_row(
    paid: Transaction, model: type[models.Model], others: dict[str, Any], why: str
) -> None:
    row = model._default_manager.get()
    row.pk, row._state.adding = None, True
    for name, value in others.items():
        setattr(row, name, value)

    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        row.save(force_insert=True)


def test_the_database_refuses_to_take_a_share_away(paid: Transaction) -> None:
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        RefundAllocation.objects.all().delete()


@pytest.mark.parametrize(
    ("status", "why"), [("rejected", "refund_is_rejected_by_someone"), ("paid", "refund_status_is_known")]
)
def test_the_database_refuses_a_new_refund_in_an_impossible_state(
    edition: Edition, staff: StaffUser, status: str, why: str
) -> None:
    refund = make_refund(make_purchase(edition), by=staff)
    refund.pk, refund.status, refund.approved_by, refund.approved_at = new("rfd"), status, staff, NOON

    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        refund.save(force_insert=True)
