"""How somebody looks at a table: columns, saved views, what it opens with."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from scheduling.forms.tables import ViewForm, filter_of
from scheduling.models import SavedView
from scheduling.queries import saved_views as query
from scheduling.queries.parameters import row_id
from scheduling.queries.tables import Table
from scheduling.services import saved_views
from scheduling.views import live
from scheduling.views.addresses import sent_from
from scheduling.views.pages.tables import show_view, table_named, view_seen
from scheduling.views.zones import next_url


@require_POST
def choose_columns(request: HttpRequest, table: str) -> HttpResponse:
    """Show these columns: in the open view, when it may be changed, else wherever no view says otherwise."""
    known, viewer = table_named(request, table), live.viewer(request)
    chosen = [] if "usual" in request.POST else _columns(known, request)
    view = _visible(request, known)
    if view is None:
        saved_views.keep_columns(viewer, known, chosen)
    elif query.may_change(view, viewer):
        saved_views.choose_columns(view, chosen)
    else:
        raise PermissionDenied
    return redirect(next_url(request, reverse(known.page)))


@require_POST
def save_view(request: HttpRequest, table: str) -> HttpResponse:
    """Keep what the table shows under a name."""
    known, viewer = table_named(request, table), live.viewer(request)
    form = ViewForm(request.POST, may_share=viewer.has_perm(query.SHARING))
    back = next_url(request, reverse(known.page))
    if not form.is_valid():
        for error in form.errors.get("name", []):
            messages.error(request, f"The view was not saved. {error}")
        return redirect(back)
    name = form.cleaned_data["name"]
    try:
        view = saved_views.save(
            known,
            owner=viewer,
            name=name,
            query=filter_of(known, request.POST.get("query", "")),
            columns=_columns(known, request),
            is_shared=form.cleaned_data.get("is_shared", False),
        )
    except saved_views.NameTaken:
        messages.error(request, f"The view was not saved. You have a view called “{name}” already.")
        return redirect(back)
    except saved_views.TooMany:
        messages.error(
            request, f"The view was not saved. {saved_views.MOST_VIEWS} views are enough; delete one you do not need."
        )
        return redirect(back)
    messages.success(request, f"Saved as “{view}”.")
    return redirect(query.address(view, known))


@sent_from("view", "pk")
def edit_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a view, share it, or keep it to oneself."""
    view, known = view_seen(request, pk)
    viewer = live.viewer(request)
    _require_change(request, view)
    # Somebody else's stays shared: kept to its owner, it would be out of the administrator's sight.
    may_share = viewer.has_perm(query.SHARING) and view.owner_id == viewer.pk
    form = ViewForm(request.POST, may_share=may_share)
    if not form.is_valid():
        return show_view(request, view, known, form)
    is_shared = form.cleaned_data.get("is_shared", view.is_shared)
    try:
        saved_views.edit(view, name=form.cleaned_data["name"], is_shared=is_shared)
    except saved_views.NameTaken:
        form.add_error("name", "There is a view with this name already.")
        view.refresh_from_db()
        return show_view(request, view, known, form)
    messages.success(request, "Saved.")
    return redirect(query.address(view, known))


@require_POST
def update_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the view mean what the table shows now."""
    view, known = view_seen(request, pk)
    _require_change(request, view)
    kept = filter_of(known, request.POST.get("query", ""))
    saved_views.update(view, query=kept, columns=_columns(known, request))
    messages.success(request, f"“{view}” now means this.")
    return redirect(query.address(view, known))


@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a view off the tables; the table's page offers to undo that."""
    view, known = view_seen(request, pk, with_deleted=True)
    _require_change(request, view)
    saved_views.delete(view, by=live.viewer(request))
    messages.success(request, f"The view “{view}” is deleted. You can undo that here for an hour.")
    return redirect(f"{reverse(known.page)}?saved={query.NONE}")


@require_POST
def restore_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo that a view was deleted."""
    view, known = view_seen(request, pk, with_deleted=True)
    _require_change(request, view)
    try:
        saved_views.restore(view)
    except saved_views.NameTaken:
        messages.error(request, f"There is another view called “{view}” by now. Rename that one first, then undo.")
    except saved_views.TooMany:
        messages.error(request, f"There are {saved_views.MOST_VIEWS} views again. Delete another first, then undo.")
    else:
        messages.success(request, f"The view “{view}” is back.")
        return redirect(query.address(view, known))
    return redirect(f"{reverse(known.page)}?saved={query.NONE}")


@require_POST
def choose_opening(request: HttpRequest, table: str) -> HttpResponse:
    """Let the table open with a view, or as it is."""
    known, viewer = table_named(request, table), live.viewer(request)
    view = _visible(request, known)
    saved_views.open_with(viewer, known, view)
    messages.success(request, f"{known.words} open with “{view}”." if view else f"{known.words} open as they are.")
    return redirect(next_url(request, query.address(view, known) if view else reverse(known.page)))


def _columns(table: Table, request: HttpRequest) -> list[str]:
    chosen = request.POST.getlist("columns")
    return [name for name in table.columns if name in chosen]


def _visible(request: HttpRequest, table: Table) -> SavedView | None:
    """The posted view, as far as one sees it; None when none is named. 404 for one nobody shares with one."""
    pk = row_id(request.POST, "saved")
    if pk is None:
        return None
    view = next((row for row in query.visible_to(live.viewer(request), table) if row.pk == pk), None)
    if view is None:
        raise Http404
    return view


def _require_change(request: HttpRequest, view: SavedView) -> None:
    if not query.may_change(view, live.viewer(request)):
        raise PermissionDenied
