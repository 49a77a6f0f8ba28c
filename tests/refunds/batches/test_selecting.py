"""Choosing what a mass refund is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from editions.models import Edition
from orders.models import Purchase
from orders.states import OrderStatus, OrderType
from preo.accounts.models import StaffUser
from preo.errors import InvalidField
from preo.public_ids import new
from refunds.models import RefundBatch
from tests.factories import NOON, make_edition, make_product, make_purchase
from tests.refunds.batches.making import make_batch, planned


def purchases_of(batch: RefundBatch) -> list[str | None]:
    """In the order of turns."""
    return [item.purchase_id for item in batch.items.in_turn()]


SELECTIONS: list[dict[str, Any]] = [
    {"order_type": OrderType.IN_PERSON},
    {"order_status": OrderStatus.CONFIRMED},
    {"created_after": NOON + timedelta(hours=1)},
    {"created_after": "2026-06-01T15:00:00", "created_before": "2026-06-01T15:00:01"},
    {"vendor_codes": ["BAR2", "BAR3"]},
]


@pytest.mark.parametrize("selection", SELECTIONS, ids=lambda selection: next(iter(selection)))
def test_a_selection_narrows_the_plan(edition: Edition, staff: StaffUser, selection: dict[str, Any]) -> None:
    edition.timezone = "Europe/Copenhagen"
    make_purchase(edition)
    chosen = make_purchase(
        edition, type=OrderType.IN_PERSON, status=OrderStatus.CONFIRMED, created=datetime(2026, 6, 1, 13, tzinfo=UTC)
    )
    Purchase.objects.filter(pk=chosen.pk).update(vendor_code="BAR2")

    batch = planned(edition, by=staff, selection=selection)

    assert purchases_of(batch) == [chosen.pk]


@pytest.mark.parametrize("name", ["product_ids", "location_ids", "order_ids"])
def test_a_selection_by_ids_narrows_the_plan(edition: Edition, staff: StaffUser, name: str) -> None:
    chosen, _ = make_purchase(edition), make_purchase(edition)

    batch = planned(edition, by=staff, selection={name: [getattr(chosen, name[:-1])]})

    assert purchases_of(batch) == [chosen.pk]


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        ({"product_ids": [new("prd")]}, "not_found"),
        ({"product_ids": ["tent"]}, "not_found"),
        ({"order_ids": [new("prd")]}, "not_found"),
        ({"location_ids": []}, "empty"),
        ({"order_ids": [new("ord")] * 1001}, "too_many"),
        ({"order_status": "lost"}, "invalid_choice"),
        ({"created_after": "yesterday"}, "not_a_moment"),
        ({"created_after": "0001-01-01T00:00:00"}, "out_of_range"),
        ({"created_before": "9999-12-31T23:59:59Z"}, "out_of_range"),
        ({"colour": "red"}, "unknown_member"),
    ],
)
def test_plan_batch_refuses_a_selection_that_means_nothing(
    edition: Edition, staff: StaffUser, selection: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidField) as refused:
        make_batch(edition, by=staff, selection=selection)

    assert (refused.value.field, refused.value.code) == (f"selection.{next(iter(selection))}", code)


def test_plan_batch_refuses_products_of_another_edition(edition: Edition, staff: StaffUser) -> None:
    other = make_product(make_edition(edition.organization))

    with pytest.raises(InvalidField, match=f"{other.pk} is not of this edition"):
        make_batch(edition, by=staff, selection={"product_ids": [other.pk]})
