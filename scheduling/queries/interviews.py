"""How interviews are told: their outcome, and what rows, agendas and pages show of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from candidates.models import Candidate, Folded
from scheduling.models import Attempt, CancelRequest, Interview
from scheduling.queries import cancellations, told
from scheduling.queries.by_ids import ByIds, Names, Places, in_order, rows_by_ids
from scheduling.queries.links import form_url

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

State = Interview.State
# How an interview ended; derived from its state and, for a canceled one, from how long before the start that was.
OUTCOMES = {
    "held": "Held",
    "no_show": "Candidate no-show",
    "interviewer_no_show": "Interviewer no-show",
    "canceled_in_time": "Canceled in time",
    "canceled_late": "Canceled late",
}
NO_SHOWS = (State.NO_SHOW, State.INTERVIEWER_NO_SHOW)


class Ended(TypedDict):
    """What `with_outcome` adds: one of OUTCOMES, empty before it has any, whether a cancellation is under way, and why
    the last one failed, if it did."""

    outcome: str
    is_being_canceled: bool
    cancel_problem: str | None


class Dressed(Ended):
    """What `dressed` adds to that."""

    host_names: list[str]


class Row(Dressed):
    """What a list's row has beside that: the candidate's phone number, to be called by whoever prints the day."""

    phone_kept: str | None


class Outlined(Dressed):
    """What `outlined` adds to that: who of ours canceled it, if somebody did."""

    canceled_here_by: str | None


if TYPE_CHECKING:
    InterviewWithOutcome = WithAnnotations[Interview, Ended]
    DressedInterview = WithAnnotations[Interview, Dressed]
    InterviewRow = WithAnnotations[Interview, Row]
    OutlinedInterview = WithAnnotations[Interview, Outlined]


class LateFrom(Func):
    """From when on canceling an interview is late. By SQLite's own hand, which is to the second: Django's is a function
    in Python, called for every row."""

    def __init__(self, start: str = "starts_at") -> None:
        super().__init__(start, output_field=DateTimeField(), hours=int(settings.LATE_CANCEL_HOURS))

    def as_sqlite(self, compiler: Any, connection: Any, **_extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="datetime(%(expressions)s, '-%(hours)s hours')")

    def as_postgresql(self, compiler: Any, connection: Any, **_extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s - INTERVAL '%(hours)s hours')")


def outcome() -> Case:
    """One of OUTCOMES; empty before it has any."""
    ended = [When(state=state, then=Value(state.value)) for state in (*NO_SHOWS, State.HELD)]
    return Case(
        When(state=State.CANCELED, canceled_at__gt=LateFrom(), then=Value("canceled_late")),
        When(state=State.CANCELED, then=Value("canceled_in_time")),
        *ended,
        default=Value(""),
        output_field=CharField(),
    )


def with_outcome(interviews: QuerySet[Interview]) -> "QuerySet[InterviewWithOutcome]":
    """Annotate `outcome`, `is_being_canceled` and `cancel_problem`."""
    asked = CancelRequest.objects.filter(interview=OuterRef("pk"), state__in=CancelRequest.OPEN)
    return interviews.annotate(
        is_being_canceled=Exists(asked),
        cancel_problem=Subquery(cancellations.failed().filter(interview=OuterRef("pk")).values("error")[:1]),
        outcome=outcome(),
    )


def with_rows(interviews: QuerySet[Interview]) -> "QuerySet[InterviewWithOutcome]":
    """Everything a row tells, in a fixed number of queries."""
    return _related(interviews).prefetch_related("attempts", "interviewers")


def dressed(ids: Sequence[int]) -> "list[InterviewRow]":
    """These interviews in this order with everything a list shows of them; three queries."""
    rows = in_order(_ROWS(ids), ids)
    HOSTS.give(rows)
    give_stories(rows)
    return rows


def outlined(ids: Sequence[int]) -> "list[OutlinedInterview]":
    """These interviews in this order as calendars and agendas show them: who, with whom, and how it went; three
    queries at most.

    Who a stranger is and who canceled stands in the attempts, so those of others are not read.
    """
    rows = in_order(_OUTLINES(ids), ids)
    HOSTS.give(rows)
    give_stories([row for row in rows if row.candidate is None or row.state == State.CANCELED])
    return rows


def give_stories(rows: Sequence[Interview]) -> None:
    """Read the attempts of all of them; one query."""
    stories: dict[int, list[Attempt]] = {row.pk: [] for row in rows}
    for attempt in _ATTEMPTS(list(stories)):
        stories[attempt.interview_id].append(attempt)
    for row in rows:
        row.known_attempts = stories[row.pk]


def _related(interviews: QuerySet[Interview]) -> "QuerySet[Any]":
    return with_outcome(interviews).select_related("candidate__owner", "position")


def _with_phone(interviews: "QuerySet[Any]") -> "QuerySet[Any]":
    # Nothing for who is unmatched.
    rows: QuerySet[Any] = interviews.annotate(phone_kept=told.phone("candidate__"))
    return rows


def _outlines(ids: Places) -> "QuerySet[OutlinedInterview]":
    rows: QuerySet[Any] = with_outcome(Interview.objects.filter(pk__in=ids)).select_related("candidate")
    by_us = Case(When(state=State.CANCELED, then=Subquery(cancellations.asker())), output_field=CharField(null=True))
    outlines: QuerySet[Any] = rows.annotate(canceled_here_by=by_us).only(*_TOLD, "position", *_TOLD_OF_TODAY).order_by()
    return outlines


# What lists tell, and are ordered by; and what an interview is booked again for.
_TOLD = ("name", "state", "starts_at", "ends_at", "event_type", *told.of("candidate", (*told.CANDIDATE, "sort_name")))
_TOLD_OF_ROWS = (*told.of("candidate__owner", told.PERSON), *told.of("position", told.POSITION))
_TOLD_OF_TODAY = ("canceled_at", "interviewer_no_show_at")
_OUTLINES = rows_by_ids(_outlines)
_ROWS: "ByIds[InterviewRow]" = rows_by_ids(
    lambda ids: _with_phone(_related(Interview.objects.filter(pk__in=ids))).only(*_TOLD, *_TOLD_OF_ROWS).order_by()
)
# The same of an attempt.
_TOLD_OF_ATTEMPTS = (
    *("interview", "booked_at", "invitee_name", "invitee_email", "invitee_timezone"),
    *("location_kind", "location_text", "canceled_at", "canceled_by", "reschedule_url"),
)
_ATTEMPTS = rows_by_ids(lambda ids: Attempt.objects.filter(interview__pk__in=ids).only(*_TOLD_OF_ATTEMPTS).order_by())
HOSTS = Names(
    {
        "host_names": (
            Interview.interviewers.through._default_manager.order_by(Folded("interviewer__name"), "interviewer"),
            "interview",
            # As the model says it.
            Case(
                When(~Q(interviewer__name=""), then=F("interviewer__name")),
                When(~Q(interviewer__email=""), then=F("interviewer__email")),
                default=F("interviewer__user_uri"),
                output_field=CharField(),
            ),
        )
    }
)


def upcoming_of(candidate: Candidate, now: datetime) -> "QuerySet[InterviewWithOutcome]":
    """A candidate's interviews that are still to come or under way."""
    interviews = candidate.interviews.filter(state__in=[State.BOOKED, State.MOVING])
    ahead = interviews.filter(Q(ends_at__gte=now) | Q(ends_at=None))
    return with_rows(ahead).order_by("starts_at", "pk")


def other_seats(*interviews: Interview) -> int:
    """How many more people would be hit by canceling these: the other seats of their group events."""
    current = [interview.current for interview in interviews]
    seats = Attempt.objects.filter(event_uri__in={attempt.event_uri for attempt in current})
    return seats.filter(status=Attempt.Status.ACTIVE).exclude(pk__in=[attempt.pk for attempt in current]).count()


def book_again_url(interview: Interview) -> str:
    """The candidate's link form, with what this interview was for chosen already; empty while nobody is matched."""
    if interview.candidate_id is None:
        return ""
    return form_url(interview.candidate_id, event_type=interview.event_type_id, position=interview.position_id)
