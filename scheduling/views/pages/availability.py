"""Who is free when: calendars side by side, open slots, who can take a time, and how much everyone has."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from candidates.words import fold
from scheduling.forms.availability import LimitsForm, WhenForm
from scheduling.models import CalendarWindow
from scheduling.queries import calendars as query
from scheduling.queries import connections, grids, loads, weeks
from scheduling.queries import shared_times as shared_query
from scheduling.queries import slots as slot_query
from scheduling.queries.parameters import ANY, ignored, row_ids
from scheduling.queries.schedules import common
from scheduling.services import availability as service
from scheduling.views import calendars, live, slot_texts
from scheduling.views.pages.paging import page_of
from scheduling.views.zones import KNOWN

may_view = permission_required("scheduling.view_interviewer", raise_exception=True)
may_see_shared = permission_required("scheduling.view_sharedtimes", raise_exception=True)
DEFAULT_MIN = 45
SPANS = [("day", "Day"), ("week", "Week"), ("fortnight", "Two weeks")]
LEGEND = [(state, query.WORDS[state]) for state in ("open", "busy", "outside", "unknown", "over")]
SHARED_BADGES = {"open": "offered", "booked": "booked", "withdrawn": "withdrawn", "over": "ended"}
VERDICTS = {"open": "can", "unknown": "not_known", "over": "ended"}
WHO_FILTERS: dict[str, Collection[str]] = {
    "on": ANY,
    "at": ANY,
    "until": ANY,
    "minutes": ANY,
    "who": ANY,
    "zone": KNOWN,
}
# What choosing interviewers leaves as it is.
KEPT = ("event_type", "since", "zone", "span", "layout")


@require_safe
@may_view
def availability(request: HttpRequest) -> HttpResponse:
    """Interviewers' calendars side by side and the open slots of an event type, by day, in any zone."""
    return show_availability(request)


def show_availability(request: HttpRequest, problem: str = "", picked: frozenset[str] = frozenset()) -> HttpResponse:
    """The page, perhaps with picked slots that could not be shared."""
    now = timezone.now()
    asked = calendars.asked(request.GET, now=now)
    if not asked.desk.offers:
        bare = {"is_connected": connections.is_connected(), "ignored": calendars.left_out(request.GET)}
        return render(request, "scheduling/availability.html", bare)
    age = None if "live" in request.GET else service.FRESH_ON_A_PAGE
    rows = calendars.read(calendars.stretches(asked), now=now, older_than=age)

    def context() -> dict[str, Any]:
        return {
            "is_connected": True,
            "asked": asked,
            "is_list": request.GET.get("layout") == "list",
            "ignored": calendars.left_out(request.GET),
            "request_key": uuid.uuid4(),
            "problem": problem,
            "picked": picked,
            "query": request.GET.urlencode(),
            "viewer_zone": viewer_zone,
            "kept": [(name, request.GET[name]) for name in KEPT if request.GET.get(name)],
            "offered": list(asked.desk.hosts.values())[: query.MOST_OFFERED],
            "most_shown": query.MOST_SHOWN,
            "spans": SPANS,
            "legend": LEGEND,
            "can_share": live.viewer(request).has_perm("scheduling.add_sharedtimes"),
            **_found(asked, rows),
        }

    viewer_zone = timezone.get_current_timezone_name()
    with timezone.override(asked.zone):
        return live.respond(
            request,
            page="scheduling/availability.html",
            partial="scheduling/_availability.html",
            context=context,
            version=f"{query.version(rows)}-{now:%H%M}",
        )


def _found(asked: calendars.Asked, rows: list[CalendarWindow]) -> dict[str, Any]:
    days = asked.days
    start, end = days[0].astimezone(service.EPOCH.tzinfo), days[-1].astimezone(service.EPOCH.tzinfo)
    found = query.of_hosts(asked.hosts, rows, start, end, offer=asked.offer if asked.is_chosen else None)
    slots = slot_query.laid_out(rows, days, now=asked.now) if asked.offer else None
    return {
        "grid": grids.laid_out(found, days, now=asked.now) if found else None,
        "slots": slots,
        "slots_text": slot_texts.lines(slots.starts, asked.zone) if slots and slots.count else "",
    }


