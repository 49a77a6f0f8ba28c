"""Erasing: one organization forgets a customer, and keeps its books."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from orders.models import Order, Purchase
from preo.accounts.models import Customer, Erasure, Organization, OrganizationCustomer, StaffUser
from preo.accounts.states import ErasureStatus
from preo.customers.operations.erasing import (
    ask_for_erasure,
    call_off_erasure,
    carry_out_erasure,
    preview_erasure,
)
from preo.customers.operations.merging import merge_customers
from preo.customers.refusals import (
    CustomerErased,
    CustomerUnknown,
    ErasureAsked,
    MailUnderWay,
    NamesTheCustomer,
    NeedsSecondPerson,
    ProviderEventUnclear,
    RefundUnderWay,
)
from preo.errors import InvalidField
from preo.mail.models import OutgoingMail
from preo.mail.states import MailStatus
from preo.states import IllegalMove
from preo.webhooks.models import OutboxEvent
from refunds.models import ProviderEvent
from refunds.states import EventStatus
from tests.customers.lives import a_whole_life, rows_of
from tests.factories import NOON, make_customer, make_order, make_refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(ours: Organization) -> Customer:
    return make_customer(ours, email="anna@example.org", full_name="Anna Holm")


def ask(customer: Customer, organization: Organization, by: StaffUser) -> Erasure:
    return ask_for_erasure(customer, organization=organization, by=by, reason="Asked by letter", now=NOON)


def erase(customer: Customer, organization: Organization, asked_by: StaffUser, by: StaffUser) -> Erasure:
    return carry_out_erasure(ask(customer, organization, asked_by), by=by, now=NOON)


def test_erasing_leaves_orders_with_a_customer_without_a_name(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    order = make_order(edition, customer=anna, metadata={"note": "Anna"}, external_id="x1")

    erasure = erase(anna, ours, manager, admin)

    assert (erasure.status, erasure.decided_by) == (ErasureStatus.DONE, admin)
    order = Order.objects.select_related("customer").get(pk=order.pk)
    stand_in = order.customer
    assert stand_in.pk != anna.pk
    assert (stand_in.full_name, stand_in.email, stand_in.phone_number, stand_in.metadata) == ("", "", "", {})
    assert (order.metadata, order.external_id) == ({}, None)
    assert Purchase.objects.get().customer == stand_in
    assert list(Order.objects.containing(str(order.order_number))) == [order]
    assert not Order.objects.containing("anna").exists()
    row = OrganizationCustomer.objects.get()
    assert (row.customer, row.erased_at, row.external_id) == (stand_in, NOON, None)


def test_erasing_needs_a_second_person(anna: Customer, ours: Organization, admin: StaffUser) -> None:
    erasure = ask(anna, ours, admin)

    with pytest.raises(NeedsSecondPerson):
        carry_out_erasure(erasure, by=admin, now=NOON)
    with pytest.raises(IntegrityError, match="erasure_has_a_second_person"), transaction.atomic():
        Erasure.objects.update(status=ErasureStatus.DONE, decided_by=admin, decided_at=NOON)

    anna.refresh_from_db()
    assert anna.email == "anna@example.org"


def test_erasing_waits_for_refunds_under_way(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    make_refund(make_order(edition, customer=anna).purchases.get(), by=manager)

    with pytest.raises(RefundUnderWay, match=": 1"):
        erase(anna, ours, manager, admin)

    assert Order.objects.get().customer_id == anna.pk


def test_erasing_waits_for_mails_under_way(
    edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    customer = a_whole_life(edition, manager=manager)
    OutgoingMail.objects.filter(kind="receipt").update(status=MailStatus.QUEUED, sent_at=None)

    with pytest.raises(MailUnderWay, match=": 2"):
        erase(customer, ours, manager, admin)


def test_erasing_waits_for_unclear_events(
    edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    customer = a_whole_life(edition, manager=manager)
    ProviderEvent.objects.update(status=EventStatus.FAILED)

    with pytest.raises(ProviderEventUnclear, match=": 2"):
        erase(customer, ours, manager, admin)


def test_erasing_again_changes_nothing(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    make_order(edition, customer=anna)
    erasure = erase(anna, ours, manager, admin)
    before = rows_of(ours)

    again = carry_out_erasure(erasure, by=admin, now=NOON)

    assert again == erasure
    assert rows_of(ours) == before
    with pytest.raises(CustomerUnknown):
        ask(anna, ours, manager)


def test_asking_twice_is_refused(anna: Customer, ours: Organization, manager: StaffUser, admin: StaffUser) -> None:
    ask(anna, ours, manager)

    with pytest.raises(ErasureAsked):
        ask(anna, ours, admin)


def test_asking_needs_a_reason(anna: Customer, ours: Organization, manager: StaffUser) -> None:
    with pytest.raises(InvalidField):
        ask_for_erasure(anna, organization=ours, by=manager, reason="  ", now=NOON)


@pytest.mark.parametrize(
    "reason",
    [
        "Anna Holm asked",
        "Asked by HOLM, by letter",
        "From ANNA@example.org",
        "Called from 20 30 40 50",
        "Called (+45) 20304050",
    ],
)
def test_asking_refuses_a_reason_that_names_the_customer(
    anna: Customer, ours: Organization, manager: StaffUser, reason: str
) -> None:
    Customer.objects.filter(pk=anna.pk).update(phone_number="+4520304050")

    with pytest.raises(NamesTheCustomer):
        ask_for_erasure(anna, organization=ours, by=manager, reason=reason, now=NOON)

    assert not Erasure.objects.exists()


def test_asking_takes_a_reason_that_names_nobody(ours: Organization, manager: StaffUser) -> None:
    customer = make_customer(ours, full_name="Bo A. Li", phone_number="")
    reason = "A letter of 2 March 2026, no. 2030"

    asked = ask_for_erasure(customer, organization=ours, by=manager, reason=reason, now=NOON)

    assert asked.reason == reason


def test_a_stand_in_is_nobody_to_erase(
    anna: Customer, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    erase(anna, ours, manager, admin)
    stand_in = OrganizationCustomer.objects.get().customer

    with pytest.raises(CustomerErased):
        ask(stand_in, ours, manager)


def test_a_customer_about_to_be_erased_is_not_merged(anna: Customer, ours: Organization, manager: StaffUser) -> None:
    ask(anna, ours, manager)

    with pytest.raises(ErasureAsked):
        merge_customers(make_customer(ours), anna, organization=ours, by=manager, reason="One", now=NOON)


def test_what_was_called_off_is_not_carried_out(
    anna: Customer, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    erasure = call_off_erasure(ask(anna, ours, manager), by=manager, now=NOON)

    with pytest.raises(IllegalMove):
        carry_out_erasure(erasure, by=admin, now=NOON)
    assert erasure.status == ErasureStatus.CALLED_OFF


def test_preview_says_what_erasing_touches_and_what_is_in_the_way(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    make_refund(make_order(edition, customer=anna, units=2).purchases.first(), by=manager)

    preview = preview_erasure(anna, organization=ours)

    assert preview.counts == {"orders": 1, "purchases": 2, "carts": 1, "refunds": 1, "answers": 0, "merged": 0}
    assert [type(obstacle) for obstacle in preview.obstacles] == [RefundUnderWay]


def test_erasing_is_announced_by_the_id_that_subscribers_know(
    anna: Customer, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    erasure = erase(anna, ours, manager, admin)

    told = {"id": anna.pk, "organization_id": ours.pk, "erasure_id": erasure.pk}
    events = OutboxEvent.objects.order_by("sequence").values_list("type", "payload")
    assert list(events) == [("customer.erasure_asked", told), ("customer.erased", told)]


def test_erasing_costs_the_same_however_much_was_bought(
    edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    counts = []
    for number in (1, 3):
        customer = make_customer(ours)
        for _ in range(number):
            make_order(edition, customer=customer, units=number)
        erasure = ask(customer, ours, manager)
        with count_statements() as statements:
            carry_out_erasure(erasure, by=admin, now=NOON)
        counts.append(len(statements))

    assert counts[0] == counts[1]


def count_statements() -> Any:
    return CaptureQueriesContext(connection)


def test_preview_counts_comments_that_name_the_customer(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    order = make_order(edition, customer=anna, units=3)
    comments = ["Asked by anna holm herself", "Wet", "See the mail of ANNA@example.org"]
    for purchase, comment in zip(order.purchases.all(), comments, strict=True):
        make_refund(purchase, by=manager, comment=comment)

    assert preview_erasure(anna, organization=ours).mentions == 2
