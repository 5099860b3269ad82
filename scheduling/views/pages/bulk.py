"""Acts on many rows: what is about to happen, and how far it has come."""

from collections import Counter
from datetime import datetime
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
from scheduling.forms.bulk import ActForm, InviteForm, KeyForm, form_of
from scheduling.models import BulkRun, EventType
from scheduling.queries import bulk_acts, bulk_runs, connections, interviews, links, loads, selections
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


def act_of(request: HttpRequest, name: str) -> bulk_acts.Act:
    """The act, for those who may."""
    known = bulk_acts.ACTS.get(name)
    if known is None:
        raise Http404
    if not request.user.is_authenticated or not request.user.has_perm(known.permission):
        raise PermissionDenied
    return known


def show_preview(
    request: HttpRequest,
    act: bulk_acts.Act,
    chosen: Selection,
    *,
    form: ActForm | None = None,
    has_changed: bool = False,
) -> HttpResponse:
    """The page, perhaps with a form that came back, or because other rows match by now."""
    now, viewer = timezone.now(), live.viewer(request)
    found = bulk_acts.preview(act, [] if chosen.is_too_large else chosen.pks, now)
    others = interviews.other_seats(*found.fitting) if act.name == BulkRun.Act.CANCEL else 0
    form = form or form_of(act.name, other_seats=others)
    makes_links = act.name == BulkRun.Act.INVITE
    open_links = _open_links(act, found.fitting, now)
    have = {candidate: [str(event_type) for event_type in types] for candidate, types in open_links.items()}
    parameters = request.GET if request.method == "GET" else request.POST
    context = {
        "act": act,
        "section": reverse(act.table.page),
        "chosen": chosen,
        "largest": LARGEST,
        "fitting": [(row, have.get(row.pk, [])) for row in found.fitting[:SHOWN]],
        "have_count": len(have),
        "have_for": Counter(event_type for types in open_links.values() for event_type in set(types)).items(),
        "count": len(found.fitting),
        "more": max(len(found.fitting) - SHOWN, 0),
        "left_out": found.left_out,
        "left_out_count": sum(count for _, count, _ in found.left_out),
        "others": others,
        "form": form,
        "key_form": KeyForm(digest=chosen.digest),
        "has_changed": has_changed,
        "known_tags": Tag.objects.all()[:MOST_TAGS] if act.name == BulkRun.Act.TAG else [],
        "makes_links": makes_links,
        "limit_notes": loads.warnings(now=now) if makes_links else [],
        "is_connected": not makes_links or connections.is_connected(),
        **_mail(act, form, found.fitting, viewer),
        "next": next_url(request, reverse(act.table.page), parameters=parameters),
    }
    is_refused = has_changed or bool(chosen.lost or form.errors)
    return render(request, "scheduling/bulk_preview.html", context, status=422 if is_refused else 200)


def _open_links(act: bulk_acts.Act, fitting: list[Any], now: datetime) -> dict[int, list[EventType]]:
    """Who has open links already, and for which event types."""
    have: dict[int, list[EventType]] = {}
    if act.name == BulkRun.Act.INVITE:
        for link in links.open_of([row.pk for row in fitting], now).select_related("event_type").order_by("pk"):
            have.setdefault(link.candidate_id, []).append(link.event_type)
    return have


def _mail(act: bulk_acts.Act, form: ActForm, fitting: list[Any], viewer: User) -> dict[str, Any]:
    """What the first candidate would read."""
    first = fitting[0] if fitting else None
    if first is not None and act.name == BulkRun.Act.NUDGE:
        facts = message_templates.facts_of(first, sender=viewer)
        return {"mail": message_templates.compose("nudge", facts), "mail_to": first.candidate.email}
    if first is None or not isinstance(form, InviteForm):
        return {}
    event_type, expires_at = form.example()
    position = first.positions.first()
    title = position.title if position else ""
    facts = message_templates.example(
        first, event_type=event_type, position=title, expires_at=expires_at, sender=viewer
    )
    return {"mail": message_templates.compose("invitation", facts), "mail_to": first.email} if event_type else {}


@require_safe
@permission_required("candidates.view_candidate", raise_exception=True)
def run_list(request: HttpRequest) -> HttpResponse:
    """What was done to many rows, by whom and how it went."""
    return render(request, "scheduling/bulk_runs.html", {"page": page_of(request, bulk_runs.recent())})


@require_safe
@permission_required("candidates.view_candidate", raise_exception=True)
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it has come, with a result per row; it goes on when the page is left."""
    found = get_object_or_404(BulkRun.objects.select_related("created_by"), pk=pk)
    progress = bulk_runs.progress(found)
    act = bulk_acts.ACTS[found.act]
    cancels = found.act == BulkRun.Act.CANCEL
    asked = bulk_runs.asked(found) if cancels else None
    undoable = bulk_runs.undoable(found, timezone.now()).count() if cancels else 0

    def context() -> dict[str, Any]:
        page = page_of(request, bulk_runs.results(found))
        return {
            "run": found,
            "act": act,
            "section": reverse(act.table.page),
            "progress": progress,
            "asked": asked,
            "is_over": progress.is_over and not (asked and asked.open),
            "undoable": undoable,
            "may_act": request.user.has_perm(act.permission),
            "page": page,
            "rows": bulk_runs.told(found, page),
        }

    return live.respond(
        request,
        page="scheduling/bulk_run.html",
        partial="scheduling/_bulk_run.html",
        context=context,
        progress=f"{progress}-{asked}-{found.stopped_at}-{undoable}",
    )
