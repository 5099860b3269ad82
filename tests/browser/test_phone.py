"""The desk on a phone of 320 px: nothing beside the screen, all of the navigation in reach, the focus in sight."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.desk import sign_in

PHONE = ViewportSize(width=320, height=640)
PAGES = [
    "/",
    "/candidates/",
    "/candidates/1/",
    "/candidates/new/",
    "/interviews/?view=all",
    "/links/",
    "/settings/calendly/",
]
# What WCAG 1.4.12 has readers set, around the longest that the connection says.
SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
        "* { letter-spacing: .12em !important; word-spacing: .16em !important; line-height: 1.5 !important }"
    );
    document.adoptedStyleSheets = [sheet];
    const status = document.querySelector(".status");
    status.className = "status status--none";
    status.textContent = "Calendly not connected";
}"""
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
LINKS_IN_REACH = """() => [...document.querySelectorAll(".nav__link")].filter(link => {
    const box = link.getBoundingClientRect();
    const isSeen = box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
    return isSeen && box.width >= 24 && box.height >= 24;
}).length"""
# Whether any corner or the middle of what has the focus is what one would touch there.
IS_COVERED = """() => {
    const focused = document.activeElement;
    if (focused === document.body) return false;
    const { left, right, top, bottom } = focused.getBoundingClientRect();
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const points = [[x, y], [left + 2, top + 2], [right - 2, top + 2], [left + 2, bottom - 2], [right - 2, bottom - 2]];
    return !points.some(([x, y]) => {
        const found = document.elementFromPoint(x, y);
        if (!found) return false;
        return focused.contains(found) || found.contains(focused) || found.closest("label")?.control === focused;
    }) && focused.outerHTML.slice(0, 200);
}"""
ENOUGH_TABS = 70
# Of the navigation.
ENTRIES = 7


@pytest.fixture(scope="module")
def page(browser: Browser, demo_stack: str) -> Iterator[Page]:
    context = sign_in(browser.new_context(base_url=demo_stack, viewport=PHONE, timezone_id="America/Los_Angeles"))
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_shows_nothing_beside_the_screen(page: Page, path: str) -> None:
    page.goto(path)
    plain = page.evaluate(OVERFLOW), page.evaluate(LINKS_IN_REACH)

    page.evaluate(SPACED)

    assert plain == (0, ENTRIES)
    assert (page.evaluate(OVERFLOW), page.evaluate(LINKS_IN_REACH)) == (0, ENTRIES)


@pytest.mark.parametrize("path", ["/candidates/1/", "/candidates/new/", "/settings/you/"])
def test_never_hides_what_has_the_focus(page: Page, path: str) -> None:
    page.goto(path)

    hidden = []
    for _ in range(ENOUGH_TABS):
        page.keyboard.press("Tab")
        hidden.append(page.evaluate(IS_COVERED))

    assert not any(hidden), [one for one in hidden if one]
