"""Deliveries, from the body to the rows: every kept payload, and stories told in any order."""

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from candidates.models import Candidate
from scheduling.models import Attempt, Delivery, EventType, Interview, Subscription, TimelineEntry
from scheduling.services import inbox, matching
from tests import deliveries
from tests.deliveries import API, START, delivery_body, invitee, invitee_uri, payload_file, take_in
from tests.factories import CandidateFactory, LinkFactory, SubscriptionFactory

pytestmark = pytest.mark.databases

TYPE = f"{API}/event_types/TYPE"
PROCESSED, IGNORED, FAILED = Delivery.State.PROCESSED, Delivery.State.IGNORED, Delivery.State.FAILED
BOOKED, CANCELED, MOVING, NO_SHOW = (
    Interview.State.BOOKED,
    Interview.State.CANCELED,
    Interview.State.MOVING,
    Interview.State.NO_SHOW,
)
# Every kept payload, what becomes of its delivery, and the state of the interview it makes.
OUTCOMES = [
    ("contact.created.json", IGNORED, None),
    ("contact.deleted.json", IGNORED, None),
    ("contact.updated.json", IGNORED, None),
    ("docs_event_type.created_standard.json", PROCESSED, None),
    ("docs_invitee.canceled.json", PROCESSED, CANCELED),
    ("docs_invitee.created.json", PROCESSED, BOOKED),
    ("docs_invitee_no_show.created.json", PROCESSED, NO_SHOW),
    ("docs_invitee_no_show.deleted.json", PROCESSED, BOOKED),
    ("docs_routing_form_submission.created.json", PROCESSED, None),
    ("event_type.deleted.json", PROCESSED, None),
    ("event_type.updated.json", PROCESSED, None),
    ("invitee.canceled_group_event_still_active.json", PROCESSED, CANCELED),
    ("invitee.created_paid_guests_reconfirmation.json", PROCESSED, BOOKED),
    ("meeting_recap.created.json", IGNORED, None),
    ("meeting_recap.deleted.json", IGNORED, None),
    ("meeting_recap.updated.json", IGNORED, None),
    ("recorded_2020-12_invitee.canceled_no_scheduled_event.json", PROCESSED, CANCELED),
    ("recorded_2023-07_invitee.created_group_event_45_seats.json", PROCESSED, BOOKED),
    ("recorded_2023-07_invitee.created_one_question.json", PROCESSED, BOOKED),
    ("recorded_2023-08_invitee.canceled_rescheduled_outbound_call.json", PROCESSED, MOVING),
    ("recorded_2025-04_invitee.created_google_conference_processing.json", PROCESSED, BOOKED),
    # A payload without its envelope: rightly signed perhaps, but no delivery we can act on.
    ("recorded_2025-04_payload_invitee_no_show.created.json", FAILED, None),
    ("reschedule_1_invitee.canceled_old_half.json", PROCESSED, MOVING),
    ("reschedule_2_invitee.created_new_half.json", PROCESSED, BOOKED),
]


@pytest.fixture
def subscription(db: None) -> Subscription:
    return SubscriptionFactory()


def test_names_every_kept_payload() -> None:
    assert {name for name, _, _ in OUTCOMES} == {path.name for path in deliveries.PAYLOADS.glob("*.json")}


@pytest.mark.parametrize(("name", "outcome", "state"), OUTCOMES)
def test_takes_in_every_kept_payload(
    subscription: Subscription, name: str, outcome: Delivery.State, state: Interview.State | None
) -> None:
    delivery = take_in(subscription, payload_file(name))

    assert (delivery.state, bool(delivery.error)) == (outcome, outcome == FAILED)
    assert [interview.state for interview in Interview.objects.all()] == ([state] if state else [])


def test_takes_in_a_recorded_no_show_in_its_envelope(subscription: Subscription) -> None:
    payload = json.loads(payload_file("recorded_2025-04_payload_invitee_no_show.created.json"))

    take_in(subscription, delivery_body("invitee_no_show.created", payload, at=START))

    attempt = Attempt.objects.get()
    assert attempt.interview.state == NO_SHOW
    assert attempt.no_show_uri == payload["no_show"]["uri"]


