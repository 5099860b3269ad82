"""Who is free when: what Calendly told, laid out by day in somebody's zone."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import QuerySet
from pydantic import TypeAdapter, ValidationError

from scheduling.calendly.resources import AvailabilitySchedule, AvailableTime, EventTypeSchedule
from scheduling.models import CalendarWindow, Connection, EventType
from scheduling.queries.schedules import Span, common, expand, merged, without

Kind = CalendarWindow.Kind
SPANS = {"day": 1, "week": 7, "fortnight": 14}
# Side by side; more are no picture any more.
MOST_SHOWN = 12
# Offered to be chosen from.
MOST_OFFERED = 200
# The hours that are always shown; a view with earlier or later ones shows more.
FIRST_HOUR, LAST_HOUR = 8, 18
QUARTER = timedelta(minutes=15)
# One block is at most so long, because the style sheet knows no longer ones; a longer run is several.
MOST_QUARTERS = 32
# How far ahead a view may begin: Calendly offers nothing later.
HORIZON = timedelta(days=366)
WORDS = {
    "open": "bookable",
    "busy": "busy",
    "outside": "outside hours",
    "unknown": "unknown",
    "over": "over",
    "apart": "not everyone",
}
_SLOTS = TypeAdapter(list[AvailableTime])
_SCHEDULES = TypeAdapter(list[AvailabilitySchedule])
_TYPE_SCHEDULES = TypeAdapter(list[EventTypeSchedule])


@dataclass(frozen=True)
class Host:
    """An interviewer of something that can be booked."""

    pk: int
    name: str
    user_uri: str
    timezone: str
    connection_id: int
    max_per_day: int | None
    max_per_week: int | None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Offer:
    """An event type that can be booked, with its hosts' ids."""

    pk: int
    name: str
    duration_min: int
    is_group: bool
    connection_id: int
    hosts: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Desk:
    """All that can be booked through a live connection, and with whom."""

    offers: dict[int, Offer]
    hosts: dict[int, Host]


def desk() -> Desk:
    """Bookable event types with the members who host them, by name; one query."""
    names = ("pk", "name", "duration_min", "kind", "connection_id")
    of_host = ("pk", "name", "email", "user_uri", "timezone", "is_member", "max_per_day", "max_per_week")
    rows = EventType.objects.filter(connection__state=Connection.State.CONNECTED, is_active=True, deleted_at=None)
    offers: dict[int, Offer] = {}
    hosts: dict[int, Host] = {}
    fields = (*names, *(f"hosts__{name}" for name in of_host), "hosts__connection_id", "hosts__connection__state")
    for row in rows.order_by("name", "pk", "hosts__name", "hosts__pk").values(*fields):
        is_group = row["kind"] == EventType.Kind.GROUP
        offer = offers.setdefault(
            row["pk"], Offer(row["pk"], row["name"], row["duration_min"], is_group, row["connection_id"])
        )
        if row["hosts__is_member"] and row["hosts__connection__state"] == Connection.State.CONNECTED:
            host = _host(row)
            hosts[host.pk] = host
            offer.hosts.append(host.pk)
    return Desk(offers, dict(sorted(hosts.items(), key=lambda item: (item[1].name, item[0]))))


def _host(row: dict[str, Any]) -> Host:
    return Host(
        pk=row["hosts__pk"],
        name=row["hosts__name"] or row["hosts__email"] or row["hosts__user_uri"],
        user_uri=row["hosts__user_uri"],
        timezone=row["hosts__timezone"],
        connection_id=row["hosts__connection_id"],
        max_per_day=row["hosts__max_per_day"],
        max_per_week=row["hosts__max_per_week"],
    )


def days_of(start: date, count: int, zone: ZoneInfo) -> list[datetime]:
    """The beginnings of so many local days, and the end of the last."""
    return [datetime.combine(start + timedelta(days=offset), time(), zone) for offset in range(count + 1)]


def rows_of(keys: Iterable[str]) -> QuerySet[CalendarWindow]:
    return CalendarWindow.objects.filter(key__in=list(keys)).order_by("pk")


def version(rows: Iterable[CalendarWindow]) -> str:
    """Changes whenever a page made of these rows would say something else."""
    parts = [(row.pk, row.read_at, row.problem, row.wanted_at is None) for row in rows]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Run:
    """A stretch of one state."""

    start: datetime
    end: datetime
    state: str

    @property
    def words(self) -> str:
        return WORDS[self.state]

    @property
    def has_times(self) -> bool:
        """Whether its times matter to somebody who looks for one."""
        return self.state in ("open", "busy", "unknown")


