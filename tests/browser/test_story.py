"""The main job in a real browser, against the stack `make demo` runs."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

PASSWORD = "anteroom-demo"
ADMIN = "admin@example.com"
# A booked row must show within three seconds of the booking; the browser may be slow, the page may not.
LIVE_MS = 3_000
WAIT_MS = 15_000


@pytest.fixture
def desk(browser: Browser, demo_stack: str) -> BrowserContext:
    """The recruiter's browser, signed in."""
    context = browser.new_context(base_url=demo_stack, timezone_id="Europe/Berlin", locale="en-GB")
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Email").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.close()
    return context


@pytest.fixture
def candidates_phone(browser: Browser, demo_stack: str) -> BrowserContext:
    """Somebody else's browser, in another time zone."""
    context = browser.new_context(
        base_url=demo_stack, timezone_id="America/New_York", locale="en-US", viewport={"width": 390, "height": 844}
    )
    context.set_default_timeout(WAIT_MS)
    return context


def connect(page: Page) -> None:
    page.goto("/settings/calendly/")
    page.get_by_role("button", name=re.compile("connect calendly", re.IGNORECASE)).first.click()
    page.get_by_role("button", name=re.compile("^allow", re.IGNORECASE)).click()
    expect(page.get_by_text("Calendly connected").first).to_be_visible()


def add_candidate(page: Page) -> str:
    page.goto("/candidates/")
    page.get_by_role("link", name="Add candidate").first.click()
    page.get_by_label("Name").fill("Zoë Quill")
    page.get_by_label("Email").fill("Zoe.Quill@example.org")
    page.get_by_role("button", name=re.compile("save|add candidate", re.IGNORECASE)).click()
    expect(page.get_by_role("heading", name="Zoë Quill")).to_be_visible()
    return urlsplit(page.url).path


def make_link(page: Page) -> str:
    page.get_by_role("button", name="Send booking link").click()
    address = page.locator("[data-copy*='/b/']").first
    expect(address).to_be_visible()
    return str(address.get_attribute("data-copy"))


def pick_a_time(page: Page) -> None:
    page.locator("a, button").filter(has_text=re.compile(r"^\s*\d{1,2}:\d{2}")).first.click()


def test_does_the_main_job(desk: BrowserContext, candidates_phone: BrowserContext) -> None:
    recruiter = desk.new_page()
    connect(recruiter)
    candidate_path = add_candidate(recruiter)
    address = make_link(recruiter)

    phone = candidates_phone.new_page()
    phone.goto(urlsplit(address).path)
    phone.get_by_role("link", name="Choose a time").click()
    pick_a_time(phone)
    phone.get_by_role("button", name=re.compile("schedule|confirm|book", re.IGNORECASE)).click()
    expect(phone.get_by_text(re.compile("you are scheduled", re.IGNORECASE))).to_be_visible()

    # No reload: the recruiter's page is still the one the link was made on.
    assert urlsplit(recruiter.url).path == candidate_path
    expect(recruiter.locator("main").get_by_text("Booked", exact=True).first).to_be_visible(timeout=LIVE_MS)
