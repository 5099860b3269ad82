"""Canceling, no-shows and held interviews; the effect is at Calendly too."""

from datetime import timedelta
from typing import Any, Literal

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from scheduling.models import Attempt, CancelRequest, Connection, EventType, Interview, TimelineEntry
from scheduling.queries import interviews as query
from scheduling.services import interviews, outcomes
from tests.factories import CandidateFactory, PositionFactory, make_interview
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import cancel, deliver

HOUR_S = 3600


@pytest.fixture
def interview(sandbox: Sandbox, connection: Connection) -> Interview:
    """Booked in the sandbox and taken in."""
    CandidateFactory(name="Ann Applicant", email="ann@example.com")
    sandbox.book()
    deliver(sandbox)
    return Interview.objects.get()


def act(client: Client, interview: Interview, what: str, **fields: str) -> str:
    response = client.post(f"/interviews/{interview.pk}/{what}/", fields, follow=True)
    interview.refresh_from_db()
    return response.content.decode()


def let_it_start(sandbox: Sandbox, interview: Interview) -> None:
    """Go to an hour after the interview, at Calendly and in our rows."""
    assert interview.starts_at is not None
    ahead = interview.starts_at - timezone.now() + timedelta(hours=2)
    sandbox.option(clock_offset_s=ahead.total_seconds())
    Connection.objects.update(expires_at=timezone.now())
    back = {"starts_at": interview.starts_at - ahead, "ends_at": timezone.now() - timedelta(hours=1)}
    Attempt.objects.update(**back)
    Interview.objects.update(**back)


