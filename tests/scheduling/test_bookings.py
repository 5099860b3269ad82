"""Booking through Calendly's API: once, whatever happens on the way."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from candidates.models import Candidate
from scheduling.calendly.errors import NotFound, SlotTaken
from scheduling.calendly.new_invitee import NewAnswer, NewInvitee
from scheduling.models import Attempt, BookingLink, BookingRequest, Connection, EventType, Interview
from scheduling.queries.links import current_interview
from scheduling.services import bookings, budgets, connections, links
from scheduling.services.links import LinkRequest
from tests.factories import CandidateFactory, make_user
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver

SLOT_IN = timedelta(days=3)


@pytest.fixture
def candidate(db: None) -> Candidate:
    return CandidateFactory(name="Zoë Quill", email="zoe@example.com")


@pytest.fixture
def link(event_type: EventType, candidate: Candidate) -> BookingLink:
    request = LinkRequest(candidate, event_type, event_type.connection, uuid.uuid4())
    return links.create_link(request, by=None)


def open_start(link: BookingLink, number: int = 40) -> datetime:
    """A time Calendly offers."""
    return (bookings.open_times(link.event_type).value or [])[number].start_time


def wanted(link: BookingLink, **changes: Any) -> bookings.Wanted:
    facts: dict[str, Any] = {
        "link": link,
        "request_key": uuid.uuid4(),
        "start": open_start(link),
        "zone": "America/New_York",
        "location_kind": "zoom_conference",
    }
    return bookings.Wanted(**{**facts, **changes})


def sent(sandbox: Sandbox) -> int:
    return len(sandbox.requests("invitees.create"))


def test_books_as_the_candidate(sandbox: Sandbox, link: BookingLink) -> None:
    asked = wanted(link, answers=[NewAnswer("Level", "Senior", 1)])

    request = bookings.book(asked, by=None)

    interview = Interview.objects.get(link=link)
    current = interview.current
    assert request.state == "booked"
    assert interview.starts_at == asked.start
    assert (current.invitee_email, current.invitee_timezone) == ("zoe@example.com", "America/New_York")
    assert current.answers.get().answer == "Senior"
    assert current.reschedule_url
    assert interview.interviewers.exists()


def test_finds_the_same_rows_when_the_delivery_comes(sandbox: Sandbox, link: BookingLink) -> None:
    bookings.book(wanted(link), by=None)

    deliver(sandbox)

    assert Attempt.objects.count() == Interview.objects.count() == 1
    assert link.timeline.filter(kind="booked").count() == 1


def test_books_once_for_the_same_form(sandbox: Sandbox, link: BookingLink) -> None:
    asked = wanted(link)

    states = [bookings.book(asked, by=None).state for _ in range(3)]

    assert states == ["booked"] * 3
    assert sent(sandbox) == 1


def test_books_nothing_more_through_a_booked_link(sandbox: Sandbox, link: BookingLink) -> None:
    bookings.book(wanted(link), by=None)

    with pytest.raises(bookings.NothingToBook):
        bookings.book(wanted(link, start=open_start(link, 60)), by=None)

    assert sent(sandbox) == 1


def test_waits_for_another_tab_and_books_nothing_itself(sandbox: Sandbox, link: BookingLink) -> None:
    other = BookingRequest.objects.create(
        link=link,
        event_type=link.event_type,
        reference=link.reference,
        starts_at=open_start(link),
        state="unknown",
        claimed_until=timezone.now(),
    )

    found = bookings.book(wanted(link), by=None)

    assert found == other
    assert sent(sandbox) == 0


@pytest.mark.parametrize(("status", "error"), [("400", SlotTaken), ("404", NotFound), ("409", SlotTaken)])
def test_knows_a_taken_slot_by_whatever_calendly_answers(
    sandbox: Sandbox, link: BookingLink, status: str, error: type[Exception]
) -> None:
    sandbox.option(taken_status=status)
    client = connections.client_for(link.connection)
    person = NewInvitee(link.event_type.uri, open_start(link), "Ann", "ann@example.com", "UTC", "zoom_conference")
    client.create_invitee(person)

    with pytest.raises(error):
        client.create_invitee(person)


def test_offers_no_time_that_went_meanwhile(sandbox: Sandbox, link: BookingLink) -> None:
    asked = wanted(link)
    sandbox.book(email="faster@example.com", start=asked.start.isoformat(), event_type=link.event_type.uri)

    request = bookings.book(asked, by=None)

    assert request.state == "taken"
    assert sent(sandbox) == 0


@pytest.mark.parametrize("start", [-timedelta(days=1), timedelta(days=3, minutes=7), timedelta(days=400)])
def test_never_asks_for_a_time_that_is_not_offered(sandbox: Sandbox, link: BookingLink, start: timedelta) -> None:
    request = bookings.book(wanted(link, start=timezone.now() + start), by=None)

    assert request.state == "taken"
    assert sent(sandbox) == 0


@pytest.mark.parametrize("behaviour", ["lost", "cut"])
def test_finds_a_booking_whose_answer_was_lost(sandbox: Sandbox, link: BookingLink, behaviour: str) -> None:
    sandbox.switch("invitees.create", behaviour, times=1)

    request = bookings.book(wanted(link), by=None)

    expected = "booked" if behaviour == "lost" else "unknown"
    assert (request.state, sent(sandbox)) == (expected, 1)


def test_books_nothing_again_by_itself_after_an_outage(sandbox: Sandbox, link: BookingLink) -> None:
    sandbox.switch("invitees.create", "500", times=1)
    request = bookings.book(wanted(link), by=None)
    assert request.state == "unknown"

    look_again(request, called=timedelta(minutes=1))
    still = BookingRequest.objects.get(pk=request.pk).state
    look_again(request, called=timedelta(minutes=5))

    request.refresh_from_db()
    assert (still, request.state) == ("unknown", "failed")
    assert sent(sandbox) == 1


def test_keeps_looking_while_calendly_is_away(sandbox: Sandbox, link: BookingLink) -> None:
    sandbox.switch("invitees.create", "500", times=1)
    request = bookings.book(wanted(link), by=None)
    sandbox.switch("scheduled_events.list", "503")

    look_again(request, called=timedelta(minutes=5))

    request.refresh_from_db()
    assert request.state == "unknown"


def test_finishes_what_a_killed_worker_began(sandbox: Sandbox, link: BookingLink) -> None:
    request = bookings.book(wanted(link), by=None)
    # As it stood when the answer came and nobody was there to write it down.
    Interview.objects.all().delete()
    BookingRequest.objects.update(state="booking", attempt=None)

    look_again(request, called=timedelta(minutes=1))

    request.refresh_from_db()
    assert request.state == "booked"
    assert current_interview(link) is not None
    assert sent(sandbox) == 1


def test_forgets_a_request_that_never_reached_calendly(sandbox: Sandbox, link: BookingLink) -> None:
    request = BookingRequest.objects.create(
        link=link,
        event_type=link.event_type,
        reference=link.reference,
        starts_at=open_start(link),
        claimed_until=timezone.now() - timedelta(seconds=1),
    )

    assert bookings.due(now=timezone.now()) == [request.pk]
    bookings.settle(request.pk)

    request.refresh_from_db()
    assert request.state == "failed"


@pytest.mark.parametrize("behaviour", ["403", "403_scope", "429", "400", "401"])
def test_leaves_to_calendlys_page_what_the_api_refuses(sandbox: Sandbox, link: BookingLink, behaviour: str) -> None:
    sandbox.switch("invitees.create", behaviour)

    request = bookings.book(wanted(link), by=None)

    assert request.state == "refused"
    assert bookings.can_book_here(link.event_type) == (behaviour not in ("403", "403_scope"))


def test_keeps_to_the_limit_bookings_have(sandbox: Sandbox, link: BookingLink) -> None:
    connection = Connection.objects.get()
    for _ in range(10):
        budgets.take_booking(connection)

    request = bookings.book(wanted(link), by=None)

    assert request.state == "refused"
    assert sent(sandbox) == 0


def test_learns_of_a_limit_without_forgetting_the_general_one(sandbox: Sandbox, link: BookingLink) -> None:
    sandbox.switch("invitees.create", "429", times=1)
    bookings.book(wanted(link), by=None)

    bookings.book(wanted(link), by=None)

    connection = Connection.objects.get()
    assert connection.booking_limited_until is not None
    assert connection.rate_limit in (None, 500)
    assert sent(sandbox) == 1


def test_shows_nobody_else_what_it_just_booked(sandbox: Sandbox, link: BookingLink) -> None:
    asked = wanted(link)

    bookings.book(asked, by=None)

    shown = [slot.start_time for slot in bookings.open_times(link.event_type).value or []]
    assert shown
    assert asked.start not in shown


def test_names_the_recruiter_who_booked(sandbox: Sandbox, link: BookingLink) -> None:
    alice = make_user("alice", "Recruiter")

    bookings.book(wanted(link), by=alice)

    assert link.timeline.get(kind="booked").actor == alice


def test_gives_the_unused_link_back(sandbox: Sandbox, link: BookingLink) -> None:
    bookings.book(wanted(link), by=None)

    for link_id in links.due_deletions(now=timezone.now()):
        links.delete_share(link_id)

    assert [row["status"] for row in sandbox.requests("shares.delete")] == [204]


def look_again(request: BookingRequest, *, called: timedelta) -> None:
    """Let the sweep look, so long after Calendly was asked."""
    now = timezone.now()
    BookingRequest.objects.filter(pk=request.pk).update(claimed_until=now, called_at=now - called)
    for request_key in bookings.due(now=timezone.now()):
        bookings.settle(request_key)
