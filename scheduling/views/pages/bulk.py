"""Acts on many rows: what is about to happen, and how far it has come."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from candidates.models import Tag
from scheduling.forms.bulk import ActForm, KeyForm, form_of
from scheduling.models import BulkRun
from scheduling.queries import bulk as query
from scheduling.queries import interviews, selections
from scheduling.queries.selections import LARGEST, Selection
from scheduling.services import message_templates
from scheduling.views import live
from scheduling.views.pages.paging import page_of
from scheduling.views.zones import next_url

# Rows shown one by one, each of which can still be left out when they were ticked.
SHOWN = 100
MOST_TAGS = 200


@require_safe
def preview(request: HttpRequest, act: str) -> HttpResponse:
    """What an act would do to the rows the address names."""
    known = act_of(request, act)
    chosen = selections.read(known.table, request.GET, viewer=live.viewer(request), now=timezone.now())
    return show_preview(request, known, chosen)


def act_of(request: HttpRequest, name: str) -> query.Act:
    """The act, for those who may."""
    known = query.ACTS.get(name)
    if known is None:
        raise Http404
    if not request.user.is_authenticated or not request.user.has_perm(known.permission):
        raise PermissionDenied
    return known


def show_preview(
    request: HttpRequest, act: query.Act, chosen: Selection, *, form: ActForm | None = None, has_changed: bool = False
) -> HttpResponse:
    """The page, perhaps with a form that came back, or because other rows match by now."""
    now, viewer = timezone.now(), live.viewer(request)
    found = query.preview(act, [] if chosen.is_too_large else chosen.pks, now)
    others = interviews.other_seats(*found.fitting) if act.name == BulkRun.Act.CANCEL else 0
    parameters = request.GET if request.method == "GET" else request.POST
    context = {
        "act": act,
        "chosen": chosen,
        "largest": LARGEST,
        "fitting": found.fitting[:SHOWN],
        "count": len(found.fitting),
        "more": max(len(found.fitting) - SHOWN, 0),
        "left_out": found.left_out,
        "left_out_count": sum(count for _, count, _ in found.left_out),
        "others": others,
        "form": form or form_of(act.name, other_seats=others),
        "key_form": KeyForm(digest=chosen.digest),
        "has_changed": has_changed,
        "known_tags": Tag.objects.all()[:MOST_TAGS] if act.name == BulkRun.Act.TAG else [],
        **_mail(act, found.fitting, viewer),
        "next": next_url(request, reverse(act.table.page), parameters=parameters),
    }
    is_refused = has_changed or (form is not None and bool(form.errors))
    return render(request, "scheduling/bulk_preview.html", context, status=422 if is_refused else 200)


def _mail(act: query.Act, fitting: list[Any], viewer: User) -> dict[str, Any]:
    """What the first candidate would read."""
    if act.name != BulkRun.Act.NUDGE or not fitting:
        return {}
    facts = message_templates.facts_of(fitting[0], sender=viewer)
    return {"mail": message_templates.compose("nudge", facts), "mail_to": fitting[0].candidate.email}


@require_safe
@permission_required("candidates.view_candidate", raise_exception=True)
def run_list(request: HttpRequest) -> HttpResponse:
    """What was done to many rows, by whom and how it went."""
    context = {"page": page_of(request, query.recent()), "batches": query.recent_batches()}
    return render(request, "scheduling/bulk_runs.html", context)


@require_safe
@permission_required("candidates.view_candidate", raise_exception=True)
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it has come, with a result per row; it goes on when the page is left."""
    found = get_object_or_404(BulkRun.objects.select_related("created_by"), pk=pk)
    progress = query.progress(found)
    act = query.ACTS[found.act]
    undoable = query.undoable(found, timezone.now()).count() if found.act == BulkRun.Act.CANCEL else 0

    def context() -> dict[str, Any]:
        page = page_of(request, query.results(found))
        return {
            "run": found,
            "act": act,
            "progress": progress,
            "undoable": undoable,
            "may_act": request.user.has_perm(act.permission),
            "page": page,
            "rows": [(item, query.told(item)) for item in page],
        }

    return live.respond(
        request,
        page="scheduling/bulk_run.html",
        partial="scheduling/_bulk_run.html",
        context=context,
        progress=f"{progress}-{found.stopped_at}-{undoable}",
    )
