"""Writing a consent, publishing it and putting a new version in its place, without a line of script."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from consents.models import Consent
from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from tests.browser.conftest import bring_session, fits, fits_a_phone, press
from tests.consents.rows import make_answered, make_draft
from tests.factories import make_edition


@pytest.fixture
def edition(ours: Organization) -> Edition:
    return make_edition(ours, enabled_languages=["en", "da"])


def lefts(page: Page, *labels: str) -> list[float]:
    """Where inputs begin, from the left."""
    boxes = [page.get_by_label(label, exact=True).bounding_box() for label in labels]
    return [box["x"] for box in boxes if box]


def test_from_the_first_draft_to_the_second_version(
    live_server: LiveServer,
    browser_context: BrowserContext,
    complaints: list[str],
    manager: StaffUser,
    edition: Edition,
) -> None:
    page = browser_context.new_page()
    bring_session(browser_context, live_server, manager)

    # A draft, with the languages beside each other, and one under the other on a phone.
    page.goto(f"{live_server.url}/admin/consents/consent/add/?edition={edition.pk}")
    page.get_by_label("Title").fill("House rules")
    english, danish = lefts(page, "Text, English", "Text, Danish")
    assert english < danish
    page.set_viewport_size({"width": 390, "height": 844})
    english, danish = lefts(page, "Text, English", "Text, Danish")
    assert english == danish
    assert fits(page)
    page.set_viewport_size({"width": 1280, "height": 900})

    # What is wrong is said in the column of its language.
    page.get_by_label("Text, English").fill("I keep the fire away from the tents.")
    page.get_by_label("Document, Danish").fill("http://ours.example/regler")
    press(page.get_by_role("button", name="Save", exact=True))
    column = page.get_by_role("region", name="Danish")
    expect(column.get_by_text("A document is at a complete address")).to_be_visible()
    expect(page.get_by_label("Document, Danish")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Document, Danish").fill("https://ours.example/regler")
    press(page.get_by_role("button", name="Save and continue editing"))

    # Publishing shows what customers will read, and asks.
    press(page.get_by_role("link", name="Publish version 1"))
    expect(page.get_by_text("I keep the fire away from the tents.")).to_be_visible()
    assert fits_a_phone(page)
    press(page.get_by_role("link", name="No, keep the draft"))
    press(page.get_by_role("link", name="Publish version 1"))
    press(page.get_by_role("button", name="Yes, publish version 1"))
    expect(page.get_by_text("In force")).to_be_visible()
    first = Consent.objects.get()
    make_answered(first)

    # What is published is changed by a new version, by keys alone.
    assert fits_a_phone(page)
    start = page.get_by_role("button", name="Start version 2")
    start.focus()
    with page.expect_navigation():
        start.press("Enter")
    expect(page.get_by_text("Customers read version 1 until this one is published.")).to_be_visible()
    page.get_by_label("Text, English").fill("I keep every fire away from the tents and the trees.")
    press(page.get_by_role("button", name="Save and continue editing"))
    press(page.get_by_role("link", name="Publish version 2"))
    expect(page.get_by_role("heading", name="What changes from version 1")).to_be_visible()
    expect(page.locator("ins").filter(has_text="and the trees")).to_be_visible()
    press(page.get_by_role("button", name="Yes, publish version 2"))

    # The whole line on one page.
    press(page.get_by_role("link", name="All versions"))
    newest = page.get_by_role("region", name="Version 2")
    expect(newest.get_by_text("In force")).to_be_visible()
    expect(newest.get_by_text("by Manager Holm")).to_be_visible()
    expect(newest.locator("del")).to_have_count(1)
    expect(newest.locator("ins").last).to_contain_text("and the trees")
    oldest = page.get_by_role("region", name="Version 1")
    expect(oldest.get_by_text("Superseded")).to_be_visible()
    expect(oldest.get_by_text("1 given, 0 withdrawn")).to_be_visible()
    assert fits_a_phone(page)

    # What was answered in any version can be disabled and not deleted.
    press(newest.get_by_role("link", name="Open version 2"))
    expect(page.get_by_text("Customers have answered this")).to_be_visible()
    expect(page.get_by_role("link", name="Delete")).to_have_count(0)

    assert [row.version for row in Consent.objects.in_force()] == [2]
    assert complaints == []


def test_put_consents_in_order(
    live_server: LiveServer,
    browser_context: BrowserContext,
    complaints: list[str],
    manager: StaffUser,
    ours: Organization,
) -> None:
    for title in ("Terms", "Newsletter", "House rules"):
        make_draft(ours, title=title)
    page = browser_context.new_page()
    bring_session(browser_context, live_server, manager)

    page.goto(f"{live_server.url}/admin/consents/consent/")
    press(page.get_by_role("link", name="Order …"))
    expect(page.get_by_role("button", name="Up: Terms")).to_be_disabled()
    press(page.get_by_role("button", name="Up: House rules"))
    expect(page.get_by_text("House rules is number 2 now.")).to_be_visible()
    up = page.get_by_role("button", name="Up: House rules")
    up.focus()
    with page.expect_navigation():
        up.press("Enter")
    expect(page.get_by_text("House rules is number 1 now.")).to_be_visible()

    assert list(Consent.objects.values_list("title", flat=True)) == ["House rules", "Terms", "Newsletter"]
    assert fits_a_phone(page)
    assert complaints == []
