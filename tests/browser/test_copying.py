"""Buttons that copy: what they put on the clipboard, say, and are called afterwards."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk import settle, sign_in

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def page(browser: Browser, demo_stack: str) -> Iterator[Page]:
    """The interviews ahead."""
    context = sign_in(browser.new_context(base_url=demo_stack))
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/interviews/?view=upcoming")
    settle(page)
    yield page
    context.close()


def act(page: Page) -> Locator:
    return page.locator("td [data-copy]").first


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_copies_the_reschedule_link_of_a_row_and_says_so(page: Page, size: dict[str, int]) -> None:
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    who = act(page).locator(".hidden").inner_text()
    words, name = act(page).locator("[data-copy-words]"), f"Copy reschedule link {who.strip()}"

    act(page).click()

    expect(words).to_have_text("Copied")
    assert words.evaluate("words => words.getBoundingClientRect().width") > 20
    assert page.evaluate("navigator.clipboard.readText()") == act(page).get_attribute("data-copy")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    expect(words).to_have_text("Copy reschedule link")
    expect(page.get_by_role("button", name=name, exact=True).first).to_be_visible()


def test_shows_the_act_as_an_icon_where_rows_are_lines_and_in_words_on_a_phone(page: Page) -> None:
    words = act(page).locator("[data-copy-words]")

    page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
    on_desk = words.evaluate("words => words.getBoundingClientRect().width")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    on_phone = words.evaluate("words => words.getBoundingClientRect().width")

    assert on_desk <= 1
    assert on_phone > 100
    assert act(page).get_attribute("title") == "Copy reschedule link"
