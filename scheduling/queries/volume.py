"""Two ways through the same rows, depending on how many there are.

What few rows have is found from those rows; what many have is met soon when walking the list in its order. PostgreSQL
could guess which is which, SQLite could not, and a wrong guess costs a second over a million rows.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from django.db.models import CharField, QuerySet, Value

from scheduling.queries.compiled import Compiled

# So many are read and sorted in a few milliseconds; where more rows have it, a page is full after a short walk.
FEW = 2000


@dataclass(frozen=True)
class Branch:
    """Rows that say something of others, and the column that names those."""

    rows: "QuerySet[Any]"
    column: str = "pk"


class Shape(Hashable, Protocol):
    """What is asked without the values, by which addresses that ask for the same kind of thing are equal."""

    def branches(self) -> Mapping[str, Branch]:
        """By name, with `Given` values."""


def few(shape: Shape, given: Mapping[str, Any]) -> dict[str, list[int] | None]:
    """Of each branch the ids in its column, or None when there are more than a few; one query for all, none for none.

    No branch is read further than it must be.
    """
    names, asked = _asked(shape, FEW)
    found: dict[str, list[int]] = {name: [] for name in names}
    if asked is not None:
        for name, pk in asked.ask(**given):
            found[name].append(pk)
    return {name: ids if len(ids) <= FEW else None for name, ids in found.items()}


@lru_cache(maxsize=256)
def _asked(shape: Shape, most: int) -> tuple[list[str], Compiled | None]:
    branches = shape.branches()
    asked = [
        branch.rows.order_by().values_list(Value(name, output_field=CharField()), branch.column)[: most + 1]
        for name, branch in branches.items()
    ]
    return list(branches), Compiled(lambda: asked) if asked else None
