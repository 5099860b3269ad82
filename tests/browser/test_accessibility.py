"""No page has anything axe objects to, in light and dark, on a desk and on a phone, and none scrolls sideways."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.desk import be_connected, sign_in

PAGES = [
    "/",
    "/candidates/",
    "/candidates/?q=nobody-has-this-name",
    "/candidates/new/",
    "/candidates/1/",
    "/candidates/1/edit/",
    "/interviews/?view=all",
    "/interviews/?view=today",
    "/interviews/?view=all&layout=week",
    "/interviews/chosen/cancel/?interview=1&interview=2",
    "/interviews/chosen/held/?interview=1",
    "/interviews/1/",
    "/interviews/unmatched/",
    "/links/",
    "/availability/",
    "/settings/",
    "/settings/calendly/?problem=scope&missing=webhooks:write",
    "/settings/positions/",
    "/settings/positions/new/",
    "/b/nothing/",
    "/nothing/",
    "/accounts/password/change/",
    "/sandbox/",
]


@pytest.fixture(scope="module", params=[("light", 1280), ("light", 390), ("dark", 1280), ("dark", 390)])
def page(request: pytest.FixtureRequest, browser: Browser, demo_stack: str) -> Iterator[Page]:
    scheme, width = request.param
    viewport = ViewportSize(width=width, height=900)
    context = browser.new_context(
        base_url=demo_stack, color_scheme=scheme, viewport=viewport, timezone_id="Asia/Kathmandu"
    )
    page = sign_in(context).new_page()
    be_connected(page)
    yield page
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_is_usable_by_everyone(page: Page, path: str) -> None:
    page.goto(path)

    found = Axe().run(page)
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert found.violations_count == 0, found.generate_report()
    assert overflow <= 0
