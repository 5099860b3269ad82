"""Cancellations wait some seconds, can be undone, and then reach Calendly once, whatever happens on the way."""

import time
from datetime import timedelta
from re import findall
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from scheduling import tasks
from scheduling.calendly.budget import Priority
from scheduling.models import CancelRequest, Connection, Interview, Message, RateWindow
from scheduling.services import budgets, cancellations, connections, outcomes
from scheduling.services.cancellations import Wish
from tests.factories import CandidateFactory, make_interview
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import ask_to_cancel, cancel, deliver, let_cancellations_act

State = CancelRequest.State
COMPANY = CancelRequest.Side.COMPANY


@pytest.fixture
def interview(sandbox: Sandbox, connection: Connection) -> Interview:
    """Booked in the sandbox and taken in."""
    CandidateFactory(name="Ann Applicant", email="ann@example.com")
    sandbox.book()
    deliver(sandbox)
    return Interview.objects.get()


def calls(sandbox: Sandbox) -> int:
    return len(sandbox.requests("scheduled_events.cancel"))


def kinds(interview: Interview) -> list[str]:
    return [entry.kind for entry in interview.timeline.order_by("pk") if "cancel" in entry.kind]


def undo(client: Client, *requests: CancelRequest) -> str:
    response = client.post("/interviews/cancel/undo/", {"request": [row.pk for row in requests]}, follow=True)
    return str(response.content.decode())


