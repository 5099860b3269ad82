"""Which times can be booked."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.models import BusyTime, Event, EventType, Member, Schedule

STEP = timedelta(minutes=30)
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Span = tuple[datetime, datetime]
# How far ahead a moving period reaches when nobody says.
MOVING_DAYS = 60


@dataclass(frozen=True)
class Slot:
    """A start that can be booked; `hosts` are the members (ids) who would be there."""

    start: datetime
    end: datetime
    seats: int
    hosts: tuple[int, ...]


def open_slots(event_type: EventType, *, start: datetime, end: datetime, now: datetime) -> list[Slot]:
    """Every open slot whose start lies in [start, end), in order.

    Working hours are expanded in their own zone; busy times, booked events, the hosts' meeting limits and the notice
    are kept. Collective types need every host, round robin any one of them, group types keep offering a slot until its
    seats are gone. A share's period and hours are narrower.
    """
    start = max(start, now + timedelta(minutes=event_type.notice_min))
    start, end = _within_period(event_type, start, end, now)
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
        self.hours = [span for schedule in _schedules(member, event_type) for span in expand(schedule, start, end)]
        self.limits = _Limits(member, event_type, start, end)
        busy = BusyTime.objects.filter(member=member, start__lt=end, end__gt=start).values_list("start", "end")
        events = Event.objects.filter(hosts=member, status=Event.Status.ACTIVE, start__lt=end, end__gt=start)
        self.busy: list[Span] = [*busy, *events.values_list("start", "end")]

    def is_free(self, start: datetime, end: datetime) -> bool:
        is_working = any(opens <= start and end <= closes for opens, closes in self.hours)
        is_taken = any(start < until and since < end for since, until in self.busy)
        return is_working and not is_taken and not self.limits.are_met(start)


class _Limits:
    """A host's meetings by day, week and month, against the most they want; days are the event type's."""

    def __init__(self, member: Member, event_type: EventType, start: datetime, end: datetime) -> None:
        self.zone = zone_of(event_type)
        self.most = (member.daily_limit, member.weekly_limit, member.monthly_limit)
        self.counts: Counter[date] = Counter()
        if any(self.most):
            span = (start - timedelta(days=31), end + timedelta(days=31))
            booked = Event.objects.filter(hosts=member, status=Event.Status.ACTIVE, start__range=span)
            self.counts.update(moment.astimezone(self.zone).date() for moment in booked.values_list("start", flat=True))

    def are_met(self, moment: datetime) -> bool:
        day = moment.astimezone(self.zone).date()
        # Weeks begin on Sundays.
        sunday = day - timedelta(days=(day.weekday() + 1) % 7)
        week = [sunday + timedelta(days=number) for number in range(7)]
        month = [other for other in self.counts if (other.year, other.month) == (day.year, day.month)]
        return any(
            most is not None and sum(self.counts[other] for other in days) >= most
            for most, days in zip(self.most, ([day], week, month), strict=True)
        )


def zone_of(event_type: EventType) -> ZoneInfo:
    """The zone an event type's days are counted in: its owner's, else its first host's."""
    host = event_type.owner or event_type.hosts.first()
    return ZoneInfo(host.timezone if host else "UTC")


def _schedules(member: Member, event_type: EventType) -> list[Schedule]:
    if own := event_type.terms.get("availability_rule"):
        return [Schedule(member=member, timezone=own["timezone"], rules=own["rules"])]
    return list(member.schedules.filter(is_default=True))


def _within_period(event_type: EventType, start: datetime, end: datetime, now: datetime) -> Span:
    """The part of a span that a share's period leaves: whole days in the event type's zone."""
    zone = zone_of(event_type)
    terms = event_type.terms
    match terms.get("period_type"):
        case "fixed":
            opens, last = date.fromisoformat(terms["start_date"]), date.fromisoformat(terms["end_date"])
            start = max(start, datetime.combine(opens, time(), zone))
        case "moving":
            last = now.astimezone(zone).date() + timedelta(days=terms.get("max_booking_time", MOVING_DAYS))
        case "available_moving":
            last = _available_day(event_type, now.astimezone(zone).date(), terms.get("max_booking_time", MOVING_DAYS))
        case _:
            return start, end
    return start, min(end, datetime.combine(last + timedelta(days=1), time(), zone))


def _available_day(event_type: EventType, today: date, count: int) -> date:
    """The last of so many days, from today, on which a host has hours at all."""
    zone = zone_of(event_type)
    start = datetime.combine(today, time(), zone)
    until = start + timedelta(days=7 * count + 7)
    hours = [
        span
        for host in event_type.hosts.all()
        for schedule in _schedules(host, event_type)
        for span in expand(schedule, start, until)
    ]
    days = sorted({opens.astimezone(zone).date() for opens, _ in hours if opens >= start})[:count]
    return days[-1] if days else today


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
