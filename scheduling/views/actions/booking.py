"""What a candidate does on their page."""

from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from scheduling import tasks
from scheduling.forms.booking import BookingForm, TimesForm, WordsForm, moment
from scheduling.models import BookingRequest
from scheduling.queries.booking import Truth
from scheduling.services import bookings, links, messages, wishes
from scheduling.views import visitors
from scheduling.views.pages.booking import calendly_url, page_context, show_time

State = BookingRequest.State


@visitors.act
def book(request: HttpRequest, found: Truth) -> HttpResponse:
    """Book the chosen time; what our API cannot do, Calendly's own page does, with everything filled in."""
    if found.state != "book" or not found.policy.books_in_place:
        return _to_page(found)
    form = BookingForm(found.link, request.POST)
    if form.is_broken:
        return _to_page(found)
    if not form.is_valid():
        return show_time(request, found, form, moment(request.POST.get("start", "")))
    if not visitors.may_act(found.link):
        return visitors.too_often(request)
    links.record_opened(found.link)
    try:
        outcome = bookings.book(form.wanted(), by=None)
    except (bookings.NothingToBook, bookings.StillBooking):
        return _to_page(found)
    return _after(found, form, outcome)


def _after(found: Truth, form: BookingForm, outcome: BookingRequest) -> HttpResponse:
    start = form.cleaned_data["start"]
    if outcome.state == State.REFUSED:
        return HttpResponseRedirect(calendly_url(found.link, start=start, answers=form.prefill()))
    if outcome.state == State.TAKEN:
        return _to_page(found, gone=start.isoformat())
    if outcome.state == State.BOOKED and found.link.share_uri:
        tasks.wake(tasks.delete_share, found.link.pk)
    return _to_page(found, **({"said": "failed"} if outcome.state == State.FAILED else {}))


@visitors.act
def refuse_times(request: HttpRequest, found: Truth) -> HttpResponse:
    """None of the times work: tell the recruiter, with what would."""
    if found.state != "book":
        return _to_page(found)
    form = TimesForm(request.POST)
    if not form.is_valid():
        return _again(request, found, times_form=form)
    if not visitors.may_act(found.link):
        return visitors.too_often(request)
    zone = ZoneInfo(timezone.get_current_timezone_name())
    message = wishes.refuse_times(found.link, words=form.cleaned_data["words"], times=form.times(), zone=zone)
    if message is not None:
        tasks.wake(tasks.send_message, message.pk)
    return _to_page(found, said="refused")


@visitors.act
def ask_change(request: HttpRequest, found: Truth) -> HttpResponse:
    """Ask the recruiter for what the policy no longer lets the candidate do alone."""
    if found.state != "booked" or found.interview is None:
        return _to_page(found)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return _again(request, found, words_form=form)
    if not visitors.may_act(found.link):
        return visitors.too_often(request)
    message = wishes.ask_change(found.link, found.interview, words=form.cleaned_data["words"])
    if message is not None:
        tasks.wake(tasks.send_message, message.pk)
    return _to_page(found, said="asked")


@visitors.act
def send_confirmation(request: HttpRequest, found: Truth) -> HttpResponse:
    """Mail the confirmation, with the calendar file, to the candidate's own address."""
    if found.state != "booked" or found.interview is None:
        return _to_page(found)
    if not visitors.may_act(found.link):
        return visitors.too_often(request)
    message = messages.queue_confirmation(found.link, found.interview)
    if message is None:
        return _to_page(found, said="confirmed-before")
    tasks.wake(tasks.send_message, message.pk)
    return _to_page(found, said="confirmed")


def _again(request: HttpRequest, found: Truth, **forms: object) -> HttpResponse:
    context = {**page_context(request, found), **forms, "live_etag": ""}
    return render(request, "scheduling/booking.html", context, status=422)


def _to_page(found: Truth, **query: str) -> HttpResponse:
    address = found.link.get_absolute_url()
    return HttpResponseRedirect(f"{address}?{urlencode(query)}" if query else address)
