"""Writing an e-mail message in the back office, with its preview beside it and without a line of script."""

import pytest
from playwright.sync_api import BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from editions.models import Edition, EmailMessage
from preo.accounts.models import Organization, StaffUser
from tests.browser.conftest import bring_session, fits_a_phone, press
from tests.factories import make_edition, make_email_message, make_order


@pytest.fixture
def edition(ours: Organization) -> Edition:
    return make_edition(ours, enabled_languages=["en", "da"])


def test_write_a_message_and_see_it(
    live_server: LiveServer,
    browser_context: BrowserContext,
    complaints: list[str],
    manager: StaffUser,
    edition: Edition,
) -> None:
    make_email_message(None, title="Reminder of the platform")
    order, page = make_order(edition), browser_context.new_page()
    bring_session(browser_context, live_server, manager)

    # From the platform's message to one of the edition's own.
    page.goto(f"{live_server.url}/admin/editions/emailmessage/")
    press(page.get_by_role("link", name="Reminder of the platform"))
    expect(page.get_by_text("This message is the platform's.")).to_be_visible()
    assert fits_a_phone(page)
    page.get_by_label("Copy into an edition").select_option(label=str(edition))
    press(page.get_by_role("button", name="Adopt"))

    # Blocks are added, filled in, moved; the preview shows them before they are saved.
    preview = page.frame_locator("iframe[name=preview]")
    expect(preview.get_by_text("Hello Søren")).to_be_visible()
    press(page.get_by_role("button", name="Add text"))
    page.get_by_label("Text, English").last.fill("Bring your {{ order.number }}.")
    press(page.get_by_role("button", name="Add button"))
    press(page.get_by_role("button", name="Add order summary"))
    page.get_by_label("Words on it, English").fill("See the map")
    page.get_by_label("Leads to, English").fill("https://example.org/map")
    page.get_by_role("button", name="Update preview").click()
    expect(preview.get_by_text("Bring your P000123.")).to_be_visible()
    page.get_by_label("Order (optional)").fill(order.pk)
    page.get_by_role("button", name="Update preview").click()
    expect(preview.get_by_text(f"Bring your {order.order_number}.")).to_be_visible()
    press(page.get_by_role("button", name="Up: block 3"))
    expect(page.get_by_role("heading", name="2. Button")).to_be_visible()
    assert fits_a_phone(page)

    # What is wrong is said where it is, and what is right is saved.
    page.get_by_label("Leads to, English").fill("nonsense")
    press(page.get_by_role("button", name="Save").first)
    expect(page.get_by_text("English: This must be an https address")).to_be_visible()
    page.get_by_label("Leads to, English").fill("https://example.org/map")
    press(page.get_by_role("button", name="Save").first)
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(preview.get_by_text("Bring your P000123.")).to_be_visible()
    press(page.get_by_role("button", name="Send me a test"))
    expect(page.get_by_text("A test is on its way to manager@ours.example.")).to_be_visible()

    saved = EmailMessage.objects.get(edition=edition)
    assert [block["type"] for block in saved.blocks] == ["heading", "button", "text", "order_summary"]
    assert complaints == []


def test_enter_shows_and_only_the_button_saves(
    live_server: LiveServer,
    browser_context: BrowserContext,
    complaints: list[str],
    manager: StaffUser,
    edition: Edition,
) -> None:
    message = make_email_message(edition.organization, edition=edition)
    order, page = make_order(edition), browser_context.new_page()
    bring_session(browser_context, live_server, manager)
    address = f"{live_server.url}/admin/editions/emailmessage/{message.pk}/change/"
    page.goto(address)
    preview = page.frame_locator("iframe[name=preview]")

    # Enter in a field of the message or of the preview shows what was typed.
    page.get_by_label("Title").fill("Typed title")
    page.get_by_label("Text, English").fill("Bring your {{ order.number }}.")
    page.get_by_label("Text, English").press("Enter")
    expect(preview.get_by_text("Bring your P000123.")).to_be_visible()
    page.get_by_label("Order (optional)").fill(str(order.order_number))
    page.get_by_label("Order (optional)").press("Enter")
    expect(preview.get_by_text(f"Bring your {order.order_number}.")).to_be_visible()
    message.refresh_from_db()
    assert (page.url, message.title) == (address, "Reminder")

    # What goes by the stored message waits; what was typed stays, and can then be saved.
    press(page.get_by_role("button", name="Send me a test"))
    expect(page.get_by_text("Save your changes first")).to_be_visible()
    expect(preview.get_by_text("Hello Søren")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Typed title")
    expect(page.get_by_label("Order (optional)")).to_have_value(str(order.order_number))
    assert fits_a_phone(page)
    press(page.get_by_role("button", name="Save").first)
    expect(page.get_by_text("Saved.")).to_be_visible()
    press(page.get_by_role("button", name="Duplicate"))
    expect(page.get_by_text("This is the copy: Typed title (copy).")).to_be_visible()

    assert page.url != address
    assert sorted(EmailMessage.objects.values_list("title", flat=True)) == ["Typed title", "Typed title (copy)"]
    assert complaints == []
