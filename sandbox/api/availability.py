"""Available times, busy times and schedules."""

from datetime import datetime, timedelta

from sandbox import clock, options
from sandbox.addresses import stamp
from sandbox.api import problems
from sandbox.api.operation import Call, operation
from sandbox.api.parameters import by_id, by_uri, moment, needed, page
from sandbox.engine import resources, slots
from sandbox.engine.resources import Json
from sandbox.models import BusyTime, Event, EventType, Member, Schedule

AVAILABLE_WINDOW = timedelta(days=31)
BUSY_WINDOW = timedelta(days=7)


def times_scope() -> str:
    """The documentation names two; option `available_times_scope` decides."""
    scope = options.read("available_times_scope")
    return "availability:read event_types:read" if scope == "both" else scope


LIMITS = ("daily_limit", "weekly_limit", "monthly_limit")
MOST_MEETINGS = 9999


@operation("event_type_available_times.list", scope=times_scope)
def available_times(call: Call) -> Json:
    """Only free slots are listed; the future only, 31 days at most; not paged."""
    needed(call.query, "event_type", "start_time", "end_time")
    start, end = _window(call, AVAILABLE_WINDOW)
    rows = EventType.objects.filter(organization=call.member.organization)
    event_type = by_uri(rows, "event_type", call.query["event_type"])
    if event_type is None:
        raise problems.not_found()
    found = slots.open_slots(event_type, start=start, end=end, now=clock.now()) if event_type.is_bookable else []
    return {"collection": [_available_time(event_type, slot) for slot in found]}


def _available_time(event_type: EventType, slot: slots.Slot) -> Json:
    begins = slot.start.strftime("%Y-%m-%dT%H:%M:%SZ")
    query = f"month={slot.start:%Y-%m}&date={slot.start:%Y-%m-%d}"
    return {
        "status": "available",
        "invitees_remaining": slot.seats,
        "start_time": stamp(slot.start) if options.read("times_precision") == "micro" else begins,
        "scheduling_url": f"{event_type.scheduling_url}/{begins}?{query}",
    }


@operation("user_busy_times.list", scope="availability:read")
def busy_times(call: Call) -> Json:
    """Calendly's own meetings and the entries of the user's calendar; the future only, 7 days at most; not paged."""
    needed(call.query, "user", "start_time", "end_time")
    start, end = _window(call, BUSY_WINDOW)
    member = _colleague(call)
    events = Event.objects.filter(hosts=member, status=Event.Status.ACTIVE, start__lt=end, end__gt=start)
    external = BusyTime.objects.filter(member=member, start__lt=end, end__gt=start)
    found = [_meeting(event) for event in events] + [
        {"type": "external", "start_time": stamp(row.start), "end_time": stamp(row.end)} for row in external
    ]
    return {"collection": sorted(found, key=lambda item: str(item["start_time"]))}


def _meeting(event: Event) -> Json:
    return {
        "type": "calendly",
        "start_time": stamp(event.start),
        "end_time": stamp(event.end),
        "buffered_start_time": stamp(event.start),
        "buffered_end_time": stamp(event.end),
        "event": {"uri": event.uri},
    }


@operation("user_availability_schedules.list", scope="availability:read")
def schedules(call: Call) -> Json:
    needed(call.query, "user")
    rows = _colleague(call).schedules.select_related("member").order_by("pk")
    return {"collection": [resources.schedule(row) for row in rows]}


@operation("user_availability_schedules.get", scope="availability:read")
def schedule(call: Call, uuid: str) -> Json:
    rows = Schedule.objects.filter(member__organization=call.member.organization)
    return {"resource": resources.schedule(by_id(rows, uuid))}


@operation("event_type_availability_schedules.list", scope="availability:read")
def event_type_schedules(call: Call) -> Json:
    needed(call.query, "event_type")
    rows = EventType.objects.filter(organization=call.member.organization)
    event_type = by_uri(rows, "event_type", call.query["event_type"])
    if event_type is None:
        raise problems.not_found()

    def render(row: Schedule) -> Json:
        rule = resources.schedule(row)
        rule.pop("default")
        return {"event_type": event_type.uri, "availability_setting": "host", "availability_rule": rule}

    found = Schedule.objects.filter(member__in=event_type.hosts.all(), is_default=True).order_by("pk")
    return page(call, found, render)


@operation("user_meeting_limits.list", scope="availability:read")
def meeting_limits(call: Call) -> Json:
    """One's own, also for admins; a single item, not paged."""
    _require_oneself(call)
    return {"collection": [resources.meeting_limits(call.member)]}


@operation("user_meeting_limits.update", scope="availability:write", fields=LIMITS)
def change_meeting_limits(call: Call) -> Json:
    """One's own; what is left out stays, null is none."""
    _require_oneself(call)
    given = {name: call.body[name] for name in LIMITS if name in call.body}
    if not given:
        raise problems.invalid(("daily_limit", "at least one limit is needed"))
    wrong = [name for name, value in given.items() if value is not None and not _is_limit(value)]
    if wrong:
        raise problems.invalid(*((name, f"must be between 1 and {MOST_MEETINGS}, or null") for name in wrong))
    for name, value in given.items():
        setattr(call.member, name, value)
    call.member.save(update_fields=list(given))
    return {"resource": resources.meeting_limits(call.member)}


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_MEETINGS


def _require_oneself(call: Call) -> None:
    needed(call.query, "user")
    if by_uri(Member.objects.all(), "user", call.query["user"]) != call.member:
        raise problems.forbidden()


def _window(call: Call, longest: timedelta) -> tuple[datetime, datetime]:
    start, end = moment(call.query, "start_time"), moment(call.query, "end_time")
    if start <= clock.now():
        raise problems.bad_window("start_time", "start_time must be in the future")
    if start >= end:
        raise problems.bad_window("start_time", "start_time must be before end_time")
    if end - start > longest:
        raise problems.bad_window("end_time", f"date range can be at most {longest.days} days")
    return start, end


def _colleague(call: Call) -> Member:
    member = by_uri(Member.objects.all(), "user", call.query["user"])
    if member is None or member.organization_id != call.member.organization_id:
        raise problems.forbidden("This user is not in your organization")
    return member
