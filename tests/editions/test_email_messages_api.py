"""E-mail messages over REST: lists, bodies, who may, previews; the rules are the operations'."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from editions.choices import EmailType, TriggerEvent
from editions.models import Edition, EmailMessage, Trigger
from preo.accounts.models import Membership, Organization, StaffUser
from preo.api.roles import Role
from preo.api.scopes import Scope
from preo.mail.models import OutgoingMail
from preo.mail.operations import send_due
from tests.documented import DocumentedClient
from tests.factories import (
    NOON,
    make_customer,
    make_edition,
    make_edition_member,
    make_email_message,
    make_order,
    make_token,
)

URL = "/v1/email-messages"

each = pytest.mark.parametrize


def as_(person: StaffUser) -> DocumentedClient:
    client = DocumentedClient()
    client.force_authenticate(person)
    return client


@pytest.fixture
def client(manager: StaffUser) -> DocumentedClient:
    return as_(manager)


@pytest.fixture
def message(ours: Organization, edition: Edition) -> EmailMessage:
    return make_email_message(ours, edition=edition)


def titles(client: DocumentedClient, **query: str) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["title"] for row in answer.json()["results"]]


def errors(answer: Any) -> dict[str, str]:
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def test_list_shows_ours_and_the_platforms_and_nobody_elses(
    client: DocumentedClient, ours: Organization, theirs: Organization, edition: Edition, their_edition: Edition
) -> None:
    make_email_message(None, title="Platform")
    make_email_message(ours, title="Template")
    make_email_message(ours, edition=edition, title="Edition")
    make_email_message(theirs)
    make_email_message(theirs, edition=their_edition)

    assert sorted(titles(client)) == ["Edition", "Platform", "Template"]
    assert sorted(titles(client, organization_id=ours.pk)) == ["Edition", "Template"]
    assert titles(client, edition_id=edition.pk) == ["Edition"]


def test_list_has_the_published_members(client: DocumentedClient, message: EmailMessage) -> None:
    assert client.get(URL).json()["results"] == [
        {
            "id": message.pk,
            "title": "Reminder",
            "subject": {"en": "See you soon"},
            "type": "reminder",
            "created": "2026-06-01T12:00:00Z",
            "modified": "2026-06-01T12:00:00Z",
            "scope": "edition",
            "template": "modern",
        }
    ]


@each("scope", ["platform", "template", "edition"])
def test_list_narrows_by_scope(client: DocumentedClient, ours: Organization, edition: Edition, scope: str) -> None:
    make_email_message(None, title="platform")
    make_email_message(ours, title="template")
    make_email_message(ours, edition=edition, title="edition")

    assert titles(client, scope=scope) == [scope]


@each("type_", EmailType)
def test_list_narrows_by_type(client: DocumentedClient, ours: Organization, type_: EmailType) -> None:
    for each_type in EmailType:
        make_email_message(ours, type=each_type, title=each_type.value, blocks=[])

    assert titles(client, type=type_) == [type_]


@each("name", ["created", "modified", "title"])
def test_list_orders(client: DocumentedClient, ours: Organization, name: str) -> None:
    for number in (2, 0, 1):
        value = f"{number}" if name == "title" else NOON + timedelta(days=number)
        make_email_message(ours, **{name: value})

    up = [row[name] for row in client.get(URL, {"ordering": name}).json()["results"]]
    down = [row[name] for row in client.get(URL, {"ordering": f"-{name}"}).json()["results"]]

    assert len(set(up)) == 3
    assert up == sorted(up)
    assert down == up[::-1]


def test_list_has_the_messages_of_a_single_edition_for_its_members(
    ours: Organization, edition: Edition, message: EmailMessage
) -> None:
    make_email_message(ours, title="Template")
    make_email_message(ours, edition=make_edition(ours), title="Other")
    make_email_message(None, title="Platform")
    person = make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)

    assert sorted(titles(as_(person))) == ["Platform", "Reminder"]


def test_retrieve_adds_the_blocks_and_whose_it_is(client: DocumentedClient, message: EmailMessage) -> None:
    answer = client.get(f"{URL}/{message.pk}").json()

    assert (answer["blocks"], answer["organization_id"], answer["edition_id"]) == (
        [{"type": "heading", "text": {"en": "Hello {{ customer.first_name }}"}}],
        message.organization_id,
        message.edition_id,
    )


def test_the_platforms_messages_are_everybodys_to_read(nobody: StaffUser) -> None:
    message = make_email_message(None)
    client = as_(nobody)

    assert titles(client) == ["Reminder"]
    assert client.get(f"{URL}/{message.pk}").json()["organization_id"] is None
    assert client.post(f"{URL}/{message.pk}/preview", {}).json()["subject"] == "See you soon"


def test_the_platforms_messages_are_nobodys_to_change(admin: StaffUser) -> None:
    message, client = make_email_message(None), as_(admin)

    answers = [client.patch(f"{URL}/{message.pk}", {"title": "Ours"}), client.delete(f"{URL}/{message.pk}")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "role_too_low")] * 2
    assert EmailMessage.objects.get().title == "Reminder"


def new_message(organization: Organization, **others: Any) -> dict[str, Any]:
    return {"organization_id": organization.pk, "title": "Last call", "type": "reminder"} | others


def test_create_takes_the_published_members(client: DocumentedClient, ours: Organization, edition: Edition) -> None:
    body = new_message(ours, edition_id=edition.pk, scope="edition", template="modern")

    answer = client.post(URL, body)

    created = EmailMessage.objects.get()
    assert (answer.status_code, answer.json()["id"], answer.json()["subject"]) == (201, created.pk, {"en": "Last call"})
    assert (created.scope, created.edition, created.organization) == ("edition", edition, ours)


def test_create_takes_content(client: DocumentedClient, ours: Organization) -> None:
    blocks = [{"type": "text", "html": {"en": "<p>Hi</p>", "pl": "<p>Cześć</p>"}}, {"type": "divider"}]

    answer = client.post(URL, new_message(ours, subject={"en": "Hi", "da": ""}, blocks=blocks)).json()

    assert (answer["scope"], answer["subject"], answer["blocks"]) == ("template", {"en": "Hi"}, blocks)


@each(
    ("others", "expected"),
    [
        ({"scope": "edition"}, {"edition_id": "required"}),
        ({"scope": "platform"}, {"scope": "invalid_choice"}),
        ({"type": "newsletter"}, {"type": "invalid_choice"}),
        ({"template": "classic"}, {"template": "invalid_choice"}),
        ({"title": " "}, {"title": "blank"}),
        ({"title": "x" * 201}, {"title": "max_length"}),
        ({"subject": {"xx": "Hi"}}, {"subject.xx": "language_not_enabled"}),
        ({"subject": "Hi"}, {"subject": "not_a_dict"}),
        ({"blocks": [1]}, {"blocks.0": "not_an_object"}),
        ({"blocks": [{"type": "text", "html": {"en": "{{ x"}}]}, {"blocks.0.html.en": "invalid_template"}),
        ({"blocks": [{"type": "button", "label": {"en": "Go"}}]}, {"blocks.0.url": "required"}),
        (
            {"blocks": [{"type": "button", "label": {"en": "Go"}, "url": {"en": "javascript:alert(1)"}}]},
            {"blocks.0.url.en": "not_an_address"},
        ),
        ({"blocks": [{"type": "divider"}] * 101}, {"blocks": "max_length"}),
        ({"blocks": [{"type": "image", "image_id": "fil_1", "alt": {"en": ""}}]}, {"blocks.0.image_id": "invalid"}),
        (
            {"blocks": [{"type": "image", "image_id": f"fil_{'0' * 26}\n", "alt": {"en": ""}}]},
            {"blocks.0.image_id": "too_long"},
        ),
    ],
    ids="-".join,
)
def test_create_names_what_is_wrong(
    client: DocumentedClient, ours: Organization, others: dict[str, Any], expected: dict[str, str]
) -> None:
    answer = client.post(URL, new_message(ours, **others))

    assert (answer.status_code, errors(answer)) == (400, expected)
    assert not EmailMessage.objects.exists()


def test_create_refuses_a_template_with_an_edition(
    client: DocumentedClient, ours: Organization, edition: Edition
) -> None:
    answer = client.post(URL, new_message(ours, edition_id=edition.pk, scope="template"))

    assert (answer.status_code, errors(answer)) == (400, {"edition_id": "not_allowed"})


def test_create_finds_nothing_of_others(
    client: DocumentedClient, ours: Organization, theirs: Organization, their_edition: Edition
) -> None:
    answers = [
        client.post(URL, new_message(theirs)),
        client.post(URL, new_message(ours, edition_id=their_edition.pk)),
    ]

    assert [(answer.status_code, errors(answer)) for answer in answers] == [
        (404, {"organization_id": "not_found"}),
        (404, {"edition_id": "not_found"}),
    ]


def test_create_needs_a_manager_of_whose_it_is_to_be(ours: Organization, edition: Edition, staff: StaffUser) -> None:
    person = make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER)
    own, template = new_message(ours, edition_id=edition.pk), new_message(ours)

    answers = [as_(staff).post(URL, own), as_(person).post(URL, template), as_(person).post(URL, own)]

    assert [answer.status_code for answer in answers] == [403, 403, 201]


def test_update_answers_the_message_as_it_is_now(client: DocumentedClient, message: EmailMessage) -> None:
    answer = client.patch(f"{URL}/{message.pk}", {"title": "Last call", "blocks": [{"type": "divider"}]})

    message.refresh_from_db()
    assert (answer.json()["title"], answer.json()["blocks"]) == ("Last call", [{"type": "divider"}])
    assert (message.title, message.blocks) == ("Last call", [{"type": "divider"}])


@each("member", ["organization_id", "edition_id", "scope", "id"])
def test_update_does_not_move_a_message(client: DocumentedClient, message: EmailMessage, member: str) -> None:
    answer = client.patch(f"{URL}/{message.pk}", {member: "x"})

    assert (answer.status_code, errors(answer)) == (400, {member: "unknown_member"})


def test_delete_says_where_it_is_in_use(client: DocumentedClient, edition: Edition, message: EmailMessage) -> None:
    trigger = Trigger.objects.create(edition=edition, event=TriggerEvent.ORDER_CANCELLED, email_message=message)

    refused = client.delete(f"{URL}/{message.pk}")
    trigger.delete()
    deleted = client.delete(f"{URL}/{message.pk}")

    assert (refused.status_code, refused.json()["code"], errors(refused)) == (
        409,
        "email_message_in_use",
        {"triggers": "email_message_in_use"},
    )
    assert edition.pk in refused.json()["errors"][0]["detail"]
    assert (deleted.status_code, EmailMessage.objects.count()) == (204, 0)


def test_adopt_makes_a_message_of_the_edition(client: DocumentedClient, edition: Edition) -> None:
    message = make_email_message(None)

    answer = client.post(f"{URL}/{message.pk}/adopt", {"edition_id": edition.pk, "title": "Ours"})

    assert answer.status_code == 201
    assert (answer.json()["edition_id"], answer.json()["scope"], answer.json()["title"]) == (
        edition.pk,
        "edition",
        "Ours",
    )


def test_adopt_needs_a_manager_of_the_edition(ours: Organization, edition: Edition, staff: StaffUser) -> None:
    message = make_email_message(None)
    member = make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER)

    answers = [as_(person).post(f"{URL}/{message.pk}/adopt", {"edition_id": edition.pk}) for person in (staff, member)]

    assert [answer.status_code for answer in answers] == [403, 201]


def test_adopt_keeps_organizations_apart(
    manager: StaffUser, theirs: Organization, ours: Organization, their_edition: Edition
) -> None:
    Membership.objects.create(organization=theirs, staff_user=manager, role=Role.MANAGER)
    message = make_email_message(ours)

    answer = as_(manager).post(f"{URL}/{message.pk}/adopt", {"edition_id": their_edition.pk})

    assert (answer.status_code, errors(answer)) == (400, {"edition_id": "other_organization"})


def test_duplicate_copies_beside_the_message(client: DocumentedClient, message: EmailMessage) -> None:
    answer = client.post(f"{URL}/{message.pk}/duplicate", {})

    assert (answer.status_code, answer.json()["title"]) == (201, "Reminder (copy)")
    assert answer.json()["edition_id"] == message.edition_id


def test_duplicate_of_one_of_the_platform_becomes_a_template(client: DocumentedClient, ours: Organization) -> None:
    message = make_email_message(None)

    without = client.post(f"{URL}/{message.pk}/duplicate", {})
    answer = client.post(f"{URL}/{message.pk}/duplicate", {"organization_id": ours.pk})

    assert (without.status_code, errors(without)) == (400, {"organization_id": "required"})
    assert (answer.json()["scope"], answer.json()["organization_id"]) == ("template", ours.pk)


def test_duplicate_needs_a_manager(staff: StaffUser, ours: Organization, message: EmailMessage) -> None:
    answers = [
        as_(staff).post(f"{URL}/{message.pk}/duplicate", {}),
        as_(staff).post(f"{URL}/{make_email_message(None).pk}/duplicate", {"organization_id": ours.pk}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_preview_shows_a_made_up_customer(client: DocumentedClient, message: EmailMessage) -> None:
    answer = client.post(f"{URL}/{message.pk}/preview", {}).json()

    assert (answer["language"], answer["subject"]) == ("en", "See you soon")
    assert "Hello Søren" in answer["html"]
    assert "Hello Søren" in answer["text"]


def test_preview_shows_a_real_order(client: DocumentedClient, edition: Edition, message: EmailMessage) -> None:
    customer = make_customer(edition.organization, full_name="Freja Lund")
    order = make_order(edition, customer=customer)
    draft = {"blocks": [{"type": "text", "html": {"en": "<p>{{ customer.first_name }} {{ order.number }}</p>"}}]}

    html = client.post(f"{URL}/{message.pk}/preview", draft | {"order_id": order.pk}).json()["html"]

    assert f"Freja {order.order_number}" in html


def test_preview_of_a_refund_fills_in_what_no_order_has(client: DocumentedClient, edition: Edition) -> None:
    message = make_email_message(
        edition.organization, type="refund_confirmation", subject={"en": "{{ refund.reason }}: {{ order.number }}"}
    )
    order = make_order(edition)

    answer = client.post(f"{URL}/{message.pk}/preview", {"order_id": order.pk}).json()

    assert answer["subject"] == f"Deposit reclaimed: {order.order_number}"


def test_preview_shows_no_order_of_others(
    manager: StaffUser, theirs: Organization, their_edition: Edition, message: EmailMessage
) -> None:
    order = make_order(their_edition)
    out_of_reach = as_(manager).post(f"{URL}/{message.pk}/preview", {"order_id": order.pk})
    Membership.objects.create(organization=theirs, staff_user=manager, role=Role.STAFF)
    elsewhere = as_(StaffUser.objects.get(pk=manager.pk)).post(f"{URL}/{message.pk}/preview", {"order_id": order.pk})

    assert (out_of_reach.status_code, errors(out_of_reach)) == (404, {"order_id": "not_found"})
    assert (elsewhere.status_code, errors(elsewhere)) == (400, {"order_id": "other_organization"})


@each(
    ("scopes", "status", "code"),
    [
        ({Scope.EDITIONS_WRITE}, 403, "scope_missing"),
        ({Scope.EDITIONS_WRITE, Scope.CUSTOMERS_READ}, 403, "scope_missing"),
        ({Scope.EDITIONS_WRITE, Scope.ORDERS_READ}, 200, None),
    ],
)
def test_preview_of_an_order_needs_the_scope_to_read_orders(
    ours: Organization, edition: Edition, message: EmailMessage, scopes: set[Scope], status: int, code: str | None
) -> None:
    client = DocumentedClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(ours, scopes=scopes)}")

    answer = client.post(f"{URL}/{message.pk}/preview", {"order_id": make_order(edition).pk})

    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert client.post(f"{URL}/{message.pk}/preview", {}).status_code == 200


def test_preview_shows_a_draft_and_stores_nothing(client: DocumentedClient, message: EmailMessage) -> None:
    draft = {"subject": {"en": "Draft"}, "blocks": [{"type": "text", "html": {"en": "<p>{{ order.number }}</p>"}}]}

    answer = client.post(f"{URL}/{message.pk}/preview", draft).json()

    message.refresh_from_db()
    assert (answer["subject"], "P000123" in answer["html"]) == ("Draft", True)
    assert message.subject == {"en": "See you soon"}


def test_preview_of_half_a_draft_shows_the_rest_as_it_would_be_saved(
    client: DocumentedClient, ours: Organization
) -> None:
    message = make_email_message(ours, edition=make_edition(ours, enabled_languages=["en"]))
    EmailMessage.objects.update(blocks=[{"type": "heading", "text": {"en": "Hi", "da": "Hej"}}])

    answer = client.post(f"{URL}/{message.pk}/preview", {"subject": {"en": "Draft"}})

    message.refresh_from_db()
    assert (answer.status_code, answer.json()["text"]) == (200, "Hi\n==\n")
    assert message.blocks == [{"type": "heading", "text": {"en": "Hi", "da": "Hej"}}]


def test_preview_falls_back_to_the_main_language(client: DocumentedClient, ours: Organization) -> None:
    edition = make_edition(ours, enabled_languages=["en", "da"])
    message = make_email_message(ours, edition=edition, subject={"en": "Soon", "da": "Snart"})

    answers = [client.post(f"{URL}/{message.pk}/preview", {"language": name}) for name in ("da", "pl")]

    assert (answers[0].json()["subject"], answers[0].json()["language"]) == ("Snart", "da")
    assert "Hello Søren" in answers[0].json()["html"]
    assert (answers[1].status_code, errors(answers[1])) == (400, {"language": "not_enabled"})


BOMB = "{% for a in order.lines %}" * 8 + "x" * 100 + "{% endfor %}" * 8


@each(
    "html",
    [
        "{{ nonsense }}",
        "{% include 'x' %}",
        "{% for i in (1..100000000) %}x{% endfor %}",
        "{{ 'x' | times: 9 }}",
        "{" * 5_000,
        "{% if %}",
        BOMB * 30,
    ],
)
def test_preview_of_a_bad_template_is_an_error_at_its_field(
    client: DocumentedClient, message: EmailMessage, html: str
) -> None:
    answer = client.post(f"{URL}/{message.pk}/preview", {"blocks": [{"type": "text", "html": {"en": html}}]})

    assert (answer.status_code, list(errors(answer))) == (400, ["blocks.0.html.en"])


def test_preview_drops_scripts(client: DocumentedClient, message: EmailMessage) -> None:
    blocks = [{"type": "text", "html": {"en": "<p>Hi<script>alert(1)</script><img src=x onerror=alert(2)></p>"}}]

    html = client.post(f"{URL}/{message.pk}/preview", {"blocks": blocks}).json()["html"]

    assert "alert" not in html


def test_variables_are_told_for_every_type(client: DocumentedClient) -> None:
    answer = client.get(f"{URL}/_variables").json()

    assert [found["type"] for found in answer["types"]] == EmailType.values
    assert answer["types"][0]["variables"][0] == {
        "name": "organization.name",
        "description": "The name of the organization.",
        "example": "Summer Days",
    }
    assert [block["type"] for block in answer["blocks"]] == [
        "heading",
        "text",
        "button",
        "image",
        "order_summary",
        "divider",
    ]
    assert answer["blocks"][5]["schema"]["additionalProperties"] is False


def test_variables_narrow_to_a_type(client: DocumentedClient) -> None:
    answer = client.get(f"{URL}/_variables", {"type": "user_portal_access"}).json()
    wrong = client.get(f"{URL}/_variables", {"type": "nonsense"})

    assert [found["type"] for found in answer["types"]] == ["user_portal_access"]
    assert "portal.url" in [variable["name"] for variable in answer["types"][0]["variables"]]
    assert (wrong.status_code, errors(wrong)) == (400, {"type": "invalid_choice"})


def test_a_test_is_queued_for_the_caller(client: DocumentedClient, message: EmailMessage) -> None:
    answer = client.post(f"{URL}/{message.pk}/send-test", {})

    mail = OutgoingMail.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"to_address": "manager@ours.example"})
    assert (mail.kind, mail.about, mail.to_address, mail.language) == (
        "test",
        message.pk,
        "manager@ours.example",
        "en",
    )


def test_a_test_is_queued_for_somebody_of_the_organization(
    client: DocumentedClient, message: EmailMessage, guest: StaffUser, edition: Edition
) -> None:
    make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)
    addresses = ["GUEST@ours.example", "one@ours.example"]

    answers = [client.post(f"{URL}/{message.pk}/send-test", {"to_address": address}) for address in addresses]

    assert [answer.json()["to_address"] for answer in answers] == ["guest@ours.example", "one@ours.example"]


@each("address", ["outsider@theirs.example", "customer@example.org", "nobody@nowhere.example"])
def test_a_test_goes_to_nobody_else(
    client: DocumentedClient, message: EmailMessage, outsider: StaffUser, nobody: StaffUser, address: str
) -> None:
    answer = client.post(f"{URL}/{message.pk}/send-test", {"to_address": address})

    assert (answer.status_code, errors(answer)) == (400, {"to_address": "not_staff"})
    assert not OutgoingMail.objects.exists()


def test_a_test_for_a_service_token_needs_an_address(ours: Organization, message: EmailMessage) -> None:
    client = DocumentedClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(ours)}")

    answer = client.post(f"{URL}/{message.pk}/send-test", {})

    assert (answer.status_code, errors(answer)) == (400, {"to_address": "required"})


def test_a_test_of_the_platforms_message_is_sent_in_somebodys_name(
    client: DocumentedClient, ours: Organization, theirs: Organization
) -> None:
    message = make_email_message(None)

    answers = [
        client.post(f"{URL}/{message.pk}/send-test", body)
        for body in ({}, {"organization_id": theirs.pk}, {"organization_id": ours.pk})
    ]

    assert [answer.status_code for answer in answers] == [400, 404, 202]
    assert OutgoingMail.objects.get().organization == ours


def test_tests_are_not_without_end(client: DocumentedClient, message: EmailMessage) -> None:
    answers = [client.post(f"{URL}/{message.pk}/send-test", {}) for _ in range(21)]

    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.django_db(transaction=True)
@each("is_template", [True, False])
def test_a_worker_sends_the_test(
    is_template: bool, ours: Organization, edition: Edition, manager: StaffUser, mailoutbox: Any
) -> None:
    message = make_email_message(ours, edition=None if is_template else edition, subject={"en": "{{ edition.name }}"})
    as_(manager).post(f"{URL}/{message.pk}/send-test", {})

    sent = send_due(now=timezone.now())

    assert (sent, len(mailoutbox)) == (1, 1)
    assert mailoutbox[0].to == ["manager@ours.example"]
    assert mailoutbox[0].subject == ("Summer Days 2026" if is_template else "Summer Days Camp 2026")
    assert mailoutbox[0].from_email.startswith("Ours <")
