"""Lists and forms of the catalog on a phone."""

import pytest
from playwright.sync_api import BrowserContext
from pytest_django.live_server_helper import LiveServer

from editions.models import Coupon, Edition
from preo.accounts.models import StaffUser
from tests.browser.conftest import PHONE, bring_session, fits, press
from tests.factories import make_product

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_button_of_list_actions_is_whole_on_a_phone(
    live_server: LiveServer, browser_context: BrowserContext, edition: Edition, manager: StaffUser
) -> None:
    make_product(edition)
    page = browser_context.new_page()
    page.set_viewport_size(PHONE)
    bring_session(browser_context, live_server, manager)

    page.goto(f"{live_server.url}/admin/editions/product/")
    button = page.locator("#changelist .actions button").bounding_box()
    bar = page.locator("#changelist").bounding_box()

    assert button
    assert bar
    assert button["x"] + button["width"] <= bar["x"] + bar["width"]


def test_a_coupon_fits_a_phone(
    live_server: LiveServer, browser_context: BrowserContext, edition: Edition, manager: StaffUser
) -> None:
    coupon = Coupon.objects.create(edition=edition, code="EARLY", rate_off=5)
    page = browser_context.new_page()
    page.set_viewport_size(PHONE)
    bring_session(browser_context, live_server, manager)

    page.goto(f"{live_server.url}/admin/editions/coupon/{coupon.pk}/change/")
    page.get_by_label("Valid from, date").fill("2026-07-01")
    press(page.get_by_role("button", name="Save", exact=True))

    assert page.url.endswith("/coupon/")
    coupon.refresh_from_db()
    assert coupon.valid_from is not None
    assert fits(page)
