"""What people see before they sign in, and that nothing else is seen."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signs_in_on_a_page_for_everyone(browser: Browser, demo_stack: str, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(base_url=demo_stack, color_scheme=scheme, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/interviews/")

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert Axe().run(page).violations_count == 0

    page.get_by_label("Email").fill("admin@example.com")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_loads_nothing_from_elsewhere(browser: Browser, demo_stack: str) -> None:
    page = browser.new_context(base_url=demo_stack).new_page()
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)

    page.goto("/accounts/login/")

    assert all(url.startswith(demo_stack) for url in asked)
    assert problems == []
