"""The walk of a mass refund through the back office: planned by one person, approved by another, and reported on."""

import csv

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from editions.models import Edition
from preo.accounts.models import StaffUser
from refunds.batch_policy import NEEDS_SECOND
from refunds.models import RefundBatch
from tests.browser.conftest import bring_session, fits, fits_a_phone, press
from tests.factories import make_order, make_product, make_refund
from tests.refunds.batches.making import worked


def follow(page: Page, what: Locator) -> None:
    """To another page, which must fit a desktop and a phone."""
    press(what)
    assert fits(page), page.url
    assert fits_a_phone(page), page.url


def link(page: Page, name: str) -> None:
    follow(page, page.get_by_role("link", name=name, exact=True).first)


def button(page: Page, name: str) -> None:
    follow(page, page.get_by_role("button", name=name, exact=True))


def let_it_work(page: Page) -> None:
    """What a worker would do; then the page looks again, as it does by itself."""
    expect(page.locator('meta[http-equiv="refresh"]')).to_have_count(1)
    worked(RefundBatch.objects.get(), now=timezone.now())
    page.reload()
    assert fits(page)
    assert fits_a_phone(page)


@pytest.fixture
def sold(edition: Edition, staff: StaffUser) -> None:
    """Three tents, one of them given back already, and a locker that stays out of it."""
    tent = make_product(edition, name="Tent")
    for _ in range(2):
        make_order(edition, product=tent)
    gone = make_order(edition, product=tent)
    make_refund(gone.purchases.get(), by=staff, reason="event_cancelled")
    make_order(edition, product=make_product(edition, name="Locker"))


def plan(page: Page, server: LiveServer, edition: Edition) -> None:
    page.goto(f"{server.url}/admin/editions/edition/{edition.pk}/change/")
    link(page, "Refund all…")
    page.get_by_label("Reason, and what goes back").select_option(label="Event cancelled: Full purchase (with fees)")
    page.get_by_label("Comment").fill("The storm took the tents.")
    page.locator("summary", has_text="Products").click()
    page.get_by_label("Find").first.fill("ten")
    expect(page.get_by_label("Locker")).to_be_hidden()
    page.get_by_label("Find").first.fill("nought")
    expect(page.get_by_text("Nothing found.").first).to_be_visible()
    page.get_by_label("Find").first.fill("ten")
    page.get_by_label("Tent").check()
    expect(page.locator("summary", has_text="Products")).to_contain_text("1 of 2 chosen")
    mistype(page)
    button(page, "Plan it")


def mistype(page: Page) -> None:
    """A day that is half typed says nothing to the server, so the browser must not send the form."""
    here, day = page.url, page.get_by_label("Ordered from, date")
    day.click()
    page.keyboard.type("30")
    page.get_by_role("button", name="Plan it", exact=True).click()
    assert day.evaluate("input => input.validity.badInput")
    assert (page.url, RefundBatch.objects.count()) == (here, 0)
    day.fill("")


def approve(page: Page, edition: Edition) -> None:
    """At first with a name that isn't the edition's."""
    link(page, "Approve…")
    page.get_by_label("Name of the edition").fill("Camp")
    button(page, "Approve")
    expect(page.get_by_text(f"The name of the edition is {edition.full_name}.")).to_be_visible()
    page.get_by_label("Name of the edition").fill(edition.full_name)
    button(page, "Approve")


def report_of(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report (CSV)").click()
    with download.value.path().open(newline="") as file:
        return list(csv.DictReader(file))


def test_mass_refund_from_plan_to_report(
    live_server: LiveServer,
    browser_context: BrowserContext,
    complaints: list[str],
    admin: StaffUser,
    manager: StaffUser,
    edition: Edition,
    sold: None,
) -> None:
    page = browser_context.new_page()

    # The first person plans it, sees what would go back and what can't, and may not approve it.
    bring_session(browser_context, live_server, admin)
    plan(page, live_server, edition)
    expect(page.get_by_role("heading", name="The plan is being made")).to_be_visible()
    let_it_work(page)
    expect(page.get_by_text("2 refunds would be made.")).to_be_visible()
    expect(page.get_by_role("region", name="What would go back").get_by_text("1,010.00")).to_be_visible()
    expect(page.get_by_role("row", name="Nothing of this is left to give back.")).to_be_visible()
    expect(page.get_by_text(NEEDS_SECOND)).to_be_visible()
    expect(page.get_by_role("link", name="Approve…")).to_have_count(0)

    # A second person finds it on the dashboard, and approves it by the edition's name.
    bring_session(browser_context, live_server, manager)
    page.goto(f"{live_server.url}/admin/")
    follow(page, page.get_by_role("region", name="Mass refunds").get_by_role("link", name="Waiting for approval"))
    link(page, edition.full_name)
    approve(page, edition)
    expect(page.get_by_role("heading", name="0 of 2 paid back")).to_be_visible()

    # It runs to its end, and the report has a row for each line.
    let_it_work(page)
    expect(page.get_by_role("heading", name="2 of 2 paid back")).to_be_visible()
    expect(page.locator(".page-head .pill")).to_have_text("Completed")
    assert sorted(row["refund_status"] for row in report_of(page)) == ["", "processed", "processed"]
    link(page, "Its refunds")
    expect(page.get_by_text("2 refund requests")).to_be_visible()
    assert complaints == []
