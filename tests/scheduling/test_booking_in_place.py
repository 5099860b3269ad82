"""The candidate books, changes and asks on their own page."""

import gzip
import logging
import re
import uuid
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import icalendar
import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from candidates.models import Candidate
from scheduling.models import Attempt, BookingLink, BookingRequest, CandidatePolicy, EventType, Interview, Message
from scheduling.services import bookings, links, messages
from scheduling.services.links import LinkRequest
from tests.factories import CandidateFactory, LinkFactory, make_interview
from tests.sandbox_process import Sandbox

ROOT = Path(__file__).parent.parent.parent
ANSWERS = {"answer_0": "I climb", "answer_1": "Senior", "answer_2": "+44 20 7946 0018"}


@pytest.fixture
def candidate(db: None) -> Candidate:
    return CandidateFactory(name="Zoë Quill", email="zoe@example.com", timezone="America/New_York")


@pytest.fixture
def link(event_type: EventType, candidate: Candidate, recruiter: User) -> BookingLink:
    request = LinkRequest(candidate, event_type, event_type.connection, uuid.uuid4())
    return links.create_link(request, by=recruiter)


@pytest.fixture
def visitor() -> Client:
    return Client()


def starts(page: str) -> list[str]:
    """The times a page offers."""
    return re.findall(r"\?start=([0-9TZ:-]+)", page)


def read(visitor: Client, address: str) -> str:
    response = visitor.get(address)
    assert response.status_code == 200, response
    return str(response.content.decode())


def form_of(visitor: Client, link: BookingLink, number: int = 3) -> dict[str, str]:
    """Choose a time on the page and return the hidden fields of the form that follows."""
    start = starts(read(visitor, link.get_absolute_url()))[number]
    page = read(visitor, f"/b/{link.token}/time/?start={start}")
    return dict(re.findall(r'<input type="hidden" name="(request_key|start|zone)" value="([^"]*)"', page))


def book(visitor: Client, link: BookingLink, fields: dict[str, str]) -> str:
    """Send the form; returns where it leads."""
    return str(visitor.post(f"/b/{link.token}/book/", fields)["Location"])


def test_books_in_place_with_plain_forms(link: BookingLink, visitor: Client) -> None:
    fields = form_of(visitor, link)

    address = book(visitor, link, fields | ANSWERS)

    page = read(visitor, address)
    attempt = Attempt.objects.get()
    assert "You are booked" in page
    assert attempt.invitee_timezone == "America/New_York"
    assert [answer.answer for answer in attempt.answers.all()] == ["I climb", "Senior", "+442079460018"]
    assert link.timeline.filter(kind="link_opened").exists()


def test_books_once_from_two_tabs(link: BookingLink, visitor: Client, sandbox: Sandbox) -> None:
    one, other = form_of(visitor, link, 3), form_of(visitor, link, 9)

    addresses = [book(visitor, link, fields | ANSWERS) for fields in (one, one, other)]

    assert set(addresses) == {link.get_absolute_url()}
    assert len(sandbox.requests("invitees.create")) == 1


def test_offers_the_nearest_times_when_one_is_gone(link: BookingLink, visitor: Client, sandbox: Sandbox) -> None:
    fields = form_of(visitor, link)
    sandbox.book(email="faster@example.com", start=fields["start"], event_type=link.event_type.uri)

    page = read(visitor, book(visitor, link, fields | ANSWERS))

    assert "has just been taken" in page
    assert len(starts(page)) > 4
    assert not Interview.objects.filter(link=link).exists()


def test_goes_on_at_calendly_with_everything_filled_in(link: BookingLink, visitor: Client, sandbox: Sandbox) -> None:
    fields = form_of(visitor, link)
    sandbox.switch("invitees.create", "403")

    address = book(visitor, link, fields | ANSWERS)

    query = parse_qs(urlsplit(address).query)
    assert address.startswith(link.booking_url)
    assert (query["a1"], query["a2"], query["date"][0][:4]) == (["I climb"], ["2"], fields["start"][:4])
    # And whoever comes next goes there without our form.
    assert starts(read(visitor, link.get_absolute_url())) == []


def test_says_that_it_is_looking_after_a_lost_answer(link: BookingLink, visitor: Client, sandbox: Sandbox) -> None:
    sandbox.switch("invitees.create", "500", times=1)

    page = read(visitor, book(visitor, link, form_of(visitor, link) | ANSWERS))

    assert "Your booking is being confirmed" in page
    assert "/time/" not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answer_0": "x" * 10_001}, "at most 10000"),
        ({"answer_1": "Astronaut"}, "Select a valid choice"),
        ({"answer_2": "0815"}, "country’s code"),
    ],
)
def test_refuses_what_does_not_fit(link: BookingLink, visitor: Client, changes: dict[str, str], words: str) -> None:
    response = visitor.post(f"/b/{link.token}/book/", form_of(visitor, link) | ANSWERS | changes)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not BookingRequest.objects.exists()


