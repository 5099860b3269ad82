"""Two ways through the same rows, depending on how many there are.

What few rows have is found from those rows; what many have is met soon when walking the list in its order. PostgreSQL
could guess which is which, SQLite could not, and a wrong guess costs a second over a million rows.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from django.db.models import CharField, QuerySet, Value

from scheduling.queries.compiled import Compiled

# So many are read and sorted in a few milliseconds; where more rows have it, a page is full after a short walk.
FEW = 1000


@dataclass(frozen=True)
class Branch:
    """Rows that say something of others, and the column that names those.

    Who is named by `others` as well is meant. Up to `times` as many as usual are few: where the walk would be long.
    """

    rows: "QuerySet[Any]"
    column: str = "pk"
    others: "Sequence[QuerySet[Any]]" = ()
    times: int = 1

    def named(self, name: str) -> "QuerySet[Any, Any]":
        """Its name and whom it names, no further than one beyond a few."""
        told = [
            rows.order_by().values_list(Value(name, output_field=CharField()), self.column)
            for rows in (self.rows, *self.others)
        ]
        both = told[0].intersection(*told[1:]) if self.others else told[0]
        return both[: FEW * self.times + 1]


@dataclass(frozen=True)
class Named:
    """Whom a branch names: all of them, or the first ones of more than a few."""

    ids: list[int]
    is_all: bool


class Shape(Hashable, Protocol):
    """What is asked without the values, by which addresses that ask for the same kind of thing are equal."""

    def branches(self) -> Mapping[str, Branch]:
        """By name, with `Given` values."""


def named(shape: Shape, given: Mapping[str, Any]) -> dict[str, Named]:
    """Whom each branch names; one query for all, none for none. No branch is read further than it must be."""
    most, asked = _asked(shape, FEW)
    found: dict[str, list[int]] = {name: [] for name in most}
    if asked is not None:
        for name, pk in asked.ask(**given):
            found[name].append(pk)
    return {name: Named(ids, len(ids) <= most[name]) for name, ids in found.items()}


def few(shape: Shape, given: Mapping[str, Any]) -> dict[str, list[int] | None]:
    """The same, with None for whatever names more than a few."""
    return {name: found.ids if found.is_all else None for name, found in named(shape, given).items()}


@lru_cache(maxsize=256)
def _asked(shape: Shape, most: int) -> tuple[dict[str, int], Compiled | None]:
    """How many are few of each branch, and the question."""
    branches = shape.branches()
    asked = [branch.named(name) for name, branch in branches.items()]
    return {name: most * branch.times for name, branch in branches.items()}, Compiled(lambda: asked) if asked else None
