from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from scheduling import tasks
from scheduling.queries import connections as query
from scheduling.services import connections, setup
from scheduling.views import live, problems

may_change = permission_required("scheduling.change_connection", raise_exception=True)


@require_POST
@may_change
def disconnect(request: HttpRequest) -> HttpResponse:
    """Leave Calendly: delete the subscription there, revoke the access, forget the tokens."""
    connection = query.current()
    if connection is None:
        problems.tell_not_connected(request)
        return redirect("calendly_settings")
    farewell = connections.disconnect(connection, by=live.viewer(request))
    messages.success(request, "Calendly is disconnected. Candidates, links and interviews are kept.")
    for left_behind in farewell.left_behind:
        messages.warning(request, left_behind)
    return redirect("calendly_settings")


@require_POST
@may_change
def sync(request: HttpRequest) -> HttpResponse:
    """Read members, event types and bookings again, and see to the subscription."""
    connection = query.current()
    if connection is None or not connection.is_connected:
        problems.tell_not_connected(request)
        return redirect("calendly_settings")
    with transaction.atomic():
        setup.make_due(connection)
        transaction.on_commit(partial(tasks.wake, tasks.set_up_connection, connection.pk))
    messages.success(request, "Reading from Calendly. This page shows when it is done.")
    return redirect("calendly_settings")
