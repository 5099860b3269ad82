"""Pages that update by themselves, and what they call new."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.desk import sign_in


@pytest.fixture
def page(browser: Browser, demo_stack: str) -> Iterator[Page]:
    """Today, in the recruiter's browser."""
    context: BrowserContext = sign_in(browser.new_context(base_url=demo_stack))
    yield context.new_page()
    context.close()


def answer(page: Page, pattern: str, words: str) -> None:
    """Let the next poll of Today bring other words where these stand."""

    def changed(route: Route) -> None:
        response = route.fetch(headers={**route.request.headers, "if-none-match": ""})
        route.fulfill(response=response, body=re.sub(pattern, words, response.text()))

    page.route("**/?live=1*", changed, times=1)


def test_highlights_what_changed_and_not_how_far_away_it_is(page: Page) -> None:
    page.goto("/")
    need = page.locator("li.need").filter(has=page.locator("[data-relative]")).first
    expect(need).to_be_visible()

    answer(page, r"data-relative>[^<]*", "data-relative>in 99 wk")
    expect(need).to_contain_text("in 99 wk")
    expect(page.locator(".is-changed")).to_have_count(0)

    answer(page, r'(<div class="need__words"><strong>)', r"\1Newly ")
    expect(need).to_contain_text("Newly")
    expect(need).to_have_class(re.compile("is-changed"))
