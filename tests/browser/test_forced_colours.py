"""Forced colours: what is written can be read, although the browser replaces colours and paints behind texts."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.desk import sign_in

# Texts in the colour of what is behind them: of the page where the browser paints that, else of the block they are in.
UNSEEN = """() => {
  const colour = (block, name) => getComputedStyle(block)[name];
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = "Canvas";
  const paper = colour(probe, "color");
  probe.remove();
  const behind = block => {
    if (colour(block, "forcedColorAdjust") !== "none") return paper;
    for (let one = block; one; one = one.parentElement) {
      const found = colour(one, "backgroundColor");
      if (!found.endsWith(", 0)")) return found;
    }
    return paper;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), unseen = [];
  while (texts.nextNode()) {
    const block = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() && block.checkVisibility() && colour(block, "color") === behind(block))
      unseen.push(texts.currentNode.data.trim());
  }
  return unseen;
}"""


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
