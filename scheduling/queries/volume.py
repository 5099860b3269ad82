"""Two ways through the same rows, depending on how many there are.

What few rows have is found from those rows; what many have is met soon when walking the list in its order. PostgreSQL
could guess which is which, SQLite could not, and a wrong guess costs a second over a million rows.
"""

from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet

Rows = TypeVar("Rows", bound="QuerySet[Any]")
# So many are read and sorted in a few milliseconds; where more rows have it, a page is full after a short walk.
FEW = 2000


def is_few(rows: "QuerySet[Any]") -> bool:
    """Whether there are few; counts no further than it must."""
    return rows.order_by().values("pk")[: FEW + 1].count() <= FEW


def having(rows: Rows, through: type[Model], name: str, **which: Any) -> Rows:
    """Those of the rows that a joining table's rows with `which` name in their column `name`."""
    joined = through._default_manager.filter(**which)
    if is_few(joined):
        return rows.filter(pk__in=list(joined.order_by().values_list(f"{name}_id", flat=True)))
    return rows.filter(Exists(joined.filter(**{name: OuterRef("pk")})))
