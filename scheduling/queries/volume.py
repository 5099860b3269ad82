"""Two ways through the same rows, depending on how many there are.

What few rows have is found from those rows; what many have is met soon when walking the list in its order. PostgreSQL
could guess which is which, SQLite could not, and a wrong guess costs a second over a million rows.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import CharField, F, QuerySet, Value

# So many are read and sorted in a few milliseconds; where more rows have it, a page is full after a short walk.
FEW = 2000


def few(branches: "Mapping[str, QuerySet[Any]]", column: Mapping[str, str]) -> dict[str, list[int] | None]:
    """Of each branch the ids in its column, or None when there are more than a few; one query for all.

    No branch is read further than it must be.
    """
    found: dict[str, list[int]] = {name: [] for name in branches}
    parts = [
        rows.model._default_manager.filter(pk__in=rows.order_by().values("pk")[: FEW + 1])
        .order_by()
        .annotate(branch=Value(name, output_field=CharField()), found=F(column.get(name, "pk")))
        .values_list("branch", "found")
        for name, rows in branches.items()
    ]
    if parts:
        first, *others = parts
        for name, found_id in first.union(*others, all=True) if others else first:
            found[name].append(found_id)
    return {name: ids if len(ids) <= FEW else None for name, ids in found.items()}