def test_cancels_there_and_here(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    page = cancel(alice, interview, reason="The panel changed")

    assert interview.state == Interview.State.CANCELED
    assert "Book again" in page
    assert "The panel changed" in page
    assert [request["status"] for request in sandbox.requests("scheduled_events.cancel")] == [201]


def test_tells_a_cancellation_once_when_its_delivery_follows(
    sandbox: Sandbox, interview: Interview, alice: Client
) -> None:
    cancel(alice, interview)
    deliver(sandbox)

    entries = interview.timeline.filter(kind="canceled")
    assert [entry.actor.first_name for entry in entries if entry.actor] == ["Alice"]


def test_cancels_once_when_clicked_twice(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    cancel(alice, interview)
    page = cancel(alice, interview)

    assert "nothing to cancel" in page
    assert len(sandbox.requests("scheduled_events.cancel")) == 1


def test_takes_in_that_calendly_had_it_canceled(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    sandbox.cancel(interview.current.invitee_uri, reason="I am ill")

    page = cancel(alice, interview)

    assert interview.state == Interview.State.CANCELED
    assert interview.current.cancel_reason == "I am ill"
    assert "It was canceled at Calendly already" in page


@pytest.mark.parametrize("behaviour", ["500", "html", "cut", "403", "429", "404"])
def test_keeps_the_interview_when_calendly_fails(
    sandbox: Sandbox, interview: Interview, alice: Client, behaviour: str
) -> None:
    sandbox.switch("scheduled_events.cancel", behaviour)

    page = cancel(alice, interview)

    assert "The interview was not canceled." in page
    assert "Try again" in page
    assert interview.state == Interview.State.BOOKED


def test_warns_before_it_cancels_a_group_for_everyone(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    group = sandbox.event_type("info-session")
    first = sandbox.book(event_type=group, name="Ann", email="ann@example.com")
    start = first["scheduled_event"]["start_time"]
    sandbox.book(event_type=group, name="Ben", email="ben@example.com", start=start)
    deliver(sandbox)
    interview = Interview.objects.first()
    assert interview is not None

    page = cancel(alice, interview)
    assert "1 other candidate booked the same event" in page
    assert interview.state == Interview.State.BOOKED

    cancel(alice, interview, for_everyone="on")
    assert set(Interview.objects.values_list("state", flat=True)) == {"canceled"}


def test_marks_and_undoes_a_no_show_there_and_here(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    let_it_start(sandbox, interview)

    page = act(alice, interview, "no-show")
    assert interview.state == Interview.State.NO_SHOW
    assert "Ann Applicant is marked as a no-show." in page

    act(alice, interview, "no-show/undo")
    assert interview.state == Interview.State.BOOKED
    assert [r["method"] for r in sandbox.requests() if "no_show" in r["operation"]] == ["POST", "DELETE"]


def test_stays_undone_when_the_marks_delivery_comes_late(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    let_it_start(sandbox, interview)
    act(alice, interview, "no-show")
    act(alice, interview, "no-show/undo")
    sandbox.option(clock_offset_s=0)

    deliver(sandbox)

    assert [attempt.is_no_show for attempt in Attempt.objects.all()] == [False]


def test_marks_once_when_clicked_twice(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    let_it_start(sandbox, interview)

    for _ in range(2):
        act(alice, interview, "no-show")

    assert len(sandbox.requests("invitee_no_shows.create")) == 1


def test_takes_over_a_mark_made_at_calendly(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    let_it_start(sandbox, interview)
    sandbox.no_show(interview.current.invitee_uri, marked=True)

    act(alice, interview, "no-show")

    assert interview.state == Interview.State.NO_SHOW


def test_does_not_mark_before_the_start(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    page = act(alice, interview, "no-show")

    assert "once the interview has started" in page
    assert sandbox.requests("invitee_no_shows.create") == []


def test_keeps_the_mark_when_calendly_fails(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    let_it_start(sandbox, interview)
    act(alice, interview, "no-show")
    sandbox.switch("invitee_no_shows.delete", "503")

    page = act(alice, interview, "no-show/undo")

    assert "The mark is still there." in page
    assert interview.state == Interview.State.NO_SHOW


def test_tells_a_reschedule_as_one_interview(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    before = interview.starts_at
    sandbox.reschedule(interview.current.invitee_uri)

    deliver(sandbox)

    interview.refresh_from_db()
    page = alice.get(f"/interviews/{interview.pk}/").content.decode()
    assert Interview.objects.count() == 1
    assert interview.starts_at != before
    assert "moved 1 time" in page


def test_marks_and_undoes_held(alice: Client) -> None:
    interview = make_interview(CandidateFactory(), starts_in=-timedelta(hours=3))

    act(alice, interview, "held")
    assert interview.state == Interview.State.HELD

    act(alice, interview, "held/undo")
    assert interview.state == Interview.State.BOOKED


def test_offers_no_way_into_a_canceled_interview(alice: Client) -> None:
    rooms = {name: f"https://meet.example.org/{name}" for name in ("standing", "canceled")}
    standing = make_interview(CandidateFactory(), join_url=rooms["standing"])
    canceled = make_interview(CandidateFactory(), join_url=rooms["canceled"], canceled=True)

    pages = [alice.get(f"/interviews/{row.pk}/").content.decode() for row in (standing, canceled)]

    assert pages[0].count(rooms["standing"]) == 2
    assert rooms["canceled"] not in pages[1]


def test_offers_no_way_into_a_time_that_was_left(alice: Client) -> None:
    candidate = CandidateFactory()
    room, move = "https://meet.example.org/left", "https://calendly.com/reschedulings/left"
    make_interview(candidate, join_url=room, reschedule_url=move, canceled=True, was_rescheduled=True)

    page = alice.get(f"/candidates/{candidate.pk}/").content.decode()

    assert "Moving" in page
    assert room not in page
    assert move not in page


def test_takes_held_twice_as_once(alice: Client, bob: Client) -> None:
    interview = make_interview(CandidateFactory(), starts_in=-timedelta(hours=3))
    act(alice, interview, "held")
    said_at, said_by = interview.held_at, interview.held_by

    page = act(bob, interview, "held")

    assert "is marked as held" in page
    assert "Only a booked interview" not in page
    assert (interview.held_at, interview.held_by) == (said_at, said_by)
    assert TimelineEntry.objects.filter(kind=TimelineEntry.Kind.HELD).count() == 1


def test_does_not_mark_held_before_the_start(alice: Client) -> None:
    interview = make_interview(CandidateFactory())

    assert "has started" in act(alice, interview, "held")
    assert interview.state == Interview.State.BOOKED


@pytest.mark.parametrize(
    "what",
    [
        "cancel",
        "cancel/again",
        "cancel/drop",
        "no-show",
        "no-show/undo",
        "interviewer-no-show",
        "interviewer-no-show/undo",
        "held",
        "held/undo",
        "attach",
        "make-candidate",
    ],
)
def test_not_for_charlie(charlie: Client, what: str) -> None:
    interview = make_interview(CandidateFactory())

    assert charlie.post(f"/interviews/{interview.pk}/{what}/").status_code == 403


def test_offers_charlie_nothing_to_do(charlie: Client) -> None:
    past = make_interview(CandidateFactory(), starts_in=-timedelta(hours=3))
    canceled = make_interview(CandidateFactory(), canceled=True)

    pages = [
        charlie.get(path) for path in ("/interviews/?view=all", *(row.get_absolute_url() for row in (past, canceled)))
    ]

    for page in pages:
        main = page.content.decode().partition("<main")[2].partition("</main>")[0]
        assert '<form method="post"' not in main
        assert 'action="/bulk/' not in main
        assert "Book again" not in main


def test_keeps_the_interviewers_no_show_to_us_and_apart(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    let_it_start(sandbox, interview)

    page = act(alice, interview, "interviewer-no-show")

    assert interview.state == Interview.State.INTERVIEWER_NO_SHOW
    assert interview.interviewer_no_show_by is not None
    assert "said by Alice" in page
    assert "Interviewer no-show" in page
    assert not interview.current.is_no_show
    assert [request for request in sandbox.requests() if "no_show" in request["operation"]] == []


def test_undoes_exactly_the_interviewers_no_show(alice: Client) -> None:
    interview = make_interview(CandidateFactory(), starts_in=-timedelta(hours=3), held=True)
    act(alice, interview, "interviewer-no-show")
    act(alice, interview, "interviewer-no-show")
    assert interview.state == Interview.State.INTERVIEWER_NO_SHOW

    act(alice, interview, "interviewer-no-show/undo")

    assert interview.state == Interview.State.HELD
    kinds = [entry.kind for entry in interview.timeline.order_by("pk")]
    assert kinds == ["absence_marked", "absence_undone"]


def test_keeps_both_no_shows_when_both_are_said(recruiter: User) -> None:
    interview = make_interview(CandidateFactory(), starts_in=-timedelta(hours=3))
    outcomes.mark_interviewer_no_show(interview, by=recruiter)
    uri, at = interview.current.invitee_uri, timezone.now()

    interviews.mark_no_show(uri, no_show_uri="https://api.calendly.com/invitee_no_shows/N1", marked_at=at)
    interview.refresh_from_db()
    assert interview.state == Interview.State.NO_SHOW

    interviews.clear_no_show(uri, cleared_at=at + timedelta(seconds=1))
    interview.refresh_from_db()
    assert interview.state == Interview.State.INTERVIEWER_NO_SHOW


def test_does_not_mark_the_interviewer_before_the_start(alice: Client) -> None:
    interview = make_interview(CandidateFactory())

    assert "once the interview has started" in act(alice, interview, "interviewer-no-show")
    assert interview.state == Interview.State.BOOKED


@pytest.mark.parametrize("mark", ["held", "interviewer_no_show"])
def test_leaves_a_mark_with_the_time_it_was_about(alice: Client, mark: str) -> None:
    interview = make_interview(CandidateFactory(), starts_in=-timedelta(hours=3))
    act(alice, interview, mark.replace("_", "-"))
    assert interview.state == mark

    Attempt.objects.update(starts_at=timezone.now() + timedelta(days=1), ends_at=timezone.now() + timedelta(days=2))
    interviews.settle(interview)

    assert interview.state == Interview.State.BOOKED


def test_takes_the_marks_along_when_two_halves_join(db: None, recruiter: User) -> None:
    kept = make_interview(CandidateFactory(), starts_in=-timedelta(hours=3))
    other = make_interview(CandidateFactory(), starts_in=-timedelta(hours=3))
    outcomes.mark_interviewer_no_show(other, by=recruiter)
    for half in (kept, other):
        CancelRequest.objects.create(interview=half, event_uri="https://x", side="company", act_at=timezone.now())

    interviews._join(kept, other)

    kept.refresh_from_db()
    assert kept.interviewer_no_show_by == recruiter
    assert sorted(kept.cancel_requests.values_list("state", flat=True)) == ["undone", "waiting"]


def ended(interview: Interview) -> str:
    return str(query.with_outcome(Interview.objects.filter(pk=interview.pk)).get().outcome)


@pytest.mark.parametrize(
    ("hours_before", "expected"),
    [(24.1, "canceled_in_time"), (23.9, "canceled_late"), (0.5, "canceled_late"), (-0.2, "canceled_late")],
)
def test_tells_a_late_cancellation(db: None, hours_before: float, expected: str) -> None:
    start = timezone.now() + timedelta(days=2)
    at = start - timedelta(hours=hours_before)
    interview = make_interview(CandidateFactory(), canceled=True, starts_at=start, canceled_at=at)

    assert ended(interview) == expected


def test_knows_late_by_the_setting_and_only_by_the_attempt_that_counts(db: None, settings: LazySettings) -> None:
    start = timezone.now() + timedelta(days=2)
    interview = make_interview(
        CandidateFactory(), canceled=True, starts_at=start, canceled_at=start - timedelta(hours=30)
    )
    assert ended(interview) == "canceled_in_time"
    settings.LATE_CANCEL_HOURS = 48
    assert ended(interview) == "canceled_late"


def test_has_five_outcomes_and_none_before(db: None) -> None:
    past: dict[str, Any] = {"starts_in": -timedelta(hours=3)}
    rows = [
        make_interview(CandidateFactory()),
        make_interview(CandidateFactory(), **past),
        make_interview(CandidateFactory(), **past, held=True),
        make_interview(CandidateFactory(), **past, no_show=True),
        make_interview(CandidateFactory(), canceled=True),
        make_interview(CandidateFactory(), canceled=True, starts_in=timedelta(hours=1)),
    ]

    assert [ended(row) for row in rows] == ["", "", "held", "no_show", "canceled_in_time", "canceled_late"]


@pytest.mark.parametrize("kind", ["canceled", "no_show"])
def test_books_again_with_the_same_event_type_and_position(
    connection: Connection, alice: Client, kind: Literal["canceled", "no_show"]
) -> None:
    event_type = EventType.objects.get(slug="technical-interview")
    candidate = CandidateFactory()
    candidate.positions.set([PositionFactory(), PositionFactory()])
    second = candidate.positions.last()
    facts: dict[str, Any] = {
        "canceled": kind == "canceled",
        "no_show": kind == "no_show",
        "event_type_uri": event_type.uri,
    }
    interview = make_interview(candidate, starts_in=-timedelta(hours=3), **facts)
    Interview.objects.update(position=second)

    address = f"/candidates/{candidate.pk}/?event_type={event_type.pk}&position={second.pk}"
    assert f"{address.replace('&', '&amp;')}#send" in alice.get(f"/interviews/{interview.pk}/").content.decode()
    form = alice.get(address).content.decode()
    assert f'<option value="{event_type.pk}" selected>' in form
    assert f'<option value="{second.pk}" selected>' in form


def test_says_that_a_stranger_must_be_matched_first(alice: Client) -> None:
    interview = make_interview(canceled=True)

    page = alice.get(f"/interviews/{interview.pk}/").content.decode()

    assert "then it can be booked again" in page
    assert "#send" not in page


def test_attaches_a_stranger_and_keeps_it_so(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    candidate = CandidateFactory(name="Ann Applicant", email="ann.applicant@example.org")
    booking = sandbox.book(email="ann.private@example.com")
    deliver(sandbox)
    interview = Interview.objects.get()

    page = alice.get("/interviews/unmatched/").content.decode()
    assert "Looks like Ann Applicant." in page
    act(alice, interview, "attach", candidate="Ann Applicant <ann.applicant@example.org>")
    sandbox.cancel(booking["uri"])
    deliver(sandbox)

    interview.refresh_from_db()
    assert (interview.candidate, interview.state) == (candidate, Interview.State.CANCELED)
    assert set(interview.timeline.values_list("candidate", flat=True)) == {candidate.pk}


@pytest.mark.parametrize(
    ("booked_as", "is_meant"),
    [
        (("Somebody", "ann+calendly@example.org"), True),
        (("Somebody", "ANN@example.org"), True),
        (("Ann Applicant", "other@example.net"), True),
        (("ánn  APPLICANT", "other@example.net"), True),
        (("", "other@example.net"), False),
        (("Somebody", "ann@example.net"), False),
        (("Somebody", "anna@example.org"), False),
        (("Ann", "other@example.net"), False),
    ],
)
def test_suggests_who_a_stranger_may_be(alice: Client, booked_as: tuple[str, str], *, is_meant: bool) -> None:
    CandidateFactory(name="Ann Applicant", email="ann+work@example.org")
    make_interview(invitee_name=booked_as[0], invitee_email=booked_as[1])

    page = alice.get("/interviews/unmatched/").content.decode()

    assert ("Looks like Ann Applicant." in page) == is_meant


def test_names_who_is_meant_while_one_types(alice: Client) -> None:
    CandidateFactory(name="Ann <b>Applicant</b>", email="ann@example.org")
    CandidateFactory(name="Ben", email="ben@example.org")

    answer = alice.get("/candidates/names/", {"q": "appl"})

    assert answer.json() == {"names": ["Ann <b>Applicant</b> <ann@example.org>"]}
    assert alice.get("/candidates/names/", {"q": ""}).json() == {"names": []}
    assert "no-store" in answer["Cache-Control"]


def test_says_when_nobody_has_the_address(alice: Client) -> None:
    interview = make_interview()

    page = act(alice, interview, "attach", candidate="nobody@example.com")

    assert "No candidate has this address." in page
    assert interview.candidate is None


def test_makes_a_candidate_of_a_stranger(alice: Client) -> None:
    interview = make_interview(invitee_name="Sam Stranger", invitee_email="Sam@Example.net")

    act(alice, interview, "make-candidate")

    assert interview.candidate is not None
    assert (interview.candidate.name, interview.candidate.email) == ("Sam Stranger", "sam@example.net")
