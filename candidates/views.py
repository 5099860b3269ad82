"""Positions: a job opening's page is a form."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from candidates.forms import PositionForm
from candidates.models import Position


@require_safe
@permission_required("candidates.view_position", raise_exception=True)
def position_list(request: HttpRequest) -> HttpResponse:
    """Open positions first, with how many are considered for each."""
    positions = Position.objects.annotate(candidate_count=Count("candidates"))
    context = {"open": positions.filter(closed_at=None), "closed": positions.exclude(closed_at=None)}
    return render(request, "candidates/position_list.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("candidates.add_position", raise_exception=True)
def position_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, PositionForm(request.POST or None), "added")


@require_http_methods(["GET", "POST"])
@permission_required("candidates.change_position", raise_exception=True)
def position_edit(request: HttpRequest, pk: int) -> HttpResponse:
    position = get_object_or_404(Position, pk=pk)
    return _edit(request, PositionForm(request.POST or None, instance=position), "saved")


def _edit(request: HttpRequest, form: PositionForm, what: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        position = form.save()
        messages.success(request, f"{position} is {what}.")
        return redirect("position_list")
    return render(request, "candidates/position_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@permission_required("candidates.change_position", raise_exception=True)
def position_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an open position, or open a closed one again."""
    position = get_object_or_404(Position, pk=pk)
    closed_at = timezone.now() if position.is_open else None
    Position.objects.filter(pk=pk).update(closed_at=closed_at)
    messages.success(request, f"{position} is {'closed' if closed_at else 'open again'}.")
    return redirect("position_list")
