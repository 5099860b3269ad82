"""The candidate's page in a real browser: on a phone, without JavaScript, and with Calendly's page inside."""

import re
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.colours import UNSEEN
from tests.browser.desk import WAIT_MS, be_connected, settle, sign_in

PHONE = ViewportSize(width=390, height=844)


@pytest.fixture(scope="module")
def desk(browser: Browser, demo_stack: str) -> BrowserContext:
    context = sign_in(browser.new_context(base_url=demo_stack, timezone_id="Europe/Berlin", locale="en-GB"))
    page = context.new_page()
    be_connected(page)
    page.close()
    return context


@pytest.fixture
def path(desk: BrowserContext) -> str:
    """The path of a new candidate's link."""
    page = desk.new_page()
    page.goto("/candidates/new/")
    page.get_by_label("Name").fill("Zoë Quill")
    page.get_by_label("Email").fill(f"{uuid4()}@example.org")
    page.get_by_role("button", name="Add candidate").click()
    page.get_by_label("Event type").select_option(label="Technical interview, 60 min")
    page.get_by_role("button", name="Make link").click()
    address = page.get_by_role("button", name="Copy link").get_attribute("data-copy") or ""
    page.close()
    return urlsplit(address).path


def visit(
    browser: Browser, demo_stack: str, path: str, *, script: bool = True, scheme: str = "light", forced: bool = False
) -> Page:
    context = browser.new_context(
        base_url=demo_stack,
        timezone_id="America/New_York",
        locale="de-DE" if not script else "en-GB",
        viewport=PHONE,
        java_script_enabled=script,
        color_scheme="dark" if scheme == "dark" else "light",
        forced_colors="active" if forced else "none",
    )
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(path)
    return page


def choose(page: Page) -> None:
    page.locator(".times__day summary").nth(1).click()
    page.locator(".times__day[open] .times__time").nth(1).click()


def answer(page: Page) -> None:
    settle(page)
    for group in page.locator("fieldset").all():
        group.locator("input").first.check()


def check(page: Page) -> None:
    settle(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_books_in_place_on_a_phone(browser: Browser, demo_stack: str, path: str, scheme: str) -> None:
    page = visit(browser, demo_stack, path, scheme=scheme)
    expect(page.get_by_text("All times are in America/New_York")).to_be_visible()
    check(page)

    choose(page)
    check(page)
    answer(page)
    page.get_by_role("button", name="Book this time").click()

    expect(page.get_by_text("You are booked")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".public__when")).to_contain_text(re.compile("E[SD]T"))
    check(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_is_read_in_forced_colours(browser: Browser, demo_stack: str, path: str, scheme: str) -> None:
    page = visit(browser, demo_stack, path, scheme=scheme, forced=True)
    unseen = [page.evaluate(UNSEEN)]

    choose(page)
    answer(page)
    unseen.append(page.evaluate(UNSEEN))
    page.get_by_role("button", name="Book this time").click()
    expect(page.get_by_text("You are booked")).to_be_visible(timeout=WAIT_MS)
    settle(page)
    unseen.append(page.evaluate(UNSEEN))

    assert unseen == [[], [], []]


def test_books_without_javascript_in_german(browser: Browser, demo_stack: str, path: str) -> None:
    page = visit(browser, demo_stack, path, script=False)

    choose(page)
    answer(page)
    page.get_by_role("button", name="Diesen Termin buchen").click()

    expect(page.locator(".badge")).to_contain_text("Gebucht", timeout=WAIT_MS)


def test_asks_for_other_times(browser: Browser, demo_stack: str, path: str, desk: BrowserContext) -> None:
    page = visit(browser, demo_stack, path)

    page.get_by_text("None of these times work?").click()
    page.get_by_label("What would suit you?").fill("Any evening")
    check(page)
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("Your recruiter has your message")).to_be_visible()
    today = desk.new_page()
    today.goto("/")
    expect(today.get_by_text("Any evening").first).to_be_visible()


def test_shows_calendlys_page_inside_ours_where_wanted(
    browser: Browser, demo_stack: str, path: str, desk: BrowserContext
) -> None:
    settings = desk.new_page()
    settings.goto("/settings/candidate-page/")
    settings.get_by_label("Show Calendly’s page inside ours").check()
    settings.get_by_role("button", name="Save").click()
    expect(settings.locator(".toast")).to_contain_text("Saved.", timeout=WAIT_MS)
    page = visit(browser, demo_stack, path)

    page.get_by_role("link", name="Choose on Calendly’s page instead").click()
    frame = page.frame_locator("iframe")
    frame.locator("a.time").nth(3).click()
    frame.get_by_role("button", name="Schedule event").click()

    expect(page.get_by_text("You are booked")).to_be_visible(timeout=WAIT_MS)
    settings.get_by_label("Show Calendly’s page inside ours").uncheck()
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_label("Show Calendly’s page inside ours")).not_to_be_checked()


def test_books_for_a_candidate(desk: BrowserContext, path: str) -> None:
    page = desk.new_page()
    page.goto("/links/")
    page.get_by_role("link", name="Zoë Quill").first.click()
    page.get_by_role("link", name="Book for Zoë").click()
    check(page)

    choose(page)
    answer(page)
    check(page)
    page.get_by_role("button", name="Book for Zoë").click()

    expect(page.locator(".toast")).to_contain_text("Booked Technical interview for Zoë Quill", timeout=WAIT_MS)
