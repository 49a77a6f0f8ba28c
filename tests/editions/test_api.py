"""Editions over REST: every filter, every ordering."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from editions.models import Edition, Event
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from tests.documented import DocumentedClient
from tests.factories import NOON, make_edition, make_edition_member

URL = "/v1/editions"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def client(staff: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(staff)
    return found


def slugs(client: DocumentedClient, **query: Any) -> list[str]:
    answer = client.get(URL, {"ordering": "name"} | query)
    assert answer.status_code == 200, answer.json()
    return [row["slug"] for row in answer.json()["results"]]


@pytest.mark.parametrize(("value", "found"), [("true", ["kept"]), ("false", ["shown"]), ("True", ["kept"])])
@pytest.mark.parametrize("name", ["is_draft", "is_archived"])
def test_list_filters_by_a_flag(
    client: DocumentedClient, ours: Organization, name: str, value: str, found: list[str]
) -> None:
    make_edition(ours, slug="kept", name="a", **{name: True})
    make_edition(ours, slug="shown", name="b", **{name: False})

    assert slugs(client, **{name: value}) == found


@pytest.mark.parametrize("value", ["maybe", "1", "0", "yes", "null", "\0", "²", "truefalse"])
@pytest.mark.parametrize("name", ["is_draft", "is_archived"])
def test_list_refuses_a_flag_that_is_neither_true_nor_false(client: DocumentedClient, name: str, value: str) -> None:
    answer = client.get(URL, {name: value})

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [name])


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("upcoming", ["tomorrow"]),
        ("current", ["day without end", "open start", "today"]),
        ("past", ["yesterday", "yesterday without end"]),
        ("no_dates", ["undated"]),
    ],
)
def test_list_filters_by_status_and_shows_the_same(
    client: DocumentedClient, ours: Organization, status: str, found: list[str]
) -> None:
    dates = {
        "tomorrow": (NOW + DAY, NOW + 2 * DAY),
        "today": (NOW - DAY, NOW + DAY),
        "day without end": (NOW, None),
        "open start": (None, NOW + DAY),
        "yesterday": (NOW - 2 * DAY, NOW - DAY),
        "yesterday without end": (NOW - 2 * DAY, None),
        "undated": (None, None),
    }
    for name, (start, end) in dates.items():
        make_edition(ours, name=name, start_date=start, end_date=end)

    results = client.get(URL, {"status": status, "ordering": "name"}).json()["results"]

    assert [row["name"] for row in results] == found
    assert {row["status"] for row in results} == {status}


@pytest.mark.parametrize("value", ["unknown", "PAST", "past,current", "\0"])
def test_list_refuses_an_unknown_status(client: DocumentedClient, value: str) -> None:
    answer = client.get(URL, {"status": value})

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, ["status"])


@pytest.mark.parametrize("name", ["created", "modified", "start_date", "end_date", "name"])
def test_list_orders_both_ways(client: DocumentedClient, ours: Organization, name: str) -> None:
    values: list[Any] = [NOON + 3 * DAY, NOON + DAY, NOON + 2 * DAY]
    for value in ["c", "a", "b"] if name == "name" else values:
        make_edition(ours, **{name: value})

    up = [row[name] for row in client.get(URL, {"ordering": name}).json()["results"]]
    down = [row[name] for row in client.get(URL, {"ordering": f"-{name}"}).json()["results"]]

    assert len(up) == 3
    assert up == sorted(up)
    assert down == up[::-1]


def test_list_narrows_to_one_organization(client: DocumentedClient, edition: Edition, ours: Organization) -> None:
    assert slugs(client, organization_id=ours.pk) == [edition.slug]


def test_list_has_single_editions_beside_whole_organizations(
    theirs: Organization, edition: Edition, their_edition: Edition, ours: Organization
) -> None:
    person = make_edition_member("some@ours.example", edition=edition, role=Role.STAFF)
    person.memberships.create(organization=theirs, role=Role.STAFF)
    make_edition(ours, slug="hidden")
    client = DocumentedClient()
    client.force_authenticate(person)

    assert sorted(slugs(client)) == sorted([edition.slug, their_edition.slug])
    assert slugs(client, organization_id=ours.pk) == [edition.slug]


def test_retrieve_puts_the_event_before_the_name(client: DocumentedClient, edition: Edition) -> None:
    answer = client.get(f"{URL}/{edition.pk}").json()

    assert (answer["name"], answer["full_name"]) == ("Camp 2026", "Summer Days Camp 2026")
    assert answer["event"] == {"id": edition.event_id, "name": "Summer Days"}


def test_retrieve_does_without_what_is_not_set(client: DocumentedClient, ours: Organization) -> None:
    edition = make_edition(ours, is_draft=True, published_at=None)
    Edition.objects.update(event=None)
    Event.objects.all().delete()

    answer = client.get(f"{URL}/{edition.pk}").json()

    unset = ("event", "start_date", "end_date", "published_at", "meta_image", "meta_image_id", "fee_rule_id")
    assert [answer[name] for name in unset] == [None] * len(unset)
    assert answer["full_name"] == "Camp 2026"
    assert answer["meta_title"] == {"en": "", "da": "", "se": "", "pl": "", "nl": ""}


def test_retrieve_prints_rates_and_moments_exactly(client: DocumentedClient, edition: Edition) -> None:
    Edition.objects.update(default_price_tax_rate="25.10", start_date=NOON)

    content = client.get(f"{URL}/{edition.pk}").content

    assert b'"default_price_tax_rate":25.10,' in content
    assert b'"start_date":"2026-06-01T12:00:00Z"' in content
