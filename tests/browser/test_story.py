"""The main job in a real browser, against the stack `make demo` runs."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from tests.browser.desk import WAIT_MS, connect, sign_in

# A booking shows within three seconds on a page that is already open.
LIVE_MS = 3_000


@pytest.fixture
def desk(browser: Browser, demo_stack: str) -> BrowserContext:
    """The recruiter's browser, signed in."""
    return sign_in(browser.new_context(base_url=demo_stack, timezone_id="Europe/Berlin", locale="en-GB"))


@pytest.fixture
def phone(browser: Browser, demo_stack: str) -> Page:
    """The candidate's phone, on another continent."""
    viewport = ViewportSize(width=390, height=844)
    context = browser.new_context(base_url=demo_stack, timezone_id="America/New_York", viewport=viewport)
    context.set_default_timeout(WAIT_MS)
    return context.new_page()


def add_candidate(page: Page) -> None:
    page.goto("/candidates/")
    page.get_by_role("link", name="Add candidate").first.click()
    page.get_by_label("Name").fill("Zoë Quill")
    page.get_by_label("Email").fill("Zoe.Quill@example.org")
    page.get_by_role("button", name="Add candidate").click()
    expect(page.get_by_role("heading", name="Zoë Quill")).to_be_visible()


def make_link(page: Page) -> str:
    """Make a booking link; returns its address's path."""
    page.get_by_label("Event type").select_option(label="Final conversation, 30 min")
    page.get_by_role("button", name="Make link").click()
    copy = page.get_by_role("button", name="Copy link")
    expect(copy).to_be_visible()
    return urlsplit(copy.get_attribute("data-copy") or "").path


def state_of(page: Page) -> Locator:
    return page.locator("main .head .badge").first


def ask_to_cancel(page: Page) -> None:
    page.get_by_label("Company").check()
    page.get_by_label("Reason, which the candidate will read").fill("The panel changed")
    page.get_by_label("Private note, which stays here").fill("Between us")
    page.get_by_role("button", name="Cancel interview").click()


def test_does_the_main_job(desk: BrowserContext, phone: Page) -> None:
    recruiter = desk.new_page()
    connect(recruiter)
    add_candidate(recruiter)
    path = make_link(recruiter)
    expect(state_of(recruiter)).to_contain_text("Invited")

    phone.goto(path)
    expect(phone.get_by_role("heading", name="Final conversation")).to_be_visible()
    expect(state_of(recruiter)).to_contain_text("Opened", timeout=LIVE_MS * 2)
    phone.get_by_role("link", name="Choose on Calendly’s page instead").click()
    phone.locator("a.time").nth(3).click()
    expect(phone.get_by_label("Name")).to_have_value("Zoë Quill")
    expect(phone.get_by_label("Email")).to_have_value("zoe.quill@example.org")
    phone.get_by_role("button", name="Schedule event").click()
    expect(phone.get_by_role("heading", name="You are scheduled")).to_be_visible()

    # Nobody reloads the recruiter's page.
    expect(state_of(recruiter)).to_contain_text("Booked", timeout=LIVE_MS)

    phone.goto(path)
    expect(phone.get_by_text("You are booked")).to_be_visible()
    expect(phone.locator(".public__when")).to_contain_text(re.compile("E[SD]T"))
    phone.get_by_role("link", name="Change the time").click()
    phone.locator("button.time").nth(3).click()
    expect(phone.get_by_role("heading", name="You are scheduled")).to_be_visible()
    expect(recruiter.locator("main")).to_contain_text("Moved Final conversation from", timeout=LIVE_MS)
    phone.goto(path)
    expect(phone.get_by_text("Moved from")).to_be_visible()

    recruiter.get_by_role("link", name="Final conversation").first.click()
    expect(recruiter.get_by_text("moved 1 time").first).to_be_visible()
    ask_to_cancel(recruiter)
    recruiter.locator("form.toast").get_by_role("button", name="Undo").click()
    expect(recruiter.locator(".toast")).to_contain_text("Undone.")
    expect(state_of(recruiter)).to_contain_text("Booked")

    ask_to_cancel(recruiter)
    expect(state_of(recruiter)).to_contain_text("Being canceled")
    expect(recruiter.locator("form.toast")).to_contain_text("s left")
    # Nobody reloads this page either.
    expect(state_of(recruiter)).to_contain_text(re.compile("Canceled (in time|late)"), timeout=WAIT_MS)
    expect(recruiter.get_by_text("Between us").first).to_be_visible()
    phone.goto(path)
    expect(phone.get_by_text("This interview is canceled")).to_be_visible()
    expect(phone.get_by_text("Between us")).to_have_count(0)
    recruiter.get_by_role("link", name="Book again").first.click()
    expect(recruiter.get_by_label("Event type").locator("option:checked")).to_have_text("Final conversation, 30 min")

    recruiter.goto("/interviews/?view=unmarked")
    recruiter.locator("tbody tr a").first.click()
    recruiter.get_by_role("button", name="Mark interviewer as no-show").click()
    expect(state_of(recruiter)).to_contain_text("Interviewer no-show")
    recruiter.get_by_role("button", name="Undo interviewer’s no-show").click()
    expect(state_of(recruiter)).to_contain_text("To mark")
    recruiter.get_by_role("button", name=re.compile("^Mark (?!interviewer).* as no-show$")).click()
    expect(state_of(recruiter)).to_contain_text("Candidate no-show")
    recruiter.get_by_role("button", name="Undo no-show").click()
    expect(state_of(recruiter)).to_contain_text("To mark")


def test_marks_several_at_once(desk: BrowserContext) -> None:
    page = desk.new_page()
    page.goto("/interviews/?view=unmarked")
    rows = page.locator("[data-bulk-row]")
    rows.nth(0).check()
    rows.nth(1).check()
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")

    page.get_by_role("button", name="Held…").click()
    page.get_by_role("button", name="Mark as held").click()

    expect(page.get_by_role("heading", name="Mark as held", level=1)).to_be_visible()
    expect(page.get_by_role("cell", name="Done")).to_have_count(2)


def test_keeps_what_is_being_typed_when_the_page_updates(desk: BrowserContext, phone: Page) -> None:
    recruiter = desk.new_page()
    recruiter.goto("/interviews/?view=upcoming")
    recruiter.locator("tbody tr a").first.click()
    reason = recruiter.get_by_label("Reason, which the candidate will read")
    reason.fill("Half a sentence")

    with recruiter.expect_response(re.compile("live=1")):
        phone.goto("/b/nothing/")

    expect(reason).to_have_value("Half a sentence")


def test_hides_whether_a_link_ever_was(phone: Page) -> None:
    bodies = []
    for token in ("AAAAAAAAAAAAAAAAAAAAAA", "%3Cscript%3E", "x"):
        answer = phone.goto(f"/b/{token}/")
        assert answer is not None
        assert answer.status == 404
        bodies.append(phone.locator("main").inner_text())

    assert len(set(bodies)) == 1
    expect(phone.get_by_role("heading", name="This link leads nowhere")).to_be_visible()
