"""What surrounds every write: the database knows who acts, through what and why."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from editions.models import Category, Edition
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.audit.models import AuditEvent
from preo.recording import LONGEST_REASON, durable_operation, note, operation, recorded, seen_only_by
from tests.factories import NOON, make_customer
from tests.trail import events_of


@operation
def rename(category: Category, *, name: str, by: StaffUser | None = None, reason: str = "") -> None:
    Category.objects.filter(pk=category.pk).update(name=name)


@operation
def rename_twice(category: Category, *, by: StaffUser) -> None:
    rename(category, name="First", by=None, reason="A step's own")
    rename(category, name="Second", by=None)


@pytest.fixture
def category(edition: Edition) -> Category:
    return Category.objects.create(edition=edition, name="Camping")


def test_an_operation_is_recorded_with_its_name_who_and_why(category: Category, manager: StaffUser) -> None:
    rename(category, name="Tents", by=manager, reason="It was vague.")

    event = events_of(category)[-1]
    assert (event.operation, event.actor_type, event.staff_user_id, event.reason) == (
        *("rename", "staff_user", manager.pk),
        "It was vague.",
    )
    assert event.changes == {"name": ["Camping", "Tents"]}


def test_an_operation_in_another_is_a_step_of_it(category: Category, manager: StaffUser) -> None:
    rename_twice(category, by=manager)

    told = [(event.operation, event.staff_user_id, event.reason) for event in events_of(category)[1:]]
    assert told == [("rename_twice", manager.pk, "")] * 2


def test_an_operation_costs_one_statement_however_many_steps(category: Category, manager: StaffUser) -> None:
    with CaptureQueriesContext(connection) as captured:
        rename_twice(category, by=manager)

    assert [query["sql"][:17] for query in captured].count("SELECT set_config") == 1


def test_a_refused_operation_is_not_in_the_way_of_the_next(category: Category, manager: StaffUser) -> None:
    with pytest.raises(ZeroDivisionError), recorded("divide"):
        _ = 1 / 0

    rename(category, name="Tents", by=manager)

    assert [event.operation for event in events_of(category)] == ["", "rename"]


@pytest.mark.django_db(transaction=True)
def test_what_comes_after_an_operation_is_not_told_as_part_of_it(category: Category, manager: StaffUser) -> None:
    rename(category, name="Tents", by=manager)
    Category.objects.update(name="Huts")

    assert [(event.operation, event.actor_type) for event in events_of(category)[1:]] == [
        ("rename", "staff_user"),
        ("", "database"),
    ]


@durable_operation
def write_for_good() -> None:
    pass


@pytest.mark.django_db(transaction=True)
def test_a_durable_operation_refuses_to_run_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        write_for_good()


def test_a_reason_is_cut_to_what_there_is_room_for(category: Category) -> None:
    rename(category, name="Tents", reason="x" * 501)

    assert events_of(category)[-1].reason == "x" * LONGEST_REASON


@operation
def note_and_save(category: Category, *, secret: str) -> None:
    note(category, name="Key", after=secret)
    category.modified = NOON
    category.save(update_fields=["modified"])


def test_a_note_is_told_with_the_row_though_none_of_its_columns_changed(category: Category) -> None:
    note_and_save(category, secret="set")

    assert events_of(category)[-1].changes == {"Key": ["", "set"]}


def test_a_note_outside_of_an_operation_is_refused(category: Category) -> None:
    with pytest.raises(RuntimeError):
        note(category, name="Key", after="set")
    with pytest.raises(RuntimeError):
        seen_only_by([])


@pytest.fixture
def shared(ours: Organization, theirs: Organization) -> Customer:
    """A customer whom both organizations know."""
    customer = make_customer(ours, email="first@example.org")
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    return customer


@operation
def correct(customer: Customer, *, seen_by: Organization | None, by: StaffUser) -> None:
    if seen_by:
        seen_only_by([seen_by.pk])
    Customer.objects.filter(pk=customer.pk).update(email="second@example.org")


def told_to(organization: Organization) -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(
        organization_id=organization.pk, object_type="accounts.customer", action="update"
    )
    told = ("actor_type", "operation", "staff_user_id", "process", "request_id", "reason")
    return list(events.values(*told))


def test_each_organization_that_knows_a_customer_is_told(
    shared: Customer, ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    correct(shared, seen_by=None, by=manager)

    assert [told_to(one) for one in (ours, theirs)] == [
        [
            {
                **dict.fromkeys(("process", "request_id", "reason"), ""),
                "actor_type": "staff_user",
                "operation": "correct",
                "staff_user_id": manager.pk,
            }
        ]
    ] * 2


def test_seen_only_by_hides_from_others_who_it_was_and_what_they_did(
    shared: Customer, ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    correct(shared, seen_by=ours, by=manager)

    assert told_to(ours)[0]["staff_user_id"] == manager.pk
    [hidden] = told_to(theirs)
    assert (hidden["actor_type"], hidden["staff_user_id"]) == ("undisclosed", None)
    assert (hidden["operation"], hidden["process"]) == ("", "")
