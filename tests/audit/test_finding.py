"""The audit trail over REST: to whom it is told, and how events are found."""

import csv
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from editions.models import Edition, Product
from editions.operations.catalog import change_row
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.audit.models import AuditEvent
from preo.public_ids import new
from tests.audit.reading import CATEGORIES, URL, changes_of, events, make_category
from tests.documented import DocumentedClient, operations
from tests.factories import (
    NOON,
    make_edition,
    make_edition_member,
    make_email_message,
    make_order,
    make_product,
    make_staff,
)
from tests.house.conftest import sign_in


@pytest.fixture
def client(admin: StaffUser) -> DocumentedClient:
    return sign_in(admin)


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


def test_the_kinds_to_choose_from_are_documented() -> None:
    parameters = operations()["GET", "/v1/audit-events"]["parameters"]
    [kinds] = [each["schema"]["enum"] for each in parameters if each["name"] == "object_type"]

    assert {"orders.order", "accounts.membership", "editions.merchantaccount"} <= set(kinds)
    assert not {"editions.productimage", "refunds.ledgerentry"} & set(kinds)


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
