"""The audit trail over REST: what an event says, to whom, and how it is found."""

import csv
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from editions.models import Category, Edition, Product
from editions.operations.catalog import add_row, change_row, remove_row, save_product
from preo.accounts.models import Customer, Membership, Organization, OrganizationCustomer, ServiceToken, StaffUser
from preo.api.roles import Role
from preo.audit.models import AuditEvent
from preo.public_ids import decode, encode, new
from preo.recording import recorded, seen_only_by, surrounded_by
from tests.documented import DocumentedClient, operations
from tests.factories import (
    NOON,
    make_customer,
    make_edition,
    make_edition_member,
    make_email_message,
    make_location,
    make_order,
    make_product,
    make_staff,
    make_token,
)
from tests.house.conftest import sign_in

URL = "/v1/audit-events"
CATEGORIES = {"object_type": "editions.category"}


@pytest.fixture
def client(admin: StaffUser) -> DocumentedClient:
    return sign_in(admin)


def make_category(edition: Edition, *, by: StaffUser, name: str = "Tents") -> Category:
    return add_row(Category(edition=edition, name=name), by=by, now=NOON)


def events(client: DocumentedClient, **query: Any) -> list[Any]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]  # type: ignore[no-any-return]  # as the document has it


def changes_of(event: Any) -> dict[str, tuple[Any, Any]]:
    return {change["field"]: (change["before"], change["after"]) for change in event["changes"]}


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
        "type": "elsewhere", "staff_user": None, "token": None, "application_id": None, "process": ""
    }  # fmt: skip
    assert (event["reason"], event["request_id"]) == ("", "")
    assert sign_in(outsider).get(URL, {"object_id": customer.pk, "staff_user_id": outsider.pk}).json()["count"] == 1


def test_rows_of_no_organization_are_told_to_nobody(client: DocumentedClient, admin: StaffUser) -> None:
    message = make_email_message(None)
    StaffUser.objects.filter(pk=admin.pk).update(first_name="Eva")
    hidden = AuditEvent.objects.filter(organization_id=None).values_list("pk", flat=True)

    assert [events(client, object_id=key) for key in (message.pk, admin.pk)] == [[], []]
    assert {client.get(f"{URL}/{key}").status_code for key in hidden} == {404}


def test_the_admin_of_one_edition_sees_what_is_of_it_alone(ours: Organization, edition: Edition) -> None:
    client = sign_in(make_edition_member("one@ours.example", edition=edition, role=Role.ADMIN))
    make_order(make_edition(ours))
    make_order(edition)

    told = events(client)

    assert {event["edition_id"] for event in told} == {edition.pk}
    assert {"orders.order", "editions.edition"} <= {event["object"]["type"] for event in told}
    assert "accounts.membership" not in {event["object"]["type"] for event in told}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.STAFF])
def test_events_are_for_admins(ours: Organization, edition: Edition, admin: StaffUser, role: Role) -> None:
    client = sign_in(make_staff("one@ours.example", organization=ours, role=role))
    make_category(edition, by=admin)
    event = AuditEvent.objects.filter(**CATEGORIES).get()

    listed, asked = client.get(URL), client.get(URL, {"organization_id": ours.pk})
    opened = client.get(f"{URL}/{event.pk}")

    assert (listed.json()["results"], asked.status_code) == ([], 403)
    assert (opened.status_code, opened.json()["code"]) == (403, "role_too_low")


def test_events_are_listed_newest_first_and_either_way(
    client: DocumentedClient, edition: Edition, admin: StaffUser
) -> None:
    first, second = (make_category(edition, by=admin, name=name).pk for name in ("Tents", "Drinks"))

    newest, oldest = (events(client, **CATEGORIES, ordering=ordering) for ordering in ("-created", "created"))

    assert [event["object"]["id"] for event in newest] == [second, first]
    assert newest == oldest[::-1] == events(client, **CATEGORIES)


def test_events_are_walked_by_cursor(client: DocumentedClient, edition: Edition, admin: StaffUser) -> None:
    made = [make_category(edition, by=admin, name=str(number)).pk for number in range(5)]
    found, url = [], f"{URL}?cursor=&page_size=2&object_type=editions.category"

    while url:
        answer = client.get(url).json()
        found += [event["object"]["id"] for event in answer["results"]]
        url = answer["next"]

    assert found == made[::-1]


