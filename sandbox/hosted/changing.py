"""Pages about a booking there is: confirmation, moving, canceling, the meeting room."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from sandbox import clock
from sandbox.engine import bookings
from sandbox.hosted import calendar
from sandbox.hosted.framing import may_be_framed
from sandbox.models import Event, Invitee


@login_not_required
@may_be_framed
def confirmation(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """You are scheduled – or canceled, or moved: what the booking is now."""
    invitee = _invitee(uuid)
    zone = ZoneInfo(invitee.timezone)
    moved_to = Invitee.objects.filter(moved_from=invitee).first()
    context = {"invitee": invitee, "said": calendar.said(invitee.event.start, zone), "moved_to": moved_to}
    return render(request, "sandbox/confirmation.html", context)


@login_not_required
def cancel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask why, then cancel."""
    invitee = _invitee(uuid)
    if _is_closed(invitee):
        return HttpResponseRedirect(reverse("sandbox_confirmation", args=[uuid]))
    if request.method == "POST":
        bookings.cancel_invitee(invitee, reason=request.POST.get("reason", "")[:10_000])
        return HttpResponseRedirect(reverse("sandbox_confirmation", args=[uuid]))
    said = calendar.said(invitee.event.start, ZoneInfo(invitee.timezone))
    return render(request, "sandbox/cancel.html", {"invitee": invitee, "said": said})


@login_not_required
def reschedule(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Choose another time; the former one is shown."""
    invitee = _invitee(uuid)
    if _is_closed(invitee):
        return HttpResponseRedirect(reverse("sandbox_confirmation", args=[uuid]))
    problem = ""
    if request.method == "POST":
        start = parse_datetime(request.POST.get("start", ""))
        try:
            if start is None:
                raise bookings.SlotTaken("Choose a time.")
            new = bookings.reschedule(invitee, start=start, reason=request.POST.get("reason") or None)
        except bookings.BookingError as error:
            problem = str(error)
            invitee = _invitee(uuid)
        else:
            return HttpResponseRedirect(reverse("sandbox_confirmation", args=[new.uuid]))
    context = {
        "invitee": invitee,
        "event_type": invitee.event.event_type,
        "former": calendar.said(invitee.event.start, calendar.zone_of(request)),
        "calendar": calendar.page(request, invitee.event.event_type),
        "zones": calendar.ZONE_NAMES,
        "zone": calendar.zone_of(request).key,
        "problem": problem,
    }
    return render(request, "sandbox/reschedule.html", context)


@login_not_required
def room(request: HttpRequest, uuid: UUID, kind: str) -> HttpResponse:
    """Where a join link leads."""
    event = get_object_or_404(Event.objects.select_related("event_type"), uuid=uuid)
    return render(request, "sandbox/room.html", {"event": event, "kind": kind.replace("_", " ")})


def _invitee(uuid: UUID) -> Invitee:
    return get_object_or_404(
        Invitee.objects.select_related("event__event_type__owner", "event__event_type__organization"), uuid=uuid
    )


def _is_closed(invitee: Invitee) -> bool:
    return invitee.is_canceled or invitee.event.end <= clock.now()
