"""A customer from the search to the erasure, by two people."""

from zipfile import ZipFile

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from consents.models import Consent
from consents.operations.answering import record_answer
from editions.models import Edition
from preo.accounts.models import Customer, OrganizationCustomer, StaffUser
from tests.browser.conftest import bring_session, fits, fits_a_phone, press, sign_in
from tests.factories import NOON, make_customer, make_order

FREJA = "Freja Lund"


@pytest.fixture
def freja(edition: Edition) -> Customer:
    """With an order and a consent that she gave; and as somebody else too, with another order."""
    ours = edition.organization
    customer = make_customer(ours, email="freja@example.org", full_name=FREJA, phone_number="+4511223344")
    make_order(edition, customer=customer)
    make_order(edition, customer=make_customer(ours, email="f.lund@example.org", full_name=FREJA))
    news = Consent.objects.create(
        organization=ours,
        title="Newsletter",
        type="marketing",
        consent_text={"en": "News by mail."},
        published=True,
        published_date=NOON,
    )
    known = OrganizationCustomer.objects.get(customer=customer)
    record_answer(known, news, state="given", language="en", channel="web", by=None, now=timezone.now())
    return customer


def test_customer_from_search_to_erasure(
    live_server: LiveServer,
    browser_context: BrowserContext,
    complaints: list[str],
    admin: StaffUser,
    manager: StaffUser,
    freja: Customer,
) -> None:
    page = browser_context.new_page()
    sign_in(page, live_server, manager)

    find_by_phone(page)
    change_the_phone(page)
    record_a_withdrawal(page)
    merge_the_duplicate(page)
    export(page)
    ask_for_erasure(page)
    press(page.get_by_role("button", name="Log out"))
    sign_in(page, live_server, admin)
    carry_it_out(page)
    assert complaints == []

    # What the address leads to now says nothing.
    page.goto(f"{live_server.url}/admin/accounts/customer/{freja.pk}/change/")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    expect(page.get_by_text("Freja")).to_have_count(0)


def find_by_phone(page: Page) -> None:
    press(page.get_by_role("link", name="Customers", exact=True).first)
    page.get_by_role("searchbox", name="Search").fill("0045 (11) 22-33-44")
    press(page.get_by_role("button", name="Search"))
    assert fits_a_phone(page)
    press(page.get_by_role("link", name=FREJA))
    expect(page.get_by_role("heading", name=FREJA, level=1)).to_be_visible()
    expect(page.get_by_role("region", name="Profile").get_by_text("freja@example.org")).to_be_visible()
    expect(page.get_by_role("region", name="Orders").first.get_by_text("Completed")).to_be_visible()
    expect(consent(page).get_by_text("Given")).to_be_visible()
    assert fits(page)
    assert fits_a_phone(page)


def consent(page: Page) -> Locator:
    """The line that says what holds."""
    return page.get_by_role("region", name="Consents").first.get_by_role("row", name="Newsletter").first


def change_the_phone(page: Page) -> None:
    press(page.get_by_role("link", name="Edit profile"))
    assert fits_a_phone(page)
    page.get_by_label("Phone").fill("+45 55 66 77 88")
    press(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("region", name="Profile").get_by_text("+4555667788")).to_be_visible()


def record_a_withdrawal(page: Page) -> None:
    page.get_by_text("Record an answer", exact=True).click()
    page.get_by_label("Consent", exact=True).select_option(label="Newsletter, version 1")
    page.get_by_role("radio", name="Withdrawn").check()
    page.get_by_label("Channel").select_option(label="Phone")
    assert fits_a_phone(page)
    press(page.get_by_role("button", name="Record the answer"))
    expect(page.get_by_text("Recorded: Newsletter is withdrawn.")).to_be_visible()
    expect(consent(page).get_by_text("Withdrawn")).to_be_visible()
    page.get_by_text("All answers (2)", exact=True).click()
    expect(page.get_by_role("region", name="All answers").get_by_text("Given")).to_be_visible()
    assert fits_a_phone(page)


