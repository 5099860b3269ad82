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
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import signed_in

PAGES = [
    "/",
    "/candidates/",
    "/interviews/",
    "/interviews/?view=all",
    "/interviews/?view=today",
    "/interviews/?view=all&layout=week",
    "/interviews/unmatched/",
    "/links/",
    "/settings/",
    "/settings/calendly/",
    "/search/?q=a",
    "/settings/messages/",
    "/settings/positions/",
    "/availability/",
]
# Today asks the most: three for each kind of need.
MOST_QUERIES = 37


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
    fill(3)
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        assert alice.get(path).status_code == 200
    fill(12)

    with django_assert_max_num_queries(len(few) + 1):
        assert alice.get(path).status_code == 200


def test_costs_the_candidate_page_the_same(alice: Client, django_assert_max_num_queries: Callable[[int], Any]) -> None:
    candidate = CandidateFactory()
    make_interview(candidate)
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        alice.get(f"/candidates/{candidate.pk}/")
    for _ in range(10):
        make_interview(candidate)

    with django_assert_max_num_queries(len(few) + 1):
        assert alice.get(f"/candidates/{candidate.pk}/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/candidates/", "/interviews/", "/links/"])
def test_answers_an_idle_poll_with_almost_nothing(
    alice: Client, path: str, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    address = f"{path}?live=1"
    etag = alice.get(address)["ETag"]

    # The session, the user, their preference and permissions (two), and the version's two.
    with django_assert_max_num_queries(7):
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
    monkeypatch.setattr("scheduling.queries.today.needs", lambda now, connection: 1 / 0)
    client = Client(raise_request_exception=False)
    client.force_login(recruiter)

    response = client.get("/")

    assert response.status_code == 500
    assert "Traceback" not in response.content.decode()
    assert "This is our fault" in response.content.decode()


def test_shows_availability_from_calendly(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    page = alice.get("/availability/").content.decode()

    assert "Open slots of" in page
    assert "Copy as text" in page
    assert page.count("grid__who") == 0
    assert "Mia Member" in page


def test_leaves_other_interviewers_alone_when_one_calendar_fails(
    sandbox: Sandbox, connection: Connection, alice: Client
) -> None:
    sandbox.switch("user_busy_times.list", "424", times=1)

    page = alice.get("/availability/").content.decode()

    assert page.count("cannot read the interviewer&#x27;s calendar") == 2
    assert page.count("grid__day") > 7


def test_shows_the_last_known_slots_when_calendly_is_away(
    sandbox: Sandbox, connection: Connection, alice: Client
) -> None:
    alice.get("/availability/")
    sandbox.switch("event_type_available_times.list", "503")

    page = alice.get("/availability/?refresh=1").content.decode()

    assert "cannot be reached right now" in page or "did not answer in time" in page
    assert "This is what we knew" in page
    assert '<li class="slot">' in page


def test_remembers_the_chosen_zone(alice: Client) -> None:
    response = alice.post("/settings/zone/", {"zone": "Australia/Lord_Howe", "next": "//evil.example/"})

    assert response["Location"] == "/"
    assert "Australia/Lord_Howe" in alice.get("/").content.decode()
    alice.post("/settings/zone/", {"zone": "Not/AZone"})
    assert "Lord_Howe</summary>" not in alice.get("/").content.decode()


def test_probes_need_no_login(db: None) -> None:
    assert [Client().get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