@pytest.mark.parametrize("changes", [{"start": "yesterday"}, {"start": ""}, {"request_key": "x"}])
def test_leads_back_to_the_times_from_a_form_nobody_could_mend(
    link: BookingLink, visitor: Client, changes: dict[str, str]
) -> None:
    assert book(visitor, link, form_of(visitor, link) | ANSWERS | changes) == link.get_absolute_url()
    assert not BookingRequest.objects.exists()


def test_takes_no_more_answers_than_there_are_questions(link: BookingLink, visitor: Client) -> None:
    many = {f"answer_{number}": "x" for number in range(3, 200)}

    book(visitor, link, form_of(visitor, link) | many | ANSWERS)

    assert Attempt.objects.get().answers.count() == 3


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc", "x" * 5000])
def test_books_in_the_shown_zone_whatever_the_form_says(link: BookingLink, visitor: Client, zone: str) -> None:
    visitor.cookies["zone"] = "Asia/Kathmandu"

    book(visitor, link, form_of(visitor, link) | ANSWERS | {"zone": zone})

    assert Attempt.objects.get().invitee_timezone == "Asia/Kathmandu"


def test_books_no_start_in_the_past(link: BookingLink, visitor: Client, sandbox: Sandbox) -> None:
    past = (timezone.now() - timedelta(days=1)).isoformat()

    address = book(visitor, link, form_of(visitor, link) | ANSWERS | {"start": past})

    assert "gone=" in address
    assert sandbox.requests("invitees.create") == []


def test_books_for_nobody_but_the_candidate(link: BookingLink, visitor: Client) -> None:
    friend = {"email": "friend@example.com", "name": "A Friend"}

    book(visitor, link, form_of(visitor, link) | ANSWERS | friend)

    assert Attempt.objects.get().invitee_email == "zoe@example.com"


def test_shows_times_in_the_candidates_zone_until_a_browser_tells(link: BookingLink, visitor: Client) -> None:
    assert "America/New_York" in read(visitor, link.get_absolute_url())
    visitor.cookies["zone"] = "Europe/Paris"

    assert "All times are in Europe/Paris" in read(visitor, link.get_absolute_url())


def test_pages_through_the_days(link: BookingLink, visitor: Client) -> None:
    first = read(visitor, link.get_absolute_url())
    later = re.findall(r'href="([^"]*\?since=[0-9-]+)"', first)

    second = read(visitor, later[-1])

    assert len(later) == 1
    assert set(starts(first)) & set(starts(second)) == set()
    assert "Earlier days" in second


def test_leads_to_calendly_where_booking_in_place_is_off(link: BookingLink, visitor: Client) -> None:
    fields = form_of(visitor, link)
    CandidatePolicy.objects.update(books_in_place=False)

    page = read(visitor, link.get_absolute_url())

    assert starts(page) == []
    assert f"/b/{link.token}/continue/" in page
    assert book(visitor, link, fields | ANSWERS) == link.get_absolute_url()


def test_leads_to_calendly_while_it_tells_no_times(link: BookingLink, visitor: Client, sandbox: Sandbox) -> None:
    sandbox.switch("event_type_available_times.list", "503")

    page = read(visitor, link.get_absolute_url())

    assert starts(page) == []
    assert f"/b/{link.token}/continue/" in page


def test_costs_few_queries(
    link: BookingLink, visitor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    read(visitor, link.get_absolute_url())

    with django_assert_max_num_queries(10):
        read(visitor, link.get_absolute_url())


def test_weighs_less_than_40_kb_all_in(link: BookingLink, visitor: Client) -> None:
    page = read(visitor, link.get_absolute_url())
    named = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page))

    bodies = [page.encode(), *((ROOT / "static" / name).read_bytes() for name in named)]

    assert len(named) > 5
    assert sum(len(gzip.compress(body, 6)) for body in bodies) < 40_000
    assert re.findall(r'(?:src|<link[^>]*href)="https?:', page) == []


# What the policy allows, and beyond it


@pytest.mark.parametrize(
    ("policy", "starts_in", "may"),
    [
        ({"cutoff_hours": 2}, timedelta(hours=3), True),
        ({"cutoff_hours": 4}, timedelta(hours=3), False),
        ({"max_moves": 0}, timedelta(days=3), False),
    ],
)
def test_changes_within_the_policy_only(
    db: None, visitor: Client, policy: dict[str, int], starts_in: timedelta, may: bool
) -> None:
    CandidatePolicy.objects.update(**policy)
    link = LinkFactory()
    make_interview(link.candidate, link=link, starts_in=starts_in, reschedule_url="https://calendly.com/r/1")

    page = read(visitor, link.get_absolute_url())

    assert ("Change the time" in page) is may
    assert ("Ask your recruiter" in page) is not may


