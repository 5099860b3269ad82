"""The viewer's time zone and clock: as they prefer, as they chose in this browser, or as the browser says."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from scheduling.models import Preference
from scheduling.queries import preferences, zone_names
from scheduling.services import preferences as keeping
from scheduling.views import clocks

# What the browser says, written by zone.js, and what the viewer chose, which wins.
DETECTED, CHOSEN = "zone", "zone_choice"
YEAR_S = 365 * 24 * 3600
# Asking for the names walks the whole time zone database on disk: once, not per request.
KNOWN = frozenset(available_timezones())


class ViewerZoneMiddleware:
    """Show times in the viewer's zone and by their clock."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_of(request)), clocks.override(Preference.Clock.H24):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *args: object) -> None:
        """Follow the viewer's preference on the desk; pages for everybody are the same for everybody.

        So the probes, the webhook door and the candidate's page read no session.
        """
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            preference = preferences.of(request.user)
            request.preference = preference  # type: ignore[attr-defined]  # read by tables
            request.has_shortcuts = preference.shortcuts  # type: ignore[attr-defined]  # read by the frame
            timezone.activate(zone_of(request, preference.timezone))
            clocks.activate(preference.clock)


def zone_of(request: HttpRequest, preferred: str = "") -> ZoneInfo:
    """The preferred zone, else the one chosen in this browser, else the browser's, else the installation's."""
    for name in (preferred, request.COOKIES.get(CHOSEN), request.COOKIES.get(DETECTED)):
        if name in KNOWN:
            return ZoneInfo(zone_names.todays(name))
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
    """Remember the chosen zone: with the person where they keep one, else in a cookie; empty is the browser's."""
    response = HttpResponseRedirect(next_url(request, "/"))
    chosen = zone_names.todays(request.POST.get("zone", ""))
    user = request.user
    kept = isinstance(user, User) and chosen in (*KNOWN, "") and keeping.choose_zone(user, chosen)
    if chosen in KNOWN and not kept:
        response.set_cookie(CHOSEN, chosen, max_age=YEAR_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    else:
        response.delete_cookie(CHOSEN)
    return response
