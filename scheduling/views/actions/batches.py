from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from scheduling import tasks
from scheduling.forms.links import BatchForm
from scheduling.models import Batch
from scheduling.queries import connections
from scheduling.queries.selections import LARGEST
from scheduling.services import batches
from scheduling.views import live, problems
from scheduling.views.pages.batches import chosen, current, show_new

may_make = permission_required("scheduling.add_bookinglink", raise_exception=True)
# So many workers may share one batch.
WORKERS = 4


@require_POST
@may_make
def create(request: HttpRequest) -> HttpResponse:
    """Write down for whom links are to be made, and let the workers begin."""
    selection = chosen(request, request.POST)
    if selection.is_too_large:
        messages.error(request, f"At most {LARGEST:,} at once. Choose fewer candidates.")
        return redirect("candidate_list")
    candidates = current(selection)
    if not candidates:
        messages.error(request, "Choose at least one candidate.")
        return redirect("candidate_list")
    if not connections.is_connected():
        problems.tell_not_connected(request)
        return redirect("candidate_list")
    form = BatchForm(request.POST)
    if not form.is_valid():
        return show_new(request, selection, form)
    if selection.is_all and request.POST.get("digest") != selection.digest:
        return show_new(request, selection, BatchForm(), has_changed=True)
    batch = batches.create(
        candidates,
        event_type=form.cleaned_data["event_type"],
        expires_at=form.cleaned_data["expires_on"],
        request_key=form.cleaned_data["request_key"],
        by=live.viewer(request),
        sends_mail=form.cleaned_data["sends_mail"],
    )
    _wake(batch)
    return redirect(batch)


@require_POST
@may_make
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Make no more links of this batch."""
    batch = get_object_or_404(Batch, pk=pk)
    batches.stop(batch)
    messages.info(request, "Stopped. What was made stays; the rest can go on later.")
    return redirect(batch)


@require_POST
@may_make
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on, and try again what failed."""
    batch = get_object_or_404(Batch, pk=pk)
    batches.resume(batch)
    _wake(batch)
    return redirect(batch)


def _wake(batch: Batch) -> None:
    for _ in range(WORKERS):
        tasks.wake(tasks.advance_batch, batch.pk)
