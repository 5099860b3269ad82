"""Today's numbers: what they count, and that each opens the rows it counts."""

from datetime import timedelta
from html import unescape
from re import DOTALL, findall, search
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.models import Attempt, BookingLink, Interview
from scheduling.services import interviews
from tests.factories import API, CandidateFactory, LinkFactory, make_interview
from tests.scheduling.conftest import preview
from tests.scheduling.test_exports import taken

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def numbers(client: Client) -> dict[str, tuple[str, str, list[int]]]:
    """By label: the value, where it leads, and its last weeks."""
    pattern = r'<a class="number" href="([^"]*)">.*?value">([^<]*)<.*?label">([^<]*)<.*?Last eight weeks: ([^"]*)"'
    found = findall(pattern, client.get("/").content.decode(), DOTALL)
    return {
        label.partition(",")[0]: (f"{value}{label.partition(',')[2]}", unescape(url), [*map(int, weeks.split(", "))])
        for url, value, label, weeks in found
    }


def shown(client: Client, address: str) -> int:
    """How many rows the page has that a number opens."""
    page = client.get(address).content.decode()
    assert "Not known here" not in page
    count = search(r"<span>(?:\d+ of )?(\d+) (?:link|interview)s?</span>", page)
    return int(count[1]) if count else 0


def move(interview: Interview, *, booked_at: Any) -> None:
    """Another attempt, which names the one before."""
    before = interview.current
    before.status, before.was_rescheduled, before.canceled_at = "canceled", True, booked_at
    before.save()
    Attempt.objects.create(
        interview=interview,
        invitee_uri=f"{before.invitee_uri}/moved",
        event_uri=f"{API}/scheduled_events/moved-{interview.pk}",
        event_name=before.event_name,
        previous_uri=before.invitee_uri,
        starts_at=timezone.now() + 9 * DAY,
        ends_at=timezone.now() + 9 * DAY + timedelta(minutes=45),
        booked_at=booked_at,
        told_at=booked_at,
    )
    interviews.settle(interview)


def test_opens_the_links_that_wait_to_be_booked(alice: Client) -> None:
    now = timezone.now()
    LinkFactory()
    LinkFactory(opened_at=now)
    LinkFactory(expires_at=now - DAY)
    LinkFactory(withdrawn_at=now)
    booked = LinkFactory()
    make_interview(booked.candidate, link=booked)

    value, address, _ = numbers(alice)["Waiting to book"]

    assert value == "2"
    assert shown(alice, address) == 2


def test_counts_links_that_wait_whether_or_not_their_notes_are_due(alice: Client) -> None:
    noted, due, _ = LinkFactory(), LinkFactory(), LinkFactory(expires_at=timezone.now() - DAY)
    BookingLink.objects.filter(pk=noted.pk).update(standing="invited", standing_until=None)
    BookingLink.objects.filter(pk=due.pk).update(standing="booked", standing_until=timezone.now() - DAY)

    value, address, _ = numbers(alice)["Waiting to book"]

    assert (value, shown(alice, address)) == ("2", 2)


def test_opens_the_interviews_booked_in_seven_days(alice: Client) -> None:
    now = timezone.now()
    make_interview(CandidateFactory(), booked_at=now)
    make_interview(CandidateFactory(), booked_at=now - 6 * DAY, canceled=True)
    make_interview(CandidateFactory(), booked_at=now - 8 * DAY)

    value, address, weeks = numbers(alice)["Booked in seven days"]

    assert (value, weeks[-2:]) == ("2", [1, 2])
    assert shown(alice, address) == 2


def test_takes_a_move_for_no_new_booking(alice: Client) -> None:
    interview = make_interview(CandidateFactory(), booked_at=timezone.now() - 20 * DAY)
    move(interview, booked_at=timezone.now())

    value, address, weeks = numbers(alice)["Booked in seven days"]

    assert (value, sum(weeks)) == ("0", 1)
    assert shown(alice, address) == 0


