"""What erasing leaves: the books as they were, and in no table who it was."""

from typing import Any

import pytest

from consents.models import ConsentAnswer, ConsentAnswerOrigin
from editions.models import Edition
from orders.models import LedgerEntry, Order, Purchase, Transaction
from preo.accounts.models import Customer, Erasure, Organization, OrganizationCustomer, StaffUser
from preo.accounts.states import ErasureStatus
from preo.api.roles import Role
from preo.audit.models import AuditEvent, PersonalDetail
from preo.customers.operations.erasing import (
    ask_for_erasure,
    carry_out_erasure,
)
from preo.customers.operations.merging import merge_customers
from preo.idempotency.models import KeptAnswer
from preo.public_ids import decode
from preo.webhooks.models import OutboxEvent
from tests.consents.asking import make_known
from tests.customers.lives import SAYS_WHO, a_whole_life, places_of, places_of_id, rows_of
from tests.factories import NOON, make_customer, make_order, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(ours: Organization) -> Customer:
    return make_customer(ours, email="anna@example.org", full_name="Anna Holm")


def ask(customer: Customer, organization: Organization, by: StaffUser) -> Erasure:
    return ask_for_erasure(customer, organization=organization, by=by, reason="Asked by letter", now=NOON)


def erase(customer: Customer, organization: Organization, asked_by: StaffUser, by: StaffUser) -> Erasure:
    return carry_out_erasure(ask(customer, organization, asked_by), by=by, now=NOON)


