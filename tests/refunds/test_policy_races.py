"""Requests of one person at once against the daily limit, with a control that shows the race without the lock."""

from threading import Barrier

import pytest
from django.db import transaction

from editions.models import Edition
from orders.models import Purchase, Transaction
from preo.accounts.models import Organization, StaffUser
from preo.errors import DomainError
from preo.money import Currency
from refunds.models import RefundDay, RefundRequest
from refunds.operations.limiting import asked_before
from refunds.states import RefundScope
from tests.factories import NOON, make_order, make_purchase, make_refund
from tests.races import SECONDS, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def limited(ours: Organization) -> Organization:
    """Of whose people nobody can ask for more than 100.00 in a day."""
    ours.refund_daily_limit_minor = 100_00
    ours.save()
    return ours


def ask(unit: Purchase, minor: int, by: StaffUser) -> RefundRequest:
    return make_refund(unit, by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=minor)


@pytest.mark.parametrize("before", [0, 10_00], ids=["the first of the day", "later in the day"])
def test_parallel_requests_of_one_person_never_pass_the_daily_limit(
    limited: Organization, edition: Edition, staff: StaffUser, before: int
) -> None:
    """Each for another payment, so that no lock on money keeps them apart."""
    bought = [make_purchase(edition) for _ in range(4)]
    if before:
        ask(make_purchase(edition), before, staff)

    results = at_once(*(lambda unit=unit: ask(unit, 60_00, staff) for unit in bought))

    assert sum(isinstance(result, RefundRequest) for result in results) == 1
    assert [result.code for result in results if isinstance(result, DomainError)] == ["daily_limit_reached"] * 3
    assert RefundDay.objects.get().asked_minor == before + 60_00
    assert sum(Transaction.objects.values_list("reserved_minor", flat=True)) == before + 60_00


def test_control_without_the_lock_both_pass_the_daily_limit(limited: Organization, staff: StaffUser) -> None:
    """Reading what was asked for and adding to it, with nothing locked in between."""
    RefundDay.objects.create(
        staff_user=staff,
        organization=limited,
        currency=Currency.DKK,
        day=NOON.date(),
        asked_minor=0,
        limit_minor=100_00,
    )
    both_have_read = Barrier(2)

    def add() -> bool:
        with transaction.atomic():
            day = RefundDay.objects.get()
            is_within = day.asked_minor + 60_00 <= day.limit_minor
            both_have_read.wait(SECONDS)
            RefundDay.objects.update(asked_minor=day.asked_minor + 60_00)
        return is_within

    assert at_once(add, add) == [True, True]


def test_parallel_requests_for_one_payment_need_a_second_person_from_the_limit_on(
    ours: Organization, edition: Edition, manager: StaffUser
) -> None:
    units = list(make_order(edition, units=4).purchases.select_related("transaction"))

    at_once(*(lambda unit=unit: ask(unit, 499_00, manager) for unit in units))

    assert sorted(RefundRequest.objects.values_list("needs_second_approver", flat=True)) == [False, True, True, True]


def test_control_without_the_lock_nobody_needs_a_second_person(
    ours: Organization, edition: Edition, manager: StaffUser
) -> None:
    """Counting what was asked for before, with no books held until it is added to."""
    payment = make_purchase(edition).transaction
    assert payment is not None
    all_have_counted = Barrier(2)

    def count_and_add() -> int:
        with transaction.atomic():
            before = asked_before(payment, by=manager)
            all_have_counted.wait(SECONDS)
        return before.minor

    assert at_once(count_and_add, count_and_add) == [0, 0]
