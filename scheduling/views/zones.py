"""The viewer's time zone: as their browser says, or as they chose."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

# What the browser says, written by zone.js, and what the viewer chose, which wins.
DETECTED, CHOSEN = "zone", "zone_choice"
YEAR_S = 365 * 24 * 3600
# Asking for the names walks the whole time zone database on disk: once, not per request.
KNOWN = frozenset(available_timezones())


class ViewerZoneMiddleware:
    """Show times in the viewer's zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_of(request)):
            return self.get_response(request)


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The chosen zone, else the browser's, else the installation's."""
    for cookie in (CHOSEN, DETECTED):
        if request.COOKIES.get(cookie) in KNOWN:
            return ZoneInfo(request.COOKIES[cookie])
    return ZoneInfo(settings.TIME_ZONE)


def next_url(request: HttpRequest, default: str, *, parameters: QueryDict | None = None) -> str:
    """Where a form, or these parameters, asked to return to, when that is on this site."""
    url = (request.POST if parameters is None else parameters).get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours else default


@login_not_required
@require_POST
def choose_zone(request: HttpRequest) -> HttpResponse:
    """Remember the chosen zone in a cookie; an empty choice goes back to the browser's."""
    response = HttpResponseRedirect(next_url(request, "/"))
    chosen = request.POST.get("zone", "")
    if chosen in KNOWN:
        response.set_cookie(CHOSEN, chosen, max_age=YEAR_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    else:
        response.delete_cookie(CHOSEN)
    return response
