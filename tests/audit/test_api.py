"""The audit trail over REST: what an event says."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from editions.models import Category, Edition
from editions.operations.catalog import change_row, remove_row, save_product
from preo.accounts.models import Customer, Membership, Organization, OrganizationCustomer, ServiceToken, StaffUser
from preo.api.roles import Role
from preo.audit.models import AuditEvent
from preo.public_ids import decode, encode, new
from preo.recording import recorded, seen_only_by, surrounded_by
from tests.audit.reading import URL, changes_of, events, make_category
from tests.documented import DocumentedClient
from tests.factories import (
    NOON,
    make_customer,
    make_location,
    make_product,
    make_staff,
    make_token,
)
from tests.house.conftest import sign_in


@pytest.fixture
def client(admin: StaffUser) -> DocumentedClient:
    return sign_in(admin)


def test_an_event_says_what_changed_and_who_did_it(
    client: DocumentedClient, edition: Edition, manager: StaffUser
) -> None:
    product, category = make_product(edition), make_category(edition, by=manager)
    with recorded("put_in_place", by=manager, reason="As agreed"):
        change_row(product, changes={"category": category, "price_minor": 450_00}, by=manager, now=NOON)

    [event] = events(client, object_id=product.pk, action="update")

    created = event.pop("created")
    assert event == {
        "id": event["id"],
        "organization_id": edition.organization_id,
        "edition_id": edition.pk,
        "object": {"type": "editions.product", "id": product.pk},
        "action": "update",
        "operation": "put_in_place",
        "actor": {
            "type": "staff_user",
            "staff_user": {"id": manager.pk, "name": "Manager Holm"},
            "token": None,
            "application_id": None,
            "process": "",
        },
        "request_id": "",
        "reason": "As agreed",
        "changes": [
            {"field": "category_id", "before": None, "after": category.pk, "is_erased": False},
            {"field": "price_minor", "before": 400_00, "after": 450_00, "is_erased": False},
        ],
    }
    assert client.get(f"{URL}/{event['id']}").json() == {**event, "created": created}


def test_links_are_told_by_typed_ids(client: DocumentedClient, edition: Edition, manager: StaffUser) -> None:
    product, gate = make_product(edition), make_location(edition)
    save_product(product, changes={"locations": [gate]}, by=manager, now=NOON)

    [event] = events(client, object_id=product.pk, action="update")

    assert changes_of(event)["locations"] == (None, gate.pk)


def test_moments_are_told_as_everywhere_else(client: DocumentedClient, ours: Organization) -> None:
    make_token(ours, expires_at=datetime(2030, 1, 1, 12, tzinfo=UTC))
    token = ServiceToken.objects.get()

    [event] = events(client, object_id=token.pk)

    assert changes_of(event)["expires_at"] == (None, "2030-01-01T12:00:00Z")
    assert changes_of(event)["organization_id"] == (None, ours.pk)


def test_a_request_with_a_token_is_told_with_the_token_and_the_request_id(
    ours: Organization, client: DocumentedClient, edition: Edition
) -> None:
    stranger = DocumentedClient()
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(ours)}")
    body = {"edition_id": edition.pk, "organization_id": ours.pk, "title": "Last call", "type": "reminder"}
    made = stranger.post("/v1/email-messages", body, headers={"X-Request-ID": "erp-17"}).json()["id"]

    [event] = events(client, request_id="erp-17", object_type="editions.emailmessage")

    token = ServiceToken.objects.get()
    assert event["object"]["id"] == made
    assert (event["actor"]["type"], event["actor"]["token"]) == ("service_token", {"id": token.pk, "name": "ERP"})
    assert event["actor"]["staff_user"]["id"] == token.staff_user_id


def test_what_a_command_does_is_told_with_the_command(client: DocumentedClient, edition: Edition) -> None:
    with surrounded_by(command="tidy_up", reason="Twice a year"), recorded("tidy"):
        Category.objects.create(edition=edition, name="Tents")

    [event] = events(client, actor_type="command")

    assert (event["actor"]["process"], event["reason"], event["operation"]) == ("tidy_up", "Twice a year", "tidy")


def test_who_is_gone_has_no_name(client: DocumentedClient, edition: Edition) -> None:
    person = make_staff("gone@ours.example")
    make_category(edition, by=person)
    key = person.pk
    person.delete()

    [event] = events(client, staff_user_id=key)

    assert event["actor"]["staff_user"] == {"id": key, "name": None}


def test_events_of_a_row_outlast_it(client: DocumentedClient, edition: Edition, manager: StaffUser) -> None:
    category = make_category(edition, by=manager)
    key = category.pk
    remove_row(category, by=manager, now=NOON)

    told = events(client, object_id=key)

    assert [event["action"] for event in told] == ["delete", "insert"]
    assert changes_of(told[0])["name"] == ("Tents", None)


def test_a_customers_values_are_told_until_they_are_erased(client: DocumentedClient, ours: Organization) -> None:
    customer = make_customer(ours, full_name="Søren Kjær")
    Customer.objects.filter(pk=customer.pk).update(full_name="Søren Lund", locale="da")
    query = {"object_id": customer.pk, "action": "update"}

    [known] = events(client, **query)
    erase(customer)
    [erased] = events(client, **query)

    assert changes_of(known) == {"full_name": ("Søren Kjær", "Søren Lund"), "locale": ("en", "da")}
    assert erased["changes"] == [
        {"field": "full_name", "before": None, "after": None, "is_erased": True},
        {"field": "locale", "before": "en", "after": "da", "is_erased": False},
    ]


def erase(customer: Customer) -> None:
    """The details alone, past the rule that only an erasure removes them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM audit_personaldetail WHERE customer_id = %s", [decode(customer.pk)[1]])
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_what_another_organization_did_to_a_shared_customer_is_told_without_who(
    client: DocumentedClient, ours: Organization, theirs: Organization, outsider: StaffUser
) -> None:
    customer = make_customer(ours)
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    with recorded("change_customer", by=outsider, reason="Their secret"):
        seen_only_by([theirs.pk])
        Customer.objects.filter(pk=customer.pk).update(locale="da")

    [event] = events(client, object_id=customer.pk, action="update")

    assert event["organization_id"] == ours.pk
    assert event["actor"] == {
        "type": "undisclosed", "staff_user": None, "token": None, "application_id": None, "process": ""
    }  # fmt: skip
    assert (event["operation"], event["reason"], event["request_id"]) == ("", "", "")
    assert sign_in(outsider).get(URL, {"object_id": customer.pk, "staff_user_id": outsider.pk}).json()["count"] == 1


def test_a_kind_that_is_gone_is_told_without_a_prefix(client: DocumentedClient, ours: Organization) -> None:
    uuid = decode(new("old"))[1]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_record('insert', 'old.kind', %s, NULL, %s, NULL, '{}', %s, '{}', '{}', '{}', true)",
            [decode(ours.pk)[1], uuid, '{"a_id": "b"}'],
        )
    event = AuditEvent.objects.get(object_type="old.kind")

    told = client.get(f"{URL}/{event.pk}").json()

    assert told["object"] == {"type": "old.kind", "id": encode("", uuid)}
    assert changes_of(told) == {"a_id": (None, "b")}


def test_membership_changes_are_told(client: DocumentedClient, ours: Organization, guest: StaffUser) -> None:
    membership = Membership.objects.get(staff_user=guest)
    Membership.objects.filter(pk=membership.pk).update(role=Role.STAFF)

    [event] = events(client, object_id=membership.pk, action="update")

    assert changes_of(event) == {"role": ("guest", "staff")}
    assert event["actor"]["type"] == "database"
    assert event["actor"]["process"]
