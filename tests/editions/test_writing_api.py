"""Creating, changing and choosing over REST: the wiring; the rules are tested on the operations."""

from datetime import UTC, datetime
from typing import Any

import pytest

from editions.api.choices import half_hour_of, timezone_choices
from editions.api.editions import EditionViewSet
from editions.choices import EmailScope, EmailType
from editions.models import Edition, EmailMessage, Event, FeeRule, MerchantAccount
from preo.accounts.models import Organization, StaffUser
from preo.api.conditional import ConditionalWrites
from preo.api.roles import Role
from preo.files.models import StoredFile
from preo.public_ids import new
from tests.documented import DocumentedClient
from tests.factories import make_edition, make_edition_member, make_email_message, make_order, make_staff

URL = "/v1/editions"


@pytest.fixture
def client(manager: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(manager)
    return found


@pytest.fixture
def event(ours: Organization) -> Event:
    return Event.objects.create(organization=ours, name="Summer Days")


def body(event: Event, **others: Any) -> dict[str, Any]:
    return {"organization_id": event.organization_id, "event_id": event.pk, "name": "Camp 2026", **others}


def problem(answer: Any) -> tuple[int, list[tuple[str, str]]]:
    return answer.status_code, [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_create_answers_the_edition_with_its_defaults(client: DocumentedClient, event: Event) -> None:
    answer = client.post(URL, body(event))

    found = answer.json()
    assert answer.status_code == 201
    assert (found["full_name"], found["slug"]) == ("Summer Days Camp 2026", "camp-2026")
    defaults = ("timezone", "default_country_code", "default_language", "enabled_languages", "tax_type", "currency")
    assert [found[name] for name in defaults] == ["UTC", "+45", "en", ["en"], "none", "dkk"]
    assert (found["is_draft"], found["is_archived"], found["published_at"]) == (True, False, None)


def test_create_takes_every_published_member(client: DocumentedClient, event: Event) -> None:
    asked = {
        "start_date": "2026-07-01T12:00:00",
        "end_date": "2026-07-05T12:00:00",
        "timezone": "Europe/Copenhagen",
        "default_country_code": "+46",
        "default_language": "se",
        "enabled_languages": ["en", "se"],
        "tax_type": "vat",
    }

    found = client.post(URL, body(event, **asked)).json()

    assert {name: found[name] for name in asked} == asked | {
        "start_date": "2026-07-01T10:00:00Z",
        "end_date": "2026-07-05T10:00:00Z",
    }


@pytest.mark.parametrize(
    ("others", "errors"),
    [
        ({"name": ""}, [("name", "blank")]),
        ({"name": "x" * 201}, [("name", "max_length")]),
        ({"name": "a\0b"}, [("name", "null_characters_not_allowed")]),
        ({"start_date": "tomorrow"}, [("start_date", "not_a_moment")]),
        ({"start_date": "2026-02-30T00:00:00Z"}, [("start_date", "not_a_moment")]),
        ({"start_date": 1}, [("start_date", "not_a_moment")]),
        ({"start_date": "0001-01-01T00:00:00+14:00"}, [("start_date", "out_of_range")]),
        ({"start_date": "2026-07-02T00:00:00Z", "end_date": "2026-07-01T00:00:00Z"}, [("end_date", "not_after_start")]),
        ({"timezone": "Nowhere"}, [("timezone", "unknown_timezone")]),
        ({"enabled_languages": ["sv"]}, [("enabled_languages.0", "invalid_choice")]),
        ({"default_country_code": "+99"}, [("default_country_code", "invalid_choice")]),
        ({"slug": "x"}, [("slug", "unknown_member")]),
        ({"currency": "eur"}, [("currency", "unknown_member")]),
    ],
)
def test_create_refuses_what_it_cannot_take(
    client: DocumentedClient, event: Event, others: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    answer = client.post(URL, body(event, **others))

    assert problem(answer) == (400, errors)
    assert not Edition.objects.exists()


def test_create_needs_a_manager_of_the_organization(ours: Organization, event: Event, staff: StaffUser) -> None:
    edition = make_edition(ours)
    of_one_edition = make_edition_member("one@ours.example", edition=edition, role=Role.ADMIN)
    client = DocumentedClient()

    for person in (staff, of_one_edition):
        client.force_authenticate(person)
        assert client.post(URL, body(event)).status_code == 403


def test_create_names_what_it_cannot_find(
    client: DocumentedClient, event: Event, theirs: Organization, manager: StaffUser
) -> None:
    their_event = Event.objects.create(organization=theirs, name="Theirs")

    assert problem(client.post(URL, body(event, organization_id=theirs.pk))) == (
        404,
        [("organization_id", "not_found")],
    )
    assert problem(client.post(URL, body(event, event_id=their_event.pk))) == (404, [("event_id", "not_found")])
    manager.memberships.create(organization=theirs, role=Role.MANAGER)
    manager.__dict__.pop("reach", None)
    assert problem(client.post(URL, body(event, event_id=their_event.pk))) == (
        400,
        [("event_id", "other_organization")],
    )


def make_references(organization: Organization) -> dict[str, str]:
    """One row of each kind that an edition refers to, by the member that names it."""

    def message(kind: EmailType) -> EmailMessage:
        return EmailMessage.objects.create(
            organization=organization, title=kind.label, type=kind, scope=EmailScope.TEMPLATE
        )

    account = MerchantAccount(organization=organization, name="Box", type="sandbox", supported_currencies=["dkk"])
    account.save()
    image = StoredFile.objects.create(organization=organization, file_name="a.jpg", key=new("fil"), size=1)
    return {
        "fee_rule_id": FeeRule.objects.create(organization=organization, name="Usual").pk,
        "merchant_account_id": account.pk,
        "meta_image_id": image.pk,
        "transaction_receipt_email_id": message(EmailType.RECEIPT).pk,
        "refund_confirmation_email_id": message(EmailType.REFUND_CONFIRMATION).pk,
    }


def test_update_takes_every_published_member(client: DocumentedClient, edition: Edition, ours: Organization) -> None:
    asked = {
        **make_references(ours),
        "name": "Camp 2027",
        "start_date": "2027-07-01T10:00:00Z",
        "end_date": "2027-07-05T10:00:00Z",
        "timezone": "Europe/Copenhagen",
        "default_country_code": "+47",
        "is_draft": True,
        "is_archived": False,
        "default_language": "da",
        "enabled_languages": ["da", "en"],
        "tax_type": "vat",
        "default_price_tax_rate": 25,
        "default_deposit_tax_rate": 12.5,
        "default_packaging_deposit_tax_rate": 0.25,
        "currency": "dkk",
        "merchant_account_extra_parameters": {"store": {"id": 7, "rate": 0.5, "tags": ["a", None, True]}},
        "merchant_id": {"stripe": "acct_1"},
        "metadata": {"erp": "7"},
        "sms_sender_name": "Store",
        "email_sender_name": "Summer Days",
        "email_reply_to": "help@ours.example",
        "meta_title": {"da": "Lejr", "en": "Camp"},
        "meta_description": {"da": "Telte"},
    }

    answer = client.patch(f"{URL}/{edition.pk}", asked)

    found = answer.json()
    assert answer.status_code == 200
    assert {name: found[name] for name in asked} == asked | {
        "meta_title": {"en": "Camp", "da": "Lejr", "se": "", "pl": "", "nl": ""},
        "meta_description": {"en": "", "da": "Telte", "se": "", "pl": "", "nl": ""},
    }


def test_update_takes_back_what_can_be_empty(client: DocumentedClient, edition: Edition, ours: Organization) -> None:
    url = f"{URL}/{edition.pk}"
    client.patch(url, {**make_references(ours), "email_sender_name": "x", "start_date": "2027-07-01T10:00:00Z"})
    empty = [*make_references(ours), "start_date", "end_date"]

    found = client.patch(url, dict.fromkeys([*empty, "email_sender_name"])).json()

    assert {found[name] for name in empty} == {None}
    assert found["email_sender_name"] == ""


def test_update_takes_what_it_answered(client: DocumentedClient, edition: Edition) -> None:
    url = f"{URL}/{edition.pk}"
    before = client.get(url).json()
    read_only = {"id", "full_name", "slug", "organization", "event", "published_at", "status", "meta_image"}

    after = client.patch(url, {name: before[name] for name in before.keys() - read_only - {"created", "modified"}})

    assert after.json() == before


DEEP: Any = {}
for _ in range(30):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("asked", "errors"),
    [
        ({"default_price_tax_rate": 100.01}, [("default_price_tax_rate", "out_of_range")]),
        ({"default_price_tax_rate": -1}, [("default_price_tax_rate", "out_of_range")]),
        ({"default_price_tax_rate": 1.125}, [("default_price_tax_rate", "too_precise")]),
        ({"default_price_tax_rate": "25"}, [("default_price_tax_rate", "not_a_number")]),
        ({"default_price_tax_rate": True}, [("default_price_tax_rate", "not_a_number")]),
        ({"default_price_tax_rate": None}, [("default_price_tax_rate", "null")]),
        ({"currency": "chf"}, [("currency", "invalid_choice")]),
        ({"metadata": []}, [("metadata", "not_an_object")]),
        ({"metadata": {"a": "\0"}}, [("metadata", "null_characters_not_allowed")]),
        ({"metadata": {"a": 2**60}}, [("metadata", "not_a_number")]),
        ({"metadata": {"a": 1e300}}, [("metadata", "not_a_number")]),
        ({"metadata": DEEP}, [("metadata", "too_deep")]),
        ({"metadata": {"a": "x" * 70_000}}, [("metadata", "too_large")]),
        ({"meta_title": {"da": "Lejr"}}, [("meta_title.da", "not_enabled")]),
        ({"meta_title": {"en": 1}, "name": None}, [("name", "null"), ("meta_title.en", "invalid")]),
        ({"email_reply_to": "nobody"}, [("email_reply_to", "invalid")]),
        ({"fee_rule_id": "fee_x"}, [("fee_rule_id", "not_found")]),
        ({"published_at": None}, [("published_at", "unknown_member")]),
        ({"slug": "x"}, [("slug", "unknown_member")]),
    ],
)
def test_update_refuses_what_it_cannot_take(
    client: DocumentedClient, edition: Edition, asked: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    url = f"{URL}/{edition.pk}"
    before = client.get(url).content

    answer = client.patch(url, asked)

    assert problem(answer)[1] == errors
    assert answer.status_code in (400, 404)
    assert client.get(url).content == before


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "1e-400", "9" * 400])
def test_update_refuses_numbers_that_are_none(client: DocumentedClient, edition: Edition, number: str) -> None:
    text = f'{{"metadata": {{"a": {number}}}, "default_price_tax_rate": {number}}}'

    answer = client.patch(f"{URL}/{edition.pk}", text, content_type="application/json")

    assert answer.status_code == 400
    assert "default_price_tax_rate" in {error["field"] for error in answer.json()["errors"]}


def test_update_names_a_reference_out_of_reach(
    client: DocumentedClient, edition: Edition, theirs: Organization
) -> None:
    url = f"{URL}/{edition.pk}"

    answers = {name: problem(client.patch(url, {name: pk})) for name, pk in make_references(theirs).items()}

    assert answers == {name: (404, [(name, "not_found")]) for name in answers}


def test_update_answers_the_currency_as_a_conflict(client: DocumentedClient, edition: Edition) -> None:
    make_order(edition)

    answer = client.patch(f"{URL}/{edition.pk}", {"currency": "eur"})

    assert (answer.status_code, answer.json()["code"]) == (409, "currency_frozen")
    assert problem(answer)[1] == [("currency", "currency_frozen")]


def test_a_manager_of_the_edition_may_update_it(edition: Edition) -> None:
    client = DocumentedClient()
    client.force_authenticate(make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER))

    assert client.patch(f"{URL}/{edition.pk}", {"name": "Camp 2027"}).json()["name"] == "Camp 2027"


