"""What is done on the availability pages."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling.calendly.errors import CalendlyError
from scheduling.forms.availability import LimitsForm, ShareForm
from scheduling.models import SharedTimes
from scheduling.queries import calendars as query
from scheduling.services import availability as service
from scheduling.services import interviewers, links, shared_times
from scheduling.views import calendars, live, problems
from scheduling.views.addresses import sent_from
from scheduling.views.pages.availability import may_view, show_availability, show_load


@require_POST
@may_view
def refresh(request: HttpRequest) -> HttpResponse:
    """Have everything the page shows read again, within the rate budget; the page fills by itself."""
    now = timezone.now()
    asked = calendars.asked(request.GET, now=now)
    calendars.read(calendars.stretches(asked), now=now, older_than=service.FRESH_BY_BUTTON)
    return redirect(f"{reverse('availability')}?{request.GET.urlencode()}")


@sent_from("availability")
@permission_required("scheduling.add_sharedtimes", raise_exception=True)
def share(request: HttpRequest) -> HttpResponse:
    """Keep the picked slots behind an address, and show them as texts."""
    form = ShareForm(request.POST)
    if not form.is_valid():
        response = show_availability(request, form.problem(), frozenset(request.POST.getlist("start")))
        response.status_code = 422
        return response
    try:
        shared = shared_times.share(form.request(), by=live.viewer(request))
    except links.StillBeingMade:
        messages.info(request, "The candidate’s booking link is still being made. Share once more in a moment.")
    except CalendlyError as error:
        problems.tell(request, error, kept="Nothing was shared.")
    else:
        return redirect("shared", shared.pk)
    return redirect(f"{reverse('availability')}?{request.GET.urlencode()}")


@require_POST
@permission_required("scheduling.add_sharedtimes", raise_exception=True)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the address offer nothing any more."""
    shared = get_object_or_404(SharedTimes, pk=pk)
    if shared_times.withdraw(shared):
        messages.success(request, "The address offers nothing any more.")
    return redirect("shared", pk)


@sent_from("load")
@permission_required("scheduling.change_interviewer", raise_exception=True)
def set_limits(request: HttpRequest) -> HttpResponse:
    """Keep the most interviews a day and a week for everyone on the page."""
    form = LimitsForm(list(query.desk().hosts.values())[: query.MOST_OFFERED], request.POST)
    if not form.is_valid():
        return show_load(request, form)
    changed = interviewers.set_limits(form.limits())
    messages.success(request, f"Limits kept; {changed or 'none'} changed.")
    week = request.GET.get("week", "")
    return redirect(f"{reverse('load')}?{urlencode({'week': week})}" if week else "load")
