"""A list of more columns than the screen is wide: its head and the names stay in sight, by any means of scrolling."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, ViewportSize, expect

from tests.browser.desk import settle, sign_in

# Narrow enough that every column together never fits, whatever stands in them.
DESK = ViewportSize(width=1000, height=900)
PHONE = ViewportSize(width=390, height=844)


@pytest.fixture
def page(browser: Browser, demo_stack: str) -> Iterator[Page]:
    """The candidates with every column they have."""
    context = sign_in(browser.new_context(base_url=demo_stack, viewport=DESK, timezone_id="Europe/Berlin"))
    page = context.new_page()
    page.goto("/candidates/?saved=none")
    page.locator("summary", has_text="Columns").click()
    for column in page.locator("[name=columns][type=checkbox]").all():
        column.check()
    page.get_by_role("button", name="Show these").click()
    page.locator("[data-label=Added]").first.wait_for()
    settle(page)
    yield page
    context.close()


def place(part: Locator) -> FloatRect:
    box = part.bounding_box()
    assert box is not None
    return box


def test_keeps_head_and_names_in_sight(page: Page) -> None:
    table = page.get_by_role("region", name="Candidates")
    head, name = table.get_by_role("columnheader", name="Candidate"), table.locator("td.table__name").nth(12)
    head_before, name_before = place(head), place(name)

    table.evaluate("box => box.scrollTo(40, 300)")

    assert place(head) == head_before
    assert place(name)["x"] == name_before["x"]
    assert place(name)["y"] == name_before["y"] - 300


def test_is_scrolled_by_keyboard(page: Page) -> None:
    table = page.get_by_role("region", name="Candidates")

    table.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageDown")

    page.wait_for_function("box => box.scrollLeft > 0 && box.scrollTop > 300", arg=table.element_handle())


def test_stays_where_it_is_when_something_changes(page: Page) -> None:
    page.goto("/candidates/?saved=none&sort=-added")
    table = page.get_by_role("region", name="Candidates")
    table.focus()
    before = table.evaluate("box => { box.scrollTo(30, 250); return [box.scrollLeft, box.scrollTop]; }")
    name, other = f"Zoë {uuid4()}", page.context.new_page()

    other.goto("/candidates/new/")
    other.get_by_label("Name", exact=True).fill(name)
    other.get_by_label("Email", exact=True).fill(f"{uuid4()}@example.org")
    other.get_by_role("button", name="Add candidate").click()
    page.bring_to_front()

    expect(table.get_by_text(name)).to_be_attached()
    assert before == [30, 250]
    assert table.evaluate("box => [box.scrollLeft, box.scrollTop]") == before
    expect(table).to_be_focused()


def test_is_a_list_of_cards_on_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)

    expect(page.get_by_role("region", name="Candidates")).to_have_count(0)
    expect(page.locator("[data-scrolls]")).not_to_have_attribute("tabindex", "0")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("address", ["/candidates/", "/links/", "/interviews/?view=all"])
def test_keeps_all_filters_on_one_line_on_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(address)

    filters = page.locator(".toolbar")
    last = filters.get_by_role("button", name="Apply")
    last.focus()

    assert place(filters)["height"] < PHONE["height"] / 8
    assert place(filters)["x"] <= place(last)["x"] <= place(filters)["width"]


def test_is_printed_whole(page: Page) -> None:
    page.emulate_media(media="print")

    hidden = page.locator("[data-scrolls]").evaluate("box => box.scrollHeight - box.clientHeight")

    assert hidden == 0
