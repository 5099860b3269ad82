"""Interviews for lists and pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from django.conf import settings
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone

from candidates.models import Candidate, SearchWord
from scheduling.models import Attempt, BookingWord, CancelRequest, Interview
from scheduling.models.interview import ENDED
from scheduling.queries import cancellations, told, words
from scheduling.queries.by_ids import Among, ByIds, Names, Places, in_order, looked_up, rows_by_ids
from scheduling.queries.compiled import Given, Moment
from scheduling.queries.keyset import Counting, Listed
from scheduling.queries.links import form_url
from scheduling.queries.parameters import ANY, row_id
from scheduling.queries.volume import Branch, few

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

State = Interview.State
# No interview is longer: Calendly's longest are half a day.
LONGEST = timedelta(days=2)
VIEWS = {
    "upcoming": "Upcoming",
    "today": "Today",
    "past": "Past",
    "unmarked": "To mark",
    "no_show": "No-shows",
    "canceled": "Canceled",
    "all": "All",
}
# How an interview ended; derived from its state and, for a canceled one, from how long before the start that was.
OUTCOMES = {
    "held": "Held",
    "no_show": "Candidate no-show",
    "interviewer_no_show": "Interviewer no-show",
    "canceled_in_time": "Canceled in time",
    "canceled_late": "Canceled late",
}
# By tab, where that leaves some out.
OUTCOMES_OF = {
    "upcoming": (),
    "today": ("held", "no_show", "interviewer_no_show"),
    "past": ("held", "no_show", "interviewer_no_show"),
    "unmarked": (),
    "no_show": ("no_show", "interviewer_no_show"),
    "canceled": ("canceled_in_time", "canceled_late"),
}
# Days up to the end of today, where the viewer is; the weeks are those Today counts.
PERIODS = {"1d": "today", "7d": "last 7 days", "8w": "last 8 weeks"}
DAYS = {"1d": 1, "7d": 7, "8w": 56}
FILTERS = {
    "view": VIEWS,
    "outcome": OUTCOMES,
    "starts": PERIODS,
    "booked": PERIODS,
    "interviewers": ANY,
    "event_type": ANY,
    "position": ANY,
    "q": ANY,
    "layout": ("week", "list"),
    "week": ANY,
}


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


class IsEnded(Func):
    """Whether a state is one of `ENDED`, as the condition of an index says it: SQLite recognises that by its words, and
    not when they come as parameters."""

    template = f"%(expressions)s IN ({', '.join(map(repr, ENDED))})"
    output_field = BooleanField()


def with_outcome(interviews: QuerySet[Interview]) -> "QuerySet[InterviewWithOutcome]":
    """Annotate `outcome`, `is_being_canceled` and `cancel_problem`."""
    asked = CancelRequest.objects.filter(interview=OuterRef("pk"), state__in=CancelRequest.OPEN)
    ended = [When(state=state, then=Value(state.value)) for state in (*NO_SHOWS, State.HELD)]
    return interviews.annotate(
        is_being_canceled=Exists(asked),
        cancel_problem=Subquery(cancellations.failed().filter(interview=OuterRef("pk")).values("error")[:1]),
        outcome=Case(
            When(state=State.CANCELED, canceled_at__gt=LateFrom(), then=Value("canceled_late")),
            When(state=State.CANCELED, then=Value("canceled_in_time")),
            *ended,
            default=Value(""),
            output_field=CharField(),
        ),
    )


NO_SHOWS = (State.NO_SHOW, State.INTERVIEWER_NO_SHOW)


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
    *("location_kind", "location_text", "canceled_at", "canceled_by"),
)
_ATTEMPTS = rows_by_ids(lambda ids: Attempt.objects.filter(interview__pk__in=ids).only(*_TOLD_OF_ATTEMPTS).order_by())
HOSTS = Names(
    {
        "host_names": (
            Interview.interviewers.through._default_manager.order_by("interviewer__name", "interviewer"),
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


def chosen_view(query: QueryDict) -> str:
    """The tab an address names, else the first."""
    view = query.get("view", "")
    return view if view in VIEWS else "upcoming"


def listed(query: QueryDict, *, now: datetime) -> Listed[Interview]:
    """The interviews page: `view`, `outcome`, `starts`, `booked`, `interviewers`, `event_type`, `position`, search `q`.

    Unknown values are ignored. What thousands may have is not counted.
    """
    view, outcome = chosen_view(query), str(query.get("outcome", ""))
    interviews = _view(view, now)
    if outcome in OUTCOMES:
        # What the tab leaves out nobody need look for.
        can_end = outcome in OUTCOMES_OF.get(view, OUTCOMES)
        interviews = interviews.filter(_ended(outcome)) if can_end else interviews.none()
    if query.get("starts") in PERIODS:
        begin, end = _period(str(query["starts"]), now)
        interviews = interviews.filter(starts_at__gte=begin, starts_at__lt=end)
    if query.get("booked") in PERIODS:
        begin, end = _period(str(query["booked"]), now)
        booked = first_attempts().filter(booked_at__gte=begin, booked_at__lt=end)
        interviews = interviews.filter(pk__in=booked.order_by().values("interview"))
    for name in ("event_type", "position"):
        if chosen := row_id(query, name):
            interviews = interviews.filter(**{name: chosen})
    return _by_people(interviews, query)


@dataclass(frozen=True)
class Shape:
    """What an address asks of interviews beside their own columns; its values are `Given` (see `volume.Shape`)."""

    has_interviewer: bool
    words: words.Shape

    def branches(self) -> dict[str, Branch]:
        hosted = Interview.interviewers.through.objects.filter(interviewer=Given("interviewer", IntegerField()))
        branches = {"hosted": Branch(hosted, "interview_id")} if self.has_interviewer else {}
        typed = words.places(self.words)
        return branches | words.branches(SearchWord, typed) | words.branches(BookingWord, typed)


def _by_people(interviews: QuerySet[Interview], query: QueryDict) -> Listed[Interview]:
    """Those with this interviewer, and with a candidate or invitee who is called so."""
    text, interviewer = str(query.get("q", "")).strip(), row_id(query, "interviewers")
    if not text and not interviewer:
        return Listed(interviews)
    ids = few(Shape(bool(interviewer), words.shape(text)), {"interviewer": interviewer, **words.given(text)})
    hosted = ids.pop("hosted", None)
    is_few = hosted is not None or (bool(text) and all(these is not None for these in ids.values()))
    if is_few:
        interviews = looked_up(interviews)
    if hosted is not None:
        interviews = interviews.filter(Among("pk", hosted))
    elif interviewer:
        hosting = Interview.interviewers.through.objects.filter(interviewer=interviewer, interview=OuterRef("pk"))
        interviews = interviews.filter(Exists(hosting))
    if text:
        named = words.belongs(SearchWord, text, ids, "candidate_id")
        interviews = interviews.filter(named | words.belongs(BookingWord, text, ids, "pk"))
    return Listed(interviews, Counting.APART if is_few else Counting.NOT)


def _ended(outcome: str) -> Q:
    """The rows of one outcome: as `with_outcome` says it, in words an index knows."""
    if outcome == "canceled_late":
        return Q(state=State.CANCELED, canceled_at__gt=LateFrom())
    if outcome == "canceled_in_time":
        return Q(state=State.CANCELED) & (Q(canceled_at__lte=LateFrom()) | Q(canceled_at=None) | Q(starts_at=None))
    return Q(state=outcome)


def _view(view: str, now: datetime) -> QuerySet[Interview]:
    """One tab's interviews in its order: what comes first first, what was last first."""
    interviews = Interview.objects.all()
    match view:
        case "upcoming":
            # Nothing at Calendly lasts longer, and starts have an index.
            ahead = interviews.filter(starts_at__gte=now - LONGEST)
            # Of two bounds that say nearly the same PostgreSQL expects nearly nothing, and sorts it all; one that it
            # cannot weigh leaves it to the index, which has the order.
            ahead = ahead.annotate(until=Coalesce("ends_at", "starts_at")).filter(until__gte=now)
            # Said so, it has an index of its own; of two states SQLite would read and sort all.
            return ahead.exclude(IsEnded("state")).order_by("starts_at", "pk")
        case "today":
            start, end = day_bounds(now)
            of_day = interviews.filter(starts_at__gte=start, starts_at__lt=end)
            return of_day.exclude(state=State.CANCELED).order_by("starts_at", "pk")
        case "past":
            over = interviews.filter(starts_at__lt=now, ends_at__lt=now)
            return over.exclude(state=State.CANCELED).order_by("-starts_at", "-pk")
        case "unmarked":
            return unmarked(now)
        case "no_show":
            # Django writes a bare column for `=True`, of which SQLite makes no use of an index.
            interviews = interviews.filter(is_missed__in=[True])
        case "canceled":
            interviews = interviews.filter(state=State.CANCELED)
    return interviews.order_by("-starts_at", "-pk")