def merge_the_duplicate(page: Page) -> None:
    press(page.get_by_role("link", name="Merge a duplicate…"))
    assert fits_a_phone(page)
    press(page.get_by_role("link", name="Compare… with Freja Lund, f.lund@example.org"))
    orders = page.get_by_role("region", name="What moves at Ours").get_by_role("definition").first
    expect(orders).to_have_text("1")
    assert fits(page)
    assert fits_a_phone(page)
    page.get_by_label("Reason").fill("She wrote from both addresses.")
    press(page.get_by_role("button", name="Yes, merge"))
    expect(page.get_by_text("is merged into this customer.")).to_be_visible()
    known = page.get_by_role("region", name="At your organization")
    expect(known.get_by_text("She wrote from both addresses.")).to_be_visible()


def export(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export data").click()
    with ZipFile(download.value.path()) as files:
        assert any(b"+4555667788" in files.read(name) for name in files.namelist())


def ask_for_erasure(page: Page) -> None:
    press(page.get_by_role("link", name="Erase…"))
    assert fits_a_phone(page)
    page.get_by_label("Reason").fill("She asked for it by letter.")
    press(page.get_by_role("button", name="Ask for erasure"))
    waiting = page.get_by_role("region", name="To be erased at Ours")
    expect(waiting.get_by_text("Another admin decides: Admin Holm.")).to_be_visible()
    press(waiting.get_by_role("link", name="Look at the erasure"))
    expect(page.get_by_text("An admin of the organization carries it out.")).to_be_visible()
    expect(page.get_by_role("button", name="Erase for good")).to_have_count(0)
    assert fits_a_phone(page)


def carry_it_out(page: Page) -> None:
    press(page.get_by_role("link", name="Waiting for you"))
    assert fits_a_phone(page)
    press(page.get_by_role("link", name=FREJA))
    assert fits(page)
    assert fits_a_phone(page)
    page.get_by_label("Name or e-mail address of the customer").fill(FREJA)
    press(page.get_by_role("button", name="Erase for good"))
    expect(page.get_by_text("The customer is erased.")).to_be_visible()
    expect(page.get_by_text(FREJA)).to_have_count(0)


def test_a_long_word_blows_no_page_up(
    live_server: LiveServer, browser_context: BrowserContext, admin: StaffUser, freja: Customer
) -> None:
    word = "W" * 190
    Customer.objects.filter(pk=freja.pk).update(full_name=word, metadata={"k" * 300: "y" * 5000})
    twin = Customer.objects.get(email="f.lund@example.org")
    ours = freja.known_by.get().organization_id
    bring_session(browser_context, live_server, admin)
    page = browser_context.new_page()
    customer = f"{live_server.url}/admin/accounts/customer/{freja.pk}"

    for place in ("change", "history", "edit", f"merge/?organization={ours}&other={twin.pk}"):
        page.goto(f"{customer}/{place}")
        assert (fits(page), fits_a_phone(page)) == (True, True), place


def test_words_follow_what_is_chosen(
    live_server: LiveServer, browser_context: BrowserContext, complaints: list[str], admin: StaffUser, freja: Customer
) -> None:
    bring_session(browser_context, live_server, admin)
    page = browser_context.new_page()
    page.goto(f"{live_server.url}/admin/accounts/customer/{freja.pk}/answer/")

    page.get_by_label("Consent", exact=True).select_option(label="Newsletter, version 1")
    expect(page.get_by_text("News by mail.")).to_be_visible()
    assert fits_a_phone(page)
    page.get_by_label("Language").select_option(label="Danish")
    expect(page.get_by_text("News by mail.")).to_be_hidden()
    page.get_by_label("Language").select_option(label="English")
    expect(page.get_by_text("News by mail.")).to_be_visible()
    assert complaints == []
