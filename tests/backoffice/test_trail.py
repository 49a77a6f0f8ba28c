"""The audit trail: who changed what, from what to what."""

from preo.audit.trail import Change, trail_of
from preo.money import Money
from refunds.operations import approve_refund
from tests.factories import NOON, make_purchase, make_refund


def test_trail_tells_of_each_operation_and_who(edition, staff, manager):
    purchase = make_purchase(edition)
    refund = approve_refund(make_refund(purchase, by=staff), by=manager, now=NOON)
    purchase.refresh_from_db()

    trail = trail_of([purchase, refund], currency="dkk")

    asked = [(entry.operation, entry.who) for entry in trail]
    assert sorted(asked) == [("Approve refund", "Manager Holm"), ("Request refund", "Staff Holm")]


def test_trail_says_from_what_to_what(edition, staff):
    purchase = make_purchase(edition)
    make_refund(purchase, by=staff)
    purchase.refresh_from_db()

    [entry] = trail_of([purchase], currency="dkk")

    before, after = Money(0, "dkk").formatted(), Money(400_00, "dkk").formatted()
    assert entry.changes == [Change(f"Purchase {purchase.pk[-6:]}", "Price reserved", before, after)]


def test_trail_of_what_nobody_changed_is_empty(edition):
    assert trail_of([make_purchase(edition)], currency="dkk") == []


def test_trail_costs_the_same_for_one_and_three_rows(edition, staff, django_assert_num_queries):
    purchases = [make_purchase(edition) for _ in range(3)]
    for purchase in purchases:
        make_refund(purchase, by=staff)

    for rows in (purchases[:1], purchases):
        with django_assert_num_queries(2):
            trail_of(rows, currency="dkk")
