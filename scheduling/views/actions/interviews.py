from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from scheduling.calendly.errors import CalendlyError
from scheduling.forms.interviews import AttachForm, MakeCandidateForm
from scheduling.models import Connection, Interview
from scheduling.queries import connections
from scheduling.queries import interviews as query
from scheduling.services import matching, outcomes
from scheduling.views import live, problems
from scheduling.views.addresses import sent_from
from scheduling.views.pages.interviews import show_unmatched
from scheduling.views.zones import next_url

may_change = permission_required("scheduling.change_interview", raise_exception=True)


@require_POST
@may_change
def mark_no_show(request: HttpRequest, pk: int) -> HttpResponse:
    interview = _interview(pk)

    def act(connection: Connection, by: User) -> None:
        outcomes.mark_no_show(interview, connection=connection, by=by)

    done = f"{interview.who} is marked as a no-show."
    return _at_calendly(request, interview, act, done=done, kept="Nothing was marked.")


@require_POST
@may_change
def undo_no_show(request: HttpRequest, pk: int) -> HttpResponse:
    interview = _interview(pk)

    def act(connection: Connection, by: User) -> None:
        outcomes.undo_no_show(interview, connection=connection, by=by)

    done = f"{interview.who} is no longer marked as a no-show."
    return _at_calendly(request, interview, act, done=done, kept="The mark is still there.")


@require_POST
@may_change
def mark_interviewer_no_show(request: HttpRequest, pk: int) -> HttpResponse:
    """Ours alone: Calendly knows no-shows of invitees only."""
    interview = _interview(pk)
    try:
        outcomes.mark_interviewer_no_show(interview, by=live.viewer(request))
    except outcomes.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The interviewer is marked as a no-show; {interview.who} is not.")
    return _back(request, interview)


@require_POST
@may_change
def undo_interviewer_no_show(request: HttpRequest, pk: int) -> HttpResponse:
    interview = _interview(pk)
    outcomes.undo_interviewer_no_show(interview, by=live.viewer(request))
    messages.success(request, "The interviewer is no longer marked as a no-show.")
    return _back(request, interview)


@require_POST
@may_change
def mark_held(request: HttpRequest, pk: int) -> HttpResponse:
    interview = _interview(pk)
    try:
        outcomes.mark_held(interview, by=live.viewer(request))
    except outcomes.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The interview with {interview.who} is marked as held.")
    return _back(request, interview)


@require_POST
@may_change
def undo_held(request: HttpRequest, pk: int) -> HttpResponse:
    interview = _interview(pk)
    outcomes.undo_held(interview, by=live.viewer(request))
    messages.success(request, f"The interview with {interview.who} is to be marked again.")
    return _back(request, interview)


@sent_from("unmatched")
@may_change
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whose booking it is."""
    interview = _interview(pk)
    form = AttachForm(request.POST, auto_id=f"attach_{pk}_%s")
    if not form.is_valid():
        response = show_unmatched(request, (pk, form))
        response.status_code = 422
        return response
    candidate = form.cleaned_data["candidate"]
    matching.attach(interview, candidate, position=form.cleaned_data["position"], by=live.viewer(request))
    messages.success(request, f"The booking now belongs to {candidate.name}.")
    return redirect("unmatched")


@require_POST
@permission_required(["scheduling.change_interview", "candidates.add_candidate"], raise_exception=True)
def make_candidate(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a candidate of who booked."""
    interview = _interview(pk)
    form = MakeCandidateForm(request.POST)
    position = form.cleaned_data["position"] if form.is_valid() else None
    candidate = matching.make_candidate(interview, position=position, by=live.viewer(request))
    messages.success(request, f"{candidate.name} is now a candidate, with this booking.")
    return redirect("unmatched")


def _interview(pk: int) -> Interview:
    return get_object_or_404(query.with_rows(Interview.objects.all()), pk=pk)


def _at_calendly(
    request: HttpRequest, interview: Interview, act: Callable[[Connection, User], None], *, done: str, kept: str
) -> HttpResponse:
    """Do what reaches Calendly and say how it went."""
    connection = connections.serving_interview(interview)
    if connection is None:
        problems.tell_not_connected(request)
        return _back(request, interview)
    try:
        act(connection, live.viewer(request))
    except outcomes.NotPossible as error:
        messages.error(request, str(error))
    except CalendlyError as error:
        problems.tell(request, error, kept=kept)
    else:
        messages.success(request, done)
    return _back(request, interview)


def _back(request: HttpRequest, interview: Interview) -> HttpResponse:
    return redirect(next_url(request, reverse("interview", args=[interview.pk])))
