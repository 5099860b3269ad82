"""Interviewers' calendars: what Calendly told of who is free when, as runs of one state."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from django.db.models import QuerySet
from pydantic import TypeAdapter, ValidationError

from candidates.models import Folded
from candidates.words import fold
from scheduling.calendly.resources import AvailabilitySchedule, EventTypeSchedule
from scheduling.models import CalendarWindow, Connection, EventType
from scheduling.queries.schedules import Span, common, expand, merged, without

Kind = CalendarWindow.Kind
# Side by side; more are no picture any more.
MOST_SHOWN = 12
# Offered to be chosen from.
MOST_OFFERED = 200
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
    for row in rows.order_by(Folded("name"), "pk", Folded("hosts__name"), "hosts__pk").values(*fields):
        is_group = row["kind"] == EventType.Kind.GROUP
        offer = offers.setdefault(
            row["pk"], Offer(row["pk"], row["name"], row["duration_min"], is_group, row["connection_id"])
        )
        if row["hosts__is_member"] and row["hosts__connection__state"] == Connection.State.CONNECTED:
            host = _host(row)
            hosts[host.pk] = host
            offer.hosts.append(host.pk)
    return Desk(offers, dict(sorted(hosts.items(), key=lambda item: (fold(item[1].name), item[0]))))


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


def of_hosts(
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
    problems = [why(row) for row in rows if row.problem]
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


def why(row: CalendarWindow) -> str:
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