def first_attempts() -> QuerySet[Attempt]:
    """An interview's first booking; whatever moved it names the one before."""
    return Attempt.objects.filter(previous_uri="")


def _period(name: str, now: datetime) -> tuple[datetime, datetime]:
    begin, end = midnights(now, days=DAYS[name], times=1)
    return begin, end


def midnights(now: datetime, *, days: int, times: int) -> list[datetime]:
    """Where so many spans of days begin, oldest first, and where the last ends, which is when today does; all of them
    where the viewer is."""
    zone = timezone.get_current_timezone()
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    return [datetime.combine(tomorrow - timedelta(days=days * back), time(), zone) for back in range(times, -1, -1)]


def day_bounds(now: datetime) -> tuple[datetime, datetime]:
    """Midnight to midnight around `now` in the viewer's zone; 23 or 25 hours where the clocks change."""
    zone = timezone.get_current_timezone()
    today = timezone.localtime(now).date()
    start, end = (datetime.combine(day, time(), zone) for day in (today, today + timedelta(days=1)))
    return start, end


def unmarked(now: Moment) -> QuerySet[Interview]:
    """Over, and nobody has said how it went."""
    over = Interview.objects.filter(starts_at__lt=now, ends_at__lt=now)
    return over.filter(state=State.BOOKED).order_by("-starts_at", "-pk")


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
