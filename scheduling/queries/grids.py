"""Calendars laid out by day, in somebody's zone, by the clock on the wall."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from scheduling.queries.calendars import Calendar, Run, painted
from scheduling.queries.schedules import Span, common, merged

SPANS = {"day": 1, "week": 7, "fortnight": 14}
# The hours that are always shown; a view with earlier or later ones shows more.
FIRST_HOUR, LAST_HOUR = 8, 18
# One block is at most so long, because the style sheet knows no longer ones; a longer run is several.
MOST_QUARTERS = 32


def days_of(start: date, count: int, zone: ZoneInfo) -> list[datetime]:
    """The beginnings of so many local days, and the end of the last."""
    return [datetime.combine(start + timedelta(days=offset), time(), zone) for offset in range(count + 1)]


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


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


def laid_out(found: Sequence[Calendar], days: Sequence[datetime], *, now: datetime) -> Grid:
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