def test_heals_a_payload_whose_uri_is_not_an_invitee(subscription: Subscription) -> None:
    take_in(subscription, payload_file("recorded_2023-08_invitee.canceled_rescheduled_outbound_call.json"))

    assert Attempt.objects.get().invitee_uri == (
        "https://api.calendly.com/scheduled_events/c91fae6a-2006-53bc-80c2-f7fd0ee79e10"
        "/invitees/466717a0-c739-56a1-8011-ae726f9c7ce7"
    )


def test_keeps_a_booking_of_unknown_time(subscription: Subscription) -> None:
    take_in(subscription, payload_file("recorded_2020-12_invitee.canceled_no_scheduled_event.json"))

    interview = Interview.objects.get()
    assert (interview.starts_at, interview.current.invitee_name) == (None, "")


def test_keeps_the_facts_of_the_booking(subscription: Subscription) -> None:
    take_in(subscription, payload_file("recorded_2023-07_invitee.created_one_question.json"))

    attempt = Attempt.objects.get()
    assert attempt.join_url == "https://example.zoom.us/j/85119668723?pwd=REDACTED"
    assert attempt.location_kind == "zoom"
    assert [(row.question, row.answer) for row in attempt.answers.all()] == [("Sample question 1?", "Sample answer")]
    assert [host.email for host in attempt.interview.interviewers.all()] == ["host@example.org"]


def test_mirrors_an_event_type(subscription: Subscription) -> None:
    take_in(subscription, payload_file("event_type.updated.json"))
    take_in(subscription, payload_file("event_type.deleted.json"))

    event_type = EventType.objects.get()
    assert (event_type.name, event_type.is_bookable) == ("Discovery call", False)


def test_tells_a_reschedule_as_one_story(subscription: Subscription) -> None:
    halves = ["reschedule_2_invitee.created_new_half.json", "reschedule_1_invitee.canceled_old_half.json"]

    for name in halves:
        take_in(subscription, payload_file(name))

    interview = Interview.objects.get()
    assert (interview.state, interview.moves, interview.starts_at) == (BOOKED, 1, interview.current.starts_at)
    assert [attempt.status for attempt in interview.story] == ["canceled", "active"]
    assert list(interview.timeline.order_by("happened_at").values_list("kind", flat=True)) == ["booked", "moved"]


def test_stores_the_same_body_once(subscription: Subscription) -> None:
    body = payload_file("docs_invitee.created.json")

    assert inbox.store(subscription, body, now=timezone.now()) is not None
    assert inbox.store(subscription, body, now=timezone.now()) is None


def test_makes_an_interview_for_every_seat(subscription: Subscription) -> None:
    for who in ("ANN", "BEN", "CAT"):
        take_in(subscription, delivery_body("invitee.created", invitee("GROUP", who, seats=8), at=START))
    take_in(
        subscription,
        delivery_body("invitee.canceled", invitee("GROUP", "BEN", seats=8, canceled_at=START), at=START),
    )

    states = dict(Interview.objects.values_list("attempts__invitee_name", "state"))
    assert states == {"Ann": BOOKED, "Ben": CANCELED, "Cat": BOOKED}


def test_matches_by_reference_whatever_the_address(subscription: Subscription) -> None:
    link = LinkFactory(event_type__uri=TYPE)
    booking = invitee("E1", "ANN", tracking={"utm_content": link.reference})

    take_in(subscription, delivery_body("invitee.created", booking, at=START))

    interview = Interview.objects.get()
    assert (interview.candidate, interview.link) == (link.candidate, link)


def test_leaves_to_people_a_reference_that_contradicts_the_address(subscription: Subscription) -> None:
    link = LinkFactory(event_type__uri=TYPE)
    CandidateFactory(email="ann@example.com")
    booking = invitee("E1", "ANN", tracking={"utm_content": link.reference})

    take_in(subscription, delivery_body("invitee.created", booking, at=START))

    interview = Interview.objects.get()
    assert (interview.candidate, interview.link) == (None, None)


@pytest.mark.parametrize("reference", ["an-000000000000000000000000", "'; DROP TABLE", "x" * 255])
def test_ignores_a_forged_reference(subscription: Subscription, reference: str) -> None:
    candidate = CandidateFactory(email="ann@example.com")
    booking = invitee("E1", "ANN", tracking={"utm_content": reference})

    take_in(subscription, delivery_body("invitee.created", booking, at=START))

    interview = Interview.objects.get()
    assert (interview.candidate, interview.link) == (candidate, None)


