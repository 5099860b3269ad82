"""Which times can be booked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.models import BusyTime, Event, EventType, Member, Schedule

STEP = timedelta(minutes=30)
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Slot:
    """A start that can be booked; `hosts` are the members (ids) who would be there."""

    start: datetime
    end: datetime
    seats: int
    hosts: tuple[int, ...]


def open_slots(event_type: EventType, *, start: datetime, end: datetime, now: datetime) -> list[Slot]:
    """Every open slot whose start lies in [start, end), in order.

    Working hours are expanded in their own zone; busy times, booked events and the notice are kept free. Collective
    types need every host, round robin any one of them, group types keep offering a slot until its seats are gone.
    """
    start = max(start, now + timedelta(minutes=event_type.notice_min))
    length = timedelta(minutes=event_type.duration_min)
    hosts = list(event_type.hosts.all())
    free = {host.pk: _Calendar(host, event_type, start, end + length) for host in hosts}
    seats = _group_seats(event_type, start, end) if event_type.kind == EventType.Kind.GROUP else {}
    return [
        slot
        for moment in _starts(start, end)
        if (slot := _slot(event_type, moment, moment + length, free, seats)) is not None
    ]


def find(event_type: EventType, *, start: datetime, now: datetime) -> Slot | None:
    """The open slot that begins exactly then."""
    slots = open_slots(event_type, start=start, end=start + timedelta(seconds=1), now=now)
    return slots[0] if slots and slots[0].start == start else None


def _slot(
    event_type: EventType,
    start: datetime,
    end: datetime,
    calendars: "dict[int, _Calendar]",
    seats: dict[datetime, int],
) -> Slot | None:
    if start in seats:
        return Slot(start, end, seats[start], tuple(calendars)) if seats[start] > 0 else None
    hosts = tuple(pk for pk, calendar in calendars.items() if calendar.is_free(start, end))
    if not hosts or (event_type.pooling != "round_robin" and len(hosts) < len(calendars)):
        return None
    return Slot(start, end, event_type.seat_limit, hosts)


def _starts(start: datetime, end: datetime) -> Iterator[datetime]:
    """Half hours in UTC, which are half hours in nearly every zone."""
    moment = datetime.fromtimestamp(-(-start.timestamp() // STEP.total_seconds()) * STEP.total_seconds(), UTC)
    while moment < end:
        yield moment
        moment += STEP


class _Calendar:
    """One host's working hours and what stands against them, within a span."""

    def __init__(self, member: Member, event_type: EventType, start: datetime, end: datetime) -> None:
        self.hours = [span for schedule in _schedules(member) for span in expand(schedule, start, end)]
        busy = BusyTime.objects.filter(member=member, start__lt=end, end__gt=start).values_list("start", "end")
        events = Event.objects.filter(hosts=member, status=Event.Status.ACTIVE, start__lt=end, end__gt=start)
        self.busy: list[Span] = [*busy, *events.values_list("start", "end")]

    def is_free(self, start: datetime, end: datetime) -> bool:
        is_working = any(opens <= start and end <= closes for opens, closes in self.hours)
        return is_working and not any(start < until and since < end for since, until in self.busy)


def _schedules(member: Member) -> list[Schedule]:
    return list(member.schedules.filter(is_default=True))


def expand(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Span]:
    """A schedule's open hours within a span; a rule for a date stands in for the weekday's."""
    zone = ZoneInfo(schedule.timezone)
    dated = {rule["date"]: rule["intervals"] for rule in schedule.rules if rule["type"] == "date"}
    weekly = {rule["wday"]: rule["intervals"] for rule in schedule.rules if rule["type"] == "wday"}
    day = start.astimezone(zone).date() - timedelta(days=1)
    while day <= end.astimezone(zone).date():
        for interval in dated.get(day.isoformat(), weekly.get(WEEKDAYS[day.weekday()], [])):
            yield _local(day, interval["from"], zone), _local(day, interval["to"], zone)
        day += timedelta(days=1)


def _local(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def _group_seats(event_type: EventType, start: datetime, end: datetime) -> dict[datetime, int]:
    """Seats left in the group events there are."""
    events = event_type.events.filter(status=Event.Status.ACTIVE, start__gte=start, start__lt=end)
    return {
        event.start: event_type.seat_limit - event.invitees.filter(status=Event.Status.ACTIVE).count()
        for event in events
    }