@dataclass(frozen=True)
class Block:
    """A run, or a part of a long one, by the clock on the wall: `hour` and `quarter` count from the first shown."""

    run: Run
    hour: int
    quarter: int
    quarters: int
    is_first: bool


@dataclass(frozen=True)
class Day:
    """One day of one calendar: all of its runs, and those within the hours shown as blocks."""

    starts_at: datetime
    ends_at: datetime
    runs: list[Run]
    blocks: list[Block]
    # The hour and quarter it is now, counted like the blocks'; None on other days and outside the hours shown.
    now_at: tuple[int, int] | None
    has_hours: bool = True

    def of(self, state: str) -> list[Run]:
        return [run for run in self.runs if run.state == state]

    @property
    def open(self) -> list[Run]:
        return self.of("open")

    @property
    def busy(self) -> list[Run]:
        return self.of("busy")

    @property
    def unknown(self) -> list[Run]:
        return self.of("unknown")

    @property
    def summary(self) -> str:
        """Why nothing is bookable."""
        states = {run.state for run in self.runs}
        if states == {"over"}:
            return "over"
        if "unknown" in states:
            return "unknown"
        return "nothing free" if self.has_hours else "no hours"


@dataclass(frozen=True)
class Calendar:
    """What is known of one interviewer over a span: working hours (None: not known), busy times, and where known."""

    host: Host
    hours: list[Span] | None
    busy: list[Span]
    known: list[Span]
    problems: list[str]
    read_at: datetime | None
    is_waiting: bool
    # Whether a problem hides what was known before of some of the span.
    is_hidden: bool = False

    @property
    def is_unknown(self) -> bool:
        return self.hours is None or not self.known or self.is_hidden

    @property
    def why(self) -> str:
        """Why it is unknown, or perhaps out of date."""
        if self.problems:
            return "; ".join(dict.fromkeys(self.problems))
        return "not read yet" if self.is_waiting else "not told by Calendly"

    def runs(self, start: datetime, end: datetime, *, now: datetime) -> list[Run]:
        """The whole of [start, end) by state."""
        free = common([self.hours or [], self.known])
        free = without(free, self.busy)
        whole = [(start, end)]
        # Outside their hours nobody needs to know whether they are busy.
        unknown = whole if self.hours is None else common([without(whole, self.known), self.hours])
        layers = [("unknown", unknown), ("open", free), ("busy", self.busy), ("over", [(start, max(start, now))])]
        return painted(start, end, layers)


def painted(
    start: datetime, end: datetime, layers: Sequence[tuple[str, list[Span]]], *, ground: str = "outside"
) -> list[Run]:
    """[start, end) as runs: each layer covers those before it."""
    clipped = [
        (state, [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]) for state, spans in layers
    ]
    edges = sorted({start, end, *(edge for _, spans in clipped for span in spans for edge in span)})
    runs: list[Run] = []
    for opens, closes in pairwise(edges):
        state = ground
        for name, spans in clipped:
            if any(a <= opens and closes <= b for a, b in spans):
                state = name
        if runs and runs[-1].state == state:
            runs[-1] = Run(runs[-1].start, closes, state)
        else:
            runs.append(Run(opens, closes, state))
    return runs


def calendars(
    hosts: Sequence[Host], rows: Iterable[CalendarWindow], start: datetime, end: datetime, *, offer: Offer | None
) -> list[Calendar]:
    """Each host's calendar out of the rows; with an offer, its own hours count where Calendly told them."""
    by_kind: dict[tuple[str, int], list[CalendarWindow]] = {}
    for row in rows:
        by_kind.setdefault((row.kind, row.interviewer_id or row.event_type_id or 0), []).append(row)
    of_type = by_kind.get((Kind.TYPE_HOURS, offer.pk), []) if offer else []
    type_hours = _type_hours(of_type, start, end)

    def rows_for(kind: str, host: Host) -> list[CalendarWindow]:
        return by_kind.get((kind, host.pk), [])

    return [
        _calendar(host, rows_for(Kind.HOURS, host), rows_for(Kind.BUSY, host), type_hours, (start, end))
        for host in hosts
    ]


