"""The pages of documentation, in a real browser under the product's own Content-Security-Policy."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

# Redoc asks another server for its own logo, which our policy keeps it from; nothing is missed.
BLOCKED = "cdn.redoc.ly/redoc/logo"


@pytest.mark.parametrize("page", ["docs", "redoc"])
def test_documentation_shows_the_operations(
    live_server: Any, browser_context: BrowserContext, complaints: list[str], page: str
) -> None:
    tab = browser_context.new_page()

    tab.goto(f"{live_server.url}/v1/{page}")

    expect(tab.get_by_text("Approve refund request").filter(visible=True).first).to_be_visible()
    assert [complaint for complaint in complaints if BLOCKED not in complaint] == []