def test_opens_the_interviews_held_in_seven_days(alice: Client) -> None:
    make_interview(CandidateFactory(), starts_in=-2 * DAY, held=True)
    make_interview(CandidateFactory(), starts_in=-timedelta(seconds=1), held=True)
    make_interview(CandidateFactory(), starts_in=-9 * DAY, held=True)
    make_interview(CandidateFactory(), starts_in=-2 * DAY)

    value, address, _ = numbers(alice)["Held in seven days"]

    assert value == "2"
    assert shown(alice, address) == 2


def test_opens_the_no_shows_of_eight_weeks(alice: Client) -> None:
    make_interview(CandidateFactory(), starts_in=-2 * DAY, no_show=True)
    make_interview(CandidateFactory(), starts_in=-50 * DAY, no_show=True)
    make_interview(CandidateFactory(), starts_in=-60 * DAY, no_show=True)
    for _ in range(2):
        make_interview(CandidateFactory(), starts_in=-3 * DAY, held=True)

    value, address, _ = numbers(alice)["Candidate no-shows in eight weeks"]

    assert value == "50 % 2 of 4"
    assert shown(alice, address) == 2


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe"])
def test_counts_days_where_the_viewer_is(alice: Client, zone: str) -> None:
    alice.cookies["zone"] = zone
    for hours in range(0, 24 * 8, 6):
        make_interview(CandidateFactory(), booked_at=timezone.now() - timedelta(hours=hours))

    value, address, _ = numbers(alice)["Booked in seven days"]

    assert int(value) == shown(alice, address) > 0


def test_tells_an_old_mark_at_once(alice: Client) -> None:
    interview = make_interview(CandidateFactory(), starts_in=-30 * DAY)
    make_interview(CandidateFactory(), starts_in=-30 * DAY, no_show=True)
    name = "Candidate no-shows in eight weeks"
    assert numbers(alice)[name][0] == "100 % 1 of 1"

    alice.post(f"/interviews/{interview.pk}/held/")
    assert numbers(alice)[name][0] == "50 % 1 of 2"

    alice.post(f"/interviews/{interview.pk}/held/undo/")
    assert numbers(alice)[name][0] == "100 % 1 of 1"


def test_keeps_a_span_of_days_as_a_chip_a_view_an_export_and_a_selection(alice: Client) -> None:
    for days in (1, 2, 20):
        starts_in = -days * DAY
        make_interview(CandidateFactory(name=f"Day {days}"), starts_in=starts_in, booked_at=timezone.now() + starts_in)
    query = {"view": "all", "starts": "7d", "booked": "8w"}

    page = alice.get("/interviews/", query).content.decode()
    view = {"name": "Lately", "query": "view=all&starts=7d&booked=8w", "next": "/interviews/"}
    saved = alice.post("/tables/interviews/views/", view, follow=True).content.decode()
    rows = taken(alice, "/interviews/export.csv", **query)
    chosen = preview(alice, "held", all="1", **query)

    assert "Starts: last 7 days ✕" in page
    assert "Booked: last 8 weeks ✕" in page
    assert "Lately" in saved
    assert "view=all&amp;starts=7d&amp;booked=8w" in saved
    assert [row["candidate"] for row in rows] == ["Day 1", "Day 2"]
    assert ("Day 1" in chosen, "Day 20" in chosen) == (True, False)


def test_pages_through_a_span_of_days(alice: Client) -> None:
    for minutes in range(27):
        make_interview(CandidateFactory(), starts_in=-timedelta(minutes=minutes), booked_at=timezone.now())
    first = alice.get("/interviews/?view=all&booked=7d").content.decode()
    onward = search(r'href="(\?[^"]*after=[^"]*)"', first)
    assert onward is not None

    second = alice.get(f"/interviews/{unescape(onward[1])}").content.decode()

    assert "25 of 27 interviews" in first
    assert "2 of 27 interviews" in second
