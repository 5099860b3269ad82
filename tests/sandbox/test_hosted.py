"""Booking pages: what Calendly's visitors meet."""

import re
from html import unescape
from typing import Any

import pytest
import requests

from tests.sandbox_process import Sandbox


class Visitor:
    """A browser without JavaScript."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()

    def open(self, url: str) -> requests.Response:
        return self.session.get(url, timeout=10)

    def send(self, page: requests.Response, **fields: Any) -> requests.Response:
        """Send the last form of a page with its hidden fields."""
        form = re.findall(r"<form.*?</form>", page.text, re.DOTALL)[-1]
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        data = {name: unescape(value) for name, value in hidden.items()} | fields
        return self.session.post(page.url, data, headers={"Referer": page.url}, timeout=10)

    def choose(self, page: requests.Response, number: int = 3) -> requests.Response:
        """Follow the link of an open time; not the first, which may be too soon by the time it is booked."""
        times = re.findall(r'<a class="time" href="([^"]+)"', page.text)
        return self.open(page.url.partition("?")[0] + unescape(times[number]))


@pytest.fixture
def visitor(sandbox: Sandbox) -> Visitor:
    return Visitor(sandbox)


def page_of(sandbox: Sandbox, slug: str = "technical-interview") -> str:
    return str(next(row["scheduling_url"] for row in sandbox.world["event_types"] if row["slug"] == slug))


def test_prefills_and_books(sandbox: Sandbox, visitor: Visitor) -> None:
    query = "name=Ann+Applicant&email=ann%40example.com&a1=Hello&a2=2&utm_content=ref-1&gclid=dropped"
    page = visitor.open(f"{page_of(sandbox)}?{query}")
    form = visitor.choose(page)
    assert 'value="Ann Applicant"' in form.text
    assert re.search(r'value="Senior"[^>]*checked', form.text)

    done = visitor.send(form, name="Ann Applicant", email="ann@example.com", a1="Hello", a2="Senior", a3="")

    assert "You are scheduled" in done.text


def test_asks_for_what_is_missing_and_keeps_the_rest(sandbox: Sandbox, visitor: Visitor) -> None:
    form = visitor.choose(visitor.open(page_of(sandbox)))

    again = visitor.send(form, name="Ann", email="not an address", a3="030 1")

    assert "Enter a valid email address" in again.text
    assert "international form" in again.text
    assert 'value="Ann"' in again.text


def test_gives_a_slot_to_one_of_two(sandbox: Sandbox, visitor: Visitor) -> None:
    form = visitor.choose(visitor.open(page_of(sandbox)))
    first = visitor.send(form, name="Ann", email="ann@example.com")

    second = visitor.send(form, name="Ben", email="ben@example.com")

    assert "You are scheduled" in first.text
    assert "no longer available" in second.text
    assert "Select a day and time" in second.text


def test_moves_and_cancels(sandbox: Sandbox, visitor: Visitor) -> None:
    invitee = sandbox.book()
    page = visitor.open(invitee["reschedule_url"])
    assert "Former time" in page.text
    start = re.findall(r'name="start" value="([^"]+)"', page.text)[5]

    moved = visitor.send(page, start=start)
    assert "You are scheduled" in moved.text
    assert "This booking was moved" in visitor.open(invitee["reschedule_url"]).text

    cancel = visitor.open(moved.url.replace("invitees", "cancellations"))
    assert "This booking is canceled" in visitor.send(cancel, reason="ill").text


def test_counts_the_seats_of_a_group(sandbox: Sandbox, visitor: Visitor) -> None:
    page = visitor.open(page_of(sandbox, "info-session"))
    assert "8 seats left" in page.text
    visitor.send(visitor.choose(page), name="Ann", email="ann@example.com")

    assert "7 seats left" in visitor.open(page_of(sandbox, "info-session")).text


@pytest.mark.parametrize("path", ["/sandbox/d/none/technical-interview", "/sandbox/olive-owner/none"])
def test_tells_a_dead_link(sandbox: Sandbox, visitor: Visitor, path: str) -> None:
    page = visitor.open(sandbox.url + path)

    assert page.status_code == 404
    assert "no longer valid" in page.text


def test_shows_times_in_the_visitors_zone(sandbox: Sandbox, visitor: Visitor) -> None:
    page = visitor.open(f"{page_of(sandbox)}?timezone=Asia/Kathmandu")

    assert re.search(r'class="time"[^>]*>\d\d:(15|45)<', page.text)


def test_has_a_control_panel_that_breaks_things(sandbox: Sandbox, visitor: Visitor) -> None:
    panel = visitor.open(f"{sandbox.url}/sandbox/")
    assert "Break an operation" in panel.text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', panel.text)
    assert token is not None
    fields = {"csrfmiddlewaretoken": token[1], "operation": "users.me", "behaviour": "500", "times": "2"}

    visitor.session.post(f"{sandbox.url}/sandbox/panel/switches/", fields, headers={"Referer": panel.url}, timeout=5)

    headers = {"Authorization": f"Bearer {sandbox.tokens()['access_token']}"}
    assert requests.get(f"{sandbox.api_url}/users/me", headers=headers, timeout=5).status_code == 500


def test_builds_a_demo_world_with_every_outcome(sandbox: Sandbox) -> None:
    sandbox.reset("demo")
    headers = {"Authorization": f"Bearer {sandbox.tokens()['access_token']}"}
    asked: dict[str, Any] = {"organization": sandbox.organization, "count": 100}
    events = requests.get(f"{sandbox.api_url}/scheduled_events", params=asked, headers=headers, timeout=10).json()

    assert (len(sandbox.world["users"]), len(sandbox.world["event_types"])) == (6, 10)
    assert {event["status"] for event in events["collection"]} == {"active", "canceled"}
    assert events["pagination"]["next_page_token"]
