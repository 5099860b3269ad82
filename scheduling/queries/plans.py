"""Positions' plans of interviews, and how far each candidate has come in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from candidates.models import Candidate, Folded, Position
from scheduling.models import BookingLink, EventType, Interview, NextStep, PlanStep
from scheduling.queries.links import counting_interviews

State = Interview.State
# An interview that did not take place leaves its step to be done.
STANDING = (State.BOOKED, State.MOVING, State.HELD)


@dataclass(frozen=True)
class Stage:
    """A step of a plan and how it stands with one candidate: held, booked, invited, or empty while it is ahead."""

    step: PlanStep
    state: str


@dataclass(frozen=True)
class Progress:
    """How far a candidate has come in one position's plan."""

    position: Position
    stages: list[Stage]


def step_after(interview: Interview) -> PlanStep | None:
    """What the plan of the interview's position has after it.

    An interview that came without a position counts for the only position of the candidate that plans it.
    """
    if interview.candidate_id is None or interview.event_type_id is None:
        return None
    of_candidate = Q(position__candidates=interview.candidate_id) if interview.position_id is None else Q()
    here = PlanStep.objects.filter(of_candidate, event_type=interview.event_type_id, position__closed_at=None)
    if interview.position_id is not None:
        here = here.filter(position=interview.position_id)
    found = list(here[:2])
    if len(found) != 1:
        return None
    later = PlanStep.objects.filter(position=found[0].position_id, number__gt=found[0].number)
    return later.filter(event_type__deleted_at=None).select_related("position", "event_type").first()


def has_already(candidate: Candidate, event_type: EventType) -> bool:
    """Whether the candidate has such an interview, or a link to book one."""
    interviews = Interview.objects.filter(candidate=candidate, event_type=event_type, state__in=STANDING)
    return interviews.exists() or _usable(event_type).filter(candidate=candidate).exists()


def _usable(event_type: EventType) -> QuerySet[BookingLink]:
    unused = BookingLink.objects.filter(~Exists(counting_interviews()), event_type=event_type, withdrawn_at=None)
    return unused.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


def to_decide() -> QuerySet[NextStep]:
    """What waits for a recruiter: offered or failed, of current candidates who have not got it another way."""
    booked = Interview.objects.filter(
        candidate=OuterRef("candidate"), event_type=OuterRef("event_type"), state__in=STANDING
    )
    linked = BookingLink.objects.filter(
        candidate=OuterRef("candidate"), event_type=OuterRef("event_type"), created_at__gt=OuterRef("created_at")
    )
    # Asked of each step, of which few wait; joined, SQLite would begin with all interviews ever held.
    held = Interview.objects.filter(pk=OuterRef("interview"), state=State.HELD)
    rows = NextStep.objects.filter(state__in=[NextStep.State.OFFERED, NextStep.State.FAILED])
    rows = rows.filter(~Exists(booked), ~Exists(linked), Exists(held), candidate__archived_at=None)
    return rows.select_related("candidate", "event_type", "interview").order_by("created_at", "pk")


def next_of(candidate: Candidate) -> list[NextStep]:
    """What follows for a candidate: to be decided, or about to be sent."""
    going = NextStep.objects.filter(
        candidate=candidate, state__in=[NextStep.State.WAITING, NextStep.State.SENDING]
    ).select_related("event_type", "interview")
    return [*to_decide().filter(candidate=candidate), *going]


def progress(candidate: Candidate, now: datetime) -> list[Progress]:
    """The candidate's positions that have a plan, each with its steps; three queries at most."""
    steps = PlanStep.objects.filter(position__candidates=candidate).select_related("position", "event_type")
    rows = list(steps.order_by(Folded("position__title"), "position", "number"))
    if not rows:
        return []
    interviews = Interview.objects.filter(candidate=candidate, event_type__in=[step.event_type_id for step in rows])
    states = set(interviews.values_list("event_type", "state"))
    links = BookingLink.objects.filter(~Exists(counting_interviews()), candidate=candidate, withdrawn_at=None)
    invited = set(links.filter(Q(expires_at=None) | Q(expires_at__gt=now)).values_list("event_type", flat=True))
    return _by_position([Stage(step, _stage(step.event_type_id, states, invited)) for step in rows])


def _stage(event_type: int, states: set[tuple[int, str]], invited: set[int]) -> str:
    if (event_type, State.HELD) in states:
        return "held"
    if (event_type, State.BOOKED) in states or (event_type, State.MOVING) in states:
        return "booked"
    return "invited" if event_type in invited else ""


def _by_position(stages: Iterable[Stage]) -> list[Progress]:
    grouped: dict[Position, list[Stage]] = {}
    for stage in stages:
        grouped.setdefault(stage.step.position, []).append(stage)
    return [Progress(position, rows) for position, rows in grouped.items()]