@dataclass(frozen=True)
class Answer:
    """Whether one interviewer can take it, and how much they have."""

    calendar: query.Calendar
    state: str
    runs: list[query.Run]
    load: loads.Load
    standing: str
    day_words: str
    has_most: bool

    @property
    def verdict(self) -> str:
        """Its badge."""
        return VERDICTS.get(self.state, self.state)

    @property
    def rank(self) -> tuple[int, bool, int, str]:
        """Who can first, then who has least; who is at a limit after those who are not."""
        order = ("open", "partly", "unknown", "busy", "outside", "over").index(self.state)
        return order, self.standing in ("full", "over"), self.load.total, self.calendar.host.name


@require_safe
@may_view
def who(request: HttpRequest) -> HttpResponse:
    """Who can take a time, least loaded first."""
    now = timezone.now()
    zone = calendars.zone_of(request.GET)
    desk = query.desk()
    picked = calendars.hosts_of(request.GET, desk, None, []) if "who" in request.GET else list(desk.hosts.values())
    hosts = picked[: query.MOST_OFFERED]
    form = WhenForm(zone, request.GET if "on" in request.GET else None, initial=_tomorrow(now, zone))
    is_asked = form.is_bound and form.is_valid()
    rows = []
    wanted: list[service.Stretch] = []
    if is_asked:
        start, end = form.span()
        wanted = calendars.of_hosts(hosts, max(start, now + service.MARGIN), end)
        age = None if "live" in request.GET else service.FRESH_ON_A_PAGE
        rows = calendars.read(wanted, now=now, older_than=age)

    def context() -> dict[str, Any]:
        return {
            "form": form,
            "is_asked": is_asked,
            "zone": zone,
            "desk": desk,
            "hosts": hosts,
            "ignored": ignored(request.GET, WHO_FILTERS),
            "picked": row_ids(request.GET, "who"),
            "viewer_zone": viewer_zone,
            **(_answers(hosts, rows, form, now) if is_asked else {}),
        }

    viewer_zone = timezone.get_current_timezone_name()
    with timezone.override(zone):
        return live.respond(
            request,
            page="scheduling/who.html",
            partial="scheduling/_who.html",
            context=context,
            version=f"{query.version(rows)}-{now:%H%M}",
        )


def _tomorrow(now: datetime, zone: ZoneInfo) -> dict[str, str]:
    day = now.astimezone(zone).date() + timedelta(days=1)
    return {"on": day.isoformat(), "at": "10:00", "minutes": str(DEFAULT_MIN)}


def _answers(hosts: list[query.Host], rows: list[CalendarWindow], form: WhenForm, now: datetime) -> dict[str, Any]:
    start, end = form.span()
    length = timedelta(minutes=form.cleaned_data["minutes"])
    found = query.of_hosts(hosts, rows, start, end, offer=None)
    of_week = {load.host.pk: load for load in _loads_around(hosts, start)}
    most = max((load.total for load in of_week.values()), default=0)
    answers = []
    for one in found:
        load, runs = of_week[one.host.pk], one.runs(start, end, now=now)
        state = _verdict(runs, length)
        day = start.astimezone(loads.zone_of(one.host)).date()
        answers.append(
            Answer(
                calendar=one,
                state=state,
                runs=[run for run in runs if _matters(run, state, length)],
                load=load,
                standing=load.standing_on(day),
                day_words=load.day_words(day),
                has_most=most > 0 and load.total == most,
            )
        )
    return {
        "start": start,
        "end": end,
        "is_range": form.is_range,
        "answers": sorted(answers, key=lambda answer: answer.rank),
        "together": _together(found, start, end, length, now) if 1 < len(found) <= query.MOST_SHOWN else None,
        "waiting": sum(one.is_waiting for one in found),
    }


