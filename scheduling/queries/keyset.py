"""Pages of a long table by where the last one ended, not by number: each costs the same, and new rows shift nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery

from scheduling.queries.by_ids import Among, looked_up
from scheduling.queries.compiled import Compiled
from scheduling.queries.orders import Key, Order, beyond, cursor, read

Row = TypeVar("Row", bound=Model)
# How many rows a page can have.
SIZES = (25, 50, 100)
# Counting stops here: what is more is "1,000+".
MOST_COUNTED = 1_000


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


def anybody(_prefix: str) -> Q:
    """Nothing is known of the others."""
    return Q()


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """Which rows of a table are asked for.

    `of_others` says what is true of those the rows belong to, by a prefix of their columns: where they come first in
    the order, the rows of all others need not be looked at.
    """

    rows: "QuerySet[Row]"
    counting: Counting = Counting.APART
    of_others: Callable[[str], Q] = anybody


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
    walk = _Walk(listed.rows, order, size + 1, count, listed.counting, first, listed.of_others)
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
    of_others: Callable[[str], Q]

    @property
    def bounded_count(self) -> int | None:
        return None if self.count is None else min(self.count, MOST_COUNTED + 1)

    def ids(self, place: str = "", *, is_onward: bool) -> list[int]:
        """Those beyond a place, or the first or last ones; one query, or three at most where others come first in the
        order. Raises `NotACursor`."""
        if self.first is not None and is_onward and not place:
            return list(self.first[: self.most])
        values = read(place, self.order) if place else None
        is_counting = self.counting is not Counting.NOT and self.count is None
        is_by_others = "__" in self.order[0].field
        if is_counting and is_by_others:
            self._count_by_ids()
        rows = self.rows
        if values is not None:
            rows = rows.filter(beyond(self.order, values, is_onward=is_onward))
        if is_by_others and (self.count is None or self.count > MOST_COUNTED):
            return self._ids_by_others(rows, values, is_onward=is_onward)
        if is_by_others or not is_counting:
            return self._ids(rows, self.most, is_onward=is_onward)
        if self.counting is Counting.ALONG and is_onward and not place:
            found = self._ids(rows, MOST_COUNTED + 1, is_onward=is_onward)
            self.count = len(found)
            return found[: self.most]
        counted = self.rows.order_by().values("pk")[: MOST_COUNTED + 1]
        *found, self.count = self._ids(rows, self.most, is_onward=is_onward, counted=counted)
        return found

    def _count_by_ids(self) -> None:
        """Rows that are not many are known by their ids from then on, so that no database walks others to find them."""
        ids = list(self.rows.order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])
        self.count = len(ids)
        if self.count <= MOST_COUNTED:
            self.rows = self.rows.model._default_manager.filter(Among("pk", ids))

    def _ids(
        self,
        rows: "QuerySet[Row]",
        most: int,
        *,
        is_onward: bool,
        counted: "QuerySet[Any, Any] | None" = None,
        order: Order | None = None,
    ) -> list[int]:
        """The first ones from here, and last how many are `counted`."""
        order = self.order if order is None else order
        ordered = rows.order_by(*(key.ordering() if is_onward else key.backwards() for key in order))
        return [pk for (pk,) in Compiled(lambda: [ordered.values_list("pk")[:most]], counted=counted).ask()]

    def _ids_by_others(self, rows: "QuerySet[Row]", place: list[Any] | None, *, is_onward: bool) -> list[int]:
        """The same where a column of others comes first in the order: the others are walked, for a database would put
        many rows in order to find a page of them. Those that have no other are a part of their own."""
        key = self.order[0]
        # PostgreSQL's index has no place for those without a name, and there are none.
        order = [replace(key, nulls_last=False), *self.order[1:]]
        relation = key.field.rpartition("__")[0]
        with_first = _with_first(rows, self.of_others, key, place and place[0], self.most, is_onward=is_onward)
        parts: list[tuple[QuerySet[Row], Order]] = [(with_first, order)]
        if key.is_nullable:
            with_none = rows.filter(**{relation: None})
            if is_onward != key.has_nulls_after:
                parts.insert(0, (with_none, self.order))
            elif place and place[0] is None:
                parts = [(with_none, self.order)]
            else:
                parts.append((with_none, self.order))
        found: list[int] = []
        for part, order_of_part in parts:
            if len(found) < self.most:
                found += self._ids(part, self.most - len(found), is_onward=is_onward, order=order_of_part)
        return found


def _with_first(
    rows: "QuerySet[Row]", of_others: Callable[[str], Q], key: Key, place: Any, most: int, *, is_onward: bool
) -> "QuerySet[Row]":
    """The rows of the first others that have any, from a place among them: so many that their first rows are these."""
    relation, _, column = key.field.rpartition("__")
    if connection.vendor == "postgresql":
        # It walks by itself what an index has in order, unless a row might have no other.
        return rows.filter(of_others(f"{relation}__"), **{f"{key.field}__isnull": False})
    model: Any = rows.model._meta.get_field(relation).related_model
    others: QuerySet[Any] = model._default_manager.filter(of_others(""))
    is_rising = is_onward != key.is_descending
    beyond, up_to, furthest = ("gte", "lte", "MAX") if is_rising else ("lte", "gte", "MIN")
    some = looked_up(rows.filter(**{f"{relation}__isnull": False}))
    if place is not None:
        some, others = some.filter(**{f"{key.field}__{beyond}": place}), others.filter(**{f"{column}__{beyond}": place})
    having = others.filter(Exists(some.filter(**{relation: OuterRef("pk")})))
    first = having.order_by(column if is_rising else f"-{column}").values(column)[:most]
    return some.filter(of_others(f"{relation}__"), **{f"{key.field}__{up_to}": _Furthest(first, column, furthest)})


class _Furthest(Subquery):
    """The largest or smallest value of one column of some rows."""

    template = '(SELECT %(which)s("%(column)s") FROM (%(subquery)s) AS first)'

    def __init__(self, rows: "QuerySet[Any, Any]", column: str, which: str) -> None:
        super().__init__(rows, column=column, which=which)


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
