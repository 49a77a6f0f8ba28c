"""A refund in cash, from the request over the approval to the confirmation, on a desk and on a phone."""

from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from editions.models import Edition
from preo.accounts.models import StaffUser
from refunds.models import RefundRequest
from tests.browser.conftest import PHONE
from tests.browser.test_refund_walk import fits_a_phone, run_worker, sign_in, sign_out
from tests.factories import make_order


def open_refund(page: Page, server: LiveServer, refund: RefundRequest) -> None:
    page.goto(f"{server.url}/admin/refunds/refundrequest/{refund.pk}/change/")


def test_a_refund_in_cash_from_request_to_confirmation(
    live_server: LiveServer,
    browser_context: BrowserContext,
    complaints: list[str],
    staff: StaffUser,
    manager: StaffUser,
    edition: Edition,
    child_environment: dict[str, str],
) -> None:
    order, page = make_order(edition, service="manual"), browser_context.new_page()

    # Somebody at the desk asks, and reads who decides.
    sign_in(page, live_server, staff)
    page.goto(f"{live_server.url}/admin/orders/order/{order.pk}/change/")
    page.get_by_role("link", name="Refund… of Tent").click()
    page.get_by_label("Reason").select_option(label="Deposit reclaimed")
    page.get_by_role("button", name="Request refund").click()
    refund = RefundRequest.objects.get()
    open_refund(page, live_server, refund)
    expect(page.get_by_text("Only a manager or admin can decide this.").first).to_be_visible()
    sign_out(page)

    # A manager approves it with one press, and the worker hands it to people.
    sign_in(page, live_server, manager)
    open_refund(page, live_server, refund)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("1 refund approved")).to_be_visible()
    sign_out(page)
    run_worker(child_environment)

    # Back at the desk, on a phone: the money is handed over, and confirmed with the number of the receipt.
    page.set_viewport_size(PHONE)
    sign_in(page, live_server, staff)
    page.get_by_role("link", name="To be paid by hand").click()
    assert fits_a_phone(page)
    open_refund(page, live_server, refund)
    expect(page.get_by_text("It waits for somebody to pay it and confirm that")).to_be_visible()
    assert fits_a_phone(page)
    page.get_by_role("button", name="Confirm…").click()
    page.get_by_label("Reference").fill("Receipt 17")
    assert fits_a_phone(page)
    page.get_by_role("button", name="Confirm").click()

    # The page tells the whole life, with the reference folded away.
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_text("Staff Holm confirmed that it was paid by hand")).to_be_visible()
    timeline.get_by_text("Details").last.click()
    expect(timeline.get_by_text("Receipt 17")).to_be_visible()
    assert fits_a_phone(page)
    assert complaints == []
