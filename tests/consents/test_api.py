"""Consents over REST: the wiring; the rules are tested on the operations."""

from typing import Any

import pytest

from consents.models import Consent
from consents.operations import publish_consent
from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from tests.consents.rows import make_answered, make_draft, make_next, make_published
from tests.documented import DocumentedClient
from tests.factories import NOON, make_edition, make_edition_member, make_product, make_vendor

URL = "/v1/consents"


def signed_in(person: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(person)
    return found


@pytest.fixture
def client(manager: StaffUser) -> DocumentedClient:
    return signed_in(manager)


@pytest.fixture
def of_edition(edition: Edition) -> DocumentedClient:
    """A manager of one edition alone."""
    return signed_in(make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER))


def body(organization: Organization, **others: Any) -> dict[str, Any]:
    return {"organization_id": organization.pk, "title": "Terms", **others}


def url(consent: Consent) -> str:
    return f"{URL}/{consent.pk}"


def problem(answer: Any) -> tuple[int, list[tuple[str, str]]]:
    return answer.status_code, [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_create_answers_a_draft_of_everybody_with_the_published_defaults(
    client: DocumentedClient, ours: Organization
) -> None:
    answer = client.post(URL, body(ours))

    found = answer.json()
    assert answer.status_code == 201
    assert {name: found[name] for name in ("type", "scope", "enabled", "published", "required")} == {
        "type": "terms",
        "scope": "organization",
        "enabled": True,
        "published": False,
        "required": False,
    }
    empty = ("published_date", "edition_id", "vendor_org_id", "supersedes_id", "superseded_by_id")
    assert {found[name] for name in empty} == {None}
    assert (found["product_ids"], found["order"], found["version"]) == ([], 0, 1)


def test_create_takes_each_target(client: DocumentedClient, edition: Edition, theirs: Organization) -> None:
    make_vendor(edition, theirs)
    products = [make_product(edition).pk, make_product(edition).pk]
    targets = {
        "edition": {"edition_id": edition.pk},
        "vendor": {"vendor_org_id": theirs.pk},
        "product": {"product_ids": products},
    }

    answers = {name: client.post(URL, body(edition.organization, **target)) for name, target in targets.items()}

    assert {name: answer.json()["scope"] for name, answer in answers.items()} == {name: name for name in targets}
    assert answers["product"].json()["product_ids"] == sorted(products)
    assert answers["vendor"].json()["vendor_org_id"] == theirs.pk


def test_create_publishes_at_once_where_there_is_something_to_read(
    client: DocumentedClient, ours: Organization
) -> None:
    published = client.post(URL, body(ours, published=True, consent_text={"en": "I agree.", "da": ""}))
    refused = client.post(URL, body(ours, published=True))

    assert (published.status_code, published.json()["published"]) == (201, True)
    assert published.json()["consent_text"] == {"en": "I agree.", "da": "", "se": "", "nl": "", "pl": ""}
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_unreadable")
    assert Consent.objects.count() == 1


def test_create_names_what_can_not_be_found(client: DocumentedClient, edition: Edition, their_edition: Edition) -> None:
    ours, tent = edition.organization, make_product(edition).pk
    cases: list[tuple[dict[str, Any], tuple[int, str, str]]] = [
        ({"organization_id": their_edition.organization_id}, (404, "organization_id", "not_found")),
        ({"edition_id": their_edition.pk}, (404, "edition_id", "not_found")),
        ({"edition_id": "nonsense"}, (404, "edition_id", "not_found")),
        ({"product_ids": [tent, make_product(their_edition).pk]}, (404, "product_ids", "not_found")),
        ({"product_ids": ["\0"]}, (400, "product_ids.0", "null_characters_not_allowed")),
        ({"vendor_org_id": their_edition.organization_id}, (400, "vendor_org_id", "not_a_vendor")),
        ({"vendor_org_id": tent}, (404, "vendor_org_id", "not_found")),
        ({"document_url": {"en": "javascript:alert(1)"}}, (400, "document_url.en", "not_https")),
        ({"consent_text": {"xx": "?"}}, (400, "consent_text.xx", "not_enabled")),
        ({"document_url": {"en": "https://ours.example:99999/"}}, (400, "document_url.en", "not_a_port")),
        ({"document_url": {"en": 5}}, (400, "document_url.en", "invalid")),
        ({"consent_text": {"en": ["x"]}}, (400, "consent_text.en", "invalid")),
        ({"consent_text": {"en": 5}}, (400, "consent_text.en", "invalid")),
        ({"title": 5}, (400, "title", "invalid")),
        ({"title": "Terms\u202e"}, (400, "title", "not_printable")),
        ({"edition_id": edition.pk, "product_ids": [tent]}, (400, "product_ids", "one_target")),
    ]

    for members, expected in cases:
        status, [error] = problem(client.post(URL, body(ours, **members)))
        assert (status, *error) == expected

    assert not Consent.objects.exists()


def test_an_organization_that_is_no_vendor_answers_like_none(
    client: DocumentedClient, edition: Edition, theirs: Organization
) -> None:
    missing = "org_00000000000000000000000000"

    answers = [client.post(URL, body(edition.organization, vendor_org_id=pk)) for pk in (theirs.pk, missing)]

    assert answers[0].content == answers[1].content


def test_who_manages_an_edition_writes_its_consents_and_no_others(
    of_edition: DocumentedClient, edition: Edition
) -> None:
    ours, other = edition.organization, make_edition(edition.organization)
    draft = make_draft(ours, edition=edition)
    wide = {"edition_id": None}

    made = of_edition.post(URL, body(ours, edition_id=edition.pk))
    refused = [
        of_edition.post(URL, body(ours)),
        of_edition.post(URL, body(ours, product_ids=[make_product(edition).pk])),
        of_edition.post(URL, body(ours, edition_id=other.pk)),
        of_edition.patch(url(draft), wide),
        of_edition.patch(url(draft), wide | {"product_ids": [make_product(edition).pk]}),
        of_edition.patch(url(draft), {"edition_id": other.pk}),
        of_edition.post(f"{URL}/order", {"organization_id": ours.pk, "consent_ids": [draft.pk]}),
    ]
    changed = of_edition.patch(url(draft), {"title": "New"})

    assert (made.status_code, changed.status_code) == (201, 200)
    assert [answer.status_code for answer in refused] == [403, 403, 404, 403, 403, 404, 403]
    assert Consent.objects.get(pk=draft.pk).edition == edition


def test_update_changes_what_is_given_and_publishes(client: DocumentedClient, edition: Edition) -> None:
    draft = make_draft(edition.organization, edition=edition)
    tent = make_product(edition)

    answer = client.patch(url(draft), {"title": "New", "edition_id": None, "product_ids": [tent.pk], "published": True})

    found = answer.json()
    assert (found["title"], found["scope"], found["product_ids"]) == ("New", "product", [tent.pk])
    assert (found["published"], found["consent_text"]["en"]) == (True, "I agree.")
    assert found["published_date"]


def test_update_of_what_is_published_says_how_to_make_a_new_version(
    client: DocumentedClient, ours: Organization
) -> None:
    consent = make_published(ours)
    as_it_is = {"title": "Terms", "published": True, "consent_text": {"en": "I agree."}, "product_ids": []}

    same = client.patch(url(consent), as_it_is)
    disabled = client.patch(url(consent), {"enabled": False})
    refused = [client.patch(url(consent), change) for change in ({"title": "New"}, {"published": False})]

    assert (same.status_code, disabled.json()["enabled"]) == (200, False)
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(409, "consent_published")}
    assert all(f"POST {url(consent)}/versions" in answer.json()["detail"] for answer in refused)


