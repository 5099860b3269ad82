"""Slots as a page shows them: days of a month in the visitor's zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest

from sandbox import clock
from sandbox.engine import slots
from sandbox.models import EventType

ZONE_NAMES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
ZONE_COOKIE = "zone"
DAYS_SHOWN = 14


@dataclass(frozen=True)
class Time:
    """One start: its clock text in the visitor's zone, and the value a form sends back."""

    label: str
    value: str
    seats: int


@dataclass(frozen=True)
class Day:
    label: str
    times: list[Time]


@dataclass(frozen=True)
class Page:
    """Two weeks of open times, and where the two before and after begin."""

    zone: str
    days: list[Day]
    since: str
    earlier: str
    later: str


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The visitor's zone: asked for, else as the browser told us, else UTC."""
    for name in (request.GET.get("timezone"), request.POST.get("timezone"), request.COOKIES.get(ZONE_COOKIE)):
        if name in available_timezones():
            return ZoneInfo(name)
    return ZoneInfo("UTC")


def page(request: HttpRequest, event_type: EventType) -> Page:
    """The two weeks from `since` (or `date`, or `month`), or from today."""
    zone = zone_of(request)
    today = clock.now().astimezone(zone).date()
    since = max(_asked(request) or today, today)
    start = datetime.combine(since, datetime.min.time(), zone).astimezone(UTC)
    found = slots.open_slots(event_type, start=start, end=start + timedelta(days=DAYS_SHOWN), now=clock.now())
    return Page(
        zone=zone.key,
        days=_days(found, zone, is_group=event_type.kind == EventType.Kind.GROUP),
        since=since.isoformat(),
        earlier=max(since - timedelta(days=DAYS_SHOWN), today).isoformat() if since > today else "",
        later=(since + timedelta(days=DAYS_SHOWN)).isoformat(),
    )


def _asked(request: HttpRequest) -> date | None:
    month = request.GET.get("month", "")
    for text in (request.GET.get("since", ""), request.GET.get("date", ""), f"{month}-01"):
        try:
            return date.fromisoformat(text)
        except ValueError:
            continue
    return None


def _days(found: list[slots.Slot], zone: ZoneInfo, *, is_group: bool) -> list[Day]:
    days: dict[date, list[Time]] = {}
    for slot in found:
        local = slot.start.astimezone(zone)
        time = Time(f"{local:%H:%M}", slot.start.strftime("%Y-%m-%dT%H:%M:%SZ"), slot.seats if is_group else 0)
        days.setdefault(local.date(), []).append(time)
    return [Day(f"{day:%A} {day.day} {day:%B}", times) for day, times in days.items()]


def said(moment: datetime, zone: ZoneInfo) -> str:
    """A time in full: weekday, date, clock, zone."""
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M} {local.tzname()} ({zone.key})"
