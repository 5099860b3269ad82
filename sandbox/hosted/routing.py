"""The page of a routing form: its answers lead to a booking page, another site or a message."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render

from sandbox.engine import routing
from sandbox.hosted import booking, forms
from sandbox.models import RoutingForm, RoutingSubmission

THANKS = {"headline": "Thank you", "body": "Your answers have been sent."}


@login_not_required
def routing_form(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask, then lead on with what the address carried."""
    row = get_object_or_404(RoutingForm, uuid=uuid, status=RoutingForm.Status.PUBLISHED)
    form = forms.RoutingAnswers(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        submission = routing.submit(row, answers=form.answers(), tracking=booking.tracking(request))
        return _lead_on(request, submission, prefill=form.prefill())
    return render(request, "sandbox/routing_form.html", {"routing_form": row, "form": form})


def _lead_on(request: HttpRequest, submission: RoutingSubmission, *, prefill: dict[str, str]) -> HttpResponse:
    result = submission.result or {"type": "custom_message", "value": THANKS}
    if result["type"] == "external_url":
        return HttpResponseRedirect(result["value"])
    event_type = routing.event_type_of(submission)
    if event_type is None:
        message = result["value"] if result["type"] == "custom_message" else THANKS
        context = {"title": message["headline"], "message": message["body"]}
        return render(request, "sandbox/problem.html", context)
    query = booking.kept(request) | prefill | {"routing_form_submission": str(submission.uuid)}
    return HttpResponseRedirect(f"{event_type.scheduling_url}?{urlencode(query)}")
