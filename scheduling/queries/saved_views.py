"""Saved views: whose one sees, which one a page shows, and which columns that means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import CharField, IntegerField, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from scheduling.models import Preference, SavedView
from scheduling.queries.compiled import CompiledRows, Given
from scheduling.queries.parameters import row_id
from scheduling.queries.tables import Asked, Table, normal

SHARING = "scheduling.add_savedview"
CHANGING_ALL = "scheduling.change_savedview"
# The table without any view, for those whose table opens with one.
NONE = "none"
# So long pages offer to undo that a view was deleted.
UNDO_FOR = timedelta(hours=1)


def visible_to(viewer: User, table: Table) -> list[SavedView]:
    """One's own and the shared ones, by name; one query."""
    rows = SavedView.objects.filter(Q(owner=viewer) | Q(is_shared=True), table=table.name, deleted_at=None)
    return list(rows.select_related("owner"))


def _with_deleted(viewer: User, table: Table, now: datetime) -> list[SavedView]:
    """What is visible, and what can be undone: one's own views and those one deleted, for an hour; one query."""
    return _ASKED.ask(viewer=viewer.pk, table=table.name, now=now)


def _seen_or_undoable() -> QuerySet[SavedView]:
    viewer = Given("viewer", IntegerField())
    seen = Q(Q(owner=viewer) | Q(is_shared=True), deleted_at=None)
    undoable = Q(Q(owner=viewer) | Q(deleted_by=viewer), deleted_at__gt=Given("now") - UNDO_FOR)
    rows = SavedView.objects.filter(seen | undoable, table=Given("table", CharField()))
    return rows.select_related("owner", "deleted_by")


_ASKED = CompiledRows(_seen_or_undoable, is_planned_once=True)


def may_change(view: SavedView, viewer: User) -> bool:
    """One's own, or as an administrator anybody's that is shared."""
    return view.owner_id == viewer.pk or (view.is_shared and viewer.has_perm(CHANGING_ALL))


def query_of(view: SavedView) -> QueryDict:
    """What the view asks of its table, as an address would."""
    return QueryDict(view.query)


def address(view: SavedView, table: Table) -> str:
    """The table as the view has it."""
    kept = normal(table, query_of(view))
    return f"{reverse(table.page)}?saved={view.pk}{'&' if kept else ''}{kept}"


@dataclass(frozen=True)
class Tab:
    """A view as a table's page offers it."""

    view: SavedView
    address: str
    is_current: bool
    is_mine: bool


@dataclass(frozen=True)
class Shown:
    """What a table's page shows: its tabs, the view it was opened with, whether that was changed since, its columns,
    and which deleted views can be brought back."""

    tabs: list[Tab]
    current: SavedView | None
    is_changed: bool
    may_change: bool
    columns: list[str]
    choices: list[tuple[str, str, bool]]
    is_missing: bool
    deleted: list[SavedView]
    opens_with: int | None


def shown(asked: Asked, query: QueryDict, *, viewer: User, preference: Preference, now: datetime) -> Shown:
    """Recognise the view by the address's `saved`, else by the same filter, order and layout; one query."""
    table = asked.table
    rows = _with_deleted(viewer, table, now)
    views = [view for view in rows if view.deleted_at is None]
    meant = normal(table, asked.query)
    named = row_id(query, "saved")
    same = [view for view in views if normal(table, query_of(view)) == meant]
    current = next((view for view in views if view.pk == named), None)
    if current is None and named is None and meant and query.get("saved") != NONE:
        current = next(iter(same), None)
    kept = _kept(preference, table)
    columns = columns_of(table, current.columns if current is not None and current.columns else kept.get("columns"))
    return Shown(
        tabs=[Tab(view, address(view, table), view == current, view.owner_id == viewer.pk) for view in views],
        current=current,
        is_changed=current is not None and current not in same,
        may_change=current is not None and may_change(current, viewer),
        columns=columns,
        choices=[(name, words, name in columns) for name, words in table.columns.items()],
        is_missing=named is not None and current is None,
        deleted=[view for view in rows if view.deleted_at is not None and may_change(view, viewer)],
        opens_with=opening(preference, table),
    )


def columns_of(table: Table, names: object) -> list[str]:
    """The table's columns among these, in its order; the usual ones for none."""
    chosen = [name for name in table.columns if isinstance(names, Sequence) and name in names]
    return chosen or list(table.usual)


def opening(preference: Preference, table: Table) -> int | None:
    """The id of the view somebody's table opens with."""
    pk = _kept(preference, table).get("view")
    return pk if isinstance(pk, int) else None


def opening_address(preference: Preference, table: Table, viewer: User) -> str:
    """Where the bare table leads somebody; empty when it stays."""
    pk = opening(preference, table)
    if pk is None:
        return ""
    view = next((row for row in visible_to(viewer, table) if row.pk == pk), None)
    return address(view, table) if view is not None else ""


def _kept(preference: Preference, table: Table) -> dict[str, object]:
    kept = preference.tables.get(table.name) if isinstance(preference.tables, dict) else None
    return kept if isinstance(kept, dict) else {}
