from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from candidates.models import Candidate
from scheduling.forms.links import BatchForm, bookable_event_types
from scheduling.models import Batch
from scheduling.queries import batches as query
from scheduling.queries import connections, selections
from scheduling.queries.selections import LARGEST, Selection
from scheduling.queries.tables import CANDIDATES
from scheduling.views import live
from scheduling.views.pages.paging import page_of

may_make = permission_required("scheduling.add_bookinglink", raise_exception=True)


# Candidates shown one by one.
SHOWN = 100


@require_safe
@may_make
def new(request: HttpRequest) -> HttpResponse:
    """Links for the candidates the address names: who gets one, who has one, and what to choose."""
    return show_new(request, chosen(request, request.GET), BatchForm())


def chosen(request: HttpRequest, parameters: QueryDict) -> Selection:
    """The candidates named one by one, or by a filter."""
    return selections.read(CANDIDATES, parameters, viewer=live.viewer(request), now=timezone.now())


def current(selection: Selection) -> list[Candidate]:
    """Those that are not archived, by name."""
    return list(Candidate.objects.filter(pk__in=selection.pks, archived_at=None).order_by("name", "pk"))


def show_new(request: HttpRequest, selection: Selection, form: BatchForm, *, has_changed: bool = False) -> HttpResponse:
    """The page, perhaps with a form that came back, or because other candidates match by now."""
    now = timezone.now()
    candidates = [] if selection.is_too_large else current(selection)
    event_types = list(bookable_event_types())
    have = {row.pk: query.with_open_link(candidates, row, now) for row in event_types} if candidates else {}
    names = {row.pk: row.name for row in event_types}
    shown = candidates[:SHOWN]
    context = {
        "form": form,
        "selection": selection,
        "has_changed": has_changed,
        "largest": LARGEST,
        "count": len(candidates),
        "more": len(candidates) - len(shown),
        "rows": [(row, [names[pk] for pk, people in have.items() if row.pk in people]) for row in shown],
        "is_connected": connections.is_connected(),
    }
    status = 422 if form.errors or has_changed else 200
    return render(request, "scheduling/batch_new.html", context, status=status)


@require_safe
@permission_required("scheduling.view_bookinglink", raise_exception=True)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it has come, with a result per row; it goes on when the page is left."""
    found = get_object_or_404(Batch.objects.select_related("event_type", "created_by"), pk=pk)
    progress = query.progress(found)

    def context() -> dict[str, Any]:
        return {"batch": found, "progress": progress, "page": page_of(request, query.items(found))}

    return live.respond(
        request,
        page="scheduling/batch.html",
        partial="scheduling/_batch.html",
        context=context,
        progress=f"{progress}-{found.stopped_at}",
    )
