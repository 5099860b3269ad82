"""Interviews of one week as columns of days, in the viewer's zone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import IntegerField, QuerySet, Value

from scheduling.models import Interview
from scheduling.queries.compiled import Compiled
from scheduling.queries.interviews import outlined
from scheduling.queries.orders import Order, cursor

if TYPE_CHECKING:
    from scheduling.queries.interviews import DressedInterview

# The hours that are always shown; a week with earlier or later interviews shows more.
FIRST_HOUR, LAST_HOUR = 8, 18
QUARTER = timedelta(minutes=15)
# Shorter ones would have no room for their words.
FEWEST_QUARTERS = 2
# Longer ones are drawn as long as this: eight hours.
MOST_QUARTERS = 32
# A day with more is no picture any more; the list has them all.
MOST_A_DAY = 16


@dataclass(frozen=True)
class Week:
    """An ISO week: Monday to Sunday."""

    monday: date

    def __str__(self) -> str:
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def earlier(self) -> "Week":
        return Week(self.monday - timedelta(days=7))

    @property
    def later(self) -> "Week":
        return Week(self.monday + timedelta(days=7))

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)


@dataclass(frozen=True)
class Block:
    """One interview by the clock on the wall: `hour` and `quarter` count from the first hour shown."""

    interview: "DressedInterview"
    hour: int
    quarter: int
    quarters: int

    @property
    def is_short(self) -> bool:
        """Too short for the words of a badge."""
        return self.quarters < 6


@dataclass(frozen=True)
class Day:
    """From midnight to midnight where the viewer is: 23 or 25 hours when the clocks change.

    `rest` is the place in the list, ordered by start, behind what is drawn; empty when that is all.
    """

    date: date
    starts_at: datetime
    ends_at: datetime
    blocks: list[Block]
    rest: str


@dataclass(frozen=True)
class Calendar:
    """A week laid out; `hours` are the rows' labels."""

    week: Week
    hours: list[int]
    days: list[Day]


def named(text: str) -> Week | None:
    """The week named like `2026-W48`, if there is one."""
    match = re.fullmatch(r"(20\d\d)-W(\d\d)", text, re.ASCII)
    if match is None:
        return None
    try:
        return Week(date.fromisocalendar(int(match[1]), int(match[2]), 1))
    except ValueError:
        return None


def parse(text: str, *, today: date) -> Week:
    """The week of this name, else the one `today` is in."""
    return named(text) or Week(today - timedelta(days=today.weekday()))


def laid_out(interviews: QuerySet[Interview], week: Week, zone: ZoneInfo, *, order: Order) -> Calendar:
    """The week's interviews among these, soonest first, as blocks; `order` is the list's by start, for what is left."""
    midnights = [datetime.combine(week.monday + timedelta(days=n), time(), zone) for n in range(8)]
    found = _of_days(interviews, midnights)
    rows = outlined([pk for ids in found for pk in ids[:MOST_A_DAY]])
    by_id = {row.pk: row for row in rows}
    first, last = _hours(rows, zone)
    days = []
    for (midnight, end), ids in zip(pairwise(midnights), found, strict=True):
        drawn = [by_id[pk] for pk in ids[:MOST_A_DAY] if pk in by_id]
        days.append(
            Day(
                date=midnight.date(),
                starts_at=midnight,
                ends_at=end,
                blocks=[_block(row, zone, first, last) for row in drawn],
                rest=cursor(drawn[-1], order) if len(ids) > MOST_A_DAY and drawn else "",
            )
        )
    return Calendar(week, list(range(first, last)), days)


def _of_days(interviews: QuerySet[Interview], midnights: Sequence[datetime]) -> list[list[int]]:
    """The ids of each day's first interviews, and of one more where there is one; one query."""
    parts = [
        interviews.filter(starts_at__gte=start, starts_at__lt=end)
        .order_by("starts_at", "pk")
        .values_list(Value(number, IntegerField()), "pk")[: MOST_A_DAY + 1]
        for number, (start, end) in enumerate(pairwise(midnights))
    ]
    found: list[list[int]] = [[] for _ in parts]
    for number, pk in Compiled(lambda: parts).ask():
        found[number].append(pk)
    return found


def _local(row: Interview, zone: ZoneInfo) -> datetime:
    if row.starts_at is None:
        raise ValueError("an interview of a week has a start")
    return row.starts_at.astimezone(zone)


def _length(row: Interview) -> timedelta:
    return row.ends_at - row.starts_at if row.starts_at and row.ends_at else QUARTER


def _hours(rows: Sequence[Interview], zone: ZoneInfo) -> tuple[int, int]:
    """The first hour shown, and the first that is not."""
    starts = [_local(row, zone) for row in rows]
    ends = [
        start.hour + ceil((start.minute * 60 + _length(row).total_seconds()) / 3600)
        for start, row in zip(starts, rows, strict=True)
    ]
    return min([FIRST_HOUR, *(start.hour for start in starts)]), min(24, max([LAST_HOUR, *ends]))


def _block(row: "DressedInterview", zone: ZoneInfo, first: int, last: int) -> Block:
    local = _local(row, zone)
    quarter = local.minute // 15
    until_the_end = (last - local.hour) * 4 - quarter
    quarters = max(FEWEST_QUARTERS, ceil(_length(row) / QUARTER))
    return Block(row, local.hour - first, quarter, min(quarters, until_the_end, MOST_QUARTERS))
