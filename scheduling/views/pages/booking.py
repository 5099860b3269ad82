"""The candidate's page: the current truth about their link, without a login."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_POST, require_safe

from scheduling import tasks
from scheduling.calendly.booking_links import at_time, embedded
from scheduling.forms.booking import BookingForm, TimesForm, WordsForm, moment
from scheduling.models import BookingLink
from scheduling.queries import calendar_files
from scheduling.queries.booking import Truth, days_of
from scheduling.services import bookings, links, replacements
from scheduling.views import visitors

LINKED = "https://calendly.com"
# What an action tells the page it redirects to, as `?said=`.
SAID = ("asked", "refused", "confirmed", "confirmed-before", "failed")


@require_safe
@visitors.page
def booking(request: HttpRequest, found: Truth) -> HttpResponse:
    """What is true of this link now. Looking does not count as opening: mail scanners look too."""
    if found.may_renew and visitors.is_person(request) and replacements.ask(found.link):
        tasks.wake(tasks.replace_link, found.link.pk)
    etag = f'W/"{found.version}-{timezone.get_current_timezone_name()}-{translation.get_language()}"'
    if "live" not in request.GET:
        context = {**page_context(request, found), "live_etag": etag}
        return render(request, "scheduling/booking.html", context)
    response: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = render(request, "scheduling/_booking.html", page_context(request, found))
    response["ETag"] = etag
    return response


def page_context(request: HttpRequest, found: Truth) -> dict[str, Any]:
    """What the page shows, with the open times where they can be booked on it."""
    query = request.GET.copy()
    query["live"] = "1"
    said = request.GET.get("said", "")
    context = {
        "truth": found,
        "live_url": f"{request.path}?{query.urlencode()}",
        "said": said if said in SAID else "",
        "words_form": WordsForm(),
        "times_form": TimesForm(),
    }
    if found.state == "book" and found.policy.books_in_place and bookings.can_book_here(found.link.event_type):
        context |= times_context(request, found.link)
    return context


def times_context(request: HttpRequest, link: BookingLink) -> dict[str, Any]:
    """The open times by day, from `?since=` on; with `?gone=`, a time that was taken, also the nearest to it.

    Empty when Calendly does not tell them just now.
    """
    gone = moment(request.GET.get("gone", ""))
    reading = bookings.open_times(link.event_type, until=link.expires_at)
    if reading.value is None:
        return {}
    zone = ZoneInfo(timezone.get_current_timezone_name())
    return {
        "days": days_of(reading.value, zone, _date(request.GET.get("since", ""))),
        "gone": gone,
        "nearest": bookings.nearest(reading.value, gone) if gone else [],
    }


@require_safe
@visitors.page
def chosen_time(request: HttpRequest, found: Truth) -> HttpResponse:
    """The chosen time, with what the event type asks before it can be booked."""
    start = moment(request.GET.get("start", ""))
    if found.state != "book" or start is None or not found.policy.books_in_place:
        return HttpResponseRedirect(found.link.get_absolute_url())
    if visitors.is_person(request):
        links.record_opened(found.link)
    form = BookingForm(found.link, start=start, zone=timezone.get_current_timezone_name())
    return show_time(request, found, form, start)


def show_time(request: HttpRequest, found: Truth, form: BookingForm, start: datetime | None) -> HttpResponse:
    """The form, perhaps come back with errors."""
    context = {"truth": found, "form": form, "start": start}
    return render(request, "scheduling/booking_time.html", context, status=422 if form.errors else 200)


@require_POST
@visitors.page
def opened(request: HttpRequest, found: Truth) -> HttpResponse:
    """The page's own script says that a person sees it."""
    if found.state == "book" and visitors.is_person(request):
        links.record_opened(found.link)
    return HttpResponse(status=204)


@require_safe
@visitors.page
def continue_to_calendly(request: HttpRequest, found: Truth) -> HttpResponse:
    """On to Calendly's prefilled page, or to the page that shows it inside ours, while there is something to book."""
    if found.state != "book":
        return HttpResponseRedirect(found.link.get_absolute_url())
    if visitors.is_person(request):
        links.record_opened(found.link)
    if found.policy.embeds:
        return HttpResponseRedirect(reverse("booking_embedded", args=[found.link.token]))
    return HttpResponseRedirect(found.link.prefilled_url)


def calendly_url(link: BookingLink, *, start: datetime | None = None, answers: dict[int, str] | None = None) -> str:
    """Calendly's page, opened at the day of a time, with answers given so far."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    return at_time(link.prefilled_url, day=start.astimezone(zone).date() if start else None, answers=answers or {})


@require_safe
@visitors.page
def embed(request: HttpRequest, found: Truth) -> HttpResponse:
    """Calendly's page inside ours: its frame is all the inline widget makes, and needs no script of theirs."""
    if found.state != "book" or not found.policy.embeds:
        return HttpResponseRedirect(found.link.get_absolute_url())
    address = embedded(found.link.prefilled_url, host=request.get_host())
    parts = urlsplit(found.link.prefilled_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    context = {"truth": found, "address": address, "origin": origin}
    response = render(request, "scheduling/booking_embedded.html", context)
    # For this page only: everywhere else the policy allows nobody else's frame.
    response._csp_update = {"frame-src": sorted({LINKED, origin})}  # type: ignore[attr-defined]  # what csp_update sets
    return response


@require_safe
@visitors.page
def calendar_file(request: HttpRequest, found: Truth) -> HttpResponse:
    """The interview for the candidate's calendar; a canceled one takes itself off it."""
    text = calendar_files.of_interview(found.interview, address=found.link.address) if found.interview else ""
    if not text:
        return HttpResponseRedirect(found.link.get_absolute_url())
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="interview.ics"'
    return response


@login_not_required
def nowhere(request: HttpRequest) -> HttpResponse:
    """Addresses below /b/ that no token can have."""
    return visitors.missing(request)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
