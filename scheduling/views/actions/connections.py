"""What mends, refreshes and ends a connection."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from scheduling import tasks
from scheduling.calendly.errors import CalendlyError
from scheduling.models import Connection, Delivery, SyncRun
from scheduling.services import connections, doctor, inbox, setup, subscriptions, syncs
from scheduling.views import live, problems
from scheduling.views.addresses import sent_from

may_change = permission_required("scheduling.change_connection", raise_exception=True)


@require_POST
@may_change
def disconnect(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave Calendly: delete the subscription there, revoke the access, forget the tokens."""
    connection = get_object_or_404(Connection, pk=pk)
    farewell = connections.disconnect(connection, by=live.viewer(request))
    messages.success(
        request, f"{connection.name}'s Calendly is disconnected. Candidates, links and interviews are kept."
    )
    for left_behind in farewell.left_behind:
        messages.warning(request, left_behind)
    return redirect("calendly_settings")


@require_POST
@may_change
def sync(request: HttpRequest, pk: int) -> HttpResponse:
    """Read members, event types and bookings again, and see to the subscription."""
    connection = _connected(pk)
    if connection is None:
        return _not_connected(request)
    with transaction.atomic():
        setup.make_due(connection)
        transaction.on_commit(partial(tasks.wake, tasks.set_up_connection, connection.pk))
    messages.success(request, "Reading from Calendly. This page shows when it is done.")
    return redirect("calendly_settings")


@require_POST
@may_change
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Compare our bookings with Calendly's, thoroughly."""
    connection = _connected(pk)
    if connection is None:
        return _not_connected(request)
    run = syncs.start(connection, SyncRun.Kind.DEEP)
    tasks.wake(tasks.advance_sync, run.pk)
    messages.success(request, "Comparing with Calendly. This page shows what it finds.")
    return redirect("calendly_settings")


@require_POST
@may_change
def resubscribe(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a new subscription, with a new key where the key is ours, and delete the old one after it."""
    connection = _connected(pk)
    if connection is None:
        return _not_connected(request)
    try:
        subscriptions.replace(connection, connections.client_for(connection))
    except CalendlyError as error:
        problems.tell(request, error, kept="The subscription is as it was.")
        return redirect("calendly_settings")
    run = syncs.start(connection, SyncRun.Kind.DEEP)
    tasks.wake(tasks.advance_sync, run.pk)
    messages.success(request, "Calendly has a new subscription. What may have been missed is being read.")
    return redirect("calendly_settings")


@sent_from("calendly_settings")
@may_change
def examine(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask Calendly and our own address how everything is, with a test delivery, and show it."""
    connection = get_object_or_404(Connection, pk=pk)
    findings = list(doctor.examine(connection))
    context = {"connection": connection, "findings": findings, "worst": doctor.worst(findings)}
    return render(request, "scheduling/calendly_checks.html", context)


@require_POST
@may_change
def process_delivery_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Work on one delivery once more; recording is idempotent."""
    delivery = get_object_or_404(Delivery, pk=pk)
    with transaction.atomic():
        inbox.process_again([delivery])
        transaction.on_commit(partial(tasks.wake, tasks.process_delivery, delivery.pk))
    messages.success(request, "The delivery is being worked on again.")
    return redirect("delivery", pk=pk)


@require_POST
@may_change
def process_failed_again(request: HttpRequest) -> HttpResponse:
    """Work on every failed delivery once more."""
    count = inbox.process_failed_again()
    tasks.wake_sweep()
    messages.success(request, f"{count} deliver{'y is' if count == 1 else 'ies are'} being worked on again.")
    return redirect("calendly_settings")


def _connected(pk: int) -> Connection | None:
    return Connection.objects.filter(pk=pk, state=Connection.State.CONNECTED).first()


def _not_connected(request: HttpRequest) -> HttpResponse:
    problems.tell_not_connected(request)
    return redirect("calendly_settings")
