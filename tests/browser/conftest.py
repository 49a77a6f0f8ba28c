"""A real browser: Debian's Chromium, told by its own rules what our pages may not do."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from preo.accounts.models import StaffUser
from tests.factories import PASSWORD

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    # Without them Chromium draws by a graphics card of software, whose frames cost what a page does.
    "--disable-gpu-compositing",
    "--disable-software-rasterizer",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# For a machine that does much else; nothing waits for so long that comes.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def async_unsafe() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, which Django would take for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="package")
def chromium(async_unsafe: None) -> Iterator[Browser]:
    """Skips without a browser, except where everything must run. Ends its event loop before other tests go on."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        _give_up("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as problem:
            _give_up(f"{path} does not start: {problem}")
        yield browser
        browser.close()


def _give_up(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained of, violations of the Content-Security-Policy among it."""
    return []


@pytest.fixture
def browser_context(chromium: Browser, complaints: list[str]) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=DESKTOP, color_scheme="light")

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    context.set_default_timeout(PATIENCE)
    context.on("console", note)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()


def sign_in(page: Page, server: LiveServer, person: StaffUser) -> None:
    """Through the form, as people do."""
    page.goto(f"{server.url}/admin/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page.get_by_role("button", name="Log in"))
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def bring_session(context: BrowserContext, server: LiveServer, person: StaffUser) -> None:
    """Be signed in already, where signing in is not what a test is about."""
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server.url}])


def press(what: Locator) -> None:
    """Click on what leads to another page, and be there; a mere click may leave the old one for what comes next."""
    with what.page.expect_navigation():
        what.click()


def fits(page: Page) -> bool:
    """Whether the page needs no scrolling sideways."""
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
