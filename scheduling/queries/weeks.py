"""Interviews of one week as columns of days, in the viewer's zone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from scheduling.models import Interview
from scheduling.queries.interviews import outlined

if TYPE_CHECKING:
    from scheduling.queries.interviews import DressedInterview

# The hours that are always shown; a week with earlier or later interviews shows more.
FIRST_HOUR, LAST_HOUR = 8, 18
QUARTER = timedelta(minutes=15)
# Shorter ones would have no room for their words.
FEWEST_QUARTERS = 2
# Longer ones are drawn as long as this: eight hours.
MOST_QUARTERS = 32
# A week with more is no picture any more; the list has them all.
MOST = 150


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
    """From midnight to midnight where the viewer is: 23 or 25 hours when the clocks change."""

    date: date
    starts_at: datetime
    ends_at: datetime
    blocks: list[Block]


@dataclass(frozen=True)
class Calendar:
    """A week laid out; `hours` are the rows' labels."""

    week: Week
    hours: list[int]
    days: list[Day]
    is_cut: bool
    most: int = MOST


def parse(text: str, *, today: date) -> Week:
    """The week named like `2026-W48`, else the one `today` is in."""
    match = re.fullmatch(r"(20\d\d)-W(\d\d)", text, re.ASCII)
    if match:
        try:
            return Week(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError:
            pass  # no such week
    return Week(today - timedelta(days=today.weekday()))


def laid_out(interviews: QuerySet[Interview], week: Week, zone: ZoneInfo) -> Calendar:
    """The week's interviews among these, soonest first, as blocks."""
    midnights = [datetime.combine(week.monday + timedelta(days=n), time(), zone) for n in range(8)]
    of_week = interviews.filter(starts_at__gte=midnights[0], starts_at__lt=midnights[7]).order_by("starts_at", "pk")
    ids = list(of_week.values_list("pk", flat=True)[: MOST + 1])
    rows = outlined(ids[:MOST])
    first, last = _hours(rows, zone)
    days = [
        Day(
            date=midnight.date(),
            starts_at=midnight,
            ends_at=end,
            blocks=[_block(row, zone, first, last) for row in rows if _local(row, zone).date() == midnight.date()],
        )
        for midnight, end in pairwise(midnights)
    ]
    return Calendar(week, list(range(first, last)), days, is_cut=len(ids) > MOST)


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
