"""The walk of an edition through the back office: made, mended until nothing is wrong, published and copied."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from editions.models import Edition
from preo.accounts.models import StaffUser
from tests.browser.conftest import DESKTOP, PHONE, bring_session, fits, press

# More rounds than an edition has critical findings: a walk in circles must end.
MOST_ROUNDS = 12


@dataclass
class Walk:
    """A browser on its way; every page that it comes to must fit. `home` is the address of the edition's page."""

    page: Page
    home: str = ""

    def go(self, address: str) -> None:
        self.page.goto(address)
        assert fits(self.page)

    def press(self, what: Locator) -> None:
        """What leads to another page."""
        press(what)
        assert fits(self.page), self.page.url

    def link(self, name: Any) -> None:
        self.press(self.page.get_by_role("link", name=name).first)

    def button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=True).first)

    def save(self) -> None:
        self.button("Save")
        expect(self.page.locator(".messagelist .success")).to_be_visible()

    def critical(self) -> list[str]:
        """What the healthcheck says must be mended."""
        return self.page.locator(".findings-critical .message").all_inner_texts()

    def follow(self, finding: str) -> None:
        found = self.page.get_by_role("region", name="Critical").get_by_role("listitem").filter(has_text=finding)
        self.press(found.get_by_role("link", name="Fix this"))


def add_pickup_point(walk: Walk) -> None:
    walk.link(re.compile("^Add "))
    walk.page.get_by_label("Name").fill("North gate")
    walk.page.get_by_label(re.compile("draft", re.IGNORECASE)).uncheck()
    walk.save()


def add_product(walk: Walk) -> None:
    walk.link(re.compile("^Add "))
    walk.page.get_by_label("Name:", exact=True).fill("Tent")
    walk.page.get_by_label(re.compile("draft", re.IGNORECASE)).uncheck()
    walk.page.get_by_label("Price:", exact=True).fill("400")
    walk.save()


def choose_pickup_point(walk: Walk) -> None:
    walk.page.get_by_label("North gate").check()
    walk.save()


def choose_merchant_account(walk: Walk) -> None:
    money = walk.page.url
    walk.link("Add merchant account")
    walk.page.get_by_label("Name").fill("Bank")
    walk.page.get_by_label("Type").select_option(label="Manual")
    walk.page.get_by_label("DKK").check()
    walk.save()
    walk.go(money)
    walk.page.get_by_label("Merchant account").select_option(label="Bank")
    walk.save()


def choose_receipt(walk: Walk) -> None:
    messages = walk.page.url
    walk.link("Add e-mail message")
    walk.page.get_by_label("Title").fill("Thanks")
    walk.button("Write it")
    expect(walk.page.get_by_role("heading", name="Thanks", exact=True)).to_be_visible()
    walk.go(messages)
    walk.page.get_by_label("Receipt").select_option(label="Thanks")
    walk.save()


def write_receipt(walk: Walk) -> None:
    walk.page.get_by_label("Subject, English").fill("Thank you")
    walk.button("Add text")
    walk.page.get_by_label("Text, English").fill("We look forward to seeing you.")
    walk.save()


FIXES: dict[str, Callable[[Walk], None]] = {
    "no pickup point": add_pickup_point,
    "Nothing is on sale": add_product,
    "Nowhere to collect": choose_pickup_point,
    "no merchant account": choose_merchant_account,
    "No receipt": choose_receipt,
    "lacks a subject": write_receipt,
}
"""What to do about a critical finding, by words of it."""


def fix_all(walk: Walk) -> None:
    for _ in range(MOST_ROUNDS):
        if not (left := walk.critical()):
            return
        walk.follow(left[0])
        next(mend for words, mend in FIXES.items() if words in left[0])(walk)
        walk.go(walk.home)


def create(walk: Walk, server: LiveServer) -> None:
    walk.go(f"{server.url}/admin/editions/edition/")
    walk.link("Add edition")
    walk.page.get_by_label("Name of a new event").fill("Winter Lights")
    walk.page.get_by_label("Name", exact=True).fill("2030")
    walk.page.get_by_label("Starts").fill("2030-06-01T12:00")
    walk.page.get_by_label("Ends").fill("2030-06-03T12:00")
    walk.button("Create edition")
    expect(walk.page.get_by_role("heading", name="Winter Lights 2030")).to_be_visible()
    walk.home = walk.page.url


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_edition_from_nothing_to_published_and_copied(
    size: Any, live_server: LiveServer, browser_context: BrowserContext, complaints: list[str], manager: StaffUser
) -> None:
    walk = Walk(browser_context.new_page())
    page = walk.page
    page.set_viewport_size(size)
    bring_session(browser_context, live_server, manager)
    create(walk, live_server)

    # It can't be published yet, and the page that would do it says why.
    count = len(walk.critical())
    assert count >= 3
    walk.link("Publish…")
    expect(page.get_by_text(f"{count} things keep it from being published.").first).to_be_visible()
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    walk.go(walk.home)

    # Each finding leads to where it is mended, until there is none.
    fix_all(walk)
    assert walk.critical() == []
    expect(page.get_by_text("This edition can be published.")).to_be_visible()

    walk.link("Publish…")
    walk.button("Publish")
    expect(page.get_by_text("Winter Lights 2030 is published.")).to_be_visible()

    # The copy is shown before it is made.
    walk.link("Duplicate…")
    page.get_by_label("Name").fill("2031")
    walk.button("Preview")
    expect(page.get_by_role("region", name="What will be copied").get_by_text("Products")).to_be_visible()
    walk.button("Duplicate")
    expect(page.get_by_role("heading", name="Winter Lights 2031")).to_be_visible()
    copy = Edition.objects.get(name="2031")
    assert (copy.is_draft, [product.name for product in copy.products.all()]) == (True, ["Tent"])
    assert complaints == []