def _calendar(
    host: Host,
    hours_rows: list[CalendarWindow],
    busy_rows: list[CalendarWindow],
    type_hours: dict[str, list[Span]],
    shown: Span,
) -> Calendar:
    rows = [*hours_rows, *busy_rows]
    problems = [_why(row) for row in rows if row.problem]
    hours: list[Span] | None = None
    try:
        own = type_hours.get(host.user_uri)
        hours = _hours(hours_rows, *shown) if own is None else own
    except (ValidationError, ZoneInfoNotFoundError, ValueError):
        problems.append("its working hours cannot be understood")
    known_rows = [row for row in busy_rows if row.is_known]
    busy = [_span(pair) for row in known_rows for pair in row.content]
    known = [(row.starts_at, row.ends_at) for row in known_rows if row.starts_at and row.ends_at]
    return Calendar(
        host=host,
        hours=hours,
        busy=merged(busy),
        known=merged(known),
        problems=problems,
        read_at=min((row.read_at for row in rows if row.read_at and row.is_known), default=None),
        is_waiting=not rows or any(row.wanted_at is not None for row in rows),
        is_hidden=any(row.problem in CalendarWindow.HIDING for row in rows),
    )


def _why(row: CalendarWindow) -> str:
    """The problem in our words, with Calendly's where they tell more."""
    words = CalendarWindow.Problem(row.problem).label
    return f"{words}: “{row.detail}”" if row.detail else words


def _span(pair: list[int]) -> Span:
    return datetime.fromtimestamp(pair[0], UTC), datetime.fromtimestamp(pair[1], UTC)


def _hours(rows: list[CalendarWindow], start: datetime, end: datetime) -> list[Span] | None:
    found: list[Span] | None = None
    for row in rows:
        if row.is_known:
            schedules = [one for one in _SCHEDULES.validate_python(row.content) if one.default]
            spans = [span for one in schedules for span in expand(one.timezone, one.rules, start, end)]
            found = merged([*(found or []), *spans])
    return found


def _type_hours(rows: list[CalendarWindow], start: datetime, end: datetime) -> dict[str, list[Span]]:
    """An event type's own hours by its hosts' addresses; empty where Calendly did not tell them."""
    found: dict[str, list[Span]] = {}
    for row in rows:
        try:
            schedules = _TYPE_SCHEDULES.validate_python(row.content if row.is_known else [])
            for one in schedules:
                rule = one.availability_rule
                found[rule.user] = merged([*found.get(rule.user, []), *expand(rule.timezone, rule.rules, start, end)])
        except (ValidationError, ZoneInfoNotFoundError, ValueError):
            continue
    return found


@dataclass(frozen=True)
class Row:
    """One line of the grid: an interviewer's days, or what all have in common."""

    calendar: Calendar | None
    days: list[Day]

    @property
    def name(self) -> str:
        return str(self.calendar.host) if self.calendar else "Everyone"


@dataclass(frozen=True)
class Grid:
    """Several calendars side by side; `hours` are those shown."""

    days: list[datetime]
    hours: list[int]
    rows: list[Row]
    together: Row | None
    read_at: datetime | None
    waiting: int

    @property
    def end_hour(self) -> int:
        """The first hour that is not shown."""
        return self.hours[-1] + 1

    @cached_property
    def columns(self) -> list[tuple[datetime, list[tuple[Row, Day]]]]:
        """By day, for a page that shows interviewers as columns."""
        rows = [*([self.together] if self.together else []), *self.rows]
        return [(day, [(row, row.days[index]) for row in rows]) for index, day in enumerate(self.days)]


