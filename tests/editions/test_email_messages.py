"""Writing e-mail messages: creating, changing, deleting, duplicating, adopting."""

from datetime import timedelta
from typing import Any

import pytest

from editions.choices import EmailScope, EmailType, Language, TriggerEvent
from editions.messages.content import languages_of
from editions.messages.variables import VARIABLES
from editions.models import Edition, EmailMessage, Trigger
from editions.operations.email_messages import (
    EmailMessageGone,
    EmailMessageInUse,
    EmailMessageTypeInUse,
    adopt_email_message,
    create_email_message,
    delete_email_message,
    duplicate_email_message,
    update_email_message,
)
from editions.operations.locking import EditionArchived
from preo.accounts.models import Organization, StaffUser
from preo.errors import InvalidField, Problem
from preo.files.models import StoredFile
from preo.mail.models import OutgoingMail
from preo.mail.variables import ITEM
from preo.public_ids import new
from preo.webhooks.models import OutboxEvent
from tests.factories import NOON, make_edition, make_email_message
from tests.trail import events_of

LATER = NOON + timedelta(hours=1)
HEADING = {"type": "heading", "text": {"en": "Hello {{ customer.first_name }}"}}

each = pytest.mark.parametrize


def create(organization: Organization, by: StaffUser, *, edition: Edition | None = None, **values: Any) -> EmailMessage:
    defaults = {"title": "Reminder", "type": EmailType.REMINDER}
    return create_email_message(organization, edition=edition, values=defaults | values, by=by, now=NOON)


def change(message: EmailMessage, by: StaffUser, **changes: Any) -> EmailMessage:
    return update_email_message(message, changes=changes, by=by, now=LATER)


def told() -> list[str]:
    return list(OutboxEvent.objects.values_list("type", flat=True).order_by("sequence"))


def make_image(organization: Organization) -> StoredFile:
    return StoredFile.objects.create(
        organization=organization, file_name="tent.jpg", content_type="image/jpeg", key=new("fil"), size=1
    )


def make_trigger(edition: Edition, message: EmailMessage) -> Trigger:
    return Trigger.objects.create(edition=edition, event=TriggerEvent.ORDER_COMPLETED, email_message=message)


def make_mail(message: EmailMessage, status: str) -> OutgoingMail:
    return OutgoingMail.objects.create(
        organization=message.organization,
        kind="test",
        about=message.pk,
        key=new("mal"),
        email_message_id=message.pk,
        to_address="ann@example.org",
        language="en",
        status=status,
        next_attempt_at=NOON,
        sent_at=NOON if status == "sent" else None,
    )


def test_create_makes_a_template_of_the_organization(ours: Organization, manager: StaffUser) -> None:
    message = create(ours, manager, subject={"en": "Soon"}, blocks=[HEADING])

    message.refresh_from_db()
    assert (message.organization, message.edition, message.scope) == (ours, None, EmailScope.TEMPLATE)
    assert (message.subject, message.blocks, message.template) == ({"en": "Soon"}, [HEADING], "modern")
    assert (message.created, message.modified) == (NOON, NOON)


def test_create_with_an_edition_makes_a_message_of_that_edition(
    ours: Organization, edition: Edition, manager: StaffUser
) -> None:
    message = create(ours, manager, edition=edition)

    assert (message.edition, message.scope) == (edition, EmailScope.EDITION)


def test_create_takes_the_title_for_a_subject_in_the_main_language(ours: Organization, manager: StaffUser) -> None:
    danish = make_edition(ours, default_language="da", enabled_languages=["da", "en"])

    assert create(ours, manager).subject == {"en": "Reminder"}
    assert create(ours, manager, edition=danish).subject == {"da": "Reminder"}


def test_create_is_in_the_history_and_the_outbox(ours: Organization, edition: Edition, manager: StaffUser) -> None:
    message: Any = create(ours, manager, edition=edition)

    [first], event = events_of(message), OutboxEvent.objects.get()
    assert (first.operation, first.staff_user_id) == ("create_email_message", manager.pk)
    assert (event.type, event.edition_id, event.organization_id) == ("email_message.created", edition.pk, ours.pk)
    assert event.payload == {
        "id": message.pk,
        "organization_id": ours.pk,
        "edition_id": edition.pk,
        "title": "Reminder",
        "type": "reminder",
        "scope": "edition",
    }


