"""A position's plan: what follows an interview that was held, offered or sent by itself, once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate, Position
from scheduling.models import BookingLink, Connection, EventType, Interview, Message, NextStep, PlanStep
from scheduling.services import outcomes, plans
from tests.factories import CandidateFactory, EventTypeFactory, LinkFactory, PositionFactory, make_interview
from tests.sandbox_process import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def position(db: None) -> Position:
    return PositionFactory(title="Backend Engineer")


@pytest.fixture
def ann(position: Position) -> Candidate:
    candidate: Candidate = CandidateFactory(name="Ann Applicant", email="ann@example.com")
    candidate.positions.add(position)
    return candidate


def planned(position: Position, *steps: tuple[EventType, str]) -> list[PlanStep]:
    return [plans.add_step(position, event_type, rule=rule) for event_type, rule in steps]


@pytest.fixture
def screen(connection: Connection) -> EventType:
    """The first interview, which the sandbox does not need to know."""
    return EventTypeFactory(
        connection=connection, name="Phone screen", uri="https://api.calendly.com/event_types/SCREEN"
    )


def met(candidate: Candidate, event_type: EventType, position: Position | None = None) -> Interview:
    """An interview that is over and not marked."""
    interview = make_interview(
        candidate, starts_in=-timedelta(hours=2), event_type_uri=event_type.uri, event_name=event_type.name
    )
    interview.position = position
    interview.save()
    return interview


def later() -> None:
    """Let the minutes pass in which it can be undone, and let a worker look."""
    NextStep.objects.filter(state="waiting").update(send_at=timezone.now())
    for pk in plans.due(now=timezone.now()):
        plans.send(pk)


def test_offers_the_next_interview_on_today(
    alice: Client, ann: Candidate, position: Position, screen: EventType, event_type: EventType
) -> None:
    planned(position, (screen, "offer"), (event_type, "offer"))
    interview = met(ann, screen, position)

    alice.post(f"/interviews/{interview.pk}/held/")

    page = alice.get("/").content.decode()
    assert f"Phone screen was held; {event_type} is next" in page
    assert f"/candidates/{ann.pk}/#next-" in page
    assert f"Next: {event_type}" in alice.get(f"/candidates/{ann.pk}/").content.decode()
    assert BookingLink.objects.count() == 0


def test_sends_what_was_offered_by_one_click(
    alice: Client, ann: Candidate, position: Position, screen: EventType, event_type: EventType
) -> None:
    planned(position, (screen, "offer"), (event_type, "offer"))
    alice.post(f"/interviews/{met(ann, screen, position).pk}/held/")
    row = NextStep.objects.get()

    for _ in range(2):
        alice.post(f"/candidates/next/{row.pk}/send/")
        later()

    link = BookingLink.objects.get()
    assert (link.event_type, link.position, link.candidate) == (event_type, position, ann)
    assert Message.objects.get().link == link
    assert "is next" not in alice.get("/").content.decode()


def test_sends_by_rule_once_it_cannot_be_undone(
    recruiter: User, sandbox: Sandbox, ann: Candidate, position: Position, screen: EventType, event_type: EventType
) -> None:
    planned(position, (screen, "offer"), (event_type, "send"))
    outcomes.mark_held(met(ann, screen, position), by=recruiter)

    assert plans.due(now=timezone.now()) == []
    later()
    later()

    assert BookingLink.objects.get().created_by == recruiter
    assert [entry.kind for entry in ann.timeline.filter(kind="next_offered")] == ["next_offered"]
    assert len(sandbox.requests("shares.create") + sandbox.requests("scheduling_links.create")) == 1
    assert mail.outbox == []
    assert Message.objects.get().state == "waiting"


def test_sends_nothing_when_held_is_undone(
    alice: Client, ann: Candidate, position: Position, screen: EventType, event_type: EventType
) -> None:
    planned(position, (screen, "offer"), (event_type, "send"))
    interview = met(ann, screen, position)
    alice.post(f"/interviews/{interview.pk}/held/")

    alice.post(f"/interviews/{interview.pk}/held/undo/")
    later()

    assert BookingLink.objects.count() == NextStep.objects.count() == 0


def test_makes_no_second_link_after_a_worker_died(
    recruiter: User, ann: Candidate, position: Position, screen: EventType, event_type: EventType
) -> None:
    planned(position, (screen, "offer"), (event_type, "send"))
    outcomes.mark_held(met(ann, screen, position), by=recruiter)
    later()
    # As it is when the link is saved and its worker dies before it says so.
    long_ago = timezone.now() - timedelta(minutes=1)
    NextStep.objects.update(state="sending", claimed_until=long_ago, link=None)

    later()

    assert BookingLink.objects.count() == 1
    assert NextStep.objects.get().state == "sent"


@pytest.mark.parametrize("reason", ["link", "interview", "archived", "no show"])
def test_leaves_it_when_it_is_no_longer_needed(
    recruiter: User, ann: Candidate, position: Position, screen: EventType, event_type: EventType, reason: str
) -> None:
    planned(position, (screen, "offer"), (event_type, "send"))
    interview = met(ann, screen, position)
    outcomes.mark_held(interview, by=recruiter)
    if reason == "link":
        LinkFactory(candidate=ann, event_type=event_type)
    elif reason == "interview":
        met(ann, event_type)
    elif reason == "archived":
        Candidate.objects.update(archived_at=timezone.now())
    else:
        outcomes.mark_interviewer_no_show(interview, by=recruiter)
    before = BookingLink.objects.count()

    later()

    assert NextStep.objects.get().state == "skipped"
    assert BookingLink.objects.count() == before


def test_tells_what_could_not_be_sent_and_sends_it_later(
    alice: Client,
    recruiter: User,
    sandbox: Sandbox,
    ann: Candidate,
    position: Position,
    screen: EventType,
    event_type: EventType,
) -> None:
    planned(position, (screen, "offer"), (event_type, "send"))
    outcomes.mark_held(met(ann, screen, position), by=recruiter)
    for operation in ("shares.create", "scheduling_links.create"):
        sandbox.switch(operation, "403")
    later()
    assert "could not be sent" in alice.get("/").content.decode()
    assert "Try again" in alice.get(f"/candidates/{ann.pk}/").content.decode()

    sandbox.mend()
    alice.post(f"/candidates/next/{NextStep.objects.get().pk}/send/")
    later()

    assert BookingLink.objects.get().event_type == event_type
    assert "could not be sent" not in alice.get("/").content.decode()


def test_waits_while_calendly_is_out(
    recruiter: User, sandbox: Sandbox, ann: Candidate, position: Position, screen: EventType, event_type: EventType
) -> None:
    planned(position, (screen, "offer"), (event_type, "send"))
    outcomes.mark_held(met(ann, screen, position), by=recruiter)
    sandbox.switch("shares.create", "503")

    later()

    row = NextStep.objects.get()
    assert (row.state, row.send_at > timezone.now()) == ("waiting", True)


def test_knows_the_position_of_an_interview_that_came_without_one(
    recruiter: User, ann: Candidate, position: Position, screen: EventType, event_type: EventType
) -> None:
    planned(position, (screen, "offer"), (event_type, "offer"))

    outcomes.mark_held(met(ann, screen), by=recruiter)

    assert NextStep.objects.get().position == position


def test_offers_nothing_after_the_last_and_nothing_for_a_closed_position(
    recruiter: User, ann: Candidate, position: Position, screen: EventType, event_type: EventType
) -> None:
    planned(position, (screen, "offer"), (event_type, "offer"))
    outcomes.mark_held(met(ann, event_type, position), by=recruiter)
    Position.objects.update(closed_at=timezone.now())

    outcomes.mark_held(met(ann, screen, position), by=recruiter)

    assert NextStep.objects.count() == 0


def test_puts_it_aside(
    alice: Client, ann: Candidate, position: Position, screen: EventType, event_type: EventType
) -> None:
    planned(position, (screen, "offer"), (event_type, "offer"))
    alice.post(f"/interviews/{met(ann, screen, position).pk}/held/")

    page = alice.post(f"/candidates/next/{NextStep.objects.get().pk}/dismiss/", follow=True).content.decode()

    assert "Put aside." in page
    assert "is next" not in alice.get("/").content.decode()


def test_shows_how_far_a_candidate_has_come(
    alice: Client, recruiter: User, ann: Candidate, position: Position, screen: EventType, event_type: EventType
) -> None:
    planned(position, (screen, "offer"), (event_type, "offer"))
    outcomes.mark_held(met(ann, screen, position), by=recruiter)
    LinkFactory(candidate=ann, event_type=event_type)

    page = alice.get(f"/candidates/{ann.pk}/").content.decode()

    plan = page[page.index("Plan for Backend Engineer") :]
    assert plan.index("step--done") < plan.index("Phone screen") < plan.index("Invited")


def test_edits_the_plan(alice: Client, position: Position, screen: EventType, event_type: EventType) -> None:
    address = f"/settings/positions/{position.pk}/plan/"
    for row in (screen, event_type):
        alice.post(f"{address}add/", {"event_type": row.pk, "rule": "send"})
    last = PlanStep.objects.get(event_type=event_type)

    alice.post(f"{address}{last.pk}/up/")
    alice.post(f"{address}{last.pk}/rule/", {"rule": "offer"})
    assert [(step.event_type, step.number, step.rule) for step in PlanStep.objects.filter(position=position)] == [
        (event_type, 1, "offer"),
        (screen, 2, "send"),
    ]

    for _ in range(2):
        alice.post(f"{address}{last.pk}/remove/")
    assert [(step.event_type, step.number) for step in PlanStep.objects.filter(position=position)] == [(screen, 1)]
    assert "Phone screen" in alice.get(address).content.decode()


@pytest.mark.parametrize("fields", [{}, {"event_type": "999", "rule": "offer"}, {"event_type": "x", "rule": "never"}])
def test_says_what_is_wrong_with_a_step(alice: Client, position: Position, fields: dict[str, str]) -> None:
    answer = alice.post(f"/settings/positions/{position.pk}/plan/add/", fields)

    assert answer.status_code == 422
    assert PlanStep.objects.count() == 0


def test_is_not_for_charlie(charlie: Client, ann: Candidate, position: Position, screen: EventType) -> None:
    step = plans.add_step(position, screen, rule="offer")
    row = NextStep.objects.create(
        interview=met(ann, screen, position), candidate=ann, position=position, event_type=screen, state="offered"
    )
    address = f"/settings/positions/{position.pk}/plan/"
    acts = [f"{address}add/", *(f"{address}{step.pk}/{act}/" for act in ("up", "down", "rule", "remove"))]

    answers = [
        charlie.post(act).status_code
        for act in [*acts, *(f"/candidates/next/{row.pk}/{act}/" for act in ("send", "dismiss"))]
    ]

    assert answers == [403] * 7
    assert charlie.get(address).status_code == 200