def test_a_version_is_made_changed_published_and_takes_over(client: DocumentedClient, ours: Organization) -> None:
    first = make_published(ours)

    draft = client.post(f"{url(first)}/versions")
    second = f"{URL}/{draft.json()['id']}"
    again = client.post(f"{url(first)}/versions")
    before = client.get(url(first)).json()
    client.patch(second, {"consent_text": {"en": "I agree to all."}, "published": True})
    after = client.get(url(first)).json()

    found = draft.json()
    assert (draft.status_code, found["version"], found["supersedes_id"]) == (201, 2, first.pk)
    assert (again.status_code, again.json()["code"]) == (409, "version_in_preparation")
    assert (before["superseded_by_id"], after["superseded_by_id"]) == (None, found["id"])
    assert [row.pk for row in Consent.objects.in_force()] == [found["id"]]


def test_delete_takes_away_what_nobody_answered(client: DocumentedClient, ours: Organization) -> None:
    answered, followed = make_published(ours), make_published(ours)
    make_answered(answered)
    make_next(followed)
    free = [make_draft(ours), make_published(ours)]

    gone = [client.delete(url(consent)).status_code for consent in free]
    kept = [client.delete(url(consent)).json() for consent in (answered, followed)]

    assert gone == [204, 204]
    assert [(found["status"], found["code"]) for found in kept] == [
        (409, "consent_answered"),
        (409, "consent_has_later_version"),
    ]
    assert "disable it" in kept[0]["detail"]


def test_order_puts_the_named_ones_first(client: DocumentedClient, ours: Organization) -> None:
    first, second, third = (make_draft(ours) for _ in range(3))

    answer = client.post(f"{URL}/order", {"organization_id": ours.pk, "consent_ids": [third.pk, first.pk]})

    listed = client.get(URL, {"ordering": "order"}).json()["results"]
    assert [row["id"] for row in answer.json()["results"]] == [third.pk, first.pk]
    assert [(row["id"], row["order"]) for row in listed] == [(third.pk, 0), (first.pk, 1), (second.pk, 2)]


