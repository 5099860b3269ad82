from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.forms.links import bookable_event_types
from scheduling.models import Connection, Interviewer
from scheduling.queries import availability as layout
from scheduling.queries import connections
from scheduling.queries.parameters import row_id
from scheduling.services import availability as service
from scheduling.templatetags.desk import clock
from scheduling.views.problems import explain

DAYS = 7
# Calendly tells nothing of the past; a little ahead, so that its clock may differ from ours.
MARGIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Row:
    """One interviewer's week, or why it is unknown."""

    interviewer: Interviewer
    days: list[layout.CalendarDay]
    unknown: str
    read_at: datetime | None


@require_safe
@permission_required("scheduling.view_interviewer", raise_exception=True)
def availability(request: HttpRequest) -> HttpResponse:
    """A week's open slots of one event type, and the interviewers' calendars beside each other."""
    if not connections.is_connected():
        return render(request, "scheduling/availability.html", {"is_connected": False})
    zone = ZoneInfo(timezone.get_current_timezone_name())
    today = timezone.localdate()
    since = max(_date(request.GET.get("since", "")) or today, today)
    days = layout.days_of(since, DAYS, zone)
    start, end = max(days[0], timezone.now() + MARGIN), days[-1] + timedelta(days=1)
    refresh = "refresh" in request.GET
    bookable = bookable_event_types().select_related("connection")
    chosen = bookable.filter(pk=row_id(request.GET, "event_type") or 0).first() or bookable.first()
    context: dict[str, Any] = {
        "is_connected": True,
        "event_types": bookable,
        "chosen": chosen,
        "rows": [_row(person, days, start, end, refresh=refresh) for person in _members()],
        "days": days,
        "since": since,
        "earlier": max(since - timedelta(days=DAYS), today) if since > today else None,
        "later": since + timedelta(days=DAYS),
        "today": today,
    }
    if chosen is not None:
        reading = service.slots(chosen, start, end, refresh=refresh)
        slots = reading.value or []
        context |= {
            "slot_days": layout.slot_days(slots, days, zone),
            "slot_count": len(slots),
            "slots_text": _text([slot.start_time for slot in slots], zone),
            "read_at": reading.read_at,
            "problem": explain(reading.error) if reading.error else "",
        }
    return render(request, "scheduling/availability.html", context)


def _members() -> list[Interviewer]:
    live = Connection.State.CONNECTED
    rows = Interviewer.objects.filter(connection__state=live, is_member=True)
    return list(rows.select_related("connection"))


def _row(person: Interviewer, days: list[datetime], start: datetime, end: datetime, *, refresh: bool) -> Row:
    hours = service.schedules(person, refresh=refresh)
    busy = service.busy_times(person, start, end, refresh=refresh)
    error = busy.error or hours.error
    if busy.value is None or hours.value is None:
        return Row(person, [], explain(error) if error else "Calendly has not told us yet.", None)
    calendar = layout.calendar_days(hours.value, busy.value, days)
    return Row(person, calendar, explain(error) if error else "", busy.read_at)


def _text(starts: list[datetime], zone: ZoneInfo) -> str:
    """Slots as lines for an e-mail: one line a day."""
    by_day: dict[date, list[str]] = {}
    for start in starts:
        by_day.setdefault(start.astimezone(zone).date(), []).append(clock(start, zone))
    lines = [f"{day:%A} {day.day} {day:%B}: {', '.join(times)}" for day, times in by_day.items()]
    return "\n".join([f"Times in {zone.key}", *lines])


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
