"""Processes that die over a merge or an erasure: all of it happened or nothing did, and it can be done again."""

from functools import partial

import pytest

from consents.models import ConsentAnswer
from editions.models import Edition
from orders.models import Order
from preo.accounts.models import Customer, Erasure, Organization, OrganizationCustomer, StaffUser
from preo.customers.operations.erasing import ask_for_erasure, carry_out_erasure
from preo.customers.operations.merging import merge_customers
from preo.webhooks.models import OutboxEvent
from refunds.proof import differences
from tests.consents.asking import make_asked
from tests.customers.lives import SAYS_WHO, a_whole_life, places_of, rows_of
from tests.factories import NOON, make_customer, make_order
from tests.kills import STEP, die_before

pytestmark = pytest.mark.django_db(transaction=True)

FEWEST_STATEMENTS = 20


def merge(keep: Customer, duplicate: Customer, organization: Organization, by: StaffUser) -> None:
    merge_customers(keep, duplicate, organization=organization, by=by, reason="One person", now=NOON)


def test_a_merge_killed_at_any_statement_leaves_all_or_nothing(
    edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    statement, died = 1, True
    while died:
        keep, duplicate = make_customer(ours), make_customer(ours)
        order = make_order(edition, customer=duplicate)
        before = rows_of(ours)

        died = die_before(statement, partial(merge, keep, duplicate, ours, manager)) is None

        if died:
            assert rows_of(ours) == before, f"killed before {statement}"
            merge(keep, duplicate, ours, manager)
        order.refresh_from_db()
        assert (order.customer_id, order.purchases.get().customer_id) == (keep.pk, keep.pk)
        assert OrganizationCustomer.objects.get(merged_from=duplicate).customer_id == keep.pk
        assert OutboxEvent.objects.filter(payload__duplicate_id=duplicate.pk).count() == 1
        statement += STEP
    assert statement > FEWEST_STATEMENTS


def test_an_erasure_killed_at_any_statement_leaves_all_or_nothing(
    edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    consent = make_asked(ours)
    statement, died = 1, True
    while died:
        customer = a_whole_life(edition, manager=manager, consent=consent)
        erasure = ask_for_erasure(customer, organization=ours, by=manager, reason="Asked by letter", now=NOON)
        before, answers = (rows_of(ours), places_of(*SAYS_WHO)), ConsentAnswer.objects.count()

        died = die_before(statement, partial(carry_out_erasure, erasure, by=admin, now=NOON)) is None

        if died:
            assert (rows_of(ours), places_of(*SAYS_WHO)) == before, f"killed before {statement}"
            carry_out_erasure(erasure, by=admin, now=NOON)
        assert places_of(*SAYS_WHO) == {}, f"killed before {statement}"
        assert not Order.objects.exclude(customer__email="").exists()
        assert ConsentAnswer.objects.count() == answers
        statement += STEP
    assert statement > FEWEST_STATEMENTS
    assert list(differences()) == []
    assert Erasure.objects.count() == 2 * len(range(1, statement, STEP))
