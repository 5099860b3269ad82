"""Slots given to somebody to choose from: as text, as links, and on a page that shows those still free."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import (
    BookingLink,
    CalendarWindow,
    CandidatePolicy,
    Connection,
    EventType,
    SharedTimes,
    TimelineEntry,
)
from scheduling.queries.shared_times import token_of
from scheduling.services import availability
from tests.factories import CandidateFactory, EventTypeFactory, LinkFactory, make_interview
from tests.sandbox_process import Sandbox

SLOTS = "event_type_available_times.list"


@pytest.fixture
def candidate(db: None) -> Candidate:
    return CandidateFactory(name="Maya Shrestha", email="maya@example.com", timezone="Asia/Kathmandu")


def open_starts(event_type: EventType, count: int = 3) -> list[datetime]:
    """The first open slots of tomorrow."""
    start = timezone.now() + timedelta(days=1)
    reading = availability.slots(event_type, start, start + timedelta(days=2))
    assert reading.value
    return [slot.start_time for slot in reading.value[:count]]


def share(client: Client, event_type: EventType, starts: list[datetime], /, **fields: Any) -> Any:
    """Share as the page's form would."""
    body = {
        "request_key": str(uuid4()),
        "event_type": event_type.pk,
        "zone": "Asia/Kathmandu",
        "start": [start.isoformat() for start in starts],
        **fields,
    }
    return client.post("/availability/share/", body)


@pytest.fixture
def shared(sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate) -> SharedTimes:
    """Three times for Maya."""
    share(alice, event_type, open_starts(event_type), candidate=candidate.pk)
    return SharedTimes.objects.get()


def test_writes_times_in_the_zone_of_who_reads_them(shared: SharedTimes, alice: Client) -> None:
    page = alice.get(f"/availability/shared/{shared.pk}/")

    assert page.context["text"].startswith("Times in Asia/Kathmandu\n")
    assert re.search(r"\n\w+day \d+ \w+ 20\d\d: \d\d:\d\d, .*UTC\+5:45", page.context["text"])
    assert page.context["links"].count(shared.address) == 3
    assert shared.address in page.content.decode()


def test_makes_the_candidates_link_and_tells_the_time_line(shared: SharedTimes, candidate: Candidate) -> None:
    assert shared.link == BookingLink.objects.get(candidate=candidate)
    assert TimelineEntry.objects.get(kind="times_shared", candidate=candidate).detail == "3 for Technical interview"


def test_uses_the_open_link_a_candidate_has(
    sandbox: Sandbox, shared: SharedTimes, event_type: EventType, alice: Client, candidate: Candidate
) -> None:
    share(alice, event_type, open_starts(event_type, 1), candidate=candidate.pk)

    assert BookingLink.objects.count() == 1
    assert SharedTimes.objects.filter(link=shared.link).count() == 2


def test_shares_once_when_sent_twice(
    sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate
) -> None:
    key = str(uuid4())

    answers = [
        share(alice, event_type, open_starts(event_type), candidate=candidate.pk, request_key=key) for _ in range(2)
    ]

    assert answers[0]["Location"] == answers[1]["Location"]
    assert (SharedTimes.objects.count(), BookingLink.objects.count()) == (1, 1)


def test_keeps_nothing_when_calendly_makes_no_link(
    sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate
) -> None:
    starts = open_starts(event_type)
    sandbox.switch("shares.create", "503")
    sandbox.switch("scheduling_links.create", "503")

    page = share(alice, event_type, starts, candidate=candidate.pk)

    assert "Nothing was shared." in alice.get(page["Location"]).content.decode()
    assert SharedTimes.objects.count() == 0


def test_shows_only_what_is_still_free(sandbox: Sandbox, shared: SharedTimes, event_type: EventType) -> None:
    first, *_ = shared.moments
    sandbox.book(event_type=event_type.uri, start=first.isoformat())
    CalendarWindow.objects.update(read_at=timezone.now() - timedelta(seconds=61))

    page = Client().get(f"/t/{shared.token}/")

    left = [choice.start for choice in page.context["left"]]
    assert first not in left
    assert left
    assert "gone" in page.content.decode()


def test_asks_calendly_once_a_minute_at_most(sandbox: Sandbox, shared: SharedTimes) -> None:
    before = len(sandbox.requests(SLOTS))

    for _ in range(5):
        Client().get(f"/t/{shared.token}/")

    assert len(sandbox.requests(SLOTS)) == before


