"""Pages of a long table by where the last one ended, not by number: each costs the same, and new rows shift nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db import connection
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

from scheduling.queries.compiled import Compiled

Row = TypeVar("Row", bound=Model)
# How many rows a page can have.
SIZES = (25, 50, 100)
# Counting stops here: what is more is "1,000+".
MOST_COUNTED = 1_000


class NotACursor(ValueError):
    """The text marks no place in this order: made up, cut off, or of another table or sort."""


@dataclass(frozen=True)
class Key:
    """One field of an order. Rows without a value come last, if `nulls_last`, else where the database has them.

    The database's own place costs no index; say so for fields that are hardly ever empty.
    """

    field: str
    is_descending: bool = False
    is_nullable: bool = False
    nulls_last: bool = False

    def ordering(self) -> OrderBy:
        expression = F(self.field)
        nulls_last = True if self.nulls_last else None
        if self.is_descending:
            return expression.desc(nulls_last=nulls_last)
        return expression.asc(nulls_last=nulls_last)

    def backwards(self) -> OrderBy:
        expression = F(self.field)
        nulls_first = True if self.nulls_last else None
        if self.is_descending:
            return expression.asc(nulls_first=nulls_first)
        return expression.desc(nulls_first=nulls_first)

    def sql(self, column: str) -> str:
        """`ordering` of a column that has the field's values, where no model is at hand."""
        return f"{column}{' DESC' if self.is_descending else ''}{' NULLS LAST' if self.nulls_last else ''}"

    @property
    def has_nulls_after(self) -> bool:
        """PostgreSQL takes no value for the largest, SQLite for the smallest."""
        return self.nulls_last or (connection.vendor == "postgresql") != self.is_descending


Order = Sequence[Key]


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """Some rows of a table in their order, with the cursors of its neighbours; empty where there is none.

    `count` is how many rows there are in all, at most one more than `MOST_COUNTED`; None when nobody counted.
    """

    rows: list[Row]
    previous: str
    next: str
    count: int | None

    @property
    def count_words(self) -> str:
        return count_words(self.count)

    @property
    def has_more(self) -> bool:
        return bool(self.previous or self.next)


class Counting(Enum):
    """How the rows of a table are counted."""

    # By whatever way is the shortest.
    APART = auto()
    # On the walk through their order, where either has to find the same first.
    ALONG = auto()
    # Not at all, where each would have to be looked at.
    NOT = auto()


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """Which rows of a table are asked for."""

    rows: "QuerySet[Row]"
    counting: Counting = Counting.APART


def count_words(count: int | None) -> str:
    """A bounded count as people read it: "312", or "1,000+"; nothing for what was not counted."""
    if count is None:
        return ""
    return f"{count:,}" if count <= MOST_COUNTED else f"{MOST_COUNTED:,}+"


def slice_of(
    listed: Listed[Row],
    order: Order,
    *,
    cursors: Mapping[str, str],
    size: int,
    dressed: Callable[[list[int]], list[Row]],
    count: int | None = None,
    first: Sequence[int] | None = None,
) -> Slice[Row]:
    """The rows after the cursor `after`, before the cursor `before`, or the first ones.

    Where nothing is left behind a cursor the nearest rows there are come instead. `dressed` reads those with these
    ids, in this order: what is derived of a row is derived of these alone, while a database that is asked for all at
    once plans for the whole table, limit or not.

    `count` is how many rows there are, where that is known; else they are counted as they are to be. `first` are the
    ids of the first rows, or of all, where those are known. Raises `NotACursor`.
    """
    walk = _Walk(listed.rows, order, size + 1, count, listed.counting, first)
    ids, has_previous, has_next = _page(walk, cursors.get("after", ""), cursors.get("before", ""), size)
    page = dressed(ids)
    return Slice(
        page,
        previous=cursor(page[0], order) if has_previous and page else "",
        next=cursor(page[-1], order) if has_next and page else "",
        count=walk.bounded_count if has_previous or has_next else len(page),
    )


