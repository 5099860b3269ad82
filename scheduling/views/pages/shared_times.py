"""The page behind shared times: those still free, for whoever was given the address; no login."""

from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from scheduling.calendly.resources import AvailableTime
from scheduling.models import SharedTimes
from scheduling.queries import policies
from scheduling.queries import shared_times as query
from scheduling.services import availability, bookings, links
from scheduling.views.visitors import is_person, language_of, missing, private, spoken
from scheduling.views.zones import CHOSEN, DETECTED, KNOWN


@login_not_required
@require_safe
def shared_times(request: HttpRequest, token: str) -> HttpResponse:
    """Those of the times that are still free now; looking does not count as opening."""
    shared = query.found(token)
    if shared is None:
        return missing(request)
    zone, language = _zone(request, shared), language_of(request)
    with timezone.override(zone), translation.override(language):
        response = private(render(request, "scheduling/shared_times.html", _context(request, shared)))
    return spoken(request, response, language)


def _context(request: HttpRequest, shared: SharedTimes) -> dict[str, object]:
    now = timezone.now()
    state = query.state_of(shared, now)
    free = _free(shared, now) if state == "open" else {}
    choices = query.choices(shared, free or {}, now)
    asked_for = query.start_of(request.GET.get("start", ""))
    left = [choice for choice in choices if choice.is_free]
    return {
        "shared": shared,
        "state": state if state != "open" or free is None or left else "none_left",
        "is_unchecked": free is None,
        "left": left,
        "gone": len(choices) - len(left),
        "chosen": next((choice for choice in left if choice.start == asked_for), None),
        "is_taken": asked_for is not None and asked_for in shared.moments and asked_for not in (free or {}),
        "contact": shared.created_by,
    }


@login_not_required
@require_safe
def go(request: HttpRequest, token: str) -> HttpResponse:
    """On to Calendly with one of the times chosen, when it is still free; else back, where the others are."""
    shared = query.found(token)
    if shared is None:
        return missing(request)
    start, now = query.start_of(request.GET.get("start", "")), timezone.now()
    if start not in shared.moments or start is None or query.state_of(shared, now) != "open":
        return private(HttpResponseRedirect(shared.get_absolute_url()))
    free = _free(shared, now)
    if free is not None and start not in free:
        return private(HttpResponseRedirect(f"{shared.get_absolute_url()}?{request.GET.urlencode()}"))
    if shared.link is None:
        url = free[start].scheduling_url if free else ""
        return private(HttpResponseRedirect(url or shared.event_type.scheduling_url))
    if policies.current().books_in_place and bookings.can_book_here(shared.event_type):
        chosen = urlencode({"start": start.isoformat()})
        return private(HttpResponseRedirect(f"{reverse('booking_time', args=[shared.link.token])}?{chosen}"))
    if is_person(request):
        links.record_opened(shared.link)
    return private(HttpResponseRedirect(query.address_at(shared.link.prefilled_url, start, _zone(request, shared))))


def _free(shared: SharedTimes, now: datetime) -> dict[datetime, AvailableTime] | None:
    """What is open now, at most a minute old; None when Calendly cannot be asked and never was."""
    ahead = [start for start in shared.moments if start > now]
    if not ahead or not shared.event_type.connection.is_connected:
        return {} if not ahead else None
    reading = availability.slots(shared.event_type, ahead[0], ahead[-1] + timedelta(seconds=1))
    return None if reading.value is None else {slot.start_time: slot for slot in reading.value}


def _zone(request: HttpRequest, shared: SharedTimes) -> ZoneInfo:
    """As chosen in this browser or as the browser says, else the candidate's, else that of the times."""
    candidate_zone = shared.link.candidate.timezone if shared.link else ""
    for name in (request.COOKIES.get(CHOSEN), request.COOKIES.get(DETECTED), candidate_zone, shared.timezone):
        if name in KNOWN:
            return ZoneInfo(name)
    return ZoneInfo(settings.TIME_ZONE)