def test_speaks_the_candidates_language(shared: SharedTimes) -> None:
    visitor = Client(headers={"accept-language": "de"})

    page = visitor.get(f"/t/{shared.token}/")
    french = visitor.get(f"/t/{shared.token}/?lang=fr")
    again = visitor.get(f"/t/{shared.token}/").content.decode()

    assert "Guten Tag Maya, bitte wählen Sie einen Termin für" in page.content.decode()
    assert (page["Content-Language"], french["Content-Language"]) == ("de", "fr")
    assert "veuillez choisir un horaire pour" in again


def test_leads_to_the_candidates_own_page_with_the_time_chosen(shared: SharedTimes) -> None:
    start = shared.moments[0]

    page = Client().get(f"/t/{shared.token}/go/", {"start": token_of(start)}, follow=True)

    assert shared.link is not None
    assert page.redirect_chain[0][0].startswith(f"/b/{shared.link.token}/time/?start=")
    assert page.status_code == 200
    assert 'name="start"' in page.content.decode()
    assert TimelineEntry.objects.filter(kind="link_opened").count() == 1


def test_leads_to_the_candidates_own_link_on_the_day(shared: SharedTimes) -> None:
    CandidatePolicy.objects.update(books_in_place=False)
    start = shared.moments[0]

    response = Client().get(f"/t/{shared.token}/go/", {"start": token_of(start)})

    query = parse_qs(urlsplit(response["Location"]).query)
    assert shared.link is not None
    assert response["Location"].startswith(shared.link.booking_url)
    assert query["email"] == ["maya@example.com"]
    assert query["utm_content"] == [shared.link.reference]
    # In the candidate's zone, because there the page opens.
    assert len(query["date"]) == len(query["month"]) == 1
    assert TimelineEntry.objects.filter(kind="link_opened").count() == 1


def test_leads_to_the_very_slot_for_nobody_in_particular(
    sandbox: Sandbox, event_type: EventType, alice: Client
) -> None:
    share(alice, event_type, open_starts(event_type))
    shared = SharedTimes.objects.get()
    start = shared.moments[1]

    response = Client().get(f"/t/{shared.token}/go/", {"start": token_of(start)})

    assert f"{start:%Y-%m-%dT%H:%M:%SZ}" in response["Location"]
    assert shared.link is None


def test_goes_back_when_the_time_is_taken(sandbox: Sandbox, shared: SharedTimes, event_type: EventType) -> None:
    first, *_ = shared.moments
    sandbox.book(event_type=event_type.uri, start=first.isoformat())
    CalendarWindow.objects.update(read_at=timezone.now() - timedelta(seconds=61))

    response = Client().get(f"/t/{shared.token}/go/", {"start": token_of(first)})
    page = Client().get(response["Location"]).content.decode()

    assert response["Location"].startswith(f"/t/{shared.token}/")
    assert "has just been taken" in page


def test_offers_the_ordinary_link_when_none_is_left(sandbox: Sandbox, shared: SharedTimes) -> None:
    CalendarWindow.objects.filter(kind="slots").update(content=[], read_at=timezone.now())

    page = Client().get(f"/t/{shared.token}/").content.decode()

    assert shared.link is not None
    assert "None of these times is left" in page
    assert shared.link.get_absolute_url() in page


def test_says_so_when_it_cannot_be_checked(sandbox: Sandbox, shared: SharedTimes) -> None:
    CalendarWindow.objects.all().delete()
    sandbox.switch(SLOTS, "503")

    page = Client().get(f"/t/{shared.token}/").content.decode()

    assert "cannot see right now which of the times are still free" in page


def test_highlights_the_time_a_mail_links_to(shared: SharedTimes) -> None:
    page = Client().get(f"/t/{shared.token}/", {"start": token_of(shared.moments[1])})

    assert page.context["chosen"].start == shared.moments[1]
    assert "Book this time" in page.content.decode()


def test_does_not_count_a_look_as_opening(shared: SharedTimes) -> None:
    Client().get(f"/t/{shared.token}/", {"start": token_of(shared.moments[0])})
    Client().head(f"/t/{shared.token}/go/", {"start": token_of(shared.moments[0])})

    assert not TimelineEntry.objects.filter(kind="link_opened").exists()


