from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from candidates.models import Position
from scheduling import tasks
from scheduling.forms.plans import RuleForm, StepForm
from scheduling.models import NextStep, PlanStep
from scheduling.services import plans
from scheduling.views import live
from scheduling.views.addresses import sent_from
from scheduling.views.pages.plans import show_plan

may_plan = permission_required("candidates.change_position", raise_exception=True)
may_send = permission_required("scheduling.add_bookinglink", raise_exception=True)


@sent_from("plan", "pk")
@may_plan
def add_step(request: HttpRequest, pk: int) -> HttpResponse:
    position = get_object_or_404(Position, pk=pk)
    form = StepForm(position, request.POST)
    if not form.is_valid():
        return show_plan(request, position, form)
    try:
        plans.add_step(position, form.cleaned_data["event_type"], rule=form.cleaned_data["rule"])
    except plans.NotPossible as error:
        messages.error(request, str(error))
    return redirect("plan", pk=pk)


@require_POST
@may_plan
def remove_step(request: HttpRequest, pk: int, step_pk: int) -> HttpResponse:
    step = PlanStep.objects.filter(pk=step_pk, position=pk).select_related("event_type").first()
    # A second click finds it gone, which is what was asked for.
    if step is not None:
        plans.remove_step(step)
        messages.success(request, f"{step.event_type} is out of the plan.")
    return redirect("plan", pk=pk)


@require_POST
@may_plan
def move_step_up(request: HttpRequest, pk: int, step_pk: int) -> HttpResponse:
    return _move(pk, step_pk, up=True)


@require_POST
@may_plan
def move_step_down(request: HttpRequest, pk: int, step_pk: int) -> HttpResponse:
    return _move(pk, step_pk, up=False)


def _move(pk: int, step_pk: int, *, up: bool) -> HttpResponse:
    plans.move_step(get_object_or_404(PlanStep, pk=step_pk, position=pk), up=up)
    return redirect("plan", pk=pk)


@require_POST
@may_plan
def change_rule(request: HttpRequest, pk: int, step_pk: int) -> HttpResponse:
    step = get_object_or_404(PlanStep, pk=step_pk, position=pk)
    form = RuleForm(request.POST)
    if form.is_valid():
        plans.change_rule(step, form.cleaned_data["rule"])
        messages.success(request, "Saved.")
    else:
        messages.error(request, "Choose how it follows.")
    return redirect("plan", pk=pk)


@require_POST
@may_send
def send_next(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the link of what comes next and send it, without waiting."""
    row = _next_step(pk)
    if plans.send_now(row, by=live.viewer(request)):
        tasks.wake(tasks.send_next_step, row.pk)
        messages.success(request, f"A link for {row.event_type} is on its way to {row.candidate.name}.")
    else:
        messages.info(request, "It is being sent, or was sent, already.")
    return redirect("candidate", pk=row.candidate_id)


@require_POST
@may_send
def dismiss_next(request: HttpRequest, pk: int) -> HttpResponse:
    """Put aside what comes next; it can still be sent by hand."""
    row = _next_step(pk)
    if plans.dismiss(row):
        messages.success(request, f"Put aside. {row.candidate.name} is not sent {row.event_type}.")
    else:
        messages.warning(request, "Too late: it is being sent, or was sent, already.")
    return redirect("candidate", pk=row.candidate_id)


def _next_step(pk: int) -> NextStep:
    return get_object_or_404(NextStep.objects.select_related("candidate", "event_type"), pk=pk)
