"""Canceling, no-shows and held interviews; the effect is at Calendly too."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.models import Attempt, Connection, Interview
from tests.factories import CandidateFactory, make_interview
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver

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
    page = act(alice, interview, "cancel", reason="The panel changed")

    assert interview.state == Interview.State.CANCELED
    assert "The interview is canceled." in page
    assert "The panel changed" in page
    assert [request["status"] for request in sandbox.requests("scheduled_events.cancel")] == [201]


def test_tells_a_cancellation_once_when_its_delivery_follows(
    sandbox: Sandbox, interview: Interview, alice: Client
) -> None:
    act(alice, interview, "cancel")
    deliver(sandbox)

    entries = interview.timeline.filter(kind="canceled")
    assert [entry.actor.first_name for entry in entries if entry.actor] == ["Alice"]


def test_cancels_once_when_clicked_twice(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    act(alice, interview, "cancel")
    page = act(alice, interview, "cancel")

    assert "nothing to cancel" in page
    assert len(sandbox.requests("scheduled_events.cancel")) == 1


def test_takes_in_that_calendly_had_it_canceled(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    sandbox.cancel(interview.current.invitee_uri, reason="I am ill")

    act(alice, interview, "cancel")

    assert interview.state == Interview.State.CANCELED
    assert interview.current.cancel_reason == "I am ill"


@pytest.mark.parametrize("behaviour", ["500", "html", "cut", "403", "429", "404"])
def test_keeps_the_interview_when_calendly_fails(
    sandbox: Sandbox, interview: Interview, alice: Client, behaviour: str
) -> None:
    sandbox.switch("scheduled_events.cancel", behaviour)

    page = act(alice, interview, "cancel")

    assert "The interview was not canceled." in page
    assert (interview.state, interview.cancel_claimed_at) == (Interview.State.BOOKED, None)


def test_warns_before_it_cancels_a_group_for_everyone(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    group = sandbox.event_type("info-session")
    first = sandbox.book(event_type=group, name="Ann", email="ann@example.com")
    start = first["scheduled_event"]["start_time"]
    sandbox.book(event_type=group, name="Ben", email="ben@example.com", start=start)
    deliver(sandbox)
    interview = Interview.objects.first()
    assert interview is not None

    page = act(alice, interview, "cancel")
    assert "1 other candidate booked the same event" in page
    assert interview.state == Interview.State.BOOKED

    act(alice, interview, "cancel", for_everyone="on")
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


def test_does_not_mark_held_before_the_start(alice: Client) -> None:
    interview = make_interview(CandidateFactory())

    assert "has started" in act(alice, interview, "held")
    assert interview.state == Interview.State.BOOKED


@pytest.mark.parametrize("what", ["cancel", "no-show", "no-show/undo", "held", "held/undo", "attach", "make-candidate"])
def test_not_for_charlie(charlie: Client, what: str) -> None:
    interview = make_interview(CandidateFactory())

    assert charlie.post(f"/interviews/{interview.pk}/{what}/").status_code == 403


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
