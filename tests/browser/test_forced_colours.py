"""Forced colours: what is written can be read, although the browser replaces colours and paints behind texts."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.colours import UNSEEN
from tests.browser.desk import sign_in


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, demo_stack: str) -> Iterator[Page]:
    scheme: Literal["light", "dark"] = request.param
    context = browser.new_context(base_url=demo_stack, color_scheme=scheme, forced_colors="active")
    yield sign_in(context).new_page()
    context.close()


@pytest.mark.parametrize(
    "address",
    ["/", "/candidates/?state=held", "/candidates/?layout=board", "/interviews/", "/interviews/?layout=week", "/links/",
     "/availability/", "/candidates/new/", "/settings/", "/settings/messages/", "/candidates/import/"],
)  # fmt: skip
def test_writes_in_another_colour_than_behind_it(page: Page, address: str) -> None:
    answer = page.goto(address)

    assert answer is not None
    assert answer.ok
    assert page.evaluate(UNSEEN) == []
