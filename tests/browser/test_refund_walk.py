"""The walk of a refund through the back office, by two people and the worker."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from editions.models import Edition
from preo.accounts.models import StaffUser
from refunds.policy import NEEDS_SECOND
from tests.browser.conftest import PHONE
from tests.factories import PASSWORD, make_customer, make_order

ROOT = Path(__file__).resolve().parents[2]


def sign_in(page: Page, server: LiveServer, person: StaffUser) -> None:
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()


def fits(page: Page) -> bool:
    page.wait_for_load_state()
    return bool(page.locator("html").evaluate("html => html.scrollWidth <= window.innerWidth"))


def fits_a_phone(page: Page) -> bool:
    """Whether the page needs no scrolling sideways there."""
    desktop = page.viewport_size
    page.set_viewport_size(PHONE)
    fitting = fits(page)
    if desktop:
        page.set_viewport_size(desktop)
    return fitting


def run_worker(environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "process_refunds"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)


@pytest.fixture
def found(edition: Edition) -> str:
    """An order's number, and others around it."""
    customer = make_customer(edition.organization, email="freja.lund@example.org", full_name="Freja Lund")
    for _ in range(3):
        make_order(edition)
    return str(make_order(edition, customer=customer, price_minor=900_00).order_number)


def test_refund_from_request_to_settlement(
    live_server: LiveServer,
    browser_context: BrowserContext,
    complaints: list[str],
    admin: StaffUser,
    manager: StaffUser,
    found: str,
    child_environment: dict[str, str],
) -> None:
    page = browser_context.new_page()

    # The first person finds the order and asks for more than one alone may give back.
    sign_in(page, live_server, admin)
    assert fits_a_phone(page)
    page.get_by_role("link", name="Orders", exact=True).first.click()
    page.get_by_role("searchbox", name="Search").fill("freja.lu")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name=found)).to_be_visible()
    assert fits_a_phone(page)
    page.get_by_role("link", name=found).click()
    expect(page.get_by_role("heading", name=f"Order {found}")).to_be_visible()
    assert fits_a_phone(page)
    page.get_by_role("link", name="Refund… of Tent").click()
    page.get_by_label("Reason").select_option(label="Customer requested")
    page.get_by_role("radio", name="Full purchase").check()
    page.get_by_label("Comment").fill("Booked twice by mistake.")
    assert fits_a_phone(page)
    page.get_by_role("button", name="Request refund").click()
    expect(page.get_by_text("It waits for approval.")).to_be_visible()

    # The requester can't decide, and reads why.
    page.get_by_role("region", name="Refunds").get_by_role("link").first.click()
    expect(page.get_by_text(NEEDS_SECOND)).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    assert fits_a_phone(page)
    sign_out(page)

    # A second person approves it from the queue.
    sign_in(page, live_server, manager)
    page.get_by_role("link", name="Waiting for me").click()
    assert fits_a_phone(page)
    page.get_by_role("row", name="Freja Lund").get_by_role("checkbox").check()
    page.get_by_role("button", name="Approve selected…").click()
    expect(page.get_by_role("heading", name="Approve 1 refund")).to_be_visible()
    assert fits_a_phone(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("1 refund approved")).to_be_visible()

    # The worker settles it, and the order shows that.
    run_worker(child_environment)
    page.goto(f"{live_server.url}/admin/orders/order/?q={found}")
    page.get_by_role("link", name=found).click()
    expect(page.get_by_role("region", name="Refunds").get_by_text("Processed")).to_be_visible()
    expect(page.get_by_role("region", name="Purchases").get_by_text("Refunded", exact=True)).to_be_visible()
    assert complaints == []
