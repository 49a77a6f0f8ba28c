"""Merging duplicates: what is told of it, before and afterwards, and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consents.choices import AnswerState
from consents.models import ConsentAnswer
from editions.models import Edition
from orders.models import Order
from preo.accounts.models import Customer, Organization, StaffUser
from preo.audit.models import AuditEvent
from preo.customers.operations.merging import preview_merge
from preo.money import Money
from preo.public_ids import parse
from preo.webhooks.models import OutboxEvent
from tests.consents.asking import answer, make_asked, make_known
from tests.customers.pairs import known, merge, ordered
from tests.factories import NOON, make_customer, make_order, make_refund

pytestmark = pytest.mark.django_db


def test_preview_says_what_merging_does_and_writes_nothing(
    keep: Customer, duplicate: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    order = ordered(edition, duplicate, units=2)
    make_refund(order.purchases.first(), by=manager)

    preview = preview_merge(keep, duplicate, organization=ours)

    assert preview.counts == {"orders": 1, "purchases": 2, "carts": 1, "refunds": 1, "answers": 0}
    assert preview.spent == [Money(order.amount_minor, "dkk")]
    assert [(each.name, each.is_taken_over) for each in preview.differences] == [
        ("full_name", False), ("email", False), ("phone_number", False),
    ]  # fmt: skip
    assert Order.objects.get().customer_id == duplicate.pk
    assert merge(keep, duplicate, ours, manager) == preview


def test_merge_is_announced(keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser) -> None:
    merge(keep, duplicate, ours, manager)

    event = OutboxEvent.objects.get()
    assert (event.type, event.payload) == (
        "customer.merged",
        {"id": keep.pk, "organization_id": ours.pk, "duplicate_id": duplicate.pk},
    )


def test_merge_tells_each_organization_what_the_kept_customer_got(
    duplicate: Customer, ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    keep = make_customer(ours, full_name="", metadata={})
    make_known(theirs, customer=keep)

    merge(keep, duplicate, ours, manager)

    events = OutboxEvent.objects.filter(type="customer.updated")
    assert {event.organization_id for event in events} == {ours.pk, theirs.pk}
    assert {tuple(event.payload["changed"]) for event in events} == {("full_name",)}
    told = AuditEvent.objects.filter(object_uuid=parse("usr", keep.pk), action="update")
    assert set(told.values_list("organization_id", "actor_type", "operation", "reason")) == {
        (ours.pk, "staff_user", "merge_customers", "Same person"), (theirs.pk, "undisclosed", "", ""),
    }  # fmt: skip


def test_merge_lets_every_order_be_found_by_what_the_kept_customer_got(
    duplicate: Customer, ours: Organization, their_edition: Edition, manager: StaffUser
) -> None:
    keep = make_customer(ours, full_name="")
    order = make_order(their_edition, customer=keep)

    merge(keep, duplicate, ours, manager)

    assert list(Order.objects.containing("A. Holm")) == [order]


def test_of_two_answers_the_newer_one_holds(
    keep: Customer, duplicate: Customer, ours: Organization, manager: StaffUser
) -> None:
    terms = make_asked(ours)
    answer(known(ours, keep), terms, at=NOON)
    answer(known(ours, duplicate), terms, AnswerState.WITHDRAWN, at=NOON + timedelta(hours=1))

    (difference,) = merge(keep, duplicate, ours, manager).consents

    assert (difference.kept, difference.duplicate, difference.holds) == ("given", "withdrawn", "withdrawn")
    rows = ConsentAnswer.objects.filter(known__customer=keep).that_hold()
    assert list(rows.values_list("state", flat=True)) == ["withdrawn"]


def test_merge_costs_the_same_however_much_was_bought(
    keep: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    counts = []
    for number in (1, 3):
        duplicate = make_customer(ours)
        for _ in range(number):
            make_order(edition, customer=duplicate, units=number)
        with CaptureQueriesContext(connection) as statements:
            merge(keep, duplicate, ours, manager)
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_merge_is_told_to_the_trail_with_its_reason(
    keep: Customer, duplicate: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    order = ordered(edition, duplicate)

    merge(keep, duplicate, ours, manager)

    event = AuditEvent.objects.get(object_uuid=parse("ord", order.pk), operation="merge_customers")
    assert (event.staff_user_id, event.reason, event.changes) == (manager.pk, "Same person", {"customer_id": None})
    moved = [str(parse("usr", customer.pk)) for customer in (duplicate, keep)]
    assert event.personal.changes == {"customer_id": moved}
