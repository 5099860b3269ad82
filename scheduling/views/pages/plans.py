from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from candidates.models import Position
from scheduling.forms.plans import StepForm
from scheduling.models import PlanStep
from scheduling.services.plans import SEND_AFTER


@require_safe
@permission_required("candidates.view_position", raise_exception=True)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The interviews of a position, in order."""
    return show_plan(request, get_object_or_404(Position, pk=pk))


def show_plan(request: HttpRequest, position: Position, form: StepForm | None = None) -> HttpResponse:
    """The page, perhaps with a form that came back with errors."""
    context = {
        "position": position,
        "steps": PlanStep.objects.filter(position=position).select_related("event_type"),
        "form": form or StepForm(position),
        "rules": PlanStep.Rule.choices,
        "minutes": int(SEND_AFTER.total_seconds() // 60),
    }
    return render(request, "scheduling/plan.html", context, status=422 if form else 200)