def test_hands_a_wish_to_change_to_the_recruiter(db: None, visitor: Client, alice: Client) -> None:
    CandidatePolicy.objects.update(max_moves=0)
    link = LinkFactory()
    make_interview(link.candidate, link=link)

    for _ in range(2):
        visitor.post(f"/b/{link.token}/ask/", {"words": "My train is late"})

    assert link.timeline.filter(kind="change_asked").count() == 1
    assert "My train is late" in read(alice, "/")
    assert "My train is late" in read(alice, f"/candidates/{link.candidate_id}/")


def test_hands_refused_times_to_the_recruiter_until_it_is_answered(db: None, visitor: Client, alice: Client) -> None:
    link = LinkFactory()
    visitor.cookies["zone"] = "Europe/Paris"
    suggested = {"words": "Evenings suit me", "time_1": "2031-05-06T19:30"}

    response = visitor.post(f"/b/{link.token}/none/", suggested, follow=True)

    assert "Your recruiter has your message" in response.content.decode()
    assert "19:30 Europe/Paris" in link.timeline.get(kind="times_refused").detail
    assert "Evenings suit me" in read(alice, "/")
    alice.post(f"/candidates/{link.candidate_id}/notes/", {"text": "Called her"})
    assert "Evenings suit me" not in read(alice, "/")


@pytest.mark.parametrize("fields", [{}, {"time_1": "soon"}, {"words": "x" * 2001}, {"time_1": "2001-01-01T10:00"}])
def test_sends_no_empty_wish(db: None, visitor: Client, fields: dict[str, str]) -> None:
    link = LinkFactory()

    assert visitor.post(f"/b/{link.token}/none/", fields).status_code == 422
    assert not link.timeline.exists()


def test_stops_a_flood_of_wishes(db: None, visitor: Client) -> None:
    link = LinkFactory()

    answers = [visitor.post(f"/b/{link.token}/none/", {"words": f"{n}"}).status_code for n in range(25)]

    assert (answers[0], answers[-1]) == (302, 429)
    assert link.timeline.count() == 20


def test_mails_the_confirmation_with_a_calendar_file(db: None, visitor: Client) -> None:
    link = LinkFactory(candidate=CandidateFactory(email="zoe@example.com"))
    make_interview(link.candidate, link=link)

    for _ in range(2):
        visitor.post(f"/b/{link.token}/confirmation/")
    for message_id in messages.due(now=timezone.now(), limit=5):
        messages.send(message_id)

    sent = mail.outbox[0]
    assert [message.to for message in Message.objects.all()] == ["zoe@example.com"]
    assert "EST" in str(sent.body) or "EDT" in str(sent.body)
    assert [name for name, _, _ in sent.attachments] == ["interview.ics"]
    assert link.timeline.get(kind="confirmation_sent").actor is None


# The calendar file


def calendar(visitor: Client, link: BookingLink) -> tuple[icalendar.Calendar, icalendar.Event]:
    response = visitor.get(f"/b/{link.token}/interview.ics")
    assert response["Content-Type"].startswith("text/calendar")
    parsed = icalendar.Calendar.from_ical(response.content)
    assert isinstance(parsed, icalendar.Calendar)
    return parsed, parsed.events[0]


def test_keeps_the_calendar_event_over_moves(db: None, visitor: Client) -> None:
    link = LinkFactory()
    interview = make_interview(link.candidate, link=link)
    before = calendar(visitor, link)[1]
    first = interview.current
    second_uri = f"{first.invitee_uri}2"
    Attempt.objects.filter(pk=first.pk).update(status="canceled", was_rescheduled=True, next_uri=second_uri)
    Attempt.objects.create(
        interview=interview,
        invitee_uri=second_uri,
        previous_uri=first.invitee_uri,
        event_uri=first.event_uri,
        event_name=first.event_name,
        starts_at=timezone.now() + timedelta(days=5),
        booked_at=first.booked_at + timedelta(minutes=1),
        told_at=timezone.now(),
        invitee_email=first.invitee_email,
    )

    after = calendar(visitor, link)[1]

    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)