def test_says_that_it_is_booked(shared: SharedTimes, candidate: Candidate) -> None:
    make_interview(candidate, link=shared.link)

    page = Client().get(f"/t/{shared.token}/").content.decode()

    assert "You have booked a time already" in page


def test_offers_nothing_once_withdrawn(shared: SharedTimes, alice: Client) -> None:
    alice.post(f"/availability/shared/{shared.pk}/withdraw/")

    page = Client().get(f"/t/{shared.token}/").content.decode()
    response = Client().get(f"/t/{shared.token}/go/", {"start": token_of(shared.moments[0])})

    assert "no longer offered" in page
    assert response["Location"] == shared.get_absolute_url()


@pytest.mark.parametrize("change", ["link", "candidate", "event_type", "time"])
def test_offers_nothing_that_cannot_be_booked(shared: SharedTimes, candidate: Candidate, change: str) -> None:
    now = timezone.now()
    match change:
        case "link":
            BookingLink.objects.update(withdrawn_at=now)
        case "candidate":
            Candidate.objects.update(archived_at=now)
        case "event_type":
            EventType.objects.update(deleted_at=now)
        case "time":
            SharedTimes.objects.update(expires_at=now)

    assert "no longer offered" in Client().get(f"/t/{shared.token}/").content.decode()


def test_has_one_page_for_every_address_that_is_none(db: None) -> None:
    client = Client()

    assert [client.get(path).status_code for path in ("/t/nothing/", "/t/nothing/go/", "/t/a/b/c")] == [404] * 3


def test_slows_down_guessing(db: None) -> None:
    client = Client()

    answers = [client.get(f"/t/guess{number}/").status_code for number in range(40)]

    assert answers[-1] == 429


def test_is_for_nobody_elses_eyes(shared: SharedTimes) -> None:
    page = Client().get(f"/t/{shared.token}/")

    assert (page["X-Robots-Tag"], page["Cache-Control"]) == ("noindex, nofollow", "no-store")


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        ([], "Choose at least one time."),
        (["2001-01-01T10:00:00+00:00"], "One of the times is over."),
        (["nonsense"], "could not be read"),
        (["2030-01-01T10:00:00"], "could not be read"),
        (["9999-01-01T10:00:00+00:00"], "could not be read"),
        ([f"2026-12-{n:02}T{h:02}:00:00+00:00" for n in range(1, 31) for h in range(8, 12)], "60 times at most"),
    ],
)
def test_keeps_what_was_picked_when_it_cannot_be_shared(
    sandbox: Sandbox, event_type: EventType, alice: Client, starts: list[str], words: str
) -> None:
    body = {"request_key": str(uuid4()), "event_type": event_type.pk, "zone": "UTC", "start": starts}

    response = alice.post("/availability/share/", body)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert SharedTimes.objects.count() == 0


@pytest.mark.parametrize("wrong", [{"zone": "Mars/Olympus"}, {"event_type": 999999}, {"candidate": 999999}])
def test_shares_nothing_with_a_wrong_field(
    sandbox: Sandbox, event_type: EventType, alice: Client, wrong: dict[str, Any]
) -> None:
    response = share(alice, event_type, [timezone.now() + timedelta(days=2)], **wrong)

    assert response.status_code == 422
    assert SharedTimes.objects.count() == 0


def test_not_for_charlie(shared: SharedTimes, event_type: EventType, charlie: Client) -> None:
    assert share(charlie, event_type, shared.moments).status_code == 403
    assert charlie.post(f"/availability/shared/{shared.pk}/withdraw/").status_code == 403
    assert charlie.get(f"/availability/shared/{shared.pk}/").status_code == 200
    page = charlie.get("/availability/").content.decode()
    assert 'name="start"' not in page


def test_lists_shared_times_at_a_fixed_cost(
    alice: Client, connection: Connection, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    event_type = EventTypeFactory(connection=connection)
    for _ in range(12):
        SharedTimes.objects.create(
            event_type=event_type,
            link=LinkFactory(event_type=event_type),
            starts=["2030-01-01T10:00:00+00:00"],
            timezone="UTC",
            request_key=uuid4(),
            expires_at=timezone.now() + timedelta(days=1),
        )

    with django_assert_max_num_queries(12):
        page = alice.get("/availability/shared/").content.decode()

    assert page.count("data-row") == 12