def test_each_filter_narrows(client: DocumentedClient, ours: Organization, edition: Edition, admin: StaffUser) -> None:
    category, other = make_category(edition, by=admin), make_edition(ours)
    make_category(other, by=make_staff("other@ours.example"))
    queries = [
        {"object_id": category.pk},
        {"edition_id": edition.pk},
        {"staff_user_id": admin.pk},
        {"organization_id": ours.pk, "edition_id": edition.pk},
        {"operation": "add_row", "edition_id": edition.pk, "action": "insert", "actor_type": "staff_user"},
    ]

    found = [events(client, **CATEGORIES, **query) for query in queries]

    assert [[event["object"]["id"] for event in told] for told in found] == [[category.pk]] * len(queries)
    assert events(client, **CATEGORIES, action="delete") == []


def test_times_narrow(client: DocumentedClient, edition: Edition, admin: StaffUser) -> None:
    make_category(edition, by=admin)
    now = timezone.now()
    hours = [(now + timedelta(hours=hours)).isoformat() for hours in (-1, 1)]

    def count(**query: str) -> int:
        return len(events(client, **CATEGORIES, **query))

    assert [count(created_after=hour) for hour in hours] == [1, 0]
    assert [count(created_before=hour) for hour in hours] == [0, 1]


@pytest.mark.parametrize("name", ["object_id", "staff_user_id", "edition_id"])
def test_what_is_no_id_of_such_a_row_is_named(client: DocumentedClient, name: str) -> None:
    answers = [client.get(URL, {name: text}) for text in ("nonsense", new("qqq"))]

    assert {answer.status_code for answer in answers} == {404}
    assert {error["field"] for answer in answers for error in answer.json()["errors"]} == {name}


def test_rows_out_of_reach_have_no_events(
    client: DocumentedClient, their_edition: Edition, outsider: StaffUser
) -> None:
    category = make_category(their_edition, by=outsider)

    assert [events(client, object_id=category.pk), events(client, staff_user_id=outsider.pk)] == [[], []]
    assert client.get(URL, {"edition_id": their_edition.pk}).status_code == 404


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


def test_the_kinds_to_choose_from_are_documented() -> None:
    parameters = operations()["GET", "/v1/audit-events"]["parameters"]
    [kinds] = [each["schema"]["enum"] for each in parameters if each["name"] == "object_type"]

    assert {"orders.order", "accounts.membership", "editions.merchantaccount"} <= set(kinds)
    assert not {"editions.productimage", "refunds.ledgerentry"} & set(kinds)


def test_membership_changes_are_told(client: DocumentedClient, ours: Organization, guest: StaffUser) -> None:
    membership = Membership.objects.get(staff_user=guest)
    Membership.objects.filter(pk=membership.pk).update(role=Role.STAFF)

    [event] = events(client, object_id=membership.pk, action="update")

    assert changes_of(event) == {"role": ("guest", "staff")}
    assert event["actor"]["type"] == "database"
    assert event["actor"]["process"]


def test_options_of_a_product_are_found_by_their_own_ids(client: DocumentedClient, edition: Edition) -> None:
    product: Product = make_product(edition)
    option = product.options.create(name="Pole")

    [event] = events(client, object_id=option.pk)

    assert changes_of(event)["product_id"] == (None, product.pk)


def test_the_list_is_exported_as_csv(client: DocumentedClient, edition: Edition, admin: StaffUser) -> None:
    category = make_category(edition, by=admin, name="=1+1")
    change_row(category, changes={"name": "Tents"}, by=admin, now=NOON)

    answer: Any = client.get(f"{URL}/export", CATEGORIES)

    header, *lines = csv.reader(b"".join(answer.streaming_content).decode().splitlines())
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    assert [row["action"] for row in rows] == ["insert", "update"]
    assert {row["object_id"] for row in rows} == {category.pk}
    assert {row["staff_user_id"] for row in rows} == {admin.pk}
    assert json.loads(rows[1]["changes"]) == [{"field": "name", "before": "=1+1", "after": "Tents", "is_erased": False}]
