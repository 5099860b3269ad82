"""The recruiter's pages: who may see them, what they cost, and that odd input does not break them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from scheduling.models import BookingLink, Connection
from tests.factories import (
    CandidateFactory,
    ConnectionFactory,
    EventTypeFactory,
    LinkFactory,
    PositionFactory,
    make_interview,
    make_user,
)
from tests.scheduling.conftest import signed_in

PAGES = [
    "/",
    "/candidates/",
    "/candidates/?layout=board&state=booked",
    "/candidates/?state=booked&position=1&tag=1&q=can",
    "/interviews/",
    "/interviews/?view=all",
    "/interviews/?view=today",
    "/interviews/?view=all&layout=week",
    "/interviews/unmatched/",
    "/interviews/?view=all&interviewers=1&q=can",
    "/links/",
    "/links/?state=invited&q=can",
    "/settings/",
    "/settings/calendly/",
    "/search/?q=a",
    "/settings/messages/",
    "/settings/positions/",
    "/availability/",
    "/availability/who/",
    "/availability/load/",
    "/availability/shared/",
    "/insights/",
    "/insights/?starts=26w&mine=1&interviewers=1",
]
# Of pages whose rows may be a million.
MOST_QUERIES = 12
# Settings and availability show many small things, each of them few.
MOST_OF_OTHERS = 30
OTHERS = ("/settings", "/availability")


def fill(count: int) -> None:
    """Rows for every page."""
    event_type = EventTypeFactory(connection=Connection.objects.first() or ConnectionFactory())
    for _ in range(count):
        candidate = CandidateFactory()
        candidate.positions.add(PositionFactory())
        link = LinkFactory(candidate=candidate, event_type=event_type)
        BookingLink.objects.filter(pk=link.pk).update(created_at=timezone.now() - timedelta(days=3))
        make_interview(candidate, link=LinkFactory(candidate=candidate, event_type=event_type))
        make_interview(CandidateFactory(), starts_in=-timedelta(hours=4))
        make_interview(CandidateFactory(), canceled=True)
        make_interview()


@pytest.mark.parametrize("path", PAGES)
def test_costs_the_same_whatever_it_lists(
    alice: Client, path: str, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    # More than a page, whose rows are counted too.
    fill(26)
    with django_assert_max_num_queries(MOST_OF_OTHERS if path.startswith(OTHERS) else MOST_QUERIES) as few:
        assert alice.get(path).status_code == 200
    fill(4)

    with django_assert_max_num_queries(len(few) + (1 if path.startswith(OTHERS) else 0)):
        assert alice.get(path).status_code == 200


def test_costs_the_candidate_page_the_same(alice: Client, django_assert_max_num_queries: Callable[[int], Any]) -> None:
    candidate = CandidateFactory()
    make_interview(candidate)
    with django_assert_max_num_queries(MOST_OF_OTHERS) as few:
        alice.get(f"/candidates/{candidate.pk}/")
    for _ in range(10):
        make_interview(candidate)

    with django_assert_max_num_queries(len(few) + 1):
        assert alice.get(f"/candidates/{candidate.pk}/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/candidates/", "/interviews/", "/links/"])
def test_answers_an_idle_poll_with_almost_nothing(
    alice: Client, path: str, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    ConnectionFactory()
    address = f"{path}?live=1"
    etag = alice.get(address)["ETag"]

    # The session, the user with their preference, their permissions: what signing in costs. Then one.
    with django_assert_max_num_queries(4):
        assert alice.get(address, headers={"if-none-match": etag}).status_code == 304


@pytest.mark.parametrize("path", [*PAGES, "/candidates/1/", "/interviews/1/", "/candidates/new/"])
def test_asks_strangers_to_sign_in(db: None, path: str) -> None:
    response = Client().get(path)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("path", PAGES)
def test_lets_charlie_look(charlie: Client, path: str) -> None:
    fill(1)

    assert charlie.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/candidates/new/", "/settings/positions/new/"])
def test_not_for_charlie(charlie: Client, path: str) -> None:
    assert charlie.get(path).status_code == 403


def test_shows_nothing_to_somebody_without_a_role(db: None) -> None:
    nobody = signed_in(make_user("dora", None))

    assert nobody.get("/candidates/").status_code == 403


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "query",
    [
        "state=x&position=99999999999999999999&sort=;drop&page=-1&rows=x",
        "view=<script>&event_type=²&q=%00%FF&outcome=x",
        "layout=week&week=2026-W99",
        "layout=week&week=9999-W52",
    ],
)
def test_survives_odd_queries(alice: Client, path: str, query: str) -> None:
    assert alice.get(f"{path.split('?', maxsplit=1)[0]}?{query}").status_code == 200


def test_survives_hostile_names(alice: Client) -> None:
    name = "<script>alert(1)</script> \u202eevil 👩🏽‍🚀" + "x" * 120
    candidate = CandidateFactory(name=name)
    make_interview(candidate, invitee_name=name)

    for path in ("/", "/candidates/", "/interviews/", f"/candidates/{candidate.pk}/"):
        assert "<script>alert" not in alice.get(path).content.decode()


@pytest.mark.parametrize("path", ["/nothing/", "/candidates/999999/", "/interviews/999999/"])
def test_has_a_friendly_page_for_what_is_not_there(alice: Client, path: str) -> None:
    response = alice.get(path)

    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_shows_no_trace_when_something_breaks(db: None, recruiter: User, monkeypatch: pytest.MonkeyPatch) -> None:
    # The one thing a sandbox cannot provoke: a defect of our own.
    monkeypatch.setattr("scheduling.queries.today.read", lambda *read, **asked: 1 / 0)
    client = Client(raise_request_exception=False)
    client.force_login(recruiter)

    response = client.get("/")

    assert response.status_code == 500
    assert "Traceback" not in response.content.decode()
    assert "This is our fault" in response.content.decode()


def test_remembers_the_chosen_zone(alice: Client) -> None:
    response = alice.post("/settings/zone/", {"zone": "Australia/Lord_Howe", "next": "//evil.example/"})

    assert response["Location"] == "/"
    assert "Australia/Lord_Howe" in alice.get("/").content.decode()
    alice.post("/settings/zone/", {"zone": "Not/AZone"})
    assert "Lord_Howe</summary>" not in alice.get("/").content.decode()


def test_probes_need_no_login(db: None) -> None:
    assert [Client().get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
