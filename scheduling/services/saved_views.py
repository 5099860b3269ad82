"""Keeping how people look at a table: saved views, their columns, and what the table opens with."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from scheduling.models import Preference, SavedView
from scheduling.queries.tables import Table

# One person's views of one table.
MOST_VIEWS = 50
# Longer than a page that offers the undo is likely to stay open.
DELETED_KEPT_FOR = timedelta(days=1)


class NameTaken(Exception):
    """The person has another view of this table with this name."""


class TooMany(Exception):
    """Enough views of one table for one person."""


def save(table: Table, *, owner: User, name: str, query: str, columns: Sequence[str], is_shared: bool) -> SavedView:
    """Keep a new view. Raises `NameTaken` or `TooMany`."""
    _require_room(owner, table.name)
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


def delete(view: SavedView, *, by: User) -> None:
    """Take the view off everybody's tables; those that opened with it open as they are. Safe to repeat."""
    SavedView.objects.filter(pk=view.pk, deleted_at=None).update(deleted_at=timezone.now(), deleted_by=by)


def restore(view: SavedView) -> None:
    """Bring a deleted view back as it was; safe to repeat.

    Raises `NameTaken` or `TooMany` when its owner made another in its place.
    """
    deleted = SavedView.objects.filter(pk=view.pk).exclude(deleted_at=None)
    if not deleted.exists():
        return
    _require_room(view.owner, view.table)
    try:
        with transaction.atomic():
            deleted.update(deleted_at=None, deleted_by=None)
    except IntegrityError as error:
        raise NameTaken from error


def prune(*, now: datetime) -> None:
    """Forget what was deleted so long ago that nobody undoes it."""
    SavedView.objects.filter(deleted_at__lte=now - DELETED_KEPT_FOR).delete()


def keep_columns(user: User, table: Table, columns: Sequence[str]) -> None:
    """Show somebody these columns wherever no view says otherwise; none are the usual ones."""
    _keep(user, table, columns=list(columns))


def open_with(user: User, table: Table, view: SavedView | None) -> None:
    """Let somebody's table open with a view, or as it is."""
    _keep(user, table, view=view.pk if view is not None else None)


def _require_room(owner: User, table: str) -> None:
    if SavedView.objects.filter(owner=owner, table=table, deleted_at=None).count() >= MOST_VIEWS:
        raise TooMany


def _keep(user: User, table: Table, **facts: object) -> None:
    with transaction.atomic():
        Preference.objects.get_or_create(user=user)
        preference = Preference.objects.select_for_update().get(user=user)
        kept = preference.tables.get(table.name)
        of_table = {**(kept if isinstance(kept, dict) else {}), **facts}
        preference.tables = {**preference.tables, table.name: of_table}
        preference.save(update_fields=["tables"])
