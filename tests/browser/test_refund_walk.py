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
from tests.browser.conftest import fits, fits_a_phone, press, sign_in
from tests.factories import make_customer, make_order

ROOT = Path(__file__).resolve().parents[2]


def sign_out(page: Page) -> None:
    press(page.get_by_role("button", name="Log out"))


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
    press(page.get_by_role("link", name="Orders", exact=True).first)
    page.get_by_role("searchbox", name="Search").fill("freja.lu")
    press(page.get_by_role("button", name="Search"))
    expect(page.get_by_role("link", name=found)).to_be_visible()
    assert fits_a_phone(page)
    press(page.get_by_role("link", name=found))
    expect(page.get_by_role("heading", name=f"Order {found}")).to_be_visible()
    assert fits(page)
    assert fits_a_phone(page)
    press(page.get_by_role("link", name="Refund… of Tent"))
    page.get_by_label("Reason").select_option(label="Customer requested")
    page.get_by_role("radio", name="Full purchase").check()
    page.get_by_label("Comment").fill("Booked twice by mistake.")
    assert fits_a_phone(page)
    press(page.get_by_role("button", name="Request refund"))
    expect(page.get_by_text("It waits for approval.")).to_be_visible()

    # The requester can't decide, and reads why.
    press(page.get_by_role("region", name="Refunds").get_by_role("link").first)
    expect(page.get_by_text(NEEDS_SECOND)).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    assert fits_a_phone(page)
    sign_out(page)

    # A second person approves it from the queue.
    sign_in(page, live_server, manager)
    press(page.get_by_role("link", name="Waiting for me"))
    assert fits_a_phone(page)
    page.get_by_role("row", name="Freja Lund").get_by_role("checkbox").check()
    press(page.get_by_role("button", name="Approve selected…"))
    expect(page.get_by_role("heading", name="Approve 1 refund")).to_be_visible()
    assert fits_a_phone(page)
    press(page.get_by_role("button", name="Approve"))
    expect(page.get_by_text("1 refund approved")).to_be_visible()

    # The worker settles it, and the order shows that.
    run_worker(child_environment)
    page.goto(f"{live_server.url}/admin/orders/order/?q={found}")
    press(page.get_by_role("link", name=found))
    expect(page.get_by_role("region", name="Refunds").get_by_text("Processed")).to_be_visible()
    expect(page.get_by_role("region", name="Purchases").get_by_text("Refunded", exact=True)).to_be_visible()
    assert complaints == []
