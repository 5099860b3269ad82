"""Which interviews an address asks for: those of a tab, an outcome, a time, and of people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db.models import BooleanField, Exists, Func, IntegerField, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict

from candidates.models import SearchWord
from scheduling.models import Attempt, BookingWord, Interview
from scheduling.models.interview import ENDED
from scheduling.queries import words
from scheduling.queries.by_ids import Among, looked_up
from scheduling.queries.compiled import Given, Moment
from scheduling.queries.days import day_bounds, midnights
from scheduling.queries.interviews import OUTCOMES, LateFrom
from scheduling.queries.keyset import Counting, Listed, anybody
from scheduling.queries.parameters import ANY, row_id
from scheduling.queries.volume import Branch, few

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
# By tab, where that leaves some out.
OUTCOMES_OF = {
    "upcoming": (),
    "today": ("held", "no_show", "interviewer_no_show"),
    "past": ("held", "no_show", "interviewer_no_show"),
    "unmarked": (),
    "no_show": ("no_show", "interviewer_no_show"),
    "canceled": ("canceled_in_time", "canceled_late"),
}
# Days up to the end of today, where the viewer is; the weeks are those Today and Insights count.
PERIODS = {
    "1d": "today",
    "7d": "last 7 days",
    "4w": "last 4 weeks",
    "8w": "last 8 weeks",
    "12w": "last 12 weeks",
    "26w": "last 26 weeks",
}
DAYS = {"1d": 1, "7d": 7, "4w": 28, "8w": 56, "12w": 84, "26w": 182}
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


class IsEnded(Func):
    """Whether a state is one of `ENDED`, as the condition of an index says it: SQLite recognises that by its words, and
    not when they come as parameters."""

    template = f"%(expressions)s IN ({', '.join(map(repr, ENDED))})"
    output_field = BooleanField()


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
        # Nobody books what is over, so this leaves out none of them; from the first interview ever on, an index would
        # else be walked past years to those booked lately.
        interviews = interviews.filter(Q(starts_at__gte=begin - LONGEST) | Q(starts_at=None))
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
    if is_few:
        return Listed(interviews)
    booked = words.found(BookingWord, text, ids) if text else None
    return Listed(interviews, Counting.NOT, anybody if booked is None else partial(words.called, text, booked))


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


def unmarked(now: Moment) -> QuerySet[Interview]:
    """Over, and nobody has said how it went."""
    over = Interview.objects.filter(starts_at__lt=now, ends_at__lt=now)
    return over.filter(state=State.BOOKED).order_by("-starts_at", "-pk")


def first_attempts() -> QuerySet[Attempt]:
    """An interview's first booking; whatever moved it names the one before."""
    return Attempt.objects.filter(previous_uri="")


def _period(name: str, now: datetime) -> tuple[datetime, datetime]:
    begin, end = midnights(now, days=DAYS[name], times=1)
    return begin, end