def test_erasing_leaves_nothing_in_any_table_that_says_who_it_was(
    edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    customer = a_whole_life(edition, manager=manager)
    before = places_of(*SAYS_WHO)

    erase(customer, ours, manager, admin)

    assert set(before) == {
        "accounts_customer",
        "accounts_organizationcustomer",
        "audit_personaldetail",
        "consents_consentanswerorigin",
        "idempotency_keptanswer",
        "mail_outgoingmail",
        "orders_order",
        "orders_purchase",
        "refunds_providerevent",
    }
    assert places_of(*SAYS_WHO) == {}


def test_erasing_leaves_nothing_that_leads_from_an_order_to_who_it_was(
    edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    customer = a_whole_life(edition, manager=manager)
    merged = OrganizationCustomer.objects.exclude(merged_from=None).get().merged_from_id

    erase(customer, ours, manager, admin)

    # Its own row, empty; that it was erased; that it was created, merged and erased.
    allowed = {"accounts_customer", "accounts_erasure", "audit_auditevent", "webhooks_outboxevent"}
    for key in (customer.pk, str(merged)):
        assert set(places_of_id(key)) <= allowed | {"idempotency_keptanswer"}
        told = AuditEvent.objects.filter(changes__icontains=str(decode(key)[1]))
        assert {*told.values_list("object_type", flat=True)} == {"accounts.erasure"}
    told_of = OutboxEvent.objects.filter(type="order.imported").values_list("payload__customer_id", flat=True)
    assert list(told_of) == [None, None]


def test_erasing_keeps_the_books_as_they_are(
    edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    customer = a_whole_life(edition, manager=manager)
    before = books()

    erase(customer, ours, manager, admin)

    assert books() == before


def test_erasing_keeps_what_was_answered(
    edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    customer = a_whole_life(edition, manager=manager)
    before = list(ConsentAnswer.objects.order_by("pk").values())

    erase(customer, ours, manager, admin)

    assert list(ConsentAnswer.objects.order_by("pk").values()) == before != []
    assert not ConsentAnswerOrigin.objects.exists()


def test_erasing_keeps_kept_answers_for_a_retry_without_the_name(
    edition: Edition, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    customer = a_whole_life(edition, manager=manager)

    erase(customer, ours, manager, admin)

    body = bytes(KeptAnswer.objects.first().body).decode()  # type: ignore[union-attr]  # there are two
    assert '"amount":400.00' in body
    assert '"full_name":"","email":""' in body


def test_erasing_leaves_another_organization_all_it_has(
    edition: Edition,
    their_edition: Edition,
    theirs: Organization,
    ours: Organization,
    manager: StaffUser,
    admin: StaffUser,
) -> None:
    customer = a_whole_life(edition, manager=manager)
    make_known(theirs, customer=customer, external_id="77")
    make_order(their_edition, customer=customer)
    before = rows_of(theirs)

    erase(customer, ours, manager, admin)

    assert rows_of(theirs) == before
    assert Customer.objects.get(pk=customer.pk).email


def test_erasing_looks_the_same_whether_or_not_another_organization_knows_the_customer(
    edition: Edition,
    their_edition: Edition,
    theirs: Organization,
    ours: Organization,
    manager: StaffUser,
    admin: StaffUser,
) -> None:
    shared, alone = make_customer(ours, full_name="Anna"), make_customer(ours, full_name="Anna")
    make_known(theirs, customer=shared)
    for customer in (shared, alone):
        make_order(edition, customer=customer)

    traces = [trace_of(ask(customer, ours, manager), by=admin) for customer in (shared, alone)]

    assert traces[0] == traces[1]
    assert not Customer.objects.visible_to(admin).filter(pk__in=[shared.pk, alone.pk]).exists()


def test_erasing_by_the_last_organization_empties_the_customer(
    anna: Customer,
    theirs: Organization,
    ours: Organization,
    outsider: StaffUser,
    manager: StaffUser,
    admin: StaffUser,
) -> None:
    make_known(theirs, customer=anna)
    erase(anna, ours, manager, admin)
    kept = Customer.objects.get(pk=anna.pk).email
    second = make_staff("second@theirs.example", organization=theirs, role=Role.ADMIN)

    erase(anna, theirs, outsider, second)

    anna.refresh_from_db()
    assert (kept, anna.email, anna.full_name, anna.phone_number) == ("anna@example.org", "", "", "")
    assert not PersonalDetail.objects.filter(customer_id=anna.pk).exists()


def test_erasing_ends_the_duplicates_that_were_merged(
    anna: Customer, ours: Organization, manager: StaffUser, admin: StaffUser
) -> None:
    duplicate = make_customer(ours, email="a.holm@example.org")
    merge_customers(anna, duplicate, organization=ours, by=manager, reason="One person", now=NOON)

    erase(anna, ours, manager, admin)

    duplicate.refresh_from_db()
    assert duplicate.email == ""
    done = Erasure.objects.filter(status=ErasureStatus.DONE).values_list("customer_id", "asked_by", "decided_by")
    assert set(done) == {(anna.pk, manager.pk, admin.pk), (duplicate.pk, manager.pk, admin.pk)}
    rows = OrganizationCustomer.objects.filter(organization=ours)
    assert not rows.filter(merged_from=duplicate).exists()
    assert {*rows.values_list("erased_at", flat=True)} == {NOON}


def books() -> dict[str, Any]:
    """Every row and column of the bookkeeping but for whose it is and what that says of them."""
    told = {"customer_id", "metadata", "external_id", "search_text", "modified"}
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in told}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in (Order, Purchase, Transaction, LedgerEntry)
    }


def trace_of(erasure: Erasure, *, by: StaffUser) -> list[Any]:
    """What its organization can find out of how it is carried out, but for ids and times."""
    of_ours = AuditEvent.objects.filter(organization_id=erasure.organization_id)
    before = list(of_ours.values_list("pk", flat=True))
    carry_out_erasure(erasure, by=by, now=NOON)
    events = of_ours.exclude(pk__in=before)
    columns = ("object_type", "action", "actor_type", "operation", "reason")
    return [
        *sorted((*row, sorted(changes)) for *row, changes in events.values_list(*columns, "changes")),
        *PersonalDetail.objects.filter(event__in=events).values_list("changes"),
        *OutboxEvent.objects.filter(payload__erasure_id=erasure.pk).order_by("sequence").values_list("type"),
    ]
