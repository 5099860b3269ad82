"""Booking pages: choose a time, fill in the form, be scheduled. Everything works without JavaScript."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from sandbox import clock
from sandbox.engine import bookings, routing
from sandbox.engine.resources import TRACKING_KEYS
from sandbox.hosted import calendar, forms
from sandbox.hosted.framing import ASKED, may_be_framed
from sandbox.models import EventType, Member, SingleUseLink

PREFILL = ("name", "first_name", "last_name", "email", "guests", "location", *[f"a{n}" for n in range(1, 11)])
LOOK = ("hide_event_type_details", "hide_landing_page_details", "hide_gdpr_banner", "embed_domain", "embed_type")
# Other parameters are dropped, as Calendly drops them.
KEPT = (*PREFILL, *TRACKING_KEYS, *LOOK, "routing_form_submission", "timezone")


@login_not_required
def profile(request: HttpRequest, owner: str) -> HttpResponse:
    """A user's landing page: their public event types."""
    member = get_object_or_404(Member, slug=owner)
    types = member.event_types.filter(is_active=True, is_secret=False, deleted_at=None)
    return render(request, "sandbox/profile.html", {"member": member, "event_types": types})


@login_not_required
def public(request: HttpRequest, owner: str, slug: str, start: str = "") -> HttpResponse:
    """A public booking page, perhaps with its time chosen."""
    rows = EventType.objects.select_related("owner", "organization")
    event_type = next((row for row in rows.filter(slug=slug) if row.page_owner == owner), None)
    if event_type is None or not event_type.is_bookable:
        return _gone(request)
    return _book(request, event_type, link=None, start=start)


@login_not_required
@may_be_framed
def single_use(request: HttpRequest, code: str, slug: str) -> HttpResponse:
    """A single-use link: one booking, within ninety days."""
    link = (
        SingleUseLink.objects.select_related("event_type__owner", "event_type__organization").filter(code=code).first()
    )
    if link is None or link.event_type.slug != slug or not bookings.link_is_live(link, clock.now()):
        return _gone(request)
    return _book(request, bookings.offer(link), link=link)


def _gone(request: HttpRequest) -> HttpResponse:
    context = {"title": "This link is no longer valid", "message": "Ask the person who sent it to you for a new one."}
    return render(request, "sandbox/problem.html", context, status=404)


def _book(request: HttpRequest, event_type: EventType, *, link: SingleUseLink | None, start: str = "") -> HttpResponse:
    """Times, then the form, then the booking; a slot taken meanwhile leads back to the times."""
    chosen = _moment(request.POST.get("start") or request.GET.get("start") or start)
    if chosen is None:
        return _times(request, event_type)
    form = forms.InviteeForm(event_type, request.GET, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person = form.person(zone=calendar.zone_of(request).key, tracking=tracking(request))
        submission = routing.find(request.GET.get("routing_form_submission", ""), event_type)
        try:
            invitee = bookings.book(event_type, start=chosen, person=person, link=link, submission=submission)
        except bookings.SlotTaken as error:
            return _times(request, event_type, problem=str(error))
        except bookings.LinkUsed:
            return _gone(request)
        framed = f"?{urlencode({ASKED: request.GET[ASKED]})}" if ASKED in request.GET else ""
        return HttpResponseRedirect(reverse("sandbox_confirmation", args=[invitee.uuid]) + framed)
    context = {
        **_about(request, event_type),
        "form": form,
        "start": request.POST.get("start") or request.GET.get("start") or start,
        "chosen": calendar.said(chosen, calendar.zone_of(request)),
        "back": f"{request.path}?{urlencode(kept(request))}",
    }
    return render(request, "sandbox/details.html", context)


def _times(request: HttpRequest, event_type: EventType, problem: str = "") -> HttpResponse:
    context = {
        **_about(request, event_type),
        "calendar": calendar.page(request, event_type),
        "problem": problem,
        "path": request.path,
    }
    return render(request, "sandbox/times.html", context)


def _about(request: HttpRequest, event_type: EventType) -> dict[str, Any]:
    return {
        "event_type": event_type,
        "host": event_type.owner.name if event_type.owner else event_type.organization.name,
        "places": [option.get("location") or forms.words(option["kind"]) for option in event_type.locations],
        "zones": calendar.ZONE_NAMES,
        "zone": calendar.zone_of(request).key,
        "query": urlencode(kept(request)),
        "kept": [(name, value) for name, value in kept(request).items() if name != "timezone"],
    }


def kept(request: HttpRequest) -> dict[str, str]:
    """What a booking page carries from step to step."""
    return {name: request.GET[name] for name in KEPT if name in request.GET}


def tracking(request: HttpRequest) -> dict[str, str]:
    """The tracking values of the page's address."""
    return {name: request.GET[name] for name in TRACKING_KEYS if name in request.GET}


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
