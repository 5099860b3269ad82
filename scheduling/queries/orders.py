"""Orders of rows, and places in them as texts for addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import connection
from django.db.models import F, Model, Q
from django.db.models.expressions import OrderBy


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


def cursor(row: Model, order: Order) -> str:
    """The row's place in this order, as a signed text for an address."""
    return signing.dumps([_told(_value(row, key.field)) for key in order], salt=_salt(order))


def read(text: str, order: Order) -> list[Any]:
    """The values of a place in this order. Raises `NotACursor`."""
    try:
        told = signing.loads(text, salt=_salt(order))
    except signing.BadSignature as error:
        raise NotACursor(text[:40]) from error
    return [_read(value) for value in told]


def _salt(order: Order) -> str:
    return "cursor:" + ",".join(f"{'-' if key.is_descending else ''}{key.field}" for key in order)


def _value(row: Any, field: str) -> Any:
    for name in field.split("__"):
        row = getattr(row, name, None)
    return row


def _told(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return {"bytes": bytes(value).hex()} if isinstance(value, (bytes, memoryview)) else value


def _read(told: Any) -> Any:
    if not isinstance(told, dict):
        return told
    return datetime.fromisoformat(told["at"]) if "at" in told else bytes.fromhex(told["bytes"])


def beyond(order: Order, place: list[Any], *, is_onward: bool) -> Q:
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
