"""Links that died at Calendly live on behind the same address."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.models import BookingLink, CandidatePolicy, EventType, Interview
from scheduling.queries.links import current_interview
from scheduling.services import bookings, links, replacements
from scheduling.services.links import LinkRequest
from tests.factories import CandidateFactory
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver

DAY = timedelta(days=1)


@pytest.fixture
def link(event_type: EventType) -> BookingLink:
    candidate = CandidateFactory(name="Zoë Quill", email="zoe@example.com")
    request = LinkRequest(candidate, event_type, event_type.connection, uuid.uuid4(), answers={0: "Hello"})
    return links.create_link(request, by=None)


def age(link: BookingLink, days: int, **changes: Any) -> None:
    BookingLink.objects.filter(pk=link.pk).update(created_at=timezone.now() - days * DAY, **changes)


def open_page(link: BookingLink) -> str:
    """Open the page as a person does, let the worker act on what is due, and open it once more."""
    look(link)
    for link_id in replacements.due(now=timezone.now()):
        replacements.act(link_id)
    return look(link)


def look(link: BookingLink) -> str:
    response = Client().get(link.get_absolute_url())
    assert response.status_code == 200
    return str(response.content.decode())


def book_and_cancel(sandbox: Sandbox, link: BookingLink, *, by: str = "invitee") -> Interview:
    """Book through the link and cancel; returns the interview."""
    start = (bookings.open_times(link.event_type).value or [])[30].start_time
    bookings.book(bookings.Wanted(link, uuid.uuid4(), start, "UTC", "zoom_conference"), by=None)
    interview = Interview.objects.get(link=link)
    sandbox.cancel(interview.current.invitee_uri, by_host=by == "host")
    deliver(sandbox)
    return interview


def test_gives_a_link_older_than_calendly_keeps_it_another_life(link: BookingLink) -> None:
    dead = link.booking_url
    age(link, 91, expires_at=timezone.now() - DAY)

    page = open_page(link)

    link.refresh_from_db()
    assert "Choose a time" in page
    assert link.booking_url != dead
    assert "a1=Hello" in link.prefilled_url
    assert link.reference in link.prefilled_url
    assert [entry.detail for entry in link.timeline.filter(kind="link_replaced")] == ["Technical interview"]


def test_says_what_happens_while_it_is_replaced(link: BookingLink) -> None:
    age(link, 91, expires_at=timezone.now() - DAY)

    assert "Your link is being renewed" in look(link)


def test_replaces_once_for_many_visits(link: BookingLink, sandbox: Sandbox) -> None:
    age(link, 91, expires_at=timezone.now() - DAY)

    for _ in range(3):
        open_page(link)

    assert link.timeline.filter(kind="link_replaced").count() == 1
    assert len(sandbox.requests("shares.create")) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"withdrawn_at": timezone.now()},
        {"expires_at": timezone.now() - 60 * DAY},
    ],
)
def test_revives_nothing_our_people_ended(link: BookingLink, changes: dict[str, Any]) -> None:
    age(link, 91, **changes)

    assert "Choose a time" not in open_page(link)
    assert not link.timeline.filter(kind="link_replaced").exists()


def test_revives_nothing_for_an_archived_candidate(link: BookingLink) -> None:
    age(link, 91, expires_at=timezone.now() - DAY)
    type(link.candidate).objects.update(archived_at=timezone.now())

    assert "no longer leads" in open_page(link)


def test_revives_nothing_for_a_scanner(link: BookingLink) -> None:
    age(link, 91, expires_at=timezone.now() - DAY)

    Client().get(link.get_absolute_url(), headers={"user-agent": "Slackbot 1.0"})

    assert replacements.due(now=timezone.now()) == []


def test_leaves_the_dead_where_the_policy_says_so(link: BookingLink) -> None:
    CandidatePolicy.objects.update(heals=False)
    age(link, 91, expires_at=timezone.now() - DAY)

    assert "has run out" in open_page(link)


def test_can_be_booked_again_after_the_candidate_canceled(link: BookingLink, sandbox: Sandbox) -> None:
    canceled = book_and_cancel(sandbox, link)

    page = open_page(link)
    link.refresh_from_db()
    start = (bookings.open_times(link.event_type).value or [])[60].start_time
    bookings.book(bookings.Wanted(link, uuid.uuid4(), start, "UTC", "zoom_conference"), by=None)
    deliver(sandbox)

    now_booked = current_interview(link)
    assert "Your earlier booking is canceled" in page
    assert now_booked is not None
    assert now_booked != canceled
    assert (now_booked.state, now_booked.link) == ("booked", link)
    canceled.refresh_from_db()
    assert (canceled.state, canceled.link, canceled.candidate) == ("canceled", link, link.candidate)


def test_invites_nobody_again_whom_the_company_canceled(link: BookingLink, sandbox: Sandbox) -> None:
    book_and_cancel(sandbox, link, by="host")

    assert "This interview is canceled" in open_page(link)


def test_points_to_the_event_type_that_took_the_name(link: BookingLink) -> None:
    old = link.event_type
    EventType.objects.filter(pk=old.pk).update(deleted_at=timezone.now(), is_active=False)
    screen = EventType.objects.get(slug="info-session")
    EventType.objects.filter(pk=screen.pk).update(name=old.name)

    open_page(link)

    link.refresh_from_db()
    assert link.event_type == screen


def test_stays_as_it_is_without_a_successor(link: BookingLink) -> None:
    EventType.objects.filter(pk=link.event_type_id).update(deleted_at=timezone.now(), is_active=False)

    assert "has run out" in open_page(link)


def test_still_shows_a_way_while_calendly_is_away(link: BookingLink, sandbox: Sandbox) -> None:
    age(link, 91, expires_at=timezone.now() - DAY)
    sandbox.switch("*", "503")

    page = open_page(link)

    link.refresh_from_db()
    assert "has run out" in page
    assert "Write to" in page
    assert link.replace_due_at is not None
    assert link.replace_due_at > timezone.now()
