"""Acts on many rows: begun, stopped, gone on with, undone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling import tasks
from scheduling.forms.bulk import KeyForm, form_of
from scheduling.models import BulkRun
from scheduling.queries import bulk as query
from scheduling.queries import interviews, selections
from scheduling.queries.selections import LARGEST
from scheduling.services import bulk
from scheduling.views import live
from scheduling.views.pages.bulk import act_of, show_preview


@require_POST
def start(request: HttpRequest, act: str) -> HttpResponse:
    """Write down which rows it is for, do at once what needs no network, and leave the rest to a worker."""
    known, viewer, now = act_of(request, act), live.viewer(request), timezone.now()
    chosen = selections.read(known.table, request.POST, viewer=viewer, now=now)
    if chosen.is_too_large:
        messages.error(request, f"At most {LARGEST:,} at once. Narrow the filter and do it in parts.")
        return redirect(known.table.page)
    key = KeyForm(request.POST)
    if not key.is_valid():
        return show_preview(request, known, chosen)
    earlier = BulkRun.objects.filter(request_key=key.cleaned_data["request_key"]).first()
    if earlier is not None:
        return redirect(earlier)
    if chosen.is_all and key.cleaned_data["digest"] != chosen.digest:
        return show_preview(request, known, chosen, has_changed=True)
    fitting = query.preview(known, chosen.pks, now).fitting
    others = interviews.other_seats(*fitting) if act == BulkRun.Act.CANCEL else 0
    form = form_of(act, request.POST, other_seats=others)
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
    tasks.wake(tasks.advance_bulk, run.pk)
    return redirect(run)


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
    tasks.wake(tasks.advance_bulk, run.pk)
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


def _run_of(request: HttpRequest, pk: int) -> BulkRun:
    run = get_object_or_404(BulkRun, pk=pk)
    act_of(request, run.act)
    return run
