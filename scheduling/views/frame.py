"""What every page's frame shows."""

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from scheduling.queries import cancellations, connections
from scheduling.queries.zone_names import RENAMED
from scheduling.views.live import frame_of

NAMED = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
ZONES = ["UTC", *sorted(NAMED - RENAMED.keys())]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Company, zone and, for people signed in, how Calendly is, how many bookings nobody is matched to, and which
    cancellations they can still undo."""
    context: dict[str, Any] = {
        "company_name": settings.COMPANY_NAME,
        "viewer_zone": timezone.get_current_timezone_name(),
        "zones": ZONES,
        "shortcuts": "on" if getattr(request, "has_shortcuts", True) else "off",
    }
    # Errors before the sign-in is known have no user; polls show only a part of the page.
    if getattr(request, "user", None) and request.user.is_authenticated and "live" not in request.GET:
        seen = frame_of(request)
        context["connection_state"] = connections.state_of(seen.pulse.connections)
        context["unmatched_count"] = seen.unmatched
        if seen.is_waited:
            context["waiting_cancellations"] = cancellations.waiting_of(request.user, timezone.now())
    return context
