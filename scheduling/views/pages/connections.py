"""Settings, and how the connection to Calendly is."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scheduling.calendly.oauth import SCOPES, missing_scopes
from scheduling.models import Delivery, Subscription
from scheduling.queries import connections
from scheduling.views import live

# What went wrong while connecting -> what happened, and what to do next.
PROBLEMS = {
    "refused": ("Calendly was not connected: the access was refused.", "Connect again and choose Allow."),
    "state": (
        "The answer did not belong to this browser, so nothing was connected.",
        "Open Anteroom at the address it was set up for, sign in there, and connect again.",
    ),
    "expired_code": (
        "Calendly's answer came too late or was used before, so nothing was connected.",
        "Connect again; it takes a minute, and you have ten.",
    ),
    "scope": (
        "A permission is missing, so nothing was connected.",
        "Connect again and allow everything on the list. If it is not on the list, add it to the application in "
        "Calendly's developer portal.",
    ),
    "unreachable": ("Calendly did not answer, so nothing was connected.", "Wait a minute, then connect again."),
    "rejected": (
        "Calendly refused our application, so nothing was connected.",
        "Compare client id, client secret and redirect address with Calendly's developer portal.",
    ),
}
UNKNOWN_PROBLEM = ("Something went wrong, so nothing was connected.", "Connect again; the server's log says more.")
SCOPE_WORDS = {
    "users:read": "See who is connected",
    "organizations:read": "See the organisation's members",
    "event_types:read": "See event types",
    "availability:read": "See open slots, busy times and working hours",
    "scheduled_events:write": "See and cancel interviews, mark no-shows",
    "scheduling_links:write": "Make single-use links",
    "webhooks:write": "Receive bookings as they happen",
}


@require_safe
def settings_index(request: HttpRequest) -> HttpResponse:
    """What can be set, with where each stands."""
    return render(request, "scheduling/settings.html")


@require_safe
@permission_required("scheduling.view_connection", raise_exception=True)
def calendly(request: HttpRequest) -> HttpResponse:
    """Who is connected, with which permissions, and whether bookings arrive."""

    def context() -> dict[str, Any]:
        connection = connections.current()
        missing = missing_scopes(connection.scopes) if connection else ()
        problem = request.GET.get("problem")
        return {
            "connection": connection,
            "subscription": _subscription(),
            "deliveries": Delivery.objects.defer("body")[:10],
            "last_delivery": Delivery.objects.defer("body").first(),
            "failed_count": Delivery.objects.filter(state=Delivery.State.FAILED).count(),
            "event_types": connection.event_types.filter(deleted_at=None) if connection else [],
            "interviewers": connection.interviewers.filter(is_member=True) if connection else [],
            "scopes": [(SCOPE_WORDS[scope], scope, scope not in missing) for scope in SCOPES],
            "problem": PROBLEMS.get(problem, UNKNOWN_PROBLEM) if problem else None,
            "missing": [(SCOPE_WORDS[scope], scope) for scope in _missing(request)],
        }

    return live.respond(
        request, page="scheduling/calendly_settings.html", partial="scheduling/_calendly.html", context=context
    )


def _subscription() -> Subscription | None:
    live_ones = Subscription.objects.exclude(state=Subscription.State.DELETED)
    return live_ones.exclude(uri="").first()


def _missing(request: HttpRequest) -> list[str]:
    """Scopes the way back names; only ours, whatever the address says."""
    return [scope for scope in request.GET.get("missing", "").split() if scope in SCOPE_WORDS]