def _matters(run: query.Run, state: str, length: timedelta) -> bool:
    """Free times that are long enough; where there are some, only what stands between them."""
    if run.state == "open":
        return run.end - run.start >= length
    return state != "partly" or run.state != "outside"


def _loads_around(hosts: list[query.Host], start: datetime) -> list[loads.Load]:
    """The week is the one the start falls into where each interviewer is."""
    by_monday: dict[Any, list[query.Host]] = {}
    for host in hosts:
        monday = loads.monday_of(start.astimezone(loads.zone_of(host)).date())
        by_monday.setdefault(monday, []).append(host)
    return [load for monday, some in by_monday.items() for load in loads.of_week(some, monday)]


def _verdict(runs: list[query.Run], length: timedelta) -> str:
    """`open` when it fits everywhere or at the time asked for, `partly` when somewhere in the range."""
    states = [run.state for run in runs]
    if states == ["open"]:
        return "open"
    if any(run.state == "open" and run.end - run.start >= length for run in runs):
        return "partly"
    return next((state for state in ("unknown", "busy", "outside") if state in states), "over")


def _together(
    found: list[query.Calendar], start: datetime, end: datetime, length: timedelta, now: datetime
) -> list[query.Run]:
    """When all of them can."""
    several = (one.runs(start, end, now=now) for one in found)
    free = common([(run.start, run.end) for run in runs if run.state == "open"] for runs in several)
    return [query.Run(opens, closes, "open") for opens, closes in free if closes - opens >= length]


@require_safe
@may_view
def load(request: HttpRequest) -> HttpResponse:
    """What each interviewer has in a week, and the limits set for them."""
    return show_load(request)


def show_load(request: HttpRequest, form: LimitsForm | None = None) -> HttpResponse:
    """The page, perhaps with limits that could not be kept."""
    week = weeks.parse(request.GET.get("week", ""), today=timezone.localdate())
    hosts = list(query.desk().hosts.values())
    shown = hosts[: query.MOST_OFFERED]
    found = sorted(loads.of_week(shown, week.monday), key=lambda one: (-one.total, fold(one.host.name)))
    form = form or LimitsForm([one.host for one in found])
    context = {
        "is_connected": connections.is_connected(),
        "week": week,
        "ignored": ignored(request.GET, {"week": (str(week),)}),
        "rows": [(one, form[f"day_{one.host.pk}"], form[f"week_{one.host.pk}"]) for one in found],
        "total": sum(one.total for one in found),
        "left_out": len(hosts) - len(shown),
        "form": form,
    }
    return render(request, "scheduling/load.html", context, status=422 if form.errors else 200)


@require_safe
@may_see_shared
def shared_list(request: HttpRequest) -> HttpResponse:
    """Times that were shared, newest first."""
    now = timezone.now()
    page = page_of(request, shared_query.listed())
    states = [shared_query.state_of(row, now) for row in page]
    rows = [(row, state, SHARED_BADGES[state]) for row, state in zip(page, states, strict=True)]
    context = {"page": page, "rows": rows, "ignored": ignored(request.GET, {"page": ANY})}
    return render(request, "scheduling/shared_list.html", context)


@require_safe
@may_see_shared
def shared(request: HttpRequest, pk: int) -> HttpResponse:
    """Shared times as texts to copy, and which of them are still free as far as is known."""
    found = get_object_or_404(shared_query.listed(), pk=pk)
    zone = ZoneInfo(found.timezone)
    moments = found.moments
    state = shared_query.state_of(found, timezone.now())
    context = {
        "shared": found,
        "state": state,
        "badge_name": SHARED_BADGES[state],
        "text": slot_texts.lines(moments, zone),
        "links": slot_texts.links(moments, zone, found.address),
        "zone": zone.key,
        "ignored": ignored(request.GET, {}),
    }
    return render(request, "scheduling/shared.html", context)
