"""Slots and calendars laid out by day in the viewer's zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.calendly.resources import AvailabilitySchedule, AvailableTime, BusyTime

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STEP = timedelta(minutes=30)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class SlotDay:
    """One day's open slots."""

    day: datetime
    slots: list[AvailableTime]


@dataclass(frozen=True)
class Cell:
    """Half an hour of an interviewer: bookable, busy or outside their hours."""

    start: datetime
    state: str

    @property
    def words(self) -> str:
        return {"open": "free", "busy": "busy", "outside": "outside hours"}[self.state]


@dataclass(frozen=True)
class CalendarDay:
    """One day of one interviewer, as cells for the eye and as busy spans in words."""

    day: datetime
    cells: list[Cell]
    hours: list[Span]
    busy: list[Span]


def days_of(start: date, count: int, zone: ZoneInfo) -> list[datetime]:
    """The beginnings of so many local days."""
    return [datetime.combine(start + timedelta(days=offset), time(), zone) for offset in range(count)]


def slot_days(slots: Iterable[AvailableTime], days: list[datetime], zone: ZoneInfo) -> list[SlotDay]:
    """Slots under the local day they begin on; days without one are there too."""
    by_day: dict[date, list[AvailableTime]] = {day.date(): [] for day in days}
    for slot in slots:
        by_day.setdefault(slot.start_time.astimezone(zone).date(), []).append(slot)
    return [SlotDay(day, by_day[day.date()]) for day in days]


def calendar_days(
    schedules: Iterable[AvailabilitySchedule], busy: Iterable[BusyTime], days: list[datetime]
) -> list[CalendarDay]:
    """An interviewer's days from their working hours and what stands against them."""
    end = days[-1] + timedelta(days=1)
    hours = [span for schedule in schedules if schedule.default for span in expand(schedule, days[0], end)]
    taken = [(row.buffered_start_time or row.start_time, row.buffered_end_time or row.end_time) for row in busy]
    return [_calendar_day(day, hours, taken) for day in days]


def _calendar_day(day: datetime, hours: list[Span], taken: list[Span]) -> CalendarDay:
    closes = datetime.combine(day.date() + timedelta(days=1), time(), day.tzinfo)
    today = [span for span in sorted(hours) if span[0] < closes and span[1] > day]
    busy = [span for span in sorted(taken) if span[0] < closes and span[1] > day]
    begins = [moment for moment in _steps(day, closes) if 6 <= moment.astimezone(day.tzinfo).hour < 22]
    return CalendarDay(day, [Cell(moment, _state(moment, today, busy)) for moment in begins], today, busy)


def _steps(start: datetime, end: datetime) -> Iterator[datetime]:
    """In UTC, so that a day of 23 or 25 hours has as many steps."""
    moment, until = start.astimezone(UTC), end.astimezone(UTC)
    while moment < until:
        yield moment
        moment += STEP


def _state(moment: datetime, hours: list[Span], busy: list[Span]) -> str:
    if any(start < moment + STEP and moment < end for start, end in busy):
        return "busy"
    return "open" if any(start <= moment and moment + STEP <= end for start, end in hours) else "outside"


def expand(schedule: AvailabilitySchedule, start: datetime, end: datetime) -> Iterator[Span]:
    """A schedule's open hours in a span, in UTC; rules are local to its zone; a date's replaces its weekday's."""
    zone = ZoneInfo(schedule.timezone)
    weekly = {rule.wday: rule.intervals for rule in schedule.rules if rule.type == "wday"}
    dated = {rule.date: rule.intervals for rule in schedule.rules if rule.type == "date"}
    day = start.astimezone(zone).date() - timedelta(days=1)
    while day <= end.astimezone(zone).date():
        for interval in dated.get(day.isoformat(), weekly.get(WEEKDAYS[day.weekday()], [])):
            yield _moment(day, interval.start, zone), _moment(day, interval.end, zone)
        day += timedelta(days=1)


def _moment(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """`24:00` is the next midnight; a time the clocks skip is taken as they stand after it."""
    if clock.startswith("24"):
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)
