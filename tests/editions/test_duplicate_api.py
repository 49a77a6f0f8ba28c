"""Duplicating an edition over REST."""

from typing import Any

import pytest

from editions.models import Edition, EditionMembership, EmailMessage, Event
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.webhooks.models import OutboxEvent
from tests.documented import DocumentedClient
from tests.editions.furnishing import make_furnished_edition
from tests.factories import make_edition, make_edition_member
from tests.trail import events_of


@pytest.fixture
def furnished(ours: Organization) -> Edition:
    return make_furnished_edition(ours)


def as_(person: StaffUser) -> DocumentedClient:
    client = DocumentedClient()
    client.force_authenticate(person)
    return client


def post(person: StaffUser, edition: Edition, query: str = "", **body: Any) -> Any:
    return as_(person).post(f"/v1/editions/{edition.pk}/duplicate{query}", {"name": "Camp 2027"} | body)


def errors(answer: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_duplicate_answers_the_whole_new_edition(furnished: Edition, manager: StaffUser) -> None:
    answer = post(manager, furnished, event_id=furnished.event_id)

    copy = Edition.objects.get(slug="camp-2027")
    assert answer.status_code == 201
    assert answer.json() == as_(manager).get(f"/v1/editions/{copy.pk}").json()
    assert (answer.json()["full_name"], answer.json()["is_draft"]) == ("Summer Days Camp 2027", True)


def test_duplicate_keeps_who_asked(furnished: Edition, manager: StaffUser) -> None:
    post(manager, furnished)

    [event] = events_of(Edition.objects.get(slug="camp-2027"))
    assert (event.operation, event.staff_user_id) == ("duplicate_edition", manager.pk)


@pytest.mark.parametrize("body", [{}, {"event_id": None}])
def test_duplicate_leaves_the_event_open(furnished: Edition, manager: StaffUser, body: dict[str, Any]) -> None:
    assert post(manager, furnished, **body).json()["event"] is None


def test_duplicate_shares_messages_and_copies_roles_when_asked(furnished: Edition, manager: StaffUser) -> None:
    make_edition_member("one@ours.example", edition=furnished, role=Role.STAFF)

    post(manager, furnished, slug="next", email_template_mode="share", copy_memberships=True)

    assert EmailMessage.objects.count() == 2
    assert EditionMembership.objects.filter(edition__slug="next").count() == 1


def test_duplicate_of_a_dry_run_counts_and_writes_nothing(furnished: Edition, manager: StaffUser) -> None:
    answer = post(manager, furnished, "?dry_run=true")

    assert answer.status_code == 200
    assert answer.json() == {
        "counts": {
            "categories": 1,
            "pickup_points": 1,
            "vendors": 1,
            "products": 1,
            "variants": 1,
            "options": 1,
            "images": 1,
            "coupons": 1,
            "email_messages": 2,
            "triggers": 1,
            "pass_designs": 1,
            "memberships": 0,
            "consents": 1,
        }
    }
    assert (Edition.objects.count(), OutboxEvent.objects.count()) == (1, 0)


def test_duplicate_with_dry_run_false_is_for_real(furnished: Edition, manager: StaffUser) -> None:
    assert post(manager, furnished, "?dry_run=false").status_code == 201


@pytest.mark.parametrize(
    ("query", "body", "found"),
    [
        ("?dry_run=maybe", {}, ("dry_run", "invalid")),
        ("?dry_run=", {}, ("dry_run", "empty_parameter")),
        ("", {"name": ""}, ("name", "blank")),
        ("", {"name": "x" * 201}, ("name", "max_length")),
        ("", {"slug": "two words"}, ("slug", "invalid")),
        ("", {"slug": "taken"}, ("slug", "not_unique")),
        ("", {"email_template_mode": "move"}, ("email_template_mode", "invalid_choice")),
        ("", {"copy_memberships": "perhaps"}, ("copy_memberships", "invalid")),
        ("", {"carts": True}, ("carts", "unknown_member")),
    ],
)
def test_duplicate_refuses(
    furnished: Edition, manager: StaffUser, query: str, body: dict[str, Any], found: tuple[str, str]
) -> None:
    make_edition(furnished.organization, slug="taken")

    answer = post(manager, furnished, query, **body)

    assert (answer.status_code, errors(answer)) == (400, [found])


def test_duplicate_needs_the_organization_and_not_the_edition_alone(furnished: Edition, staff: StaffUser) -> None:
    of_edition = make_edition_member("one@ours.example", edition=furnished, role=Role.ADMIN)

    answers = [post(person, furnished) for person in (of_edition, staff)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "role_too_low")] * 2
    assert Edition.objects.count() == 1


def test_duplicate_takes_an_event_of_the_same_organization_alone(
    furnished: Edition, theirs: Organization, manager: StaffUser
) -> None:
    event = Event.objects.create(organization=theirs, name="Winter Days")
    hidden = post(manager, furnished, event_id=event.pk)
    manager.memberships.create(organization=theirs, role=Role.MANAGER)

    del manager.reach
    seen = post(manager, furnished, event_id=event.pk)

    assert (hidden.status_code, errors(hidden)) == (404, [("event_id", "not_found")])
    assert (seen.status_code, errors(seen)) == (400, [("event_id", "other_organization")])