def test_a_manager_of_the_edition_chooses_among_what_the_organization_has(
    edition: Edition, ours: Organization, theirs: Organization
) -> None:
    client = DocumentedClient()
    client.force_authenticate(make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER))
    rows, others = make_references(ours), make_references(theirs)
    url = f"{URL}/{edition.pk}"

    found = client.patch(url, rows).json()
    refused = {name: problem(client.patch(url, {name: pk})) for name, pk in others.items()}

    assert {name: found[name] for name in rows} == rows
    assert refused == {name: (404, [(name, "not_found")]) for name in others}
    assert [choice["value"] for choice in choices(client)["fee_rules"]] == [rows["fee_rule_id"]]


def test_messages_of_another_edition_are_not_to_choose_from(edition: Edition, ours: Organization) -> None:
    elsewhere = make_email_message(ours, edition=make_edition(ours), type=EmailType.RECEIPT)
    client = DocumentedClient()
    client.force_authenticate(make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER))

    answer = client.patch(f"{URL}/{edition.pk}", {"transaction_receipt_email_id": elsewhere.pk})

    assert problem(answer) == (404, [("transaction_receipt_email_id", "not_found")])


def test_two_writers_who_read_the_same_do_not_both_get_through(client: DocumentedClient, edition: Edition) -> None:
    url = f"{URL}/{edition.pk}"
    etag = client.get(url).headers["ETag"]

    first = client.patch(url, {"name": "First"}, headers={"If-Match": etag})
    second = client.patch(url, {"name": "Second"}, headers={"If-Match": etag})

    assert (first.status_code, second.status_code) == (200, 412)
    assert client.get(url).json()["name"] == "First"
    assert client.patch(url, {"name": "Third"}, headers={"If-Match": first.headers["ETag"]}).status_code == 200