@dataclass
class _Walk(Generic[Row]):
    """Rows from a place on, `most` at a time; the first step counts them all, if they are to be counted."""

    rows: "QuerySet[Row]"
    order: Order
    most: int
    count: int | None
    counting: Counting
    first: Sequence[int] | None

    @property
    def bounded_count(self) -> int | None:
        return None if self.count is None else min(self.count, MOST_COUNTED + 1)

    def ids(self, place: str = "", *, is_onward: bool) -> list[int]:
        """Those beyond a place, or the first or last ones; one query. Raises `NotACursor`."""
        if self.first is not None and is_onward and not place:
            return list(self.first[: self.most])
        rows = self.rows
        if place:
            rows = rows.filter(_beyond(self.order, read(place, self.order), is_onward=is_onward))
        rows = rows.order_by(*(key.ordering() if is_onward else key.backwards() for key in self.order))
        is_counting = self.counting is not Counting.NOT and self.count is None
        if is_counting and self.counting is Counting.ALONG and is_onward and not place:
            found = _ids(rows, MOST_COUNTED + 1)
            self.count = len(found)
            return found[: self.most]
        counted = self.rows.order_by().values("pk")[: MOST_COUNTED + 1] if is_counting else None
        found = _ids(rows, self.most, counted=counted)
        if counted is not None:
            self.count = found.pop()
        return found


def _ids(rows: "QuerySet[Any]", most: int, *, counted: "QuerySet[Any, Any] | None" = None) -> list[int]:
    """The first ones, and last how many are `counted`."""
    return [pk for (pk,) in Compiled(lambda: [rows.values_list("pk")[:most]], counted=counted).ask()]


def _page(walk: _Walk[Row], after: str, before: str, size: int) -> tuple[list[int], bool, bool]:
    """The ids of a page, and whether rows stand before and after it."""
    if after:
        if ids := walk.ids(after, is_onward=True):
            return ids[:size], True, len(ids) > size
        if ids := walk.ids(is_onward=False):
            return ids[:size][::-1], len(ids) > size, False
    elif before:
        ids = walk.ids(before, is_onward=False)
        # A page that is not full would lack the rows behind it.
        if len(ids) >= size:
            return ids[:size][::-1], len(ids) > size, True
    ids = walk.ids(is_onward=True)
    return ids[:size], False, len(ids) > size


def cursor(row: Model, order: Order) -> str:
    """The row's place in this order, as a signed text for an address."""
    return signing.dumps([_told(_value(row, key.field)) for key in order], salt=_salt(order))


def read(text: str, order: Order) -> list[Any]:
    """The values of a place in this order. Raises `NotACursor`."""
    try:
        told = signing.loads(text, salt=_salt(order))
    except signing.BadSignature as error:
        raise NotACursor(text[:40]) from error
    return [datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in told]


def _salt(order: Order) -> str:
    return "cursor:" + ",".join(f"{'-' if key.is_descending else ''}{key.field}" for key in order)


def _value(row: Any, field: str) -> Any:
    for name in field.split("__"):
        row = getattr(row, name, None)
    return row


def _told(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _beyond(order: Order, place: list[Any], *, is_onward: bool) -> Q:
    """What comes after, or before, a place: beyond in the first key, or equal in it and beyond in the next."""
    beyond, equal = Q(pk__in=[]), Q()
    for key, value in zip(order, place, strict=True):
        beyond |= equal & _strictly(key, value, is_onward=is_onward)
        equal &= Q(**{f"{key.field}__isnull": True}) if value is None else Q(**{key.field: value})
    first, value = order[0], place[0]
    # Says nothing new, but lets an index begin at the place instead of at its start.
    if value is not None and not first.is_nullable:
        beyond &= Q(**{f"{first.field}__{'gte' if is_onward != first.is_descending else 'lte'}": value})
    return beyond


def _strictly(key: Key, value: Any, *, is_onward: bool) -> Q:
    nulls_beyond = key.is_nullable and key.has_nulls_after == is_onward
    if value is None:
        return Q(pk__in=[]) if nulls_beyond or not key.is_nullable else Q(**{f"{key.field}__isnull": False})
    beyond = Q(**{f"{key.field}__{'gt' if is_onward != key.is_descending else 'lt'}": value})
    return beyond | Q(**{f"{key.field}__isnull": True}) if nulls_beyond else beyond
