from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.queries import connections
from scheduling.queries import today as query
from scheduling.views import live


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Who needs the recruiter, today's and tomorrow's interviews, four figures."""

    def context() -> dict[str, Any]:
        now, pulse = timezone.now(), live.pulse_of(request)
        connection = connections.state_of(pulse.connections)
        found = query.read(now, connection, live.viewer(request), newest=pulse.newest)
        return {
            "connection_state": connection,
            "needs": found.needs,
            "agenda": found.agenda,
            "numbers": found.numbers,
            "checklist": found.checklist,
            "now": now,
        }

    return live.respond(request, page="scheduling/today.html", partial="scheduling/_today.html", context=context)
