"""The desk by keyboard alone: the palette, the keys, and that they keep quiet where they should."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.desk import be_connected, settle, sign_in

MOST_TABS = 80
NAME = "Kay <b>Board</b>"


@pytest.fixture
def desk(browser: Browser, demo_stack: str) -> Iterator[BrowserContext]:
    """The recruiter's browser, signed in."""
    context = sign_in(browser.new_context(base_url=demo_stack, timezone_id="Europe/Berlin", locale="en-GB"))
    yield context
    context.close()


@pytest.fixture
def page(desk: BrowserContext) -> Page:
    return desk.new_page()


def arrive(page: Page, sign: Locator) -> None:
    """Wait for the page that shows this, and for its scripts: a key pressed before them is nobody's."""
    expect(sign).to_be_visible()
    settle(page)


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail("Tab does not lead there")


def notice(page: Page, text: str) -> Locator:
    """What the page says after an act; the announcer for screen readers says it too."""
    return page.locator(".toasts").get_by_text(text)


def palette(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Search and do")


def help_dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Keyboard shortcuts")


def search_for(page: Page, text: str, first: str) -> None:
    """Type into a newly opened palette and wait until it shows the answer."""
    page.keyboard.press("Control+k")
    page.keyboard.type(text)
    expect(palette(page).locator("[role=option][aria-selected=true]")).to_contain_text(first)


def add_candidate(page: Page) -> None:
    search_for(page, "add cand", "Add candidate")
    page.keyboard.press("Enter")
    arrive(page, page.get_by_role("heading", name="Add candidate"))
    tab_to(page, page.get_by_label("Name"))
    page.keyboard.type(NAME)
    tab_to(page, page.get_by_label("Email"))
    page.keyboard.type("kay.board@example.org")
    page.keyboard.press("Enter")
    arrive(page, page.get_by_role("heading", name=NAME))


def test_sends_a_link_without_a_mouse(page: Page) -> None:
    be_connected(page)
    page.goto("/")
    add_candidate(page)

    search_for(page, "kay board", NAME)
    page.keyboard.press("ArrowDown")
    active = palette(page).get_by_role("combobox").get_attribute("aria-activedescendant")
    expect(page.locator(f"#{active}")).to_contain_text(f"Send a link to {NAME}")
    page.keyboard.press("Enter")
    expect(palette(page)).to_be_hidden()
    tab_to(page, page.get_by_label("Event type"))
    page.keyboard.type("Final")
    tab_to(page, page.get_by_role("button", name="Make link"))
    page.keyboard.press("Enter")
    copy = page.get_by_role("button", name="Copy link")
    arrive(page, copy)
    tab_to(page, copy)
    page.keyboard.press("Enter")

    assert urlsplit(copy.get_attribute("data-copy") or "").path.startswith("/b/")
    expect(page.locator("[data-announce]")).to_have_text(re.compile("Copied|Select and copy"))


def test_acts_on_all_that_match_without_a_mouse(page: Page) -> None:
    page.goto("/candidates/?state=held")
    matching = page.get_by_label(re.compile("All [0-9]+ matching"))
    arrive(page, page.get_by_label("Select page"))
    expect(matching).to_be_hidden()
    tab_to(page, page.get_by_label("Select page"))
    page.keyboard.press("Space")
    expect(page.locator("[data-bulk-count]")).to_have_text("25 selected")
    tab_to(page, matching)
    page.keyboard.press("Space")
    expect(page.locator("[data-bulk-count]")).to_be_empty()
    tab_to(page, page.get_by_role("button", name="Add a tag"))
    page.keyboard.press("Enter")

    arrive(page, page.get_by_role("heading", name=re.compile("^Add a tag: [0-9]+ candidates$")))
    expect(page.get_by_text("State: Held")).to_be_visible()
    count = int((page.get_by_role("heading", level=1).text_content() or "").split()[3])
    tab_to(page, page.get_by_label("Tag", exact=True))
    page.keyboard.type("all hands")
    page.keyboard.press("Enter")

    assert count > 25
    result = page.locator("main p[role=status]")
    expect(result).to_have_text(f"{count} of {count}: {count} tagged. Done.", timeout=30_000)


def test_chooses_from_the_palette(page: Page) -> None:
    page.goto("/links/")
    page.keyboard.press("Control+k")
    box = palette(page).get_by_role("combobox")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.type("go")
    expect(palette(page).get_by_role("status")).to_have_text(re.compile(r"^\d+ results$"))
    assert Axe().run(page).violations_count == 0

    page.keyboard.press("Control+a")
    page.keyboard.type("nobody has this name")
    expect(palette(page).get_by_role("status")).to_have_text("No results")
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Escape")
    expect(palette(page)).to_be_hidden()

    # Enter before the answer: it waits for it.
    page.keyboard.press("Control+k")
    page.keyboard.type("go availability")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/availability/$"))


def test_drops_answers_nobody_waits_for(page: Page) -> None:
    page.goto("/links/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/search/\?q=imp$"), hold)
    search_for(page, "go links", "Go to Links")

    page.keyboard.press("Control+a")
    with page.expect_request(re.compile(r"q=imp$")):
        page.keyboard.type("imp")
    # Slow: what was found last stays.
    expect(palette(page).get_by_role("option", name="Go to Links")).to_be_visible()
    with page.expect_response(re.compile("q=import")):
        page.keyboard.type("ort")
    expect(palette(page).locator("[aria-selected=true]")).to_contain_text("Import candidates")

    assert len(held) == 1
    held[0].abort()
    expect(palette(page).locator("[aria-selected=true]")).to_contain_text("Import candidates")


