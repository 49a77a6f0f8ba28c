"""Two connections at once, each rule with a control that shows what goes wrong without its lock."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from editions.models import Edition
from orders.models import Order
from orders.operations.receipts import queue_missing_receipts
from preo.accounts.customers import Person, Spent, find_or_create_customers, known_among, note_orders
from preo.accounts.models import Customer, Erasure, Organization, OrganizationCustomer, StaffUser
from preo.customers.comparing import MergePreview
from preo.customers.obstacles import obstacles_to_erasing
from preo.customers.operations.erasing import ask_for_erasure, carry_out_erasure
from preo.customers.operations.holding import hold_customers, hold_organization
from preo.customers.operations.merging import merge_customers
from preo.customers.refusals import AlreadyMerged, RefundUnderWay
from preo.mail.models import OutgoingMail
from tests.factories import NOON, make_customer, make_email_message, make_order, make_refund
from tests.races import SECONDS, at_once, somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)

Work = Callable[[], object]


@pytest.fixture
def anna(ours: Organization) -> Customer:
    return make_customer(ours, email="anna@example.org", full_name="Anna Holm")


@pytest.fixture
def duplicate(ours: Organization) -> Customer:
    return make_customer(ours, email="a.holm@example.org", full_name="A. Holm")


def merge(keep: Customer, duplicate: Customer, organization: Organization, by: StaffUser) -> MergePreview:
    return merge_customers(keep, duplicate, organization=organization, by=by, reason="One person", now=NOON)


def asked(customer: Customer, organization: Organization, by: StaffUser) -> Erasure:
    return ask_for_erasure(customer, organization=organization, by=by, reason="Asked by letter", now=NOON)


def person(customer: Customer) -> Person:
    return Person("", customer.email, customer.full_name, "", NOON)


def one_waits_for_the_other(first: Work, second: Work) -> object:
    """What `second` comes to when it begins while the transaction of `first` is still open; that it waited is sure."""
    done, go_on = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            first()
            done.set()
            go_on.wait(SECONDS)
        connections.close_all()

    def run() -> object:
        try:
            return second()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold)
        done.wait(SECONDS)
        waiting: Future[object] = pool.submit(run)
        was_waiting = somebody_waits()
        go_on.set()
        holding.result(SECONDS)
        result = waiting.result(SECONDS)
    assert was_waiting
    return result


def test_merges_that_cross_each_other_happen_once(
    anna: Customer, duplicate: Customer, ours: Organization, manager: StaffUser
) -> None:
    results = at_once(lambda: merge(anna, duplicate, ours, manager), lambda: merge(duplicate, anna, ours, manager))

    assert sorted(type(result).__name__ for result in results) == [AlreadyMerged.__name__, MergePreview.__name__]
    assert OrganizationCustomer.objects.filter(merged_from=None).count() == 1


def test_merges_of_the_same_two_in_two_organizations_both_happen(
    anna: Customer,
    duplicate: Customer,
    ours: Organization,
    theirs: Organization,
    manager: StaffUser,
    outsider: StaffUser,
) -> None:
    for customer in (anna, duplicate):
        OrganizationCustomer.objects.create(organization=theirs, customer=customer)

    results = at_once(lambda: merge(anna, duplicate, ours, manager), lambda: merge(duplicate, anna, theirs, outsider))

    assert [type(result) for result in results] == [MergePreview] * 2
    rows = OrganizationCustomer.objects.exclude(merged_from=None).values_list("organization", "merged_from")
    assert set(rows) == {(ours.pk, duplicate.pk), (theirs.pk, anna.pk)}


def test_control_locking_in_the_order_given_they_wait_in_a_ring(anna: Customer, duplicate: Customer) -> None:
    both_hold_one = Barrier(2)

    def lock(*customers: Customer) -> str:
        try:
            with transaction.atomic():
                hold_customers([customers[0].pk])
                both_hold_one.wait(SECONDS)
                hold_customers([customers[1].pk])
        except OperationalError as problem:
            return str(problem).partition("\n")[0]
        return "both"

    results = at_once(lambda: lock(anna, duplicate), lambda: lock(duplicate, anna))

    assert sorted(map(str, results)) == ["both", "deadlock detected"]


def test_an_import_that_waits_for_a_merge_meets_the_kept_customer(
    anna: Customer, duplicate: Customer, ours: Organization, manager: StaffUser
) -> None:
    def look() -> str:
        with transaction.atomic():
            hold_organization(ours.pk)
            (buyer,), _ = find_or_create_customers(ours, people=[person(duplicate)], now=NOON)
            note_orders(ours, spent=[Spent(buyer.id, "", NOON, 10_00, "dkk")], now=NOON)
        return buyer.id

    met = one_waits_for_the_other(lambda: merge(anna, duplicate, ours, manager), look)

    assert met == anna.pk
    assert OrganizationCustomer.objects.get(merged_from=None).order_count == 1


def test_control_having_looked_before_the_merge_it_makes_the_duplicate_known_again(
    anna: Customer, duplicate: Customer, ours: Organization, manager: StaffUser
) -> None:
    buyer = known_among(ours, people=[person(duplicate)]).find(person(duplicate))
    merge(anna, duplicate, ours, manager)
    assert buyer

    note_orders(ours, spent=[Spent(buyer.id, "", NOON, 10_00, "dkk")], now=NOON)

    assert OrganizationCustomer.objects.filter(merged_from=None).count() == 2


def test_an_import_elsewhere_never_meets_somebody_who_is_being_erased(
    anna: Customer, ours: Organization, theirs: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    erasure = asked(anna, ours, manager)

    def meet() -> Any:
        buyers, _ = find_or_create_customers(theirs, people=[person(anna)], now=NOON)
        return buyers[0]

    buyer: Any = one_waits_for_the_other(lambda: carry_out_erasure(erasure, by=admin, now=NOON), meet)

    assert buyer.id != anna.pk
    assert Customer.objects.get(pk=buyer.id).email == anna.email


def test_control_having_looked_before_the_erasure_it_gets_a_customer_without_a_name(
    anna: Customer, ours: Organization, theirs: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    erasure = asked(anna, ours, manager)
    buyer = known_among(theirs, people=[person(anna)]).find(person(anna))
    carry_out_erasure(erasure, by=admin, now=NOON)

    assert buyer
    assert Customer.objects.get(pk=buyer.id).email == ""


def test_an_erasure_carried_out_by_several_at_once_happens_once(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    make_order(edition, customer=anna)
    erasure = asked(anna, ours, manager)

    at_once(*[lambda: carry_out_erasure(erasure, by=admin, now=NOON)] * 3)

    assert Customer.objects.count() == 2
    assert Order.objects.get().customer_id == OrganizationCustomer.objects.get().customer_id != anna.pk


def test_no_receipt_is_queued_for_somebody_who_is_being_erased(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    edition.transaction_receipt_email = make_email_message(ours, type="receipt")
    edition.save()
    make_order(edition, customer=anna)
    erasure = asked(anna, ours, manager)

    queued = one_waits_for_the_other(
        lambda: carry_out_erasure(erasure, by=admin, now=NOON),
        lambda: queue_missing_receipts(within=timedelta(days=1), now=NOON),
    )

    assert queued == 0
    assert not OutgoingMail.objects.exists()


def test_an_erasure_waits_for_a_refund_that_is_being_asked_for_and_is_refused(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    purchase = make_order(edition, customer=anna).purchases.get()
    erasure = asked(anna, ours, manager)

    def erase() -> object:
        try:
            return carry_out_erasure(erasure, by=admin, now=NOON)
        except RefundUnderWay as refusal:
            return refusal

    result = one_waits_for_the_other(lambda: make_refund(purchase, by=manager), erase)

    assert isinstance(result, RefundUnderWay)
    assert Order.objects.get().customer_id == anna.pk


def test_control_without_waiting_nothing_seems_to_be_in_the_way(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    purchase = make_order(edition, customer=anna).purchases.get()
    is_asked, has_looked = Barrier(2), Barrier(2)

    def ask_for_a_refund() -> None:
        with transaction.atomic():
            make_refund(purchase, by=manager)
            is_asked.wait(SECONDS)
            has_looked.wait(SECONDS)

    def look() -> list[object]:
        is_asked.wait(SECONDS)
        found: list[object] = list(obstacles_to_erasing(ours, [anna.pk]))
        has_looked.wait(SECONDS)
        return found

    _, found = at_once(ask_for_a_refund, look)

    assert found == []
