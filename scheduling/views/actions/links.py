from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from candidates.models import Candidate
from scheduling import tasks
from scheduling.calendly.errors import CalendlyError
from scheduling.forms.booking import BookingForm, moment
from scheduling.forms.links import LinkForm
from scheduling.models import BookingLink, BookingRequest
from scheduling.queries import connections
from scheduling.queries.links import form_url
from scheduling.services import bookings, links
from scheduling.views import live, problems
from scheduling.views.actions.messages import send_invitation
from scheduling.views.addresses import sent_from
from scheduling.views.pages.candidates import show_candidate
from scheduling.views.pages.links import bookable, show_book_for
from scheduling.views.pages.messages import show_message
from scheduling.views.zones import next_url


@sent_from("candidate", "pk")
@permission_required("scheduling.add_bookinglink", raise_exception=True)
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a booking link and show its address."""
    form = _form(request, pk)
    if isinstance(form, HttpResponse):
        return form
    link = _make(request, form)
    if link is None:
        return redirect("candidate", pk=pk)
    messages.success(
        request, f"Booking link for {link.event_type} made. Copy it and send it to {link.candidate.first_name}."
    )
    return redirect(f"{reverse('candidate', args=[pk])}?link={link.pk}")


@sent_from("candidate", "pk")
@permission_required("scheduling.add_bookinglink", raise_exception=True)
def create_and_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a booking link and send it by e-mail."""
    form = _form(request, pk)
    if isinstance(form, HttpResponse):
        return form
    link = _make(request, form)
    if link is not None:
        send_invitation(request, link)
    return redirect("candidate", pk=pk)


@sent_from("candidate", "pk")
@permission_required("scheduling.add_bookinglink", raise_exception=True)
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the mail that would be sent with these choices; nothing is made yet."""
    form = _form(request, pk)
    return form if isinstance(form, HttpResponse) else show_message(request, form.candidate, form)


def _form(request: HttpRequest, pk: int) -> LinkForm | HttpResponse:
    """The valid form, or the answer that says why there is none."""
    candidate = get_object_or_404(Candidate, pk=pk, archived_at=None)
    if not connections.is_connected():
        problems.tell_not_connected(request)
        return redirect("candidate", pk=pk)
    form = LinkForm(candidate, request.POST)
    if form.is_valid():
        return form
    response = show_candidate(request, pk, form)
    response.status_code = 422
    return response


def _make(request: HttpRequest, form: LinkForm) -> BookingLink | None:
    """The link; None when there is none and the recruiter has been told why."""
    try:
        return links.create_link(form.request(), by=live.viewer(request))
    except links.StillBeingMade:
        messages.info(request, "The link is still being made. It will appear here in a moment.")
    except CalendlyError as error:
        problems.tell(request, error, kept="No link was made.")
    return None


@require_POST
@permission_required("scheduling.change_bookinglink", raise_exception=True)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the address lead nowhere."""
    link = get_object_or_404(BookingLink.objects.select_related("candidate", "event_type"), pk=pk)
    if links.withdraw(link, by=live.viewer(request)):
        if link.share_uri:
            tasks.wake(tasks.delete_share, link.pk)
        # A share is deleted at Calendly at once, so there is no way back to it; a scheduling link is treated alike.
        words = 'The link for {} is withdrawn for good; {} can no longer book with it. <a href="{}">Make a new link</a>'
        again = form_url(link.candidate_id, event_type=link.event_type_id, position=link.position_id)
        messages.success(request, format_html(words, link.event_type, link.candidate.name, again))
    return redirect(next_url(request, reverse("candidate", args=[link.candidate_id])))


@sent_from("link_book", "pk")
@permission_required("scheduling.add_bookinglink", raise_exception=True)
def book_for(request: HttpRequest, pk: int) -> HttpResponse:
    """Book a time on the candidate's behalf; Calendly mails them as if they had booked it themselves."""
    link = bookable(pk)
    if link is None:
        messages.info(request, "There is nothing to book through this link any more.")
        return redirect("candidate", pk=get_object_or_404(BookingLink, pk=pk).candidate_id)
    form = BookingForm(link, request.POST)
    if form.is_broken:
        return redirect("link_book", pk=pk)
    if not form.is_valid():
        return show_book_for(request, link, form, moment(request.POST.get("start", "")))
    try:
        outcome = bookings.book(form.wanted(), by=live.viewer(request))
    except (bookings.NothingToBook, bookings.StillBooking):
        messages.info(request, f"{link.candidate.name} is being booked or has just booked.")
        return redirect("candidate", pk=link.candidate_id)
    return _after_booking(request, link, outcome)


def _after_booking(request: HttpRequest, link: BookingLink, outcome: BookingRequest) -> HttpResponse:
    if outcome.state == BookingRequest.State.TAKEN:
        messages.error(request, "This time has just been taken. Nothing was booked. Choose another.")
        return redirect(f"{reverse('link_book', args=[link.pk])}?{urlencode({'gone': outcome.starts_at.isoformat()})}")
    if outcome.state == BookingRequest.State.BOOKED:
        if link.share_uri:
            tasks.wake(tasks.delete_share, link.pk)
        messages.success(request, f"Booked {link.event_type} for {link.candidate.name}. Calendly tells them.")
    elif outcome.state == BookingRequest.State.UNKNOWN:
        messages.warning(request, "Calendly did not answer in time. It is being checked whether this was booked.")
    else:
        messages.error(request, f"Nothing was booked: {outcome.error or 'Calendly refused.'} Send the link instead.")
    return redirect("candidate", pk=link.candidate_id)