def choices(client: DocumentedClient, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{URL}/_meta", query).json()
    return found


def test_choices_are_those_that_an_edition_takes(client: DocumentedClient, edition: Edition) -> None:
    found = choices(client)

    assert [choice["value"] for choice in found["languages"]] == ["en", "da", "se", "nl", "pl"]
    assert len(found["country_codes"]) == 13
    assert {"value": "Asia/Kolkata", "label": "Asia/Kolkata (UTC+05:30)"}.items() <= next(
        choice for choice in found["timezones"] if choice["value"] == "Asia/Kolkata"
    ).items()
    assert {"value": edition.event_id, "label": "Summer Days", "description": "Ours"} in found["events"]


def test_choices_refer_to_rows_in_reach_alone(
    client: DocumentedClient, ours: Organization, theirs: Organization
) -> None:
    rows = make_references(ours)
    make_references(theirs)
    platform = EmailMessage.objects.create(title="Plain", type=EmailType.RECEIPT, scope=EmailScope.PLATFORM)

    found = choices(client)

    assert [choice["value"] for choice in found["fee_rules"]] == [rows["fee_rule_id"]]
    assert found["merchant_accounts"] == [
        {
            "value": rows["merchant_account_id"],
            "label": "Box",
            "description": "Ours",
            "type": "sandbox",
            "supported_currencies": ["dkk"],
        }
    ]
    receipts = {choice["value"] for choice in found["receipt_emails"]}
    assert receipts == {rows["transaction_receipt_email_id"], platform.pk}


def test_choices_narrow_to_one_organization(
    client: DocumentedClient, ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    manager.memberships.create(organization=theirs, role=Role.STAFF)
    for organization in (ours, theirs):
        make_references(organization)

    both, one = choices(client), choices(client, organization_id=theirs.pk)

    assert (len(both["fee_rules"]), len(one["fee_rules"])) == (2, 1)
    assert one["fee_rules"][0]["description"] == "Theirs"


def test_choices_of_an_organization_out_of_reach_are_not_found(client: DocumentedClient, theirs: Organization) -> None:
    assert problem(client.get(f"{URL}/_meta", {"organization_id": theirs.pk})) == (
        404,
        [("organization_id", "not_found")],
    )


def test_choices_of_a_guest_are_refused(guest: StaffUser) -> None:
    client = DocumentedClient()
    client.force_authenticate(guest)

    assert client.get(f"{URL}/_meta").status_code == 403


def test_choices_need_staff_of_the_organization_named(ours: Organization, theirs: Organization) -> None:
    person = make_staff("two@ours.example", organization=ours, role=Role.STAFF)
    person.memberships.create(organization=theirs, role=Role.GUEST)
    client = DocumentedClient()
    client.force_authenticate(person)

    assert client.get(f"{URL}/_meta", {"organization_id": theirs.pk}).status_code == 403


def test_every_choice_says_something_of_itself(client: DocumentedClient, ours: Organization) -> None:
    make_references(ours)

    found = choices(client)

    assert [choice for name in found for choice in found[name] if not (choice["label"] and choice["description"])] == []


@pytest.mark.parametrize(
    ("minute", "offset"),
    # Lord Howe Island goes from half past ten to eleven hours ahead at 15:30 UTC.
    [(29, "UTC+10:30"), (30, "UTC+11:00"), (59, "UTC+11:00")],
)
def test_offsets_are_those_of_now(minute: int, offset: str) -> None:
    moment = half_hour_of(datetime(2026, 10, 3, 15, minute, 59, tzinfo=UTC))

    found = {choice["value"]: choice["label"] for choice in timezone_choices(moment)}

    assert found["Australia/Lord_Howe"] == f"Australia/Lord_Howe ({offset})"


def test_choices_are_not_sent_again_while_they_hold(client: DocumentedClient) -> None:
    etag = client.get(f"{URL}/_meta").headers["ETag"]

    assert client.get(f"{URL}/_meta", headers={"If-None-Match": etag}).status_code == 304


def test_a_row_that_goes_while_it_is_compared_is_stale(
    client: DocumentedClient, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete_first(view: EditionViewSet, row: Edition) -> None:
        Edition.objects.filter(pk=row.pk).delete()
        ConditionalWrites.hold(view, row)

    monkeypatch.setattr(EditionViewSet, "hold", delete_first)

    answer = client.patch(f"{URL}/{edition.pk}", {"name": "Camp 2027"}, headers={"If-Match": "*"})

    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