def test_order_names_what_it_does_not_know(
    client: DocumentedClient, ours: Organization, their_edition: Edition
) -> None:
    theirs, own = their_edition.organization, make_draft(ours)
    other = make_draft(theirs)
    missing = "cns_00000000000000000000000000"

    answers = [
        client.post(f"{URL}/order", {"organization_id": ours.pk, "consent_ids": [own.pk, pk]})
        for pk in (other.pk, missing, own.pk)
    ]
    elsewhere = client.post(f"{URL}/order", {"organization_id": theirs.pk, "consent_ids": [other.pk]})
    none = client.post(f"{URL}/order", {"organization_id": ours.pk, "consent_ids": []})

    assert [problem(answer) for answer in answers] == [
        (400, [("consent_ids.1", "unknown")]),
        (400, [("consent_ids.1", "unknown")]),
        (400, [("consent_ids.1", "repeated")]),
    ]
    assert answers[0].content == answers[1].content
    assert problem(elsewhere) == (404, [("organization_id", "not_found")])
    assert problem(none) == (400, [("consent_ids", "empty")])


@pytest.fixture
def many(edition: Edition, theirs: Organization) -> dict[str, Consent]:
    """Of each kind that a filter tells apart."""
    ours = edition.organization
    make_vendor(edition, theirs)
    return {
        "everybody": publish_consent(make_draft(ours, title="C", order=3), by=None, now=NOON),
        "edition": make_draft(ours, title="A", order=2, edition=edition, type="marketing"),
        "vendor": make_draft(ours, title="D", order=1, vendor_org=theirs, enabled=False, type="notice"),
        "product": make_draft(ours, title="B", order=4, products=[make_product(edition), make_product(edition)]),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["vendor", "edition", "everybody", "product"]),
        ({"ordering": "title"}, ["edition", "product", "everybody", "vendor"]),
        ({"ordering": "-order"}, ["product", "everybody", "edition", "vendor"]),
        ({"ordering": "-created"}, ["product", "vendor", "edition", "everybody"]),
        ({"ordering": "modified"}, ["everybody", "edition", "vendor", "product"]),
        ({"enabled": "false"}, ["vendor"]),
        ({"published": "true"}, ["everybody"]),
        ({"published": "false", "enabled": "true"}, ["edition", "product"]),
        ({"scope": "organization"}, ["everybody"]),
        ({"scope": "edition"}, ["edition"]),
        ({"scope": "vendor"}, ["vendor"]),
        ({"scope": "product"}, ["product"]),
        ({"type": "marketing"}, ["edition"]),
        ({"page": "2", "page_size": "3"}, ["product"]),
        ({"cursor": "", "page_size": "2"}, ["vendor", "edition"]),
    ],
    ids=str,
)
def test_the_list_filters_and_sorts(
    client: DocumentedClient, many: dict[str, Consent], query: dict[str, str], found: list[str]
) -> None:
    answer = client.get(URL, query)

    names = {row.pk: name for name, row in many.items()}
    assert [names[row["id"]] for row in answer.json()["results"]] == found


def test_the_list_of_one_edition_or_organization(
    client: DocumentedClient, edition: Edition, many: dict[str, Consent]
) -> None:
    of_edition = client.get(URL, {"edition_id": edition.pk}).json()["results"]
    of_organization = client.get(URL, {"organization_id": edition.organization_id}).json()

    assert [row["id"] for row in of_edition] == [many["edition"].pk]
    assert of_organization["count"] == len(many)


@pytest.mark.parametrize(
    "query", [{"scope": "nobody"}, {"type": "promise"}, {"enabled": "yes"}, {"order": "1"}], ids=str
)
def test_the_list_refuses_what_it_does_not_understand(client: DocumentedClient, query: dict[str, str]) -> None:
    answer = client.get(URL, query)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, list(query))


def test_the_next_page_of_a_cursor_goes_on(client: DocumentedClient, many: dict[str, Consent]) -> None:
    first = client.get(URL, {"cursor": "", "page_size": "3"}).json()

    second = client.get(first["next"]).json()

    assert [row["id"] for row in second["results"]] == [many["product"].pk]


def test_staff_read_and_do_not_write(staff: StaffUser, ours: Organization) -> None:
    client, draft = signed_in(staff), make_draft(ours)

    reads = [client.get(URL), client.get(url(draft))]
    writes = [
        client.post(URL, body(ours)),
        client.patch(url(draft), {"title": "New"}),
        client.delete(url(draft)),
        client.post(f"{url(draft)}/versions"),
        client.post(f"{URL}/order", {"organization_id": ours.pk, "consent_ids": [draft.pk]}),
    ]

    assert {answer.status_code for answer in reads} == {200}
    assert {(answer.status_code, answer.json()["code"]) for answer in writes} == {(403, "role_too_low")}
