"""What the pages of tables have in common, and the page of one saved view."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.forms.tables import ViewForm
from scheduling.models import Preference, SavedView
from scheduling.queries import bulk_acts, keyset, preferences, saved_views
from scheduling.queries.orders import NotACursor
from scheduling.queries.selections import LARGEST
from scheduling.queries.tables import TABLES, Asked, Table, asked, normal
from scheduling.views import live


def table_named(request: HttpRequest, name: str) -> Table:
    """The table, for those who may see it."""
    table = TABLES.get(name)
    if table is None:
        raise Http404
    if not request.user.is_authenticated or not request.user.has_perm(table.permission):
        raise PermissionDenied
    return table


def opening_address(request: HttpRequest, table: Table) -> str:
    """Where the bare address of a table leads its viewer; empty when it stays."""
    if request.GET:
        return ""
    return saved_views.opening_address(_preference(request), table, live.viewer(request))


def context_of(request: HttpRequest, found: Asked) -> dict[str, Any]:
    """What a table's head and bars show; two queries less one when the address was read already."""
    viewer = live.viewer(request)
    shown = saved_views.shown(found, request.GET, viewer=viewer, preference=_preference(request), now=timezone.now())
    missing = [f"saved={request.GET['saved'][:40]}"] if shown.is_missing else []
    return {
        "asked": found,
        "table": found.table,
        "shown": shown,
        "columns": shown.columns,
        "sort": found.sort,
        "ignored": [*found.ignored, *missing],
        "is_filtered": found.is_filtered,
        "kept_query": normal(found.table, found.query),
        "may_share": viewer.has_perm(saved_views.SHARING),
        "acts": bulk_acts.offered(found.table, viewer, in_archive=bool(found.query.get("archived"))),
        "largest": LARGEST,
    }


def read(request: HttpRequest, table: Table) -> Asked:
    """What the page's address asks, with what its filters can be."""
    return asked(table, request.GET, offers_choices=True)


def slice_of(
    request: HttpRequest,
    found: Asked,
    now: datetime,
    *,
    listed: "keyset.Listed[Any] | None" = None,
    count: int | None = None,
    first: Sequence[int] | None = None,
) -> "keyset.Slice[Any]":
    """The asked rows, 25 unless 50 or 100 are asked for; a cursor that is none is told and left out.

    `listed` are those of `found`, where they are known; `count` and `first` are as `keyset.slice_of` has them.
    """
    asked_size = request.GET.get("rows", "")
    size = int(asked_size) if asked_size.isdecimal() and int(asked_size) in keyset.SIZES else keyset.SIZES[0]
    page_of = partial(
        keyset.slice_of,
        listed or found.listed(viewer=live.viewer(request), now=now),
        found.order,
        size=size,
        count=count,
        first=first,
        dressed=lambda ids: found.table.dressed(ids, now),
    )
    try:
        return page_of(cursors={name: request.GET.get(name, "") for name in ("after", "before")})
    except NotACursor:
        found.ignored.append("the place in the list")
        return page_of(cursors={})


def _preference(request: HttpRequest) -> Preference:
    """The viewer's, which the frame has read already."""
    kept = getattr(request, "preference", None)
    return kept if isinstance(kept, Preference) else preferences.of(live.viewer(request))


def view_seen(request: HttpRequest, pk: int, *, with_deleted: bool = False) -> tuple[SavedView, Table]:
    """A view with its table; 404 for what one does not see."""
    view = SavedView.objects.select_related("owner").filter(pk=pk).first()
    viewer = live.viewer(request)
    if view is None or not (view.is_shared or view.owner_id == viewer.pk):
        raise Http404
    if view.deleted_at is not None and not with_deleted:
        raise Http404
    return view, table_named(request, view.table)


@require_safe
def saved_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One view: its name, who sees it, whether the table opens with it, and its end."""
    view, table = view_seen(request, pk)
    return show_view(request, view, table)


def show_view(request: HttpRequest, view: SavedView, table: Table, form: ViewForm | None = None) -> HttpResponse:
    """The page, perhaps with a form that came back with errors."""
    viewer = live.viewer(request)
    may_share = viewer.has_perm(saved_views.SHARING) and view.owner_id == viewer.pk
    initial = {"name": view.name, "is_shared": view.is_shared}
    query_of = asked(table, saved_views.query_of(view))
    context = {
        "view": view,
        "table": table,
        "form": form or ViewForm(initial=initial, may_share=may_share),
        "may_change": saved_views.may_change(view, viewer),
        "address": saved_views.address(view, table),
        "asked": query_of,
        "sort_words": table.sort_words[query_of.sort],
        "column_words": [table.columns[name] for name in saved_views.columns_of(table, view.columns)],
        "is_opening": saved_views.opening(_preference(request), table) == view.pk,
    }
    return render(request, "scheduling/view.html", context, status=422 if form is not None else 200)
