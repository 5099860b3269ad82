"""Acts on many rows: begun, stopped, gone on with, undone."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling import tasks
from scheduling.forms.bulk import ActForm, KeyForm, form_of
from scheduling.models import BulkRun
from scheduling.queries import bulk_acts, interviews, selections
from scheduling.queries.selections import LARGEST, Selection
from scheduling.services import bulk
from scheduling.views import live
from scheduling.views.pages.bulk import act_of, show_preview


@require_POST
def start(request: HttpRequest, act: str) -> HttpResponse:
    """Write down which rows it is for, do at once what needs no network, and leave the rest to a worker."""
    known, viewer, now = act_of(request, act), live.viewer(request), timezone.now()
    chosen = selections.posted(known.table, request.POST, viewer=viewer, now=now)
    if chosen.is_too_large:
        messages.error(request, f"At most {LARGEST:,} at once. Narrow the filter and do it in parts.")
        return redirect(known.table.page)
    key = KeyForm(request.POST)
    if not key.is_valid():
        return show_preview(request, known, chosen)
    earlier = BulkRun.objects.filter(request_key=key.cleaned_data["request_key"]).first()
    if earlier is not None:
        return redirect(earlier)
    if chosen.is_all and not chosen.lost and key.cleaned_data["digest"] != chosen.digest:
        return show_preview(request, known, chosen, has_changed=True)
    fitting, form = _filled_in(request, known, chosen)
    if not fitting or not form.is_valid():
        return show_preview(request, known, chosen, form=form)
    run = bulk.start(
        known,
        [row.pk for row in fitting],
        wish=form.wish(),
        chosen=chosen.words,
        request_key=key.cleaned_data["request_key"],
        by=viewer,
    )
    bulk.take_first_turn(run)
    _wake(run)
    return redirect(run)


@require_POST
def look(request: HttpRequest, act: str) -> HttpResponse:
    """Show the page again with the mail as it would be by what was filled in; nothing is done yet."""
    known = act_of(request, act)
    chosen = selections.posted(known.table, request.POST, viewer=live.viewer(request), now=timezone.now())
    _, form = _filled_in(request, known, chosen)
    return show_preview(request, known, chosen, form=form)


def _filled_in(request: HttpRequest, act: bulk_acts.Act, chosen: Selection) -> tuple[list[Any], ActForm]:
    """The rows the act fits, and its form as it was sent."""
    fitting = bulk_acts.preview(act, [] if chosen.is_too_large else chosen.pks, timezone.now()).fitting
    others = interviews.other_seats(*fitting) if act.name == BulkRun.Act.CANCEL else 0
    return fitting, form_of(act.name, request.POST, other_seats=others)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Do no more of it."""
    run = _run_of(request, pk)
    bulk.stop(run)
    messages.info(request, "Stopped. What was done stays; the rest can go on later.")
    return redirect(run)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on, and try again what failed."""
    run = _run_of(request, pk)
    bulk.resume(run)
    _wake(run)
    return redirect(run)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the run's cancellations as far as Calendly has not heard of them."""
    run = _run_of(request, pk)
    count = bulk.undo_cancellations(run, by=live.viewer(request))
    if count:
        noun = "interview stays" if count == 1 else "interviews stay"
        messages.success(request, f"Undone. {count} {noun} as they were; Calendly has not heard of it.")
    else:
        messages.warning(request, "Too late: the cancellations are with Calendly already.")
    return redirect(run)


def _wake(run: BulkRun) -> None:
    """Several workers share what waits for Calendly's answers."""
    for _ in range(1 if run.act in bulk.LOCAL else bulk.WORKERS):
        tasks.wake(tasks.advance_bulk, run.pk)


def _run_of(request: HttpRequest, pk: int) -> BulkRun:
    run = get_object_or_404(BulkRun, pk=pk)
    act_of(request, run.act)
    return run