def test_moves_through_rows(page: Page) -> None:
    page.goto("/candidates/")
    rows = page.locator("tbody tr")
    name = rows.first.locator(".person__name").inner_text()

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.first).to_have_attribute("aria-current", "true")
    expect(page.locator("[data-row][aria-current]")).to_have_count(1)
    page.keyboard.press("x")
    expect(rows.first.get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("x")
    expect(rows.first.get_by_role("checkbox")).not_to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_goes_to_pages_and_tells_its_keys(page: Page) -> None:
    page.goto("/")
    for letter, path in (("c", "candidates"), ("i", "interviews"), ("l", "links"), ("a", "availability")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        page.wait_for_url(f"**/{path}/")

    page.keyboard.press("?")
    expect(help_dialog(page)).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("/")
    page.keyboard.press("Control+k")
    expect(palette(page)).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()


@pytest.mark.parametrize("field", ["#filter_q", "#filter_position", "#search"])
def test_keeps_quiet_where_somebody_types(page: Page, field: str) -> None:
    page.goto("/candidates/")
    page.locator(field).focus()
    for key in ("/", "?", "j", "k", "x", "g", "l", "Control+k"):
        page.keyboard.press(key)

    expect(page.locator(field)).to_be_focused()
    expect(page.locator("dialog[open], [data-row][aria-current], [data-bulk-row]:checked")).to_have_count(0)
    assert urlsplit(page.url).path == "/candidates/"
    if field != "#filter_position":
        expect(page.locator(field)).to_have_value("/?jkxgl")


def test_keeps_quiet_once_switched_off(page: Page) -> None:
    page.goto("/candidates/")
    page.keyboard.press("?")
    tab_to(page, help_dialog(page).get_by_role("button", name="Switch shortcuts off"))
    page.keyboard.press("Enter")
    arrive(page, notice(page, "Keyboard shortcuts are off."))

    for key in ("/", "?", "j", "x", "Control+k", "g", "l"):
        page.keyboard.press(key)
    expect(
        page.locator("dialog[open], [data-row][aria-current], [data-bulk-row]:checked, #search:focus")
    ).to_have_count(0)
    assert urlsplit(page.url).path == "/candidates/"

    page.goto("/settings/")
    tab_to(page, page.locator("main").get_by_role("button", name="Switch shortcuts on"))
    page.keyboard.press("Enter")
    arrive(page, notice(page, "Keyboard shortcuts are on."))
    page.keyboard.press("?")
    expect(help_dialog(page)).to_be_visible()


def test_presses_enter_and_escape_without_harm(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/candidates/")

    page.keyboard.press("Enter")
    page.locator("summary", has_text="Your account").click()
    page.keyboard.press("Escape")

    expect(page.locator("details[data-menu][open]")).to_have_count(0)
    expect(page.locator("summary", has_text="Your account")).to_be_focused()
    assert errors == []


def test_begins_a_rejected_form_at_its_summary(page: Page) -> None:
    page.goto("/candidates/new/")

    page.get_by_role("button", name="Add candidate").click()

    expect(page.locator("[data-problems]")).to_be_focused()
    page.get_by_role("link", name="Enter the candidate’s name.").click()
    expect(page.get_by_label("Name")).to_be_focused()


def test_counts_the_rows_of_an_act_that_are_still_ticked(page: Page) -> None:
    page.goto("/candidates/?saved=none")
    for row in page.locator("[data-bulk-row]").all()[:2]:
        row.check()
    page.get_by_role("button", name="Add a tag").click()
    heading, act = page.get_by_role("heading", level=1), page.get_by_role("button", name="Add a tag")
    expect(heading).to_have_text("Add a tag: 2 candidates")

    page.locator("[data-chosen-row]").first.uncheck()
    expect(heading).to_have_text("Add a tag: 1 candidate")
    page.locator("[data-chosen-row]").last.uncheck()

    expect(heading).to_have_text("Add a tag: 0 candidates")
    expect(act).to_be_disabled()
    expect(page.get_by_text("No candidate is ticked.")).to_be_visible()
