"""Keeping how people look at a table: saved views, their columns, and what the table opens with."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from scheduling.models import Preference, SavedView
from scheduling.queries.tables import Table

# One person's views of one table.
MOST_VIEWS = 50


class NameTaken(Exception):
    """The person has another view of this table with this name."""


class TooMany(Exception):
    """Enough views of one table for one person."""


def save(table: Table, *, owner: User, name: str, query: str, columns: Sequence[str], is_shared: bool) -> SavedView:
    """Keep a new view. Raises `NameTaken` or `TooMany`."""
    if SavedView.objects.filter(owner=owner, table=table.name).count() >= MOST_VIEWS:
        raise TooMany
    try:
        with transaction.atomic():
            return SavedView.objects.create(
                table=table.name, owner=owner, name=name, query=query, columns=list(columns), is_shared=is_shared
            )
    except IntegrityError as error:
        raise NameTaken from error


def edit(view: SavedView, *, name: str, is_shared: bool) -> None:
    """Rename a view, share it, or keep it to oneself. Raises `NameTaken`."""
    view.name, view.is_shared = name, is_shared
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "is_shared", "updated_at"])
    except IntegrityError as error:
        raise NameTaken from error


def update(view: SavedView, *, query: str, columns: Sequence[str]) -> None:
    """Let the view mean another filter, order and columns."""
    view.query, view.columns = query, list(columns)
    view.save(update_fields=["query", "columns", "updated_at"])


def choose_columns(view: SavedView, columns: Sequence[str]) -> None:
    """Show these columns in the view."""
    view.columns = list(columns)
    view.save(update_fields=["columns", "updated_at"])


def delete(view: SavedView) -> None:
    """Forget the view; tables that opened with it open as they are."""
    view.delete()


def keep_columns(user: User, table: Table, columns: Sequence[str]) -> None:
    """Show somebody these columns wherever no view says otherwise; none are the usual ones."""
    _keep(user, table, columns=list(columns))


def open_with(user: User, table: Table, view: SavedView | None) -> None:
    """Let somebody's table open with a view, or as it is."""
    _keep(user, table, view=view.pk if view is not None else None)


def _keep(user: User, table: Table, **facts: object) -> None:
    with transaction.atomic():
        Preference.objects.get_or_create(user=user)
        preference = Preference.objects.select_for_update().get(user=user)
        kept = preference.tables.get(table.name)
        of_table = {**(kept if isinstance(kept, dict) else {}), **facts}
        preference.tables = {**preference.tables, table.name: of_table}
        preference.save(update_fields=["tables"])