def test_create_refuses_an_edition_of_another_organization(
    ours: Organization, their_edition: Edition, manager: StaffUser
) -> None:
    with pytest.raises(InvalidField) as refused:
        create(ours, manager, edition=their_edition)

    assert (refused.value.field, refused.value.code) == ("edition_id", "other_organization")


@each(
    ("values", "field", "code"),
    [
        ({"title": "  "}, "title", "blank"),
        ({"subject": {"en": "{{ nonsense }}"}}, "subject.en", "unknown_variable"),
        ({"subject": {"da": "Snart"}}, "subject.da", "language_not_enabled"),
        ({"blocks": [HEADING, {"type": "video"}]}, "blocks.1.type", "unknown_block"),
        ({"blocks": [{"type": "heading", "text": {"en": "{{ portal.url }}"}}]}, "blocks.0.text.en", "unknown_variable"),
        ({"blocks": [{"type": "heading", "text": {"pl": "Cześć"}}]}, "blocks.0.text.pl", "language_not_enabled"),
        (
            {"blocks": [{"type": "image", "image_id": new("fil"), "alt": {"en": "A tent"}}]},
            "blocks.0.image_id",
            "not_found",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_create_and_update_refuse_what_the_edition_can_not_send(
    values: dict[str, Any], field: str, code: str, ours: Organization, edition: Edition, manager: StaffUser
) -> None:
    message = make_email_message(ours, edition=edition)
    refusals = []

    for write in (lambda: create(ours, manager, edition=edition, **values), lambda: change(message, manager, **values)):
        with pytest.raises(InvalidField) as refused:
            write()
        refusals.append((refused.value.field, refused.value.code))

    assert refusals == [(field, code)] * 2
    assert EmailMessage.objects.values().get()["blocks"] == message.blocks


def text(html: str, *, language: str = "en") -> dict[str, Any]:
    return {"type": "text", "html": {language: html}}


@each(
    ("block", "field"),
    [
        (text("{% if order.total > 5 %}x{% endif %}"), "blocks.1.html.en"),
        (text("{{ order.number | truncate: 'abc' }}"), "blocks.1.html.en"),
        (text("{% if order.total > 5 %}x{% endif %}", language="da"), "blocks.1.html.da"),
        (text("{% if order.items_count > 90 %}{{ order.number | truncate: 'abc' }}{% endif %}"), "blocks.1.html.en"),
        (text("{% for a in order.lines limit: order.total %}x{% endfor %}"), "blocks.1.html.en"),
        (text("{% for a in order.lines %}" * 3 + "{% endfor %}" * 3), "blocks.1.html.en"),
        ({"type": "heading", "text": {"da": "{{ order.number | upcase: 1 }}"}}, "blocks.1.text.da"),
    ],
)
def test_create_and_update_refuse_what_no_mail_can_be_made_of(
    block: dict[str, Any], field: str, ours: Organization, manager: StaffUser
) -> None:
    edition = make_edition(ours, enabled_languages=["en", "da"])
    message, sound = make_email_message(ours, edition=edition), {"type": "heading", "text": {"en": "Hi", "da": "Hej"}}
    refusals = []

    for write in (
        lambda: create(ours, manager, edition=edition, blocks=[sound, block]),
        lambda: change(message, manager, blocks=[sound, block]),
    ):
        with pytest.raises(InvalidField) as refused:
            write()
        refusals.append((refused.value.field, refused.value.code))

    assert refusals == [(field, "not_renderable")] * 2
    assert EmailMessage.objects.get().blocks == [HEADING]


@each("type_", EmailType)
def test_create_takes_what_each_type_can_say(type_: EmailType, ours: Organization, manager: StaffUser) -> None:
    names = [variable.name for variable in VARIABLES[type_] if ITEM not in variable.name]
    written = "".join(f"{{{{ {name} }}}}" for name in names if name != "order.lines")

    assert create(ours, manager, type=type_, blocks=[text(written)]).blocks == [text(written)]


def test_create_takes_loops_over_an_order_of_many_lines(ours: Organization, manager: StaffUser) -> None:
    loops = "{% for a in order.lines %}{% for b in order.lines %}{{ b.name }}{% endfor %}{% endfor %}"

    assert create(ours, manager, blocks=[text(loops)]).blocks == [text(loops)]


def test_a_template_can_be_in_every_language(ours: Organization, manager: StaffUser) -> None:
    subject = dict.fromkeys(Language.values, "Hi")

    assert create(ours, manager, subject=subject).subject == subject


def test_create_keeps_cleaned_html(ours: Organization, manager: StaffUser) -> None:
    blocks = [{"type": "text", "html": {"en": "<p onclick=x>Hi<script>alert(1)</script></p>"}}]

    assert create(ours, manager, blocks=blocks).blocks == [{"type": "text", "html": {"en": "<p>Hi</p>"}}]


def test_create_takes_images_of_the_organization_alone(
    ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    own, other = ({"type": "image", "image_id": make_image(each_).pk, "alt": {"en": ""}} for each_ in (ours, theirs))

    assert create(ours, manager, blocks=[own]).blocks == [own]
    with pytest.raises(InvalidField, match="no image with this id"):
        create(ours, manager, blocks=[own, other])


def test_update_changes_what_is_given_and_says_what(ours: Organization, manager: StaffUser) -> None:
    message = make_email_message(ours)

    change(message, manager, title="Last call", subject={"en": "Tomorrow", "da": "I morgen"}, type=EmailType.REMINDER)

    message.refresh_from_db()
    assert (message.title, message.subject["da"], message.blocks) == ("Last call", "I morgen", [HEADING])
    assert (message.created, message.modified) == (NOON, LATER)
    assert OutboxEvent.objects.get().payload["changed"] == ["subject", "title"]


def test_update_to_what_is_there_changes_nothing(ours: Organization, manager: StaffUser) -> None:
    message = make_email_message(ours)

    change(message, manager, title=message.title, blocks=message.blocks)

    message.refresh_from_db()
    assert (message.modified, told()) == (NOON, [])


def test_update_holds_the_content_against_a_new_type(ours: Organization, manager: StaffUser) -> None:
    message = make_email_message(ours, blocks=[{"type": "order_summary"}])

    with pytest.raises(InvalidField) as refused:
        change(message, manager, type=EmailType.CAMPAIGN)

    assert (refused.value.field, refused.value.code) == ("blocks.0.type", "no_order")


BILINGUAL = {
    "subject": {"en": "Soon", "da": "Snart"},
    "blocks": [
        {"type": "heading", "level": 2, "text": {"en": "Hi", "da": "Hej"}},
        {"type": "text", "html": {"en": "<p>Hi</p>"}},
        {"type": "divider"},
    ],
}


@each(
    ("changes", "dropped"),
    [
        ({"subject": {"da": "Nu"}}, {"subject": {"da": "Nu"}}),
        ({"type": EmailType.OTHER}, {"subject": {"da": "Snart"}}),
        ({"blocks": [{"type": "divider"}]}, {"subject": {"da": "Snart"}, "blocks": [{"type": "divider"}]}),
    ],
    ids=lambda given: next(iter(given)),
)
def test_update_drops_stored_texts_in_languages_that_are_no_more(
    changes: dict[str, Any], dropped: dict[str, Any], ours: Organization, manager: StaffUser
) -> None:
    edition = make_edition(ours, default_language="da", enabled_languages=["da"])
    message = make_email_message(ours, edition=edition, **BILINGUAL)

    change(message, manager, **changes)

    message.refresh_from_db()
    blocks = [
        {"type": "heading", "level": 2, "text": {"da": "Hej"}},
        {"type": "text", "html": {"da": "<p>Hi</p>"}},
        {"type": "divider"},
    ]
    assert {"subject": message.subject, "blocks": message.blocks} == {"blocks": blocks} | dropped
    assert OutboxEvent.objects.get().payload["changed"] == sorted({*changes, "subject", "blocks"})


def test_update_of_the_title_leaves_every_text(ours: Organization, manager: StaffUser) -> None:
    message = make_email_message(ours, edition=make_edition(ours, enabled_languages=["en"]), **BILINGUAL)

    change(message, manager, title="Last call")

    message.refresh_from_db()
    assert {"subject": message.subject, "blocks": message.blocks} == BILINGUAL
    assert OutboxEvent.objects.get().payload["changed"] == ["title"]


def test_update_refuses_what_it_is_given_in_a_language_that_is_no_more(ours: Organization, manager: StaffUser) -> None:
    message = make_email_message(ours, edition=make_edition(ours, enabled_languages=["en"]), **BILINGUAL)

    with pytest.raises(InvalidField) as refused:
        change(message, manager, blocks=BILINGUAL["blocks"])

    assert (refused.value.field, refused.value.code) == ("blocks.0.text.da", "language_not_enabled")


@each(
    ("setting", "type_", "other"),
    [
        ("transaction_receipt_email", EmailType.RECEIPT, EmailType.RECEIPT_ONLINE),
        ("refund_confirmation_email", EmailType.REFUND_CONFIRMATION, EmailType.OTHER),
    ],
)
def test_update_keeps_the_type_of_what_an_edition_sends_by_itself(
    setting: str, type_: EmailType, other: EmailType, ours: Organization, edition: Edition, manager: StaffUser
) -> None:
    message = make_email_message(ours, type=type_)
    Edition.objects.update(**{setting: message})

    with pytest.raises(EmailMessageTypeInUse) as refused:
        change(message, manager, type=other, title="Other")
    Edition.objects.update(**{setting: None})
    change(message, manager, type=other)

    assert [found.field for found in refused.value.problems] == [f"{setting}_id"]
    message.refresh_from_db()
    assert (message.type, message.title) == (other, "Reminder")


def test_delete_takes_the_message_away_and_tells(ours: Organization, manager: StaffUser) -> None:
    message = make_email_message(ours)

    delete_email_message(message, by=manager, now=LATER)

    assert not EmailMessage.objects.exists()
    assert OutboxEvent.objects.get().payload["id"] == message.pk
    assert told() == ["email_message.deleted"]


def test_delete_refuses_what_is_in_use_and_names_where(
    ours: Organization, edition: Edition, manager: StaffUser
) -> None:
    message = make_email_message(ours)
    trigger = make_trigger(edition, message)
    Edition.objects.update(transaction_receipt_email=message)

    with pytest.raises(EmailMessageInUse) as refused:
        delete_email_message(message, by=manager, now=LATER)

    assert [(found.field, found.detail) for found in refused.value.problems] == [
        ("transaction_receipt_email_id", f"Summer Days Camp 2026 ({edition.pk}) sends it as its receipt."),
        (
            "triggers",
            f"Summer Days Camp 2026 ({edition.pk}) sends it by the trigger “Order completed” ({trigger.pk}).",
        ),
    ]
    assert EmailMessage.objects.exists()


def test_delete_names_both_settings_of_one_edition(ours: Organization, edition: Edition, manager: StaffUser) -> None:
    message = make_email_message(ours)
    Edition.objects.update(transaction_receipt_email=message, refund_confirmation_email=message)

    with pytest.raises(EmailMessageInUse) as refused:
        delete_email_message(message, by=manager, now=LATER)

    fields = [found.field for found in refused.value.problems]
    assert fields == ["transaction_receipt_email_id", "refund_confirmation_email_id"]


@each(
    ("statuses", "detail"),
    [
        (["queued"], "1 mail that is still to be sent is made of it."),
        (["queued", "sending", "sent", "failed"], "2 mails that are still to be sent are made of it."),
    ],
)
def test_delete_refuses_what_mails_are_to_be_made_of(
    statuses: list[str], detail: str, ours: Organization, manager: StaffUser
) -> None:
    message, other = make_email_message(ours), make_email_message(ours)
    for status in statuses:
        make_mail(message, status)

    with pytest.raises(EmailMessageInUse) as refused:
        delete_email_message(message, by=manager, now=LATER)
    delete_email_message(other, by=manager, now=LATER)

    assert refused.value.problems == [Problem("mails", "email_message_in_use", detail)]
    assert EmailMessage.objects.get() == message


def test_delete_takes_away_what_all_mails_have_been_made_of(ours: Organization, manager: StaffUser) -> None:
    message = make_email_message(ours)
    for status in ("sent", "failed"):
        make_mail(message, status)

    delete_email_message(message, by=manager, now=LATER)

    assert not EmailMessage.objects.exists()


@each("write", [delete_email_message, lambda message, **who: change(message, who["by"], title="Other")])
def test_what_somebody_has_just_deleted_is_gone(write: Any, ours: Organization, manager: StaffUser) -> None:
    message = make_email_message(ours)
    EmailMessage.objects.all().delete()

    with pytest.raises(EmailMessageGone):
        write(message, by=manager, now=LATER)


def test_duplicate_copies_beside_the_original(ours: Organization, edition: Edition, manager: StaffUser) -> None:
    message = make_email_message(ours, edition=edition)

    copy = duplicate_email_message(message, by=manager, now=LATER)

    assert copy.pk != message.pk
    assert (copy.title, copy.organization, copy.edition, copy.scope) == ("Reminder (copy)", ours, edition, "edition")
    assert (copy.type, copy.subject, copy.blocks) == (message.type, message.subject, message.blocks)
    assert (copy.created, told()) == (LATER, ["email_message.created"])


def test_duplicate_takes_a_title_and_shortens_a_long_one(ours: Organization, manager: StaffUser) -> None:
    message = make_email_message(ours, title="x" * 200)

    titles = [
        duplicate_email_message(message, title=title, by=manager, now=LATER).title for title in ("", " Last call ")
    ]

    assert titles == ["x" * 193 + " (copy)", "Last call"]


def test_duplicate_makes_a_template_of_one_of_the_platform(ours: Organization, manager: StaffUser) -> None:
    message = make_email_message(None)

    copy = duplicate_email_message(message, organization=ours, by=manager, now=LATER)
    with pytest.raises(InvalidField) as refused:
        duplicate_email_message(message, by=manager, now=LATER)

    assert (copy.organization, copy.scope, copy.blocks) == (ours, EmailScope.TEMPLATE, message.blocks)
    assert (refused.value.field, refused.value.code) == ("organization_id", "required")


def test_duplicate_refuses_to_carry_over_to_another_organization(
    ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    with pytest.raises(InvalidField) as refused:
        duplicate_email_message(make_email_message(ours), organization=theirs, by=manager, now=LATER)

    assert (refused.value.field, refused.value.code) == ("organization_id", "other_organization")


@each("is_of_platform", [True, False])
def test_adopt_copies_a_template_into_an_edition(
    is_of_platform: bool, ours: Organization, edition: Edition, manager: StaffUser
) -> None:
    message = make_email_message(None if is_of_platform else ours)

    adopted = adopt_email_message(message, edition=edition, by=manager, now=LATER)

    assert (adopted.organization, adopted.edition, adopted.scope) == (ours, edition, EmailScope.EDITION)
    assert (adopted.title, adopted.blocks) == (message.title, message.blocks)
    assert told() == ["email_message.created"]


def test_adopt_refuses_one_of_another_organization(theirs: Organization, edition: Edition, manager: StaffUser) -> None:
    with pytest.raises(InvalidField) as refused:
        adopt_email_message(make_email_message(theirs), edition=edition, by=manager, now=LATER)

    assert (refused.value.field, refused.value.code) == ("edition_id", "other_organization")


def test_adopt_brings_the_languages_of_the_edition_alone(ours: Organization, manager: StaffUser) -> None:
    edition = make_edition(ours, default_language="da", enabled_languages=["da", "nl"])
    message = make_email_message(
        None,
        subject={"en": "Soon", "da": "Snart"},
        blocks=[
            {"type": "heading", "level": 2, "text": {"en": "Hi", "nl": "Hoi", "pl": "Cześć"}},
            {"type": "text", "html": {"pl": "<p>Cześć</p>", "en": "<p>Hi</p>"}},
            {"type": "divider"},
        ],
    )

    adopted = adopt_email_message(message, edition=edition, title="Ours", by=manager, now=LATER)

    assert (adopted.title, adopted.subject) == ("Ours", {"da": "Snart"})
    assert adopted.blocks == [
        {"type": "heading", "level": 2, "text": {"nl": "Hoi"}},
        {"type": "text", "html": {"da": "<p>Hi</p>"}},
        {"type": "divider"},
    ]
    change(adopted, manager, blocks=adopted.blocks, title="Sound")


WRITES = [
    lambda message, by: create(message.organization, by, edition=message.edition),
    lambda message, by: change(message, by, title="Other"),
    lambda message, by: delete_email_message(message, by=by, now=LATER),
    lambda message, by: duplicate_email_message(message, by=by, now=LATER),
    lambda message, by: adopt_email_message(make_email_message(None), edition=message.edition, by=by, now=LATER),
]


@each("write", WRITES, ids=["create", "update", "delete", "duplicate", "adopt"])
def test_an_archived_edition_refuses(write: Any, ours: Organization, edition: Edition, manager: StaffUser) -> None:
    message = make_email_message(ours, edition=edition)
    Edition.objects.update(is_archived=True)

    with pytest.raises(EditionArchived):
        write(message, manager)

    assert (EmailMessage.objects.filter(edition=edition).get().title, told()) == ("Reminder", [])


def test_languages_are_the_editions_or_all(ours: Organization) -> None:
    assert languages_of(make_edition(ours, enabled_languages=["en", "nl"])) == ["en", "nl"]
    assert languages_of(None) == ["en", "da", "se", "nl", "pl"]