def test_waits_before_calendly_hears_of_it(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    page = ask_to_cancel(alice, interview, reason="The panel changed")

    request = CancelRequest.objects.get()
    cancellations.act(request.pk)

    assert "The interview with Ann Applicant will be canceled." in page
    assert "Cancel asked for" in page
    assert 'data-countdown="10"' in page
    assert cancellations.due(now=timezone.now()) == []
    assert calls(sandbox) == 0


def test_says_on_every_page_what_can_still_be_undone(alice: Client, bob: Client) -> None:
    ask_to_cancel(alice, make_interview(CandidateFactory(name="Ann Applicant")))

    assert "The interview with Ann Applicant will be canceled." in alice.get("/links/").content.decode()
    assert "will be canceled" not in bob.get("/links/").content.decode()
    assert "Being canceled" in bob.get("/interviews/").content.decode()


def test_undoes_in_time(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    ask_to_cancel(alice, interview)

    page = undo(alice, CancelRequest.objects.get())
    let_cancellations_act()

    interview.refresh_from_db()
    assert "Undone." in page
    assert (interview.state, calls(sandbox)) == ("booked", 0)
    assert kinds(interview) == ["cancel_asked", "cancel_undone"]
    assert "Cancel interview" in alice.get(interview.get_absolute_url()).content.decode()


def test_says_when_the_undo_comes_too_late(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    cancel(alice, interview)

    page = undo(alice, CancelRequest.objects.get())

    interview.refresh_from_db()
    assert "Too late" in page
    assert (interview.state, CancelRequest.objects.get().state) == ("canceled", State.DONE)


def test_lets_the_undo_lose_once_a_worker_has_it(sandbox: Sandbox, interview: Interview, recruiter: User) -> None:
    request = cancellations.ask(interview, Wish(COMPANY), by=recruiter)
    CancelRequest.objects.update(act_at=timezone.now())
    claimed = cancellations._claim(request.pk)

    assert [row.pk for row in claimed] == [request.pk]
    assert not cancellations.undo(request, by=recruiter)
    assert cancellations._claim(request.pk) == []


def test_cannot_be_asked_for_twice(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    ask_to_cancel(alice, interview)
    page = ask_to_cancel(alice, interview)
    let_cancellations_act()

    assert "under way already" in page
    assert (CancelRequest.objects.count(), calls(sandbox)) == (1, 1)


def test_needs_a_side(alice: Client) -> None:
    interview = make_interview(CandidateFactory())

    response = alice.post(f"/interviews/{interview.pk}/cancel/", {"reason": "x"})

    assert response.status_code == 422
    assert "Say on whose side the cause is." in response.content.decode()
    assert CancelRequest.objects.count() == 0


def test_keeps_side_and_private_note_to_ourselves(
    sandbox: Sandbox, interview: Interview, alice: Client, charlie: Client
) -> None:
    cancel(alice, interview, side="interviewer", reason="The panel changed", private_note="Bob overslept")

    page = charlie.get(interview.get_absolute_url()).content.decode()
    invitee = sandbox.deliveries()[-1]["body"]
    assert "Bob overslept" in page
    assert "Interviewer" in page
    assert page.count("Private note: Bob overslept") == 1
    assert interview.current.cancel_reason == "The panel changed"
    assert "The panel changed" in invitee
    assert "overslept" not in invitee


def test_goes_on_after_a_worker_died_before_its_call(sandbox: Sandbox, interview: Interview, recruiter: User) -> None:
    request = cancellations.ask(interview, Wish(COMPANY), by=recruiter)
    CancelRequest.objects.update(act_at=timezone.now())
    cancellations._claim(request.pk)
    assert cancellations.due(now=timezone.now()) == []

    CancelRequest.objects.update(claimed_until=timezone.now())
    let_cancellations_act()

    interview.refresh_from_db()
    assert (interview.state, calls(sandbox), CancelRequest.objects.get().state) == ("canceled", 1, State.DONE)


@pytest.mark.parametrize("told", [False, True])
def test_goes_on_after_a_worker_died_behind_its_call(
    sandbox: Sandbox, connection: Connection, interview: Interview, recruiter: User, told: bool
) -> None:
    request = cancellations.ask(interview, Wish(COMPANY, reason="The panel changed"), by=recruiter)
    CancelRequest.objects.update(act_at=timezone.now())
    cancellations._claim(request.pk)
    connections.client_for(connection).cancel_event(interview.current.event_uri, "The panel changed")
    if told:
        deliver(sandbox)

    CancelRequest.objects.update(claimed_until=timezone.now())
    let_cancellations_act()
    deliver(sandbox)

    interview.refresh_from_db()
    request.refresh_from_db()
    assert (interview.state, request.state, request.found_canceled) == ("canceled", State.DONE, False)
    assert [call["status"] for call in sandbox.requests("scheduled_events.cancel")][:1] == [201]
    assert kinds(interview) == ["cancel_asked", "canceled"]


def test_leaves_the_end_to_whoever_took_over(sandbox: Sandbox, interview: Interview, recruiter: User) -> None:
    request = cancellations.ask(interview, Wish(COMPANY), by=recruiter)
    CancelRequest.objects.update(act_at=timezone.now())
    slow = cancellations._claim(request.pk)
    CancelRequest.objects.update(claimed_until=timezone.now())
    cancellations.act(request.pk)

    cancellations._fail(slow, "too slow")

    assert CancelRequest.objects.get().state == State.DONE


def test_can_be_tried_again_when_calendly_was_away(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    sandbox.switch("scheduled_events.cancel", "503")
    page = cancel(alice, interview, reason="The panel changed", private_note="Between us")
    assert "The interview was not canceled." in page
    assert kinds(interview) == ["cancel_asked", "cancel_failed"]
    sandbox.mend()

    alice.post(f"/interviews/{interview.pk}/cancel/again/")
    let_cancellations_act()

    interview.refresh_from_db()
    assert (interview.state, interview.current.cancel_reason) == ("canceled", "The panel changed")
    assert [row.private_note for row in CancelRequest.objects.all()] == ["Between us"] * 2


def test_fails_in_words_when_calendly_is_not_connected(interview: Interview, alice: Client) -> None:
    Connection.objects.update(state=Connection.State.DISCONNECTED)

    page = cancel(alice, interview)

    assert "Calendly is not connected." in page
    assert interview.state == Interview.State.BOOKED


def badges(page: str) -> list[str]:
    return findall(r'badge__shape" aria-hidden="true">.</span><span>([^<]*)<', page)


def shown(client: Client, interview: Interview) -> tuple[bool, ...]:
    """Whether Today, the list and the candidate's page say that it could not be canceled."""
    paths = ("/", "/interviews/", f"/candidates/{interview.candidate_id}/")
    today, *others = [client.get(path).content.decode() for path in paths]
    needs = today[: today.index('aria-labelledby="agenda-Today"')]
    return "could not be canceled" in needs, *["Could not be canceled" in badges(page) for page in others]


def test_brings_a_cancellation_that_failed_to_mind(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    sandbox.switch("scheduled_events.cancel", "403")
    cancel(alice, interview)

    page = alice.get("/").content.decode()

    assert shown(alice, interview) == (True, True, True)
    assert f'href="/interviews/{interview.pk}/#cancel">Look' in page


def test_says_no_more_of_a_failure_once_it_is_canceled(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    sandbox.switch("scheduled_events.cancel", "503")
    cancel(alice, interview)
    sandbox.mend()

    alice.post(f"/interviews/{interview.pk}/cancel/again/")
    assert shown(alice, interview) == (False, False, False)

    let_cancellations_act()
    assert shown(alice, interview) == (False, False, False)


def test_says_no_more_of_a_failure_once_asking_again_is_undone(
    sandbox: Sandbox, interview: Interview, alice: Client
) -> None:
    sandbox.switch("scheduled_events.cancel", "403")
    cancel(alice, interview)

    alice.post(f"/interviews/{interview.pk}/cancel/again/")
    undo(alice, *CancelRequest.objects.filter(state=State.WAITING))

    assert shown(alice, interview) == (False, False, False)


def test_leaves_an_interview_booked_whose_cancellation_failed(
    sandbox: Sandbox, interview: Interview, alice: Client
) -> None:
    sandbox.switch("scheduled_events.cancel", "403")
    cancel(alice, interview)
    assert "Leave it booked" in alice.get(f"/interviews/{interview.pk}/").content.decode()

    for _ in range(2):
        page = alice.post(f"/interviews/{interview.pk}/cancel/drop/", follow=True).content.decode()

    interview.refresh_from_db()
    assert interview.state == Interview.State.BOOKED
    assert "The interview was not canceled" not in page
    assert "Leave it booked" not in page
    assert shown(alice, interview) == (False, False, False)
    assert kinds(interview) == ["cancel_asked", "cancel_failed", "cancel_dropped"]


def test_tries_nothing_again_that_was_left_booked(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    sandbox.switch("scheduled_events.cancel", "503")
    cancel(alice, interview)
    alice.post(f"/interviews/{interview.pk}/cancel/again/")
    let_cancellations_act()
    alice.post(f"/interviews/{interview.pk}/cancel/drop/")
    sandbox.mend()

    page = alice.post(f"/interviews/{interview.pk}/cancel/again/", follow=True).content.decode()
    let_cancellations_act()

    interview.refresh_from_db()
    assert interview.state == Interview.State.BOOKED
    assert "Nothing was canceled" in page


def test_drops_nothing_that_is_under_way(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    sandbox.switch("scheduled_events.cancel", "503")
    cancel(alice, interview)
    sandbox.mend()
    alice.post(f"/interviews/{interview.pk}/cancel/again/")

    alice.post(f"/interviews/{interview.pk}/cancel/drop/")
    let_cancellations_act()

    interview.refresh_from_db()
    assert interview.state == Interview.State.CANCELED


def test_says_no_more_of_a_failure_once_the_interview_is_over(alice: Client) -> None:
    interview = make_interview(CandidateFactory(), starts_in=-timedelta(hours=2))
    CancelRequest.objects.create(
        interview=interview,
        event_uri=interview.current.event_uri,
        side=COMPANY,
        state=State.FAILED,
        error="Calendly is away.",
        act_at=timezone.now() - timedelta(hours=3),
    )

    assert shown(alice, interview) == (False, False, False)
    assert "To mark" in alice.get("/interviews/?view=past").content.decode()


def test_names_who_of_us_canceled(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    page = cancel(alice, interview)
    today = alice.get("/").content.decode()

    assert "Olive Owner" in interview.current.canceled_by
    assert "<dt>Canceled</dt><dd>by Alice," in page
    assert f"{interview.name} was canceled by Alice; no new link since" in today


def test_names_whoever_canceled_at_calendly(sandbox: Sandbox, interview: Interview, alice: Client) -> None:
    sandbox.cancel(interview.current.invitee_uri, canceler_type="invitee")
    deliver(sandbox)
    interview.refresh_from_db()

    today = alice.get("/").content.decode()

    assert f"was canceled by {interview.current.canceled_by}; no new link since" in today


def test_fails_in_words_when_we_are_at_fault(
    interview: Interview, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The one thing a sandbox cannot provoke: a defect of our own.
    monkeypatch.setattr(outcomes, "cancel", lambda *args, **kwargs: 1 / 0)

    assert "Something went wrong on our side." in cancel(alice, interview)


@pytest.mark.parametrize("told", [False, True])
def test_takes_a_cancellation_meanwhile_as_a_fact(
    sandbox: Sandbox, interview: Interview, alice: Client, told: bool
) -> None:
    ask_to_cancel(alice, interview, private_note="Between us")
    sandbox.cancel(interview.current.invitee_uri, reason="I am ill")
    if told:
        deliver(sandbox)

    let_cancellations_act()

    interview.refresh_from_db()
    page = alice.get(interview.get_absolute_url()).content.decode()
    assert interview.state == Interview.State.CANCELED
    assert (CancelRequest.objects.get().state, CancelRequest.objects.get().found_canceled) == (State.DONE, True)
    assert "It was canceled at Calendly already" in page
    assert "I am ill" in page
    assert "not canceled" not in page
    assert sorted(kinds(interview)) == ["cancel_asked", "cancel_found", "canceled"]


@pytest.mark.parametrize("told", [False, True])
def test_leaves_what_was_moved_meanwhile(sandbox: Sandbox, interview: Interview, alice: Client, told: bool) -> None:
    ask_to_cancel(alice, interview)
    sandbox.reschedule(interview.current.invitee_uri)
    if told:
        deliver(sandbox)

    let_cancellations_act()
    deliver(sandbox)

    interview.refresh_from_db()
    page = alice.get(interview.get_absolute_url()).content.decode()
    assert (interview.state, interview.moves) == (Interview.State.BOOKED, 1)
    assert "The interview was moved meanwhile" in page
    alice.post(f"/interviews/{interview.pk}/cancel/again/")
    let_cancellations_act()
    interview.refresh_from_db()
    assert interview.state == Interview.State.CANCELED


@pytest.fixture
def seats(sandbox: Sandbox, connection: Connection) -> list[Interview]:
    """Two seats of one group event."""
    group = sandbox.event_type("info-session")
    first = sandbox.book(event_type=group, name="Ann", email="ann@example.com")
    start = first["scheduled_event"]["start_time"]
    sandbox.book(event_type=group, name="Ben", email="ben@example.com", start=start)
    deliver(sandbox)
    return list(Interview.objects.order_by("pk"))


def chosen(*rows: Interview, **fields: str) -> dict[str, object]:
    return {"interview": [row.pk for row in rows], "request_key": str(uuid4()), "digest": "shown", **fields}


def test_cancels_several_with_one_call_for_a_group(sandbox: Sandbox, seats: list[Interview], alice: Client) -> None:
    page = alice.post("/bulk/cancel/start/", chosen(*seats, side="company", reason="Off"), follow=True).content.decode()
    assert "2 interviews will be canceled." in page
    assert CancelRequest.objects.count() == 2

    let_cancellations_act()

    assert set(Interview.objects.values_list("state", flat=True)) == {"canceled"}
    assert set(CancelRequest.objects.values_list("state", "found_canceled")) == {(State.DONE, False)}
    assert calls(sandbox) == 1


def test_needs_a_yes_when_others_lose_their_seat(sandbox: Sandbox, seats: list[Interview], alice: Client) -> None:
    response = alice.post("/bulk/cancel/start/", chosen(seats[0], side="company"))

    assert response.status_code == 422
    assert "1 other candidate booked the same events" in response.content.decode()
    assert CancelRequest.objects.count() == 0


def test_shows_the_other_seats_what_is_under_way_and_undoes_for_all(
    sandbox: Sandbox, seats: list[Interview], alice: Client
) -> None:
    alice.post("/bulk/cancel/start/", chosen(*seats, side="company"))
    page = alice.get(seats[1].get_absolute_url()).content.decode()
    assert "Cancel asked for" in page

    page = undo(alice, *CancelRequest.objects.all())
    let_cancellations_act()

    assert "Undone for 2 interviews." in page
    assert set(Interview.objects.values_list("state", flat=True)) == {"booked"}
    assert calls(sandbox) == 0


def test_ends_a_later_request_of_the_same_event_without_a_call(
    sandbox: Sandbox, seats: list[Interview], recruiter: User
) -> None:
    first, second = (cancellations.ask(seat, Wish(COMPANY), by=recruiter) for seat in seats)
    CancelRequest.objects.filter(pk=first.pk).update(act_at=timezone.now())
    cancellations.act(first.pk)

    let_cancellations_act()

    second.refresh_from_db()
    assert (second.state, second.found_canceled, calls(sandbox)) == (State.DONE, False, 1)


def test_leaves_an_event_to_the_worker_that_is_at_it(sandbox: Sandbox, seats: list[Interview], recruiter: User) -> None:
    first, second = (cancellations.ask(seat, Wish(COMPANY), by=recruiter) for seat in seats)
    CancelRequest.objects.filter(pk=first.pk).update(act_at=timezone.now())
    assert len(cancellations._claim(first.pk)) == 1

    CancelRequest.objects.filter(pk=second.pk).update(act_at=timezone.now())

    assert cancellations._claim(second.pk) == []


@pytest.fixture
def two(sandbox: Sandbox, connection: Connection) -> list[Interview]:
    """Two interviews of two events."""
    for name in ("Ann", "Ben"):
        CandidateFactory(name=name, email=f"{name.lower()}@example.com")
        sandbox.book(name=name, email=f"{name.lower()}@example.com")
    deliver(sandbox)
    return list(Interview.objects.order_by("pk"))


def spend(connection: Connection) -> float:
    """Leave of the budget only what people are left who click; returns when it began to be spent."""
    RateWindow.objects.all().delete()
    Connection.objects.update(rate_limit=20)
    connection.refresh_from_db()
    began = time.monotonic()
    for _ in range(19):
        budgets.of_connection(connection, Priority.BACKGROUND).take("users.me")
    return began


def test_leaves_people_their_share_of_the_budget_while_canceling_many(
    two: list[Interview], connection: Connection, alice: Client, settings: LazySettings
) -> None:
    settings.CALENDLY_RATE_WINDOW_S = 2
    alice.post("/bulk/cancel/start/", chosen(two[0], side="company"))
    began = spend(connection)

    let_cancellations_act()

    assert time.monotonic() - began >= settings.CALENDLY_RATE_WINDOW_S
    assert Interview.objects.get(pk=two[0].pk).state == "canceled"


def test_cancels_at_once_what_one_person_clicked(two: list[Interview], connection: Connection, alice: Client) -> None:
    ask_to_cancel(alice, two[0])
    began = spend(connection)

    let_cancellations_act()

    assert time.monotonic() - began < 30
    assert Interview.objects.get(pk=two[0].pk).state == "canceled"


def test_holds_one_worker_at_most_with_those_of_many(alice: Client) -> None:
    alice.post("/bulk/cancel/start/", chosen(*[make_interview(CandidateFactory()) for _ in range(2)], side="company"))
    ask_to_cancel(alice, make_interview(CandidateFactory()))
    first, second, clicked = CancelRequest.objects.order_by("pk")
    CancelRequest.objects.update(act_at=timezone.now())
    assert cancellations.due(now=timezone.now()) == [clicked.pk, first.pk, second.pk]

    assert [row.pk for row in cancellations._claim(first.pk)] == [first.pk]

    assert cancellations._claim(second.pk) == []
    assert [row.pk for row in cancellations._claim(clicked.pk)] == [clicked.pk]


def test_goes_on_with_the_next_of_many(two: list[Interview], alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.post("/bulk/cancel/start/", chosen(*two, side="company"))
    CancelRequest.objects.update(act_at=timezone.now())
    first, second = CancelRequest.objects.order_by("pk")
    woken: list[int] = []
    # The queue is what this is about; nothing else could tell.
    monkeypatch.setattr(tasks.act_on_cancel_request, "delay", woken.append)

    for request_id in (first.pk, first.pk, second.pk):
        tasks.act_on_cancel_request(request_id)

    assert woken == [second.pk]
    assert set(CancelRequest.objects.values_list("state", flat=True)) == {State.DONE}


def test_tells_each_candidate_of_many_where_that_was_asked_for(two: list[Interview], alice: Client) -> None:
    alice.post("/bulk/cancel/start/", chosen(*two, side="company", sends_notice="on"))

    let_cancellations_act()

    notices = Message.objects.filter(kind="cancellation").values_list("to", flat=True)
    assert sorted(notices) == ["ann@example.com", "ben@example.com"]


def test_the_undo_is_not_for_charlie(alice: Client, charlie: Client) -> None:
    ask_to_cancel(alice, make_interview(CandidateFactory()))
    request = CancelRequest.objects.get()

    response = charlie.post("/interviews/cancel/undo/", {"request": request.pk})

    assert (response.status_code, CancelRequest.objects.get().state) == (403, State.WAITING)


def test_names_on_every_seat_who_of_us_canceled_the_event(
    sandbox: Sandbox, seats: list[Interview], alice: Client
) -> None:
    first, other = seats
    for seat in seats:
        Interview.objects.filter(pk=seat.pk).update(candidate=CandidateFactory())
    cancel(alice, first, for_everyone="on")

    page = alice.get(f"/interviews/{other.pk}/").content.decode()
    today = alice.get("/").content.decode()

    assert "<dt>Canceled</dt><dd>by Alice," in page
    assert today.count("was canceled by Alice; no new link since") == len(seats)
