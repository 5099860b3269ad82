"""Pages of a long table by where the last one ended, not by number: each costs the same, and new rows shift nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db import connection
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

Row = TypeVar("Row", bound=Model)
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

    @property
    def has_nulls_after(self) -> bool:
        """PostgreSQL takes no value for the largest, SQLite for the smallest."""
        return self.nulls_last or (connection.vendor == "postgresql") != self.is_descending


Order = Sequence[Key]


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """Some rows of a table in their order, with the cursors of its neighbours; empty where there is none.

    `count` is how many rows there are in all, at most one more than `MOST_COUNTED`.
    """

    rows: list[Row]
    previous: str
    next: str
    count: int

    @property
    def count_words(self) -> str:
        return count_words(self.count)

    @property
    def has_more(self) -> bool:
        return self.count > len(self.rows)


def count_words(count: int) -> str:
    """A bounded count as people read it: "312", or "1,000+"."""
    return f"{count:,}" if count <= MOST_COUNTED else f"{MOST_COUNTED:,}+"


def bounded_count(rows: "QuerySet[Any]") -> int:
    """How many rows, never looking at more than one beyond `MOST_COUNTED`."""
    return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()


def slice_of(
    rows: "QuerySet[Row]",
    order: Order,
    *,
    cursors: Mapping[str, str],
    size: int,
    count: int | None = None,
    with_rows: "Callable[[QuerySet[Row]], QuerySet[Row]] | None" = None,
) -> Slice[Row]:
    """The rows after the cursor `after`, before the cursor `before`, or the first ones.

    Where nothing is left behind a cursor the nearest rows there are come instead. `count` is how many rows there are,
    where that is known; `with_rows` brings what is shown of them. Raises `NotACursor`.
    """
    counted = rows if count is None else count
    onward = partial(_first, ordering=[key.ordering() for key in order], most=size + 1, with_rows=with_rows)
    backward = partial(_first, ordering=[key.backwards() for key in order], most=size + 1, with_rows=with_rows)
    after, before = cursors.get("after", ""), cursors.get("before", "")
    if after:
        found = onward(rows.filter(_beyond(order, read(after, order), is_onward=True)))
        if found:
            return _sliced(counted, order, found[:size], has_previous=True, has_next=len(found) > size)
        found = backward(rows)
        return _sliced(counted, order, found[:size][::-1], has_previous=len(found) > size, has_next=False)
    if before:
        found = backward(rows.filter(_beyond(order, read(before, order), is_onward=False)))
        if len(found) >= size:
            page = found[:size][::-1]
            return _sliced(counted, order, page, has_previous=len(found) > size, has_next=True)
    found = onward(rows)
    return _sliced(counted, order, found[:size], has_previous=False, has_next=len(found) > size)


def _first(
    rows: "QuerySet[Row]",
    *,
    ordering: list[OrderBy],
    most: int,
    with_rows: "Callable[[QuerySet[Row]], QuerySet[Row]] | None",
) -> list[Row]:
    """The first rows of a list, found by their ids, so that what is derived of a row is derived of these alone.

    A database that is asked for all at once plans for the whole table, limit or not.
    """
    ids = rows.order_by(*ordering).values("pk")[:most]
    found: QuerySet[Row] = rows.model._default_manager.filter(pk__in=ids)
    return list((with_rows(found) if with_rows else found).order_by(*ordering))


def _sliced(
    counted: "QuerySet[Row] | int", order: Order, page: list[Row], *, has_previous: bool, has_next: bool
) -> Slice[Row]:
    if not has_previous and not has_next:
        count = len(page)
    else:
        count = counted if isinstance(counted, int) else bounded_count(counted)
    return Slice(
        page,
        previous=cursor(page[0], order) if has_previous and page else "",
        next=cursor(page[-1], order) if has_next else "",
        count=min(count, MOST_COUNTED + 1),
    )


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