def test_tells_the_calendar_zone_and_length(db: None, visitor: Client) -> None:
    link = LinkFactory()
    interview = make_interview(link.candidate, link=link)

    file, event = calendar(visitor, link)

    assert [str(zone["TZID"]) for zone in file.timezones] == ["America/New_York"]
    assert event.start == interview.starts_at.replace(microsecond=0) if interview.starts_at else False
    assert event.end - event.start == timedelta(minutes=45)
    assert (file["METHOD"], event["STATUS"]) == ("PUBLISH", "CONFIRMED")


def test_takes_a_canceled_interview_off_the_calendar(db: None, visitor: Client) -> None:
    link = LinkFactory()
    make_interview(link.candidate, link=link, canceled=True)

    file, event = calendar(visitor, link)

    assert (file["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)


# Who looks


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
        {"user-agent": "WhatsApp/2.23.20.0"},
        {"user-agent": "Mozilla/5.0 (compatible; bingbot/2.0)"},
        {"user-agent": "Mozilla/5.0", "sec-purpose": "prefetch;prerender"},
        {"user-agent": "Mozilla/5.0", "purpose": "prefetch"},
    ],
)
def test_counts_no_program_as_the_candidate(db: None, visitor: Client, headers: dict[str, str]) -> None:
    link = LinkFactory()

    visitor.get(f"/b/{link.token}/", headers=headers)
    visitor.get(f"/b/{link.token}/continue/", headers=headers)
    visitor.post(f"/b/{link.token}/opened/", headers=headers)

    link.refresh_from_db()
    assert link.opened_at is None


def test_counts_a_click_on_a_time_as_opening(link: BookingLink, visitor: Client) -> None:
    form_of(visitor, link)

    link.refresh_from_db()
    assert link.opened_at is not None


def test_logs_guessing_once_and_lets_real_links_work(
    db: None, visitor: Client, caplog: pytest.LogCaptureFixture
) -> None:
    link = LinkFactory()

    with caplog.at_level(logging.WARNING):
        answers = [visitor.get(f"/b/guess{number}/").status_code for number in range(100)]

    assert answers.count(429) == 70
    assert sum("being guessed" in record.message for record in caplog.records) == 1
    assert visitor.get(link.get_absolute_url()).status_code == 200


# Calendly's page inside ours


def test_loosens_the_policy_for_the_embedded_page_alone(db: None, visitor: Client) -> None:
    CandidatePolicy.objects.update(embeds=True)
    link = LinkFactory()

    response = visitor.get(f"/b/{link.token}/continue/", follow=True)

    assert "frame-src https://calendly.com" in response["Content-Security-Policy"]
    assert "embed_type=Inline" in response.content.decode()
    assert "frame-src" not in visitor.get(link.get_absolute_url())["Content-Security-Policy"]


def test_embeds_nothing_unless_it_is_wanted(db: None, visitor: Client) -> None:
    link = LinkFactory()

    assert visitor.get(f"/b/{link.token}/calendly/")["Location"] == link.get_absolute_url()


# On a candidate's behalf


def test_books_on_a_candidates_behalf(link: BookingLink, alice: Client) -> None:
    start = starts(read(alice, f"/links/{link.pk}/book/"))[5]
    page = read(alice, f"/links/{link.pk}/book/?start={start}")
    fields = dict(re.findall(r'<input type="hidden" name="(request_key|start|zone)" value="([^"]*)"', page))

    response = alice.post(f"/links/{link.pk}/book/confirm/", fields | ANSWERS, follow=True)

    assert "Booked Technical interview for Zoë Quill" in response.content.decode()
    assert Attempt.objects.get().invitee_timezone == "America/New_York"
    assert str(link.timeline.get(kind="booked").actor) == "alice@example.org"


def test_books_on_nobodys_behalf_for_charlie(link: BookingLink, charlie: Client) -> None:
    assert charlie.get(f"/links/{link.pk}/book/").status_code == 403
    assert charlie.post(f"/links/{link.pk}/book/confirm/").status_code == 403


def test_lets_recruiters_say_what_candidates_may(alice: Client, charlie: Client) -> None:
    fields = {"books_in_place": "on", "max_moves": "1", "cutoff_hours": "24"}

    assert charlie.post("/settings/candidate-page/", fields).status_code == 403
    response = alice.post("/settings/candidate-page/", fields, follow=True)

    policy = CandidatePolicy.objects.get()
    assert "Saved." in response.content.decode()
    assert (policy.max_moves, policy.cutoff_hours, policy.heals) == (1, 24, False)
    assert alice.post("/settings/candidate-page/", fields | {"max_moves": "99"}).status_code == 422


def test_offers_no_time_of_a_type_whose_place_cannot_be_said(event_type: EventType) -> None:
    screen = EventType.objects.get(slug="phone-screen")
    event_type.locations = []

    assert not bookings.can_book_here(screen)
    assert not bookings.can_book_here(event_type)
