from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from candidates.models import Candidate
from scheduling.forms.links import BatchForm, bookable_event_types
from scheduling.models import Batch
from scheduling.queries import batches as query
from scheduling.queries import connections
from scheduling.views import live
from scheduling.views.pages.paging import page_of

may_make = permission_required("scheduling.add_bookinglink", raise_exception=True)


@require_safe
@may_make
def new(request: HttpRequest) -> HttpResponse:
    """Links for the candidates named by `candidate` parameters: who gets one, who has one, and what to choose."""
    return show_new(request, chosen(request.GET.getlist("candidate")), BatchForm())


def chosen(ids: list[str]) -> list[Candidate]:
    """Current candidates among these ids, by name; what is no id is nobody."""
    numbers = [int(text) for text in ids if text.isascii() and text.isdigit() and len(text) < 19]
    return list(Candidate.objects.filter(pk__in=numbers, archived_at=None).order_by("name", "pk"))


def show_new(request: HttpRequest, candidates: list[Candidate], form: BatchForm) -> HttpResponse:
    now = timezone.now()
    have = {row.pk: query.with_open_link(candidates, row, now) for row in bookable_event_types()} if candidates else {}
    rows = [(person, [pk for pk, people in have.items() if person.pk in people]) for person in candidates]
    names = {row.pk: row.name for row in bookable_event_types()}
    context = {
        "form": form,
        "rows": [(person, [names[pk] for pk in open_ones]) for person, open_ones in rows],
        "is_connected": connections.is_connected(),
    }
    return render(request, "scheduling/batch_new.html", context, status=422 if form.errors else 200)


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
