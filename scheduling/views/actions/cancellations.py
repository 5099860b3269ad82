from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from scheduling import tasks
from scheduling.forms.interviews import CancelForm
from scheduling.models import CancelRequest, Interview
from scheduling.queries import interviews as query
from scheduling.queries.cancellations import failed
from scheduling.queries.parameters import row_ids
from scheduling.services import cancellations, outcomes
from scheduling.views import live
from scheduling.views.addresses import sent_from
from scheduling.views.pages.interviews import show_interview
from scheduling.views.zones import next_url

may_change = permission_required("scheduling.change_interview", raise_exception=True)


@sent_from("interview", "pk")
@may_change
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the cancellation; the frame shows on every page how long it can be undone."""
    interview = get_object_or_404(query.with_rows(Interview.objects.all()), pk=pk)
    form = CancelForm(request.POST, other_seats=query.other_seats(interview))
    if not form.is_valid():
        response = show_interview(request, pk, form)
        response.status_code = 422
        return response
    try:
        wake(cancellations.ask(interview, form.wish(), by=live.viewer(request)))
    except cancellations.AlreadyAsked as error:
        messages.info(request, str(error))
    except outcomes.NotPossible as error:
        messages.error(request, str(error))
    return redirect(next_url(request, reverse("interview", args=[pk])))


@require_POST
@may_change
def cancel_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more for the cancellation that failed last."""
    last = failed().filter(interview=pk).select_related("interview__candidate").first()
    if last is None:
        messages.info(request, "No failed cancellation is left to try again. Nothing was canceled.")
        return redirect("interview", pk=pk)
    try:
        wake(cancellations.ask_again(last, by=live.viewer(request)))
    except outcomes.NotPossible as error:
        messages.error(request, str(error))
    return redirect("interview", pk=pk)


@require_POST
@may_change
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the interview stand whose cancellation failed last."""
    interview = get_object_or_404(Interview.objects.select_related("candidate"), pk=pk)
    if cancellations.drop(interview, by=live.viewer(request)):
        messages.success(request, "The interview stays booked.")
    return redirect("interview", pk=pk)


@require_POST
@may_change
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the cancellations named by `request`, as far as Calendly has not heard of them."""
    asked = list(CancelRequest.objects.filter(pk__in=row_ids(request.POST, "request")).select_related("interview"))
    undone = [row for row in asked if cancellations.undo(row, by=live.viewer(request)) or _is_undone(row)]
    if len(undone) == 1:
        messages.success(request, "Undone. The interview stays as it was; Calendly has not heard of it.")
    elif undone:
        messages.success(request, f"Undone for {len(undone)} interviews. They stay as they were.")
    if late := len(asked) - len(undone):
        what = "this cancellation is" if late == 1 else f"{late} cancellations are"
        messages.warning(request, f"Too late: {what} with Calendly already.")
    return redirect(next_url(request, reverse("interview_list")))


def _is_undone(row: CancelRequest) -> bool:
    """Another seat's undo, or somebody else's, took this one along."""
    row.refresh_from_db(fields=["state"])
    return row.state == CancelRequest.State.UNDONE


def wake(request: CancelRequest) -> None:
    """Have a worker look when the time to undo is over."""
    tasks.wake(tasks.act_on_cancel_request, request.pk, at=cancellations.wake_at(request))
