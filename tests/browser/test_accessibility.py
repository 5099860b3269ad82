"""No page has anything axe objects to, in light and dark, on a desk and on a phone, and none scrolls sideways."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.desk import be_connected, settle, sign_in

PAGES = [
    "/",
    "/candidates/",
    "/candidates/?q=nobody-has-this-name",
    "/candidates/new/",
    "/candidates/import/",
    "/candidates/1/",
    "/candidates/1/edit/",
    "/candidates/?tag=1",
    "/candidates/?layout=board",
    "/candidates/?tag=99999&sort=-next",
    "/interviews/?view=all",
    "/interviews/?view=today",
    "/interviews/?view=all&layout=week",
    "/interviews/?view=all&sort=-candidate&q=a",
    "/interviews/1/",
    "/interviews/unmatched/",
    "/links/",
    "/bulk/",
    "/bulk/invite/?candidate=1&candidate=2",
    "/bulk/invite/?all=1",
    "/bulk/invite/",
    "/bulk/cancel/?interview=1&interview=2",
    "/bulk/cancel/?all=1&view=upcoming",
    "/bulk/owner/?candidate=1",
    "/bulk/nudge/?all=1",
    "/bulk/held/?interview=99999",
    "/availability/",
    "/availability/?span=day",
    "/availability/?span=fortnight",
    "/availability/?layout=list&candidate=1",
    "/availability/who/?on=2030-01-01&at=10:00&minutes=45",
    "/availability/who/?on=2001-01-01&at=10:00&minutes=45",
    "/availability/load/",
    "/availability/load/?zone=Nowhere/Bogus",
    "/availability/shared/",
    "/insights/",
    "/insights/?starts=26w&position=99999",
    "/t/nothing/",
    "/search/?q=a",
    "/search/?q=nobody-has-this-name",
    "/settings/",
    "/settings/calendly/?problem=scope&missing=webhooks:write",
    "/settings/calendly/token/",
    "/settings/calendly/gateway/",
    "/settings/calendly/deliveries/",
    "/settings/messages/",
    "/settings/people/",
    "/settings/people/1/",
    "/settings/people/2/",
    "/settings/people/roles/",
    "/settings/you/",
    "/settings/candidate-page/",
    "/settings/positions/",
    "/settings/positions/new/",
    "/settings/positions/1/plan/",
    "/b/nothing/",
    "/nothing/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/invitation/nothing/",
    "/sandbox/",
    "/sandbox/mailbox/",
]

# Off unless asked for: it came with WCAG 2.2.
OPTIONS = {"rules": {"target-size": {"enabled": True}}}
# What a scheme can change: the rules that look at colours.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@pytest.fixture(scope="module", params=[1280, 390])
def page(request: pytest.FixtureRequest, browser: Browser, demo_stack: str) -> Iterator[Page]:
    viewport = ViewportSize(width=request.param, height=900)
    context = browser.new_context(base_url=demo_stack, viewport=viewport, timezone_id="Asia/Kathmandu")
    page = sign_in(context).new_page()
    be_connected(page)
    yield page
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_is_usable_by_everyone(page: Page, path: str) -> None:
    page.goto(path)

    check(page)


def test_shows_what_a_check_found_to_everyone(page: Page) -> None:
    page.goto("/settings/calendly/")

    page.get_by_role("button", name="Check everything").first.click()
    expect(page.get_by_text("All is well.")).to_be_visible(timeout=30_000)

    check(page)


def test_shows_links_being_made_to_everyone(page: Page) -> None:
    page.goto("/candidates/?rows=25&state=held")

    page.locator("[data-bulk-row]").first.check()
    page.get_by_role("button", name="Make links").click()
    page.get_by_role("button", name="Make links").click()
    expect(page.locator("main p[role=status]")).to_contain_text("Done.", timeout=30_000)

    check(page)


def test_shows_an_act_on_many_to_everyone(page: Page) -> None:
    page.goto("/candidates/?state=held")
    page.locator("[data-bulk-all]").check()
    check(page)

    page.get_by_role("button", name="Add a tag").click()
    page.get_by_label("Tag", exact=True).fill(f"tag {uuid4()}")
    page.get_by_role("button", name="Add a tag").click()
    expect(page.locator("main p[role=status]")).to_contain_text("Done.", timeout=30_000)

    check(page)


def test_saves_views_everyone_can_use(page: Page) -> None:
    page.goto("/candidates/?state=held")
    page.locator("summary", has_text="Columns").click()
    check(page)

    page.goto("/candidates/?state=booked")
    page.locator("summary", has_text="Save view").click()
    check(page)
    name = f"View {uuid4()}"
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "true")
    check(page)

    page.locator("summary", has_text="Columns").click()
    for column in ("Phone", "Added"):
        page.get_by_label(column, exact=True).check()
    page.get_by_role("button", name="Show these").click()
    page.locator("[data-label=Added]").first.wait_for()
    check(page)

    page.get_by_role("link", name=f"View settings of {name}").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    check(page)

    page.get_by_role("button", name="Delete this view").click()
    page.get_by_role("button", name=f"Undo deleting the view {name}").wait_for()
    check(page)
    page.get_by_role("button", name=f"Undo deleting the view {name}").click()
    expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "true")


def check(page: Page) -> None:
    """Every rule in light, and those about colours in dark, of the page as it stands."""
    settle(page)
    in_light = Axe().run(page, options=OPTIONS)
    page.emulate_media(color_scheme="dark")
    in_dark = Axe().run(page, options=COLOURS)
    page.emulate_media(color_scheme="light")
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert in_light.violations_count == 0, in_light.generate_report()
    assert in_dark.violations_count == 0, in_dark.generate_report()
    assert overflow <= 0


def test_imports_in_pages_everyone_can_use(page: Page) -> None:
    person = f"Zoë Quill;{uuid4()}@example.org;;"
    content = f"Name;Email;Phone;Position\n{person}\nNobody;nonsense;030 123;Astronaut\n".encode("cp1252")
    page.goto("/candidates/import/")
    page.set_input_files("main input[type=file]", {"name": "a.csv", "mimeType": "text/csv", "buffer": content})

    for press, then in (("Upload and preview", "1 row cannot be imported."), ("Add 1", "1 added")):
        page.get_by_role("button", name=press).click()
        page.get_by_text(then).first.wait_for()
        check(page)