def test_ignores_a_reference_brought_to_another_event_type(subscription: Subscription) -> None:
    link = LinkFactory()
    booking = invitee("E1", "ANN", tracking={"utm_content": link.reference})

    take_in(subscription, delivery_body("invitee.created", booking, at=START))

    assert Interview.objects.get().link is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_gives_a_reference_used_twice_to_the_first_booking(subscription: Subscription, order: tuple[int, int]) -> None:
    link = LinkFactory(event_type__uri=TYPE)
    tracking = {"utm_content": link.reference}
    bookings = [
        invitee("E1", "ANN", tracking=tracking, booked_at=START - timedelta(days=3)),
        invitee("E2", "EVE", tracking=tracking, booked_at=START - timedelta(days=2)),
    ]

    for number in order:
        take_in(subscription, delivery_body("invitee.created", bookings[number], at=START - timedelta(days=1)))

    owners = {row.current.invitee_name: (row.candidate, row.link) for row in Interview.objects.all()}
    assert owners == {"Ann": (link.candidate, link), "Eve": (None, None)}


def test_keeps_a_booking_attached_when_more_is_told(subscription: Subscription, recruiter: User) -> None:
    link = LinkFactory(event_type__uri=TYPE)
    booking = invitee("E1", "ANN", tracking={"utm_content": link.reference})
    take_in(subscription, delivery_body("invitee.created", booking, at=START))
    chosen = CandidateFactory()
    matching.attach(Interview.objects.get(), chosen, position=None, by=recruiter)

    canceled = invitee("E1", "ANN", tracking={"utm_content": link.reference}, canceled_at=START + timedelta(hours=1))
    take_in(subscription, delivery_body("invitee.canceled", canceled, at=START + timedelta(hours=1)))

    interview = Interview.objects.get()
    assert (interview.candidate, interview.state) == (chosen, "canceled")


def test_matches_by_email_whatever_its_case(subscription: Subscription) -> None:
    candidate = CandidateFactory(email="ann@example.com")

    take_in(subscription, delivery_body("invitee.created", invitee("E1", "ANN", email="Ann@Example.com"), at=START))

    assert Interview.objects.get().candidate == candidate


def test_leaves_a_stranger_unmatched(subscription: Subscription) -> None:
    take_in(subscription, delivery_body("invitee.created", invitee("E1", "ANN"), at=START))

    assert not Interview.objects.get().is_matched


def test_keeps_an_unreadable_body_with_its_error(subscription: Subscription) -> None:
    delivery = take_in(subscription, b'{"event": "invitee.created", "payload": {"uri"')

    assert (delivery.state, delivery.next_try_at, bytes(delivery.body)[:9]) == (FAILED, None, b'{"event":')
    assert delivery.error


def test_processes_again_without_telling_twice(subscription: Subscription) -> None:
    delivery = take_in(subscription, delivery_body("invitee.created", invitee("E1", "ANN"), at=START))

    inbox.process_again([delivery])
    inbox.process(delivery.pk)

    assert (Interview.objects.count(), TimelineEntry.objects.count()) == (1, 1)


def test_finds_a_delivery_whose_message_was_lost(subscription: Subscription) -> None:
    now = timezone.now()
    delivery = inbox.store(subscription, b"{}", now=now - timedelta(minutes=1))

    assert delivery is not None
    assert inbox.due(now=now) == [delivery.pk]


def test_forgets_bodies_after_their_retention(subscription: Subscription) -> None:
    now = timezone.now()
    inbox.store(subscription, b"{}", now=now - timedelta(days=91))
    inbox.store(subscription, b"[]", now=now - timedelta(days=89))

    inbox.prune(now=now)

    assert Delivery.objects.count() == 1


