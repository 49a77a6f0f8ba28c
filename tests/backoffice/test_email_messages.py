"""Writing e-mail messages on pages: the list, the editor, its preview, copies; the rules are the operations'."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from editions.models import Edition, EmailMessage
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.files.models import StoredFile
from preo.mail.models import OutgoingMail
from tests.backoffice.conftest import Pages
from tests.factories import make_edition, make_edition_member, make_email_message, make_order

LIST = "/admin/editions/emailmessage/"
each = pytest.mark.parametrize


def page_of(message: EmailMessage) -> str:
    return f"{LIST}{message.pk}/change/"


def words_of(answer: Any) -> str:
    return answer.content.decode().replace("&#x27;", "'").replace("&quot;", '"')


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def message(ours: Organization, edition: Edition) -> EmailMessage:
    return make_email_message(ours, edition=edition)


def typed(message: EmailMessage, *blocks: dict[str, str], **others: str) -> dict[str, Any]:
    """What a browser sends for the message with such blocks."""
    form: dict[str, Any] = {
        "opened": message.modified.isoformat(),
        "title": message.title,
        "type": message.type,
        "subject_en": message.subject["en"],
        "block": [block["type"] for block in blocks],
        "block_count": len(blocks),
    }
    for place, block in enumerate(blocks):
        form |= {f"block{place}-{name}": value for name, value in block.items() if name != "type"}
    return form | others


HEADING = {"type": "heading", "text_en": "Hello", "level": "1"}
TEXT = {"type": "text", "html_en": "One\n\nTwo"}


def test_list_shows_what_is_in_reach(
    ours: Organization, theirs: Organization, message: EmailMessage, staff: StaffUser, pages: Pages
) -> None:
    make_email_message(theirs, title="Theirs")
    make_email_message(None, title="Platform")
    make_email_message(ours, title="Template")

    listed = pages(staff).get(LIST).context["cl"].queryset

    assert [row.title for row in listed] == ["Platform", "Reminder", "Template"]


@each("query", [{"scope__exact": "platform"}, {"type__exact": "receipt"}])
def test_list_narrows(query: dict[str, str], message: EmailMessage, staff: StaffUser, pages: Pages) -> None:
    make_email_message(None, title="Platform", type="receipt")

    listed = pages(staff).get(LIST, query).context["cl"].queryset

    assert [row.title for row in listed] == ["Platform"]


def test_page_of_another_organization_is_missing(theirs: Organization, admin: StaffUser, pages: Pages) -> None:
    theirs_message = make_email_message(theirs)
    client = pages(admin)

    assert client.get(page_of(theirs_message)).status_code == 302
    for name in ("preview", "delete"):
        assert client.get(f"{LIST}{theirs_message.pk}/{name}/").status_code == 404
    for name in ("duplicate", "adopt", "test"):
        assert client.post(f"{LIST}{theirs_message.pk}/{name}/").status_code == 404


@each("path", ["nonsense/change/", "eml_x/preview/", "%00/change/"])
def test_garbage_in_the_address_is_no_error(path: str, admin: StaffUser, pages: Pages) -> None:
    assert pages(admin).get(LIST + path).status_code in (302, 400, 404)


def test_save_writes_what_was_typed(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    form = typed(message, HEADING, TEXT, title="Last call", subject_en="Tomorrow", do="save")

    answer = pages(manager).post(page_of(message), form, follow=True)

    message.refresh_from_db()
    assert told(answer) == ["Saved."]
    assert (message.title, message.subject) == ("Last call", {"en": "Tomorrow"})
    assert message.blocks == [
        {"type": "heading", "text": {"en": "Hello"}, "level": 1},
        {"type": "text", "html": {"en": "<p>One</p>\n\n<p>Two</p>"}},
    ]


def test_what_was_saved_is_what_the_page_shows(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    blocks = [
        {"type": "button", "label": {"en": "Go"}, "url": {"en": "https://example.org"}},
        {"type": "order_summary", "show_fees": True},
        {"type": "divider"},
    ]
    EmailMessage.objects.update(blocks=blocks)
    client = pages(manager)
    form = client.get(page_of(message)).context["editor"]
    sent = typed(
        message,
        {"type": "button", "label_en": "Go", "url_en": "https://example.org"},
        {"type": "order_summary", "show_fees": "on"},
        {"type": "divider"},
    )

    client.post(page_of(message), sent)

    assert [block.initial | {"image_id": []} for block in form.blocks] == [b | {"image_id": []} for b in blocks]
    message.refresh_from_db()
    assert message.blocks == blocks


@each(
    ("button", "types"),
    [
        ("add:divider", ["heading", "text", "divider"]),
        ("add:nonsense", ["heading", "text"]),
        ("up:1", ["text", "heading"]),
        ("up:0", ["heading", "text"]),
        ("down:0", ["text", "heading"]),
        ("down:1", ["heading", "text"]),
        ("remove:0", ["text"]),
        ("remove:7", ["heading", "text"]),
        ("remove:x", ["heading", "text"]),
        ("nonsense", ["heading", "text"]),
    ],
)
def test_buttons_change_the_page_and_save_nothing(
    button: str, types: list[str], message: EmailMessage, manager: StaffUser, pages: Pages
) -> None:
    answer = pages(manager).post(page_of(message), typed(message, HEADING, TEXT, title="Typed", do=button))

    editor = answer.context["editor"]
    assert [block.type_ for block in editor.blocks] == types
    assert 'value="Typed"' in words_of(answer)
    message.refresh_from_db()
    assert (message.title, len(message.blocks)) == ("Reminder", 1)


@each(
    ("block", "field", "sentence"),
    [
        ({"type": "text", "html_en": "{{ nonsense }}"}, "html", "English: There is no variable nonsense"),
        ({"type": "button", "label_en": "Go", "url_en": "http://example.org"}, "url", "English: This must be an https"),
        ({"type": "heading", "level": "1"}, "text", "This block needs it."),
        ({"type": "image"}, "image_id", "This block needs it."),
    ],
)
def test_what_is_wrong_with_a_block_stands_at_its_field(
    block: dict[str, str], field: str, sentence: str, message: EmailMessage, manager: StaffUser, pages: Pages
) -> None:
    answer = pages(manager).post(page_of(message), typed(message, HEADING, block))

    first, second = answer.context["editor"].blocks
    assert (first.errors, list(second.errors)) == ({}, [field])
    assert second.errors[field][0].startswith(sentence)
    assert sentence in words_of(answer)


def test_an_empty_subject_is_refused_beside_it(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    answer = pages(manager).post(page_of(message), typed(message, subject_en=" "))

    assert answer.context["editor"].form.errors == {"subject": ["Give it in at least one language."]}


def test_what_somebody_else_changed_is_not_overwritten(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    form = typed(message, HEADING, title="Mine") | {"opened": "2020-01-01T00:00:00+00:00"}

    answer = pages(manager).post(page_of(message), form)

    message.refresh_from_db()
    assert "Somebody else changed this" in words_of(answer)
    assert message.title == "Reminder"


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "789c63f8ffff3f0005fe02fea7d9a4950000000049454e44ae426082"
)


def test_an_uploaded_image_is_kept_and_shown(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    client = pages(manager)
    picture = SimpleUploadedFile("tent.png", PIXEL, content_type="image/png")
    block = {"type": "image", "alt_en": "A tent", "image_id_new": picture}

    answer = client.post(page_of(message), typed(message, block, do="save"))

    file = StoredFile.objects.get()
    message.refresh_from_db()
    assert answer.status_code == 302, answer.context["editor"].blocks[0].errors
    assert message.blocks == [{"type": "image", "image_id": file.pk, "alt": {"en": "A tent"}}]
    assert file.key in words_of(client.get(f"{LIST}{message.pk}/preview/"))


def test_an_uploaded_image_outlives_a_refusal(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    picture = SimpleUploadedFile("tent.png", PIXEL, content_type="image/png")
    form = typed(message, {"type": "image", "image_id_new": picture}, {"type": "heading", "level": "1"})

    answer = pages(manager).post(page_of(message), form)

    assert f'value="{StoredFile.objects.get().pk}" checked' in words_of(answer)


def test_an_image_of_another_organization_is_refused(
    message: EmailMessage, theirs: Organization, manager: StaffUser, pages: Pages
) -> None:
    file = StoredFile.objects.create(organization=theirs, file_name="a.png", key="x", size=1)

    answer = pages(manager).post(page_of(message), typed(message, {"type": "image", "image_id": file.pk}))

    assert list(answer.context["editor"].blocks[0].errors) == ["image_id"]


def test_texts_are_asked_for_in_the_languages_of_the_edition(
    ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    edition = make_edition(ours, default_language="da", enabled_languages=["en", "da"])
    message = make_email_message(ours, edition=edition)
    template = make_email_message(ours)
    client = pages(manager)

    own, every = (client.get(page_of(row)).context["languages"] for row in (message, template))

    assert own == [("da", "Danish"), ("en", "English")]
    assert [code for code, _ in every] == ["en", "da", "se", "nl", "pl"]


def test_a_text_in_a_language_that_is_no_more_is_there_to_be_translated(
    message: EmailMessage, manager: StaffUser, pages: Pages
) -> None:
    stored = {"subject": {"da": "Snart"}, "blocks": [{"type": "heading", "text": {"da": "Hej"}, "level": 1}]}
    EmailMessage.objects.update(**stored)
    client = pages(manager)

    editor = client.get(page_of(message)).context["editor"]
    assert EmailMessage.objects.values(*stored).get() == stored
    client.post(page_of(message), typed(message, {**HEADING, "text_en": "Hej"}, subject_en="Snart"))

    assert editor.form.initial["subject"] == {"en": "Snart"}
    assert editor.blocks[0].initial["text"] == {"en": "Hej"}
    message.refresh_from_db()
    assert (message.subject, message.blocks[0]["text"]) == ({"en": "Snart"}, {"en": "Hej"})


@each("html_en", ["{% if order.total > 5 %}x{% endif %}", "Fish & chips " * 700], ids=["not renderable", "too long"])
def test_what_no_mail_can_be_made_of_is_told_at_its_field(
    html_en: str, message: EmailMessage, manager: StaffUser, pages: Pages
) -> None:
    answer = pages(manager).post(page_of(message), typed(message, HEADING, {"type": "text", "html_en": html_en}))

    assert list(answer.context["editor"].blocks[1].errors) == ["html"]
    message.refresh_from_db()
    assert len(message.blocks) == 1


def test_preview_stands_in_a_frame_of_ours_alone(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    answer = pages(manager).get(f"{LIST}{message.pk}/preview/")

    policy = answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert "Hello Søren" in words_of(answer)


def test_the_editor_itself_is_in_no_frame_and_has_no_scripts_in_it(
    message: EmailMessage, manager: StaffUser, pages: Pages
) -> None:
    answer = pages(manager).get(page_of(message))

    assert answer.headers["X-Frame-Options"] == "DENY"
    assert 'sandbox=""' in words_of(answer)
    assert "onclick" not in words_of(answer)


def test_preview_shows_what_was_typed(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    form = typed(message, HEADING | {"text_en": "Typed {{ order.number }}"}, preview_language="en")

    answer = pages(manager).post(f"{LIST}{message.pk}/preview/", form)

    message.refresh_from_db()
    assert "Typed P000123" in words_of(answer)
    assert message.blocks[0]["text"] == {"en": "Hello {{ customer.first_name }}"}


@each(
    ("others", "sentence"),
    [
        ({"block0-text_en": "{{ nonsense }}"}, "Block 1, text, English: There is no variable nonsense"),
        ({"preview_order": "nonsense"}, "Order: There is no order with this number or id that you can see."),
        ({"preview_language": "pl"}, "Language: The edition doesn't have this language."),
        ({"title": ""}, "Something that was typed can't be taken."),
    ],
)
def test_preview_says_why_there_is_none(
    others: dict[str, str], sentence: str, message: EmailMessage, manager: StaffUser, pages: Pages
) -> None:
    answer = pages(manager).post(f"{LIST}{message.pk}/preview/", typed(message, HEADING) | others)

    assert answer.status_code == 400
    assert sentence in words_of(answer).replace("<strong>", "").replace("</strong>", "")


def test_preview_of_a_real_order(
    message: EmailMessage, edition: Edition, their_edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    client, form = pages(manager), typed(message, HEADING | {"text_en": "{{ order.number }}"})
    own, other = make_order(edition), make_order(their_edition)

    shown = client.post(f"{LIST}{message.pk}/preview/", form | {"preview_order": own.pk})
    missing = client.post(f"{LIST}{message.pk}/preview/", form | {"preview_order": other.pk})

    assert str(own.order_number) in words_of(shown)
    assert "There is no order" in words_of(missing)


def test_the_platforms_message_is_read_and_copied(
    ours: Organization, edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    message, client = make_email_message(None), pages(manager)

    page = client.get(page_of(message))
    client.post(f"{LIST}{message.pk}/duplicate/", {"organization": ours.pk})
    client.post(f"{LIST}{message.pk}/adopt/", {"edition": edition.pk})

    assert "This message is the platform's." in words_of(page)
    assert 'value="save"' not in words_of(page)
    assert client.post(page_of(message), typed(message, HEADING)).status_code == 403
    assert client.post(f"{LIST}{message.pk}/delete/").status_code == 403
    assert sorted(EmailMessage.objects.values_list("title", "scope")) == [
        ("Reminder", "edition"),
        ("Reminder", "platform"),
        ("Reminder (copy)", "template"),
    ]


def test_staff_read_and_do_not_write(message: EmailMessage, edition: Edition, staff: StaffUser, pages: Pages) -> None:
    client = pages(staff)

    assert "Only a manager or admin can change this." in words_of(client.get(page_of(message)))
    assert client.post(page_of(message), typed(message, HEADING)).status_code == 403
    assert client.post(f"{LIST}{message.pk}/delete/").status_code == 403
    assert client.post(f"{LIST}{message.pk}/duplicate/").status_code == 403
    client.post(f"{LIST}{message.pk}/adopt/", {"edition": edition.pk})
    assert client.get(f"{LIST}add/").status_code == 403
    assert EmailMessage.objects.count() == 1


def test_an_archived_edition_is_only_read(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    Edition.objects.update(is_archived=True)

    page = pages(manager).get(page_of(message))

    assert "This edition is archived" in words_of(page)
    assert pages(manager).post(page_of(message), typed(message, HEADING)).status_code == 403


def add(client: Client, **form: str) -> Any:
    return client.post(f"{LIST}add/", {"title": "Last call", "type": "reminder"} | form)


def test_add_leads_to_the_page_of_the_new_message(edition: Edition, manager: StaffUser, pages: Pages) -> None:
    answer = add(pages(manager), edition=edition.pk)

    made = EmailMessage.objects.get()
    assert (made.edition, made.title, made.subject) == (edition, "Last call", {"en": "Last call"})
    assert answer.headers["Location"] == reverse("admin:editions_emailmessage_change", args=[made.pk])


def test_add_makes_a_template_for_those_who_may(
    ours: Organization, edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    member = make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER)

    add(pages(manager), organization=ours.pk)
    refused = add(pages(member), organization=ours.pk)

    assert (EmailMessage.objects.get().organization, list(refused.context["form"].errors)) == (ours, ["organization"])


def test_add_needs_somebody_to_belong_to(manager: StaffUser, pages: Pages) -> None:
    assert list(add(pages(manager)).context["form"].errors) == ["edition"]


def test_add_offers_editions_in_reach(
    edition: Edition, their_edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    answer = add(pages(manager), edition=their_edition.pk)

    assert list(answer.context["form"].fields["edition"].queryset) == [edition]
    assert not EmailMessage.objects.exists()


def test_duplicate_leads_to_the_copy(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    answer = pages(manager).post(f"{LIST}{message.pk}/duplicate/", follow=True)

    assert told(answer) == ["This is the copy: Reminder (copy)."]
    assert EmailMessage.objects.count() == 2


def test_delete_asks_first(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    client = pages(manager)

    asked = client.get(f"{LIST}{message.pk}/delete/")
    assert EmailMessage.objects.exists()
    client.post(f"{LIST}{message.pk}/delete/")

    assert "Delete Reminder?" in words_of(asked)
    assert not EmailMessage.objects.exists()


def test_delete_of_what_is_in_use_says_where(
    message: EmailMessage, edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    Edition.objects.update(transaction_receipt_email=message)
    client = pages(manager)

    answers = [client.get(f"{LIST}{message.pk}/delete/"), client.post(f"{LIST}{message.pk}/delete/")]

    assert all(f"({edition.pk}) sends it as its receipt." in words_of(answer) for answer in answers)
    assert EmailMessage.objects.exists()


def test_delete_of_what_mails_wait_for_says_so(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    client = pages(manager)
    client.post(f"{LIST}{message.pk}/test/", {"language": "en"})

    answers = [client.get(f"{LIST}{message.pk}/delete/"), client.post(f"{LIST}{message.pk}/delete/")]

    sentence = "1 mail that is still to be sent is made of it."
    assert [sentence in words_of(answer) for answer in answers] == [True, True]
    assert EmailMessage.objects.exists()


def test_a_test_goes_to_whoever_asks(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    answer = pages(manager).post(f"{LIST}{message.pk}/test/", {"language": "en"}, follow=True)

    mail = OutgoingMail.objects.get()
    assert told(answer) == ["A test is on its way to manager@ours.example."]
    assert (mail.kind, mail.to_address, mail.email_message_id) == ("test", "manager@ours.example", message.pk)


def test_tests_are_not_without_end(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    client = pages(manager)

    for _ in range(21):
        answer = client.post(f"{LIST}{message.pk}/test/")

    assert OutgoingMail.objects.count() == 20
    assert told(client.get(answer.headers["Location"]))[-1].startswith("These were many tests")


def test_operators_write_the_messages_of_the_platform(superuser: StaffUser, pages: Pages) -> None:
    client = pages(superuser)

    add(client, is_of_platform="on")
    made = EmailMessage.objects.get()
    client.post(page_of(made), typed(made, HEADING, title="Changed"))
    page = client.get(page_of(made))

    made.refresh_from_db()
    assert (made.scope, made.organization, made.title, len(made.blocks)) == ("platform", None, "Changed", 1)
    assert [row.pk for row in client.get(LIST).context["cl"].queryset] == [made.pk]
    assert "Add image" not in words_of(page)
    client.post(f"{LIST}{made.pk}/delete/")
    assert not EmailMessage.objects.exists()


def test_operators_write_no_messages_of_organizations(
    message: EmailMessage, edition: Edition, superuser: StaffUser, pages: Pages
) -> None:
    client = pages(superuser)

    assert client.get(page_of(message)).status_code == 302
    refused = add(client, is_of_platform="on", edition=edition.pk)

    assert list(refused.context["form"].errors) == ["edition"]
    assert EmailMessage.objects.count() == 1


def test_nobody_else_writes_for_the_platform(manager: StaffUser, pages: Pages) -> None:
    answer = add(pages(manager), is_of_platform="on")

    assert list(answer.context["form"].errors) == ["edition"]


def test_add_comes_from_the_messages_of_an_edition(edition: Edition, manager: StaffUser, pages: Pages) -> None:
    addresses = [f"?edition={edition.pk}", f"?_changelist_filters=edition__id__exact%3D{edition.pk}"]

    for address in addresses:
        form = pages(manager).get(f"{LIST}add/{address}").context["form"]
        assert form["edition"].value() == edition.pk


def test_the_history_tells_who_changed_what(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    client = pages(manager)
    client.post(page_of(message), typed(message, HEADING, title="Last call"))

    trail = {entry.operation: entry for entry in client.get(page_of(message)).context["trail"]}

    entry = trail["Update email message"]
    assert entry.who == "Manager Holm"
    assert ("Title", "Reminder", "Last call") in [
        (change.name, change.before, change.after) for change in entry.changes
    ]


def test_list_costs_the_same_for_one_and_three_messages(ours: Organization, manager: StaffUser, pages: Pages) -> None:
    client, counts = pages(manager), []
    for more in (1, 2):
        for _ in range(more):
            make_email_message(ours, edition=make_edition(ours))
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))

    assert counts[0] == counts[1]
