"""What is typed into a message and not saved: no button of its page loses it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from editions.models import Edition, EmailMessage
from preo.accounts.models import Organization, StaffUser
from preo.files.forms import OFFERED
from preo.files.models import StoredFile
from preo.mail.models import OutgoingMail
from tests.backoffice.conftest import Pages
from tests.backoffice.test_email_messages import HEADING, LIST, PIXEL, page_of, told, typed, words_of
from tests.factories import make_edition, make_email_message

SAVE_FIRST = "Save your changes first"
each = pytest.mark.parametrize
SHOWN = {"type": "heading", "text_en": "Hello {{ customer.first_name }}", "level": "1"}


@pytest.fixture
def message(ours: Organization, edition: Edition) -> EmailMessage:
    return make_email_message(ours, edition=edition)


@each("name", ["test", "duplicate", "adopt"])
def test_what_goes_by_the_stored_message_waits_for_what_was_typed(
    name: str, message: EmailMessage, edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    form = typed(message, HEADING | {"text_en": "Typed"}, title="Last call", edition=edition.pk, language="en")

    answer = pages(manager).post(f"{LIST}{message.pk}/{name}/", form)

    page = words_of(answer)
    assert SAVE_FIRST in page
    assert 'value="Last call"' in page
    assert 'value="Typed"' in page
    assert f'<option value="{edition.pk}" selected>' in page
    assert f'action="{page_of(message)}"' in page
    assert (EmailMessage.objects.count(), OutgoingMail.objects.count()) == (1, 0)


@each(("name", "kept"), [("test", (1, 1)), ("duplicate", (2, 0)), ("adopt", (2, 0))])
def test_what_is_as_stored_needs_no_saving(
    name: str, kept: tuple[int, int], message: EmailMessage, edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    form = typed(message, SHOWN, edition=edition.pk, language="en")

    answer = pages(manager).post(f"{LIST}{message.pk}/{name}/", form)

    assert answer.status_code == 302
    assert (EmailMessage.objects.count(), OutgoingMail.objects.count()) == kept


BUTTON = {"type": "button", "label_en": "Go", "url_en": "https://example.org"}


@each(
    ("blocks", "others"),
    [
        ([SHOWN], {"title": ""}),
        ([SHOWN], {"type": "other"}),
        ([SHOWN], {"subject_en": "Typed"}),
        ([SHOWN | {"level": "2"}], {}),
        ([SHOWN | {"text_en": ""}], {}),
        ([], {}),
        ([SHOWN, {"type": "divider"}], {}),
        ([BUTTON], {}),
        ([{"type": "text", "html_en": "Hello {{ customer.first_name }}"}], {}),
    ],
)
def test_any_difference_is_one(
    blocks: list[dict[str, str]], others: dict[str, str], message: EmailMessage, manager: StaffUser, pages: Pages
) -> None:
    answer = pages(manager).post(f"{LIST}{message.pk}/test/", typed(message, *blocks, **others))

    assert SAVE_FIRST in words_of(answer)
    assert not OutgoingMail.objects.exists()


def test_what_a_browser_makes_of_a_page_is_no_difference(ours: Organization, manager: StaffUser, pages: Pages) -> None:
    picture = StoredFile.objects.create(organization=ours, file_name="a.png", key="x", size=1)
    stored = [
        {"type": "text", "html": {"en": "<p>One</p>\n\n<p>Two</p>", "da": "Gone"}},
        {"type": "heading", "text": {"en": "Plain"}},
        {"type": "image", "image_id": picture.pk, "alt": {"en": ""}},
        {"type": "order_summary"},
        {"type": "divider"},
    ]
    edition = make_edition(ours, enabled_languages=["en"])
    message = make_email_message(ours, edition=edition, blocks=stored)
    sent = typed(
        message,
        {"type": "text", "html_en": "<p>One</p>\r\n\r\n<p>Two</p>"},
        {"type": "heading", "text_en": "Plain", "level": "1"},
        {"type": "image", "image_id": picture.pk, "alt_en": "", "url_en": ""},
        {"type": "order_summary", "show_fees": "on"},
        {"type": "divider"},
    )

    answer = pages(manager).post(f"{LIST}{message.pk}/test/", sent, follow=True)

    assert told(answer) == ["A test is on its way to manager@ours.example."]


@each("name", ["test", "duplicate", "adopt"])
def test_the_address_of_a_button_leads_back_to_the_page(
    name: str, message: EmailMessage, manager: StaffUser, pages: Pages
) -> None:
    answer = pages(manager).get(f"{LIST}{message.pk}/{name}/")

    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(message))


def test_an_image_that_was_brought_along_is_kept(message: EmailMessage, manager: StaffUser, pages: Pages) -> None:
    picture = SimpleUploadedFile("tent.png", PIXEL, content_type="image/png")
    blocks: list[Any] = [{"type": "image", "image_id_new": picture}, {"type": "heading", "level": "9"}]

    answer = pages(manager).post(f"{LIST}{message.pk}/duplicate/", typed(message, *blocks))

    assert SAVE_FIRST in words_of(answer)
    assert f'value="{StoredFile.objects.get().pk}" checked' in words_of(answer)


def test_whoever_only_reads_has_nothing_to_save(message: EmailMessage, staff: StaffUser, pages: Pages) -> None:
    answer = pages(staff).post(f"{LIST}{message.pk}/test/", typed(message, HEADING, title="Typed"), follow=True)

    assert told(answer) == ["A test is on its way to staff@ours.example."]


def test_the_page_says_what_an_address_may_be_and_when_a_new_image_is_seen(
    ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    texts = [{"type": "text", "html": {"en": "<p>Hello</p>"}}]
    messages = [make_email_message(ours, type=type_, blocks=texts) for type_ in ("user_portal_access", "reminder")]
    client = pages(manager)

    portal, reminder = (words_of(client.get(page_of(message))) for message in messages)

    assert "to a variable that is listed as an address; of any other link the words alone are kept." in portal
    assert "a new image only once you save it" in portal
    assert (portal.count("An address:"), reminder.count("An address:")) == (1, 0)


def test_an_image_behind_the_newest_stays_chosen(
    ours: Organization, edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    old = StoredFile.objects.create(organization=ours, file_name="old.png", key="old", size=1)
    for place in range(OFFERED):
        StoredFile.objects.create(organization=ours, file_name="new.png", key=f"new{place}", size=1)
    message = make_email_message(
        ours, edition=edition, blocks=[{"type": "image", "image_id": old.pk, "alt": {"en": ""}}]
    )
    form = typed(message, {"type": "image", "image_id": old.pk}, subject_en="Typed")

    answer = pages(manager).post(f"{LIST}{message.pk}/test/", form)

    assert f'value="{old.pk}" checked' in words_of(answer)