def long_story() -> list[bytes]:
    """Booked, moved twice, marked, unmarked and marked again, with a second seat that was canceled."""
    first, second, third = (invitee_uri(event, who) for event, who in [("E1", "A1"), ("E2", "A2"), ("E3", "A3")])
    day = timedelta(days=1)
    same: dict[str, Any] = {"name": "Ann", "email": "ann@example.com"}
    moved_once: dict[str, Any] = {"rescheduled": True, "new_invitee": second}
    moved_twice: dict[str, Any] = {"rescheduled": True, "new_invitee": third, "old_invitee": first}
    bookings = [
        ("invitee.created", invitee("E1", "A1", booked_at=START - 9 * day, **same), START - 9 * day),
        (
            "invitee.canceled",
            invitee("E1", "A1", booked_at=START - 9 * day, canceled_at=START - 8 * day, **moved_once, **same),
            START - 8 * day,
        ),
        (
            "invitee.created",
            invitee("E2", "A2", booked_at=START - 8 * day, old_invitee=first, start=START + day, **same),
            START - 8 * day,
        ),
        (
            "invitee.canceled",
            invitee(
                "E2",
                "A2",
                booked_at=START - 8 * day,
                canceled_at=START - 7 * day,
                start=START + day,
                **moved_twice,
                **same,
            ),
            START - 7 * day,
        ),
        (
            "invitee.created",
            invitee("E3", "A3", booked_at=START - 7 * day, old_invitee=second, start=START + 2 * day, **same),
            START - 7 * day,
        ),
    ]
    latest: dict[str, Any] = {"booked_at": START - 7 * day, "old_invitee": second, "start": START + 2 * day, **same}
    marks = [
        ("invitee_no_show.created", {"uri": "https://api.calendly.com/invitee_no_shows/N1"}, 3 * day),
        ("invitee_no_show.deleted", None, 3 * day + timedelta(minutes=1)),
        (
            "invitee_no_show.created",
            {"uri": "https://api.calendly.com/invitee_no_shows/N2"},
            3 * day + timedelta(hours=1),
        ),
    ]
    for name, mark, after in marks:
        no_show = mark and {**mark, "created_at": deliveries.stamp(START + after)}
        bookings.append((name, invitee("E3", "A3", no_show=no_show, **latest), START + after))
    return [delivery_body(name, payload, at=at) for name, payload, at in bookings]


def snapshot() -> list[tuple[object, ...]]:
    """What the rows say, without row numbers."""
    interviews = [
        (
            interview.state,
            interview.starts_at,
            interview.name,
            tuple((a.invitee_uri, a.status, a.was_rescheduled, a.next_uri, a.is_no_show) for a in interview.story),
            tuple(sorted(interview.timeline.values_list("kind", "happened_at"), key=str)),
        )
        for interview in Interview.objects.all()
    ]
    return sorted(interviews, key=str)


def replay(bodies: list[bytes]) -> list[tuple[object, ...]]:
    Interview.objects.all().delete()
    Delivery.objects.all().delete()
    TimelineEntry.objects.all().delete()
    subscription = Subscription.objects.first() or SubscriptionFactory()
    for body in bodies:
        assert take_in(subscription, body).state == PROCESSED
    return snapshot()


@pytest.mark.django_db
def test_meets_the_halves_of_a_move_in_any_order() -> None:
    bodies = long_story()[:3]
    expected = replay(bodies)

    for order in itertools.permutations(bodies):
        assert replay(list(order)) == expected


class Convergence(TestCase):
    @hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(order=st.permutations(long_story()), repeats=st.lists(st.integers(0, 7), max_size=4))
    def test_ends_the_same_however_deliveries_come(self, order: list[bytes], repeats: list[int]) -> None:
        told = [row[:4] for row in replay(long_story())]

        shuffled = replay(list(order) + [order[index] for index in repeats])

        assert [row[:4] for row in shuffled] == told
        assert [row[0] for row in shuffled] == [NO_SHOW]


def test_never_revives_a_canceled_booking(subscription: Subscription) -> None:
    take_in(subscription, delivery_body("invitee.canceled", invitee("E1", "ANN", canceled_at=START), at=START))
    take_in(subscription, delivery_body("invitee.created", invitee("E1", "ANN"), at=START - timedelta(days=1)))

    assert Interview.objects.get().state == CANCELED


def test_keeps_a_recruiters_choice_of_candidate(subscription: Subscription) -> None:
    candidate = CandidateFactory(email="other@example.com")
    take_in(subscription, delivery_body("invitee.created", invitee("E1", "ANN"), at=START))
    Interview.objects.update(candidate=candidate, attached_at=timezone.now())
    Candidate.objects.create(name="Ann", email="ann@example.com")

    take_in(subscription, delivery_body("invitee.canceled", invitee("E1", "ANN", canceled_at=START), at=START))

    assert Interview.objects.get().candidate == candidate
