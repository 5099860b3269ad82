"""Working hours: Calendly's recurring rules as spans of time.

Rules are local to their schedule's zone, so the same clock is another moment once the clocks have changed.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from dateutil.rrule import WEEKLY, rrule, rruleset
from dateutil.tz import resolve_imaginary

from scheduling.calendly.resources import AvailabilityRule, Interval

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MIDNIGHT = time()
Span = tuple[datetime, datetime]


def expand(zone_name: str, rules: Iterable[AvailabilityRule], start: datetime, end: datetime) -> list[Span]:
    """The open hours that touch [start, end), in UTC, merged, in order.

    A date's rule stands in for its weekday's; one without intervals closes the day. Raises `ZoneInfoNotFoundError` for
    a zone nobody knows.
    """
    zone = ZoneInfo(zone_name)
    # A day more on either side: 24:00 belongs to the day before, and the viewer's day is another.
    first = start.astimezone(zone).date() - timedelta(days=1)
    last = end.astimezone(zone).date() + timedelta(days=1)
    weekly, dated = _by_day(rules)
    found = [
        span
        for day, intervals in _days(weekly, dated, first, last)
        for interval in intervals
        if (span := _span(day, interval, zone)) is not None
    ]
    return merged((opens, closes) for opens, closes in found if opens < end and closes > start)


def _by_day(rules: Iterable[AvailabilityRule]) -> tuple[dict[int, list[Interval]], dict[date, list[Interval]]]:
    """Intervals by weekday (Monday is 0) and by date; a rule that names neither says nothing."""
    weekly: dict[int, list[Interval]] = {}
    dated: dict[date, list[Interval]] = {}
    for rule in rules:
        if rule.type == "wday" and rule.wday in WEEKDAYS:
            weekly.setdefault(WEEKDAYS.index(rule.wday), []).extend(rule.intervals)
        elif rule.type == "date" and rule.date is not None:
            dated.setdefault(date.fromisoformat(rule.date), []).extend(rule.intervals)
    return weekly, dated


def _days(
    weekly: dict[int, list[Interval]], dated: dict[date, list[Interval]], first: date, last: date
) -> Iterator[tuple[date, list[Interval]]]:
    recurring = rruleset()
    if weekdays := [weekday for weekday, intervals in weekly.items() if intervals]:
        since, until = (datetime.combine(day, MIDNIGHT) for day in (first, last))
        recurring.rrule(rrule(WEEKLY, dtstart=since, until=until, byweekday=weekdays))
    for day in dated:
        recurring.exdate(datetime.combine(day, MIDNIGHT))
    for midnight in recurring:
        yield midnight.date(), weekly[midnight.weekday()]
    for day, intervals in dated.items():
        if first <= day <= last:
            yield day, intervals


def _span(day: date, interval: Interval, zone: ZoneInfo) -> Span | None:
    """None for an interval that is empty, perhaps because the clocks skip it."""
    opens, closes = _moment(day, interval.start, zone), _moment(day, interval.end, zone)
    return (opens, closes) if opens < closes else None


def _moment(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """`24:00` is the next midnight; a time the clocks skip is as much later, one they repeat is its first."""
    if clock.startswith("24"):
        local = datetime.combine(day + timedelta(days=1), MIDNIGHT, zone)
    else:
        local = datetime.combine(day, time.fromisoformat(clock), zone)
    return resolve_imaginary(local).astimezone(UTC)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, with those that touch or overlap as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def common(several: Iterable[list[Span]]) -> list[Span]:
    """What all of these have in common; each is in order and does not overlap itself."""
    rest = iter(several)
    found = next(rest, [])
    for spans in rest:
        found = [
            (max(start, other_start), min(end, other_end))
            for start, end in found
            for other_start, other_end in spans
            if max(start, other_start) < min(end, other_end)
        ]
    return found


def without(spans: list[Span], taken: list[Span]) -> list[Span]:
    """What is left of spans once others are taken away; both in order, neither overlapping itself."""
    left: list[Span] = []
    for start, end in spans:
        edges = [start]
        for taken_start, taken_end in taken:
            if taken_start < end and taken_end > start:
                edges += [max(taken_start, start), min(taken_end, end)]
        edges.append(end)
        left += [(opens, closes) for opens, closes in list(pairwise(edges))[::2] if opens < closes]
    return left
