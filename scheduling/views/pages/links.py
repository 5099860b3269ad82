from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.forms.booking import BookingForm, moment
from scheduling.models import BookingLink
from scheduling.queries import links
from scheduling.queries.booking import truth_of
from scheduling.queries.tables import LINKS
from scheduling.services import bookings
from scheduling.views import live
from scheduling.views.pages import tables
from scheduling.views.pages.booking import times_context


@require_safe
@permission_required("scheduling.view_bookinglink", raise_exception=True)
def link_list(request: HttpRequest) -> HttpResponse:
    """All booking links and what became of them."""
    if address := tables.opening_address(request, LINKS):
        return redirect(address)

    def context() -> dict[str, Any]:
        found = tables.read(request, LINKS)
        return {
            "page": tables.slice_of(request, found, timezone.now()),
            **tables.context_of(request, found),
            "states": links.FILTER_STATES,
        }

    return live.respond(
        request, page="scheduling/link_list.html", partial="scheduling/_link_list.html", context=context
    )


@require_safe
@permission_required("scheduling.add_bookinglink", raise_exception=True)
def book_for(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a time for the candidate; with `?start=` also what the event type asks."""
    link = bookable(pk)
    if link is None:
        return redirect("candidate", pk=get_object_or_404(BookingLink, pk=pk).candidate_id)
    start = moment(request.GET.get("start", ""))
    zone = link.candidate.timezone or timezone.get_current_timezone_name()
    return show_book_for(request, link, BookingForm(link, start=start, zone=zone) if start else None, start)


def bookable(pk: int) -> BookingLink | None:
    """The link, while a time can be booked through it by us."""
    rows = BookingLink.objects.select_related("candidate", "event_type__connection", "created_by")
    link = get_object_or_404(rows, pk=pk)
    is_open = truth_of(link, timezone.now()).state == "book"
    return link if is_open and bookings.can_book_here(link.event_type) else None


def show_book_for(
    request: HttpRequest, link: BookingLink, form: BookingForm | None, start: datetime | None
) -> HttpResponse:
    """The page, perhaps with a form that came back with errors."""
    context = {"link": link, "form": form, "start": start, **times_context(request, link)}
    status = 422 if form is not None and form.errors else 200
    return render(request, "scheduling/link_book.html", context, status=status)