def grid(found: Sequence[Calendar], days: Sequence[datetime], *, now: datetime) -> Grid:
    """The calendars over these days; the last is the end of the last one."""
    runs = [[one.runs(_utc(start), _utc(end), now=now) for start, end in pairwise(days)] for one in found]
    together = [_together([of_one[n] for of_one in runs]) for n in range(len(days) - 1)] if len(found) > 1 else []
    zone = days[0].tzinfo
    shown = _Shown(*_hours_shown([run for of_one in runs for of_day in of_one for run in of_day], zone), zone, now)
    read = [one.read_at for one in found]
    return Grid(
        days=list(days[:-1]),
        hours=list(range(shown.first, shown.last)),
        rows=[
            Row(one, [shown.day(of_day, one.hours) for of_day in of_one])
            for one, of_one in zip(found, runs, strict=True)
        ],
        together=Row(None, [shown.day(of_day) for of_day in together]) if together else None,
        read_at=min((at for at in read if at), default=None),
        waiting=sum(one.is_waiting for one in found),
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _together(several: list[list[Run]]) -> list[Run]:
    """When everyone is free; unknown where nobody is known to be kept and somebody is unknown."""
    start, end = several[0][0].start, several[0][-1].end

    def of(runs: list[Run], *states: str) -> list[Span]:
        return merged((run.start, run.end) for run in runs if run.state in states)

    free = common(of(runs, "open") for runs in several)
    maybe = common(of(runs, "open", "unknown") for runs in several)
    over = common(of(runs, "over") for runs in several)
    return painted(start, end, [("unknown", maybe), ("open", free), ("over", over)], ground="apart")


def _hours_shown(runs: Iterable[Run], zone: Any) -> tuple[int, int]:
    """The first hour shown and the first that is not, so that everything bookable or busy is seen."""
    first, last = FIRST_HOUR, LAST_HOUR
    for run in runs:
        if run.state in ("open", "busy"):
            begins, ends = run.start.astimezone(zone), run.end.astimezone(zone)
            # A run ends on its own day, or at the midnight after it.
            is_midnight = ends.date() != begins.date()
            first = min(first, begins.hour)
            last = max(last, 24 if is_midnight else ends.hour + (ends.minute > 0))
    return first, last


@dataclass(frozen=True)
class _Shown:
    """The hours a view shows, by whose clocks, and when."""

    first: int
    last: int
    zone: Any
    now: datetime

    def day(self, runs: list[Run], hours: list[Span] | None = None) -> Day:
        starts_at, ends_at = runs[0].start.astimezone(self.zone), runs[-1].end.astimezone(self.zone)
        quarters = _quarter(self.now.astimezone(self.zone), starts_at.date()) - self.first * 4
        is_shown = starts_at <= self.now < ends_at and 0 <= quarters < (self.last - self.first) * 4
        blocks = list(_blocks(runs, self.first, self.last, self.zone))
        has_hours = hours is None or any(opens < ends_at and closes > starts_at for opens, closes in hours)
        return Day(starts_at, ends_at, runs, blocks, divmod(quarters, 4) if is_shown else None, has_hours)


def _blocks(runs: list[Run], first: int, last: int, zone: Any) -> Iterator[Block]:
    """By the clock on the wall, so that the days of a view stand below each other also when the clocks change."""
    day = runs[0].start.astimezone(zone).date()
    reached = 0
    for run in runs:
        begins, ends = (_quarter(edge.astimezone(zone), day) - first * 4 for edge in (run.start, run.end))
        begins, ends = max(begins, reached), min(ends, (last - first) * 4)
        is_first = True
        while begins < ends:
            quarters = min(ends - begins, MOST_QUARTERS)
            yield Block(run, begins // 4, begins % 4, quarters, is_first)
            begins += quarters
            reached, is_first = begins, False


def _quarter(local: datetime, day: date) -> int:
    """The nearest quarter of an hour since the day's midnight."""
    return 96 if local.date() > day else round((local.hour * 60 + local.minute) / 15)


@dataclass(frozen=True)
class SlotDay:
    """One day's open slots."""

    day: datetime
    slots: list[AvailableTime]


@dataclass(frozen=True)
class Slots:
    """An event type's open slots by day; `is_known` is False while nothing has been read for some of the days."""

    days: list[SlotDay]
    is_known: bool
    problem: str
    read_at: datetime | None

    @property
    def count(self) -> int:
        return sum(len(day.slots) for day in self.days)

    @property
    def starts(self) -> list[datetime]:
        return [slot.start_time for day in self.days for slot in day.slots]


def slots(rows: Iterable[CalendarWindow], days: Sequence[datetime], *, now: datetime) -> Slots:
    """Slots under the local day they begin on; days without one are there too."""
    of_type = [row for row in rows if row.kind == Kind.SLOTS]
    by_day: dict[date, list[AvailableTime]] = {day.date(): [] for day in days[:-1]}
    start, end, zone = max(_utc(days[0]), now), _utc(days[-1]), days[0].tzinfo
    for row in of_type:
        for slot in _SLOTS.validate_python(row.content if row.is_known else []):
            if start <= slot.start_time < end:
                by_day[slot.start_time.astimezone(zone).date()].append(slot)
    return Slots(
        days=[SlotDay(day, sorted(by_day[day.date()], key=lambda slot: slot.start_time)) for day in days[:-1]],
        is_known=bool(of_type) and all(row.is_known for row in of_type),
        problem="; ".join(dict.fromkeys(_why(row) for row in of_type if row.problem)),
        read_at=min((row.read_at for row in of_type if row.read_at), default=None),
    )
