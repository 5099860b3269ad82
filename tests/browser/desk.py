"""What every visit of the demo's desk begins with."""

import re

from playwright.sync_api import BrowserContext, Page, expect

PASSWORD = "anteroom-demo"
ADMIN = "admin@example.com"
# The machine may be slow; what has to be quick says so itself.
WAIT_MS = 15_000


def sign_in(context: BrowserContext) -> BrowserContext:
    """Sign in as the administrator."""
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Email").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    page.close()
    return context


def settle(page: Page) -> None:
    """Wait for the styles and scripts of a page a click led to: what is measured before them, nobody sees so."""
    page.wait_for_load_state("load")


def connect(page: Page) -> None:
    """Connect Calendly, or connect it once more, and wait until bookings arrive."""
    page.goto("/settings/calendly/")
    page.get_by_role("button", name=re.compile("^(Connect Calendly|Connect another account)$")).click()
    page.get_by_role("button", name="Allow access").click()
    expect(page.get_by_text("Live, for the whole organisation.")).to_be_visible(timeout=WAIT_MS)


def be_connected(page: Page) -> None:
    """Connect unless another test has: reading all bookings again and again would meet the rate limit."""
    page.goto("/settings/calendly/")
    if page.get_by_role("button", name="Connect another account").count() == 0:
        connect(page)
