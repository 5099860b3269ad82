"""Settings, and how the connection to Calendly is."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from scheduling.calendly.budget import Standing
from scheduling.calendly.oauth import OPTIONAL_SCOPES, SCOPES, missing_scopes
from scheduling.models import Connection, Delivery, EventType, Interviewer, RoutingForm, Subscription, SyncRun
from scheduling.queries import connections as query
from scheduling.services import budgets, doctor
from scheduling.views import live
from scheduling.views.pages.paging import page_of

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
    "shares:write": "Make links that can be withdrawn at Calendly too (optional)",
    "routing_forms:read": "See routing forms and their answers (optional)",
}


@require_safe
def settings_index(request: HttpRequest) -> HttpResponse:
    """What can be set, with where each stands."""
    return render(request, "scheduling/settings.html")


@dataclass(frozen=True)
class Card:
    """One connection as the page shows it."""

    connection: Connection
    findings: list[doctor.Finding]
    worst: doctor.Health
    subscription: Subscription | None
    last_delivery: Delivery | None
    run: SyncRun | None
    last_runs: list[SyncRun]
    standing: Standing | None
    scopes: list[tuple[str, str, bool]]
    event_types: list[EventType]
    interviewers: list[Interviewer]
    routing_forms: list[RoutingForm]


@require_safe
@permission_required("scheduling.view_connection", raise_exception=True)
def calendly(request: HttpRequest) -> HttpResponse:
    """Who is connected and how, whether bookings arrive, what was found, and the button that mends each."""

    def context() -> dict[str, Any]:
        problem = request.GET.get("problem")
        failed = Delivery.objects.filter(state=Delivery.State.FAILED).count()
        return {
            "cards": [_card(connection) for connection in query.listed()],
            "deliveries": Delivery.objects.defer("body")[:10],
            "failed_count": failed,
            "all_scopes": [(SCOPE_WORDS[scope], scope) for scope in SCOPES],
            "problem": PROBLEMS.get(problem, UNKNOWN_PROBLEM) if problem else None,
            "missing": [(SCOPE_WORDS[scope], scope) for scope in _missing(request)],
        }

    return live.respond(
        request,
        page="scheduling/calendly_settings.html",
        partial="scheduling/_calendly.html",
        context=context,
        progress=query.sync_progress(),
    )


def _card(connection: Connection) -> Card:
    findings = doctor.look(connection)
    missing = missing_scopes(connection.scopes, [*SCOPES, *OPTIONAL_SCOPES]) if connection.scopes else ()
    is_live = connection.is_connected
    return Card(
        connection=connection,
        findings=findings,
        worst=doctor.worst(findings),
        subscription=query.subscription_of(connection),
        last_delivery=query.last_delivery(connection),
        run=connection.syncs.filter(finished_at=None).first(),
        last_runs=list(connection.syncs.exclude(finished_at=None)[:5]),
        standing=budgets.of_connection(connection).standing() if is_live else None,
        scopes=[(SCOPE_WORDS[scope], scope, scope not in missing) for scope in [*SCOPES, *OPTIONAL_SCOPES]],
        event_types=list(connection.event_types.filter(deleted_at=None)),
        interviewers=list(connection.interviewers.filter(is_member=True)),
        routing_forms=list(connection.routing_forms.all()),
    )


@require_safe
@permission_required("scheduling.change_connection", raise_exception=True)
def delivery_list(request: HttpRequest) -> HttpResponse:
    """Every delivery that is kept, by state; newest first."""
    chosen = request.GET.get("state", "")
    rows = Delivery.objects.defer("body").select_related("subscription__connection")
    if chosen in Delivery.State.values:
        rows = rows.filter(state=chosen)
    context = {"page": page_of(request, rows), "states": Delivery.State.choices, "chosen": chosen}
    return render(request, "scheduling/delivery_list.html", context)


@require_safe
@permission_required("scheduling.change_connection", raise_exception=True)
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery as it arrived, with what became of it. It holds a candidate's data, so not everybody may look."""
    found = get_object_or_404(Delivery.objects.select_related("subscription__connection"), pk=pk)
    return render(request, "scheduling/delivery.html", {"delivery": found, "body": _readable(bytes(found.body))})


def _readable(body: bytes) -> str:
    """JSON indented; what is no JSON as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body.decode(errors="replace")


def _missing(request: HttpRequest) -> list[str]:
    """Scopes the way back names; only ours, whatever the address says."""
    return [scope for scope in request.GET.get("missing", "").split() if scope in SCOPE_WORDS]
