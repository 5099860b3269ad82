"""How interviews went, week by week, by whom and by what they were, and how many booking links become interviews."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from django.contrib.auth.models import User
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.http import QueryDict
from django.utils import timezone

from candidates.words import fold
from scheduling.models import Attempt, BookingLink, Interview
from scheduling.queries import interviews, tables
from scheduling.queries.by_ids import Among
from scheduling.queries.compiled import Compiled
from scheduling.queries.days import midnights
from scheduling.queries.figures import percent, rate
from scheduling.queries.interview_search import DAYS, PERIODS
from scheduling.queries.numbers import Number
from scheduling.queries.parameters import ANY, ignored, row_id
from scheduling.queries.tables import INTERVIEWS, Asked, Chip
from scheduling.queries.tallies import HOW, Grouped, Tally

# So many of each kind are told by name, the others together.
MOST_NAMED = 20
WEEKS = {name: words for name, words in PERIODS.items() if name.endswith("w")}
USUAL = "8w"
# By the row, or by none: how its interviews went.
ByRow = Mapping[int | None, Counter[str]]
FILTERS = {"starts": WEEKS, "interviewers": ANY, "event_type": ANY, "position": ANY, "mine": ANY}


@dataclass(frozen=True)
class Links:
    """What became of the links that were made in these weeks; half of those booked were booked within `usual_time`."""

    made: int
    opened: int
    booked: int
    held: int
    usual_time: timedelta | None

    @property
    def steps(self) -> list[tuple[str, int, str]]:
        """Words, how many, and which part of all."""
        counts = {"Made": self.made, "Opened": self.opened, "Booked": self.booked, "Held": self.held}
        return [(words, count, rate(count, self.made)) for words, count in counts.items()]


@dataclass(frozen=True)
class Insights:
    """What the page shows; `links` is None where the filter means something links do not have."""

    everything: Tally
    weeks: Grouped
    groups: list[Grouped]
    links: Links | None
    numbers: list[Number]


def asked(query: QueryDict) -> Asked:
    """What an address asks: the interviews of some weeks up to now, in the words of their list; one query.

    `starts` is one of WEEKS; `interviewers`, `event_type`, `position` and `mine` are the list's. What is none of it is
    named as ignored.
    """
    known = QueryDict(mutable=True)
    for name in FILTERS:
        known[name] = str(query.get(name) or "")
    if known["starts"] not in WEEKS:
        known["starts"] = USUAL
    known["view"] = "all"
    found = tables.asked(INTERVIEWS, known, offers_choices=True)
    return replace(found, ignored=[*ignored(query, FILTERS), *found.ignored][:5])


def narrowing(found: Asked) -> list[Chip]:
    """Every filter but the weeks, which there always are."""
    return [chip for chip in found.chips if chip.name in FILTERS and chip.name != "starts"]


def read(found: Asked, *, viewer: User, now: datetime) -> Insights:
    """Everything the page shows, in four queries, one more with an interviewer; what is yet to come is not counted."""
    query, begins = found.query, _begins(found.query, now)
    rows = found.rows(viewer=viewer, now=now).order_by().annotate(how=_how(now))
    plain = {name: str(value) for name, value in query.items()}
    weeks, by_name = _walked(rows, begins)
    if not query.get("interviewers"):
        by_name["interviewers"] = _by_interviewer(rows)
    words = _words(by_name)
    counts = sum(weeks, Counter[str]())
    everything = Tally("In all", counts, plain)
    rows_of_weeks = [Tally(named, of_week, {}) for named, of_week in zip(_week_words(begins), weeks, strict=True)]
    return Insights(
        everything=everything,
        weeks=Grouped("Week", rows_of_weeks),
        groups=[
            Grouped(INTERVIEWS.references[name].words, _named(by_name[name], words[name], plain, name))
            for name in INTERVIEWS.references
            # Where none has any there is nothing to tell apart.
            if not query.get(name) and set(by_name[name]) - {None}
        ],
        links=None if query.get("interviewers") else _links(query, begins, viewer),
        numbers=list(_numbers(everything, rows_of_weeks)),
    )


def _how(now: datetime) -> Case:
    """One of HOW; empty before it is over."""
    over = Q(state=Interview.State.BOOKED, ends_at__lt=now)
    return Case(When(over, then=Value("unmarked")), default=interviews.outcome())


def _begins(query: QueryDict, now: datetime) -> list[datetime]:
    """Where each week of seven days begins, oldest first, and where today ends."""
    return midnights(now, days=7, times=DAYS[str(query["starts"])] // 7)


def _walked(rows: "QuerySet[Any]", begins: list[datetime]) -> tuple[list[Counter[str]], dict[str, ByRow]]:
    """The interviews of each week, and those of each event type and position, in one walk; one query."""
    ends = [When(starts_at__lt=end, then=Value(number)) for number, end in enumerate(begins[1:])]
    by_week = rows.annotate(week=Case(*ends, output_field=IntegerField()))
    weeks = [Counter[str]() for _ in ends]
    types, positions = defaultdict[int | None, Counter[str]](Counter), defaultdict[int | None, Counter[str]](Counter)
    counted = by_week.values_list("week", "event_type", "position", "how").annotate(count=Count("pk"))
    for week, event_type, position, how, count in counted:
        if how:
            for counts in (weeks[week], types[event_type], positions[position]):
                counts[how] += count
    return weeks, {"event_type": types, "position": positions}


def _by_interviewer(rows: "QuerySet[Any]") -> ByRow:
    """One of several interviewers counts for each of them; one query."""
    found = defaultdict[int | None, Counter[str]](Counter)
    for pk, how, count in rows.values_list("interviewers", "how").annotate(count=Count("pk")):
        if how:
            found[pk][how] = count
    return found


def _words(by_name: Mapping[str, ByRow]) -> dict[str, dict[int | None, str]]:
    """What names each of these rows; one query."""
    words: dict[str, dict[int | None, str]] = {name: {} for name in by_name}
    parts = []
    for name, found in by_name.items():
        reference = INTERVIEWS.references[name]
        words[name][None] = f"No {reference.words.lower()}"
        rows = (
            reference.rows()
            .model._default_manager.filter(Among("pk", [pk for pk in found if pk is not None]))
            .order_by()
        )
        parts.append(
            rows.annotate(of=Value(name, CharField()), words=reference.named_by).values_list("of", "pk", "words")
        )
    for name, pk, named in Compiled(lambda: parts).ask():
        words[name][pk] = named
    return words


def _week_words(begins: list[datetime]) -> list[str]:
    days = [timezone.localtime(moment).date() for moment in begins]
    return [_days(first, after - timedelta(days=1)) for first, after in pairwise(days)]


def _days(first: date, last: date) -> str:
    """`2 – 8 Nov`, `28 Sep – 4 Oct`."""
    return f"{first.day}{'' if first.month == last.month else f' {first:%b}'} – {last.day} {last:%b}"


def _named(found: ByRow, words: Mapping[int | None, str], query: Mapping[str, str], name: str) -> list[Tally]:
    """The rows of one group: those with most interviews, then all others in one."""
    rows = [
        # Whoever was deleted meanwhile has no name.
        Tally(words.get(pk, "–"), counts, {} if pk is None else {**query, name: str(pk)})
        for pk, counts in found.items()
    ]
    rows.sort(key=lambda row: (-row.total, fold(row.words)))
    # One more is as short as the words that there is one more.
    if len(rows) <= MOST_NAMED + 1:
        return rows
    others = sum((row.counts for row in rows[MOST_NAMED:]), Counter[str]())
    return [*rows[:MOST_NAMED], Tally(f"{len(rows) - MOST_NAMED} others", others, {})]


def _links(query: QueryDict, begins: list[datetime], viewer: User) -> Links:
    """The links made in these weeks, those of the viewer for "mine"; one query."""
    made = Q(created_at__gte=begins[0], created_at__lt=begins[-1])
    for name in ("event_type", "position"):
        if chosen := row_id(query, name):
            made &= Q(**{name: chosen})
    if query.get("mine"):
        made &= Q(created_by=viewer)
    booked = Attempt.objects.filter(interview__link=OuterRef("pk")).order_by("booked_at")
    held = Interview.objects.filter(link=OuterRef("pk"), state=Interview.State.HELD)
    links = BookingLink.objects.filter(made).order_by()
    rows = links.values_list("created_at", "opened_at", Subquery(booked.values("booked_at")[:1]), Exists(held))
    told = [(made_at, opened_at or booked_at, booked_at, is_held) for made_at, opened_at, booked_at, is_held in rows]
    waits_s = [(booked_at - made_at).total_seconds() for made_at, _, booked_at, _ in told if booked_at]
    return Links(
        made=len(told),
        opened=sum(1 for _, opened_at, _, _ in told if opened_at),
        booked=len(waits_s),
        held=sum(1 for *_, is_held in told if is_held),
        usual_time=timedelta(seconds=median(waits_s)) if waits_s else None,
    )


def _numbers(everything: Tally, weeks: list[Tally]) -> Iterator[Number]:
    """Figures over the weeks; each leads to the rows it counts, the rates to those that are missed or late."""
    counts = everything.counts
    yield Number("Held", f"{counts['held']:,}", [week.counts["held"] for week in weeks], everything.address_of("held"))
    missed = f"Candidate no-shows, {counts['no_show']:,} of {everything.came_or_not:,}"
    rates = [percent(week.counts["no_show"], week.came_or_not) for week in weeks]
    yield Number(missed, everything.no_show_rate, rates, everything.address_of("no_show"))
    for how in ("interviewer_no_show", "canceled_late", "unmarked"):
        by_week = [week.counts[how] for week in weeks]
        yield Number(HOW[how], f"{counts[how]:,}", by_week, everything.address_of(how))
