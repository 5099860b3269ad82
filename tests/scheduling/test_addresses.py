"""Addresses that take what forms send: what opens at them otherwise, and where the pages are that they answer with."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from scheduling.models import EventType
from tests.factories import CandidateFactory
from tests.sandbox_process import Sandbox

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["links/", "links/send/", "links/preview/", "notes/"])
def test_leads_who_reloads_an_answer_to_its_page(alice: Client, path: str) -> None:
    candidate = CandidateFactory()

    response = alice.get(f"/candidates/{candidate.pk}/{path}")

    assert response.headers["Location"] == f"/candidates/{candidate.pk}/"


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/interviews/1/cancel/", "/interviews/1/"),
        ("/interviews/1/attach/", "/interviews/unmatched/"),
        ("/settings/positions/1/plan/add/", "/settings/positions/1/plan/"),
        ("/settings/messages/invitation/preview/", "/settings/messages/"),
        ("/availability/load/limits/?week=2026-W49", "/availability/load/?week=2026-W49"),
    ],
)
def test_keeps_what_both_addresses_share(alice: Client, path: str, page: str) -> None:
    assert alice.get(path).headers["Location"] == page


def test_shows_browsers_a_page_where_nothing_opens(alice: Client) -> None:
    response = alice.get("/candidates/1/archive/", headers=BROWSER)

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "This address only takes what a form sends" in response.content.decode()
    assert 'href="/"' in response.content.decode()


def test_tells_programs_the_status_alone(alice: Client) -> None:
    response = alice.get("/candidates/1/archive/")

    assert (response.status_code, response.content) == (405, b"")


def test_polls_and_returns_to_the_page_of_a_rejected_form(
    sandbox: Sandbox, event_type: EventType, alice: Client
) -> None:
    candidate = CandidateFactory()
    wrong = {"request_key": str(uuid4()), "event_type": event_type.pk, "expires_on": "2020-01-01"}

    page = alice.post(f"/candidates/{candidate.pk}/links/", wrong).content.decode()

    assert f'data-live="/candidates/{candidate.pk}/?live=1"' in page
    assert set(re.findall(r'name="next" value="([^"]*)"', page)) == {f"/candidates/{candidate.pk}/"}
    assert f"<title>Error: {candidate.name}" in page
    assert '<a href="#link_expires_on">This day is over.' in page
