"""Two ways through the same rows, depending on how many there are.

What few rows have is found from those rows; what many have is met soon when walking the list in its order. PostgreSQL
could guess which is which, SQLite could not, and a wrong guess costs a second over a million rows.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from django.contrib.auth.models import User
from django.db.models import CharField, IntegerField, QuerySet, Value

from scheduling.queries.compiled import Compiled, Given
from scheduling.queries.figures import BoundedCount

# So many are read and sorted in a few milliseconds; where more rows have it, a page is full after a short walk.
FEW = 1000
# What stays in the database costs less to find, so that more are few.
COUNTED_TIMES = 10


@dataclass(frozen=True)
class Branch:
    """Rows that say something of others, and the column that names those.

    Who is named by `others` as well is meant.
    """

    rows: "QuerySet[Any]"
    column: str = "pk"
    others: "Sequence[QuerySet[Any]]" = ()

    def ids(self) -> "QuerySet[Any, Any]":
        return self._told(self.column)

    def asked(self, name: str) -> "list[QuerySet[Any, Any]]":
        """Its name and whom it names, no further than one beyond a few."""
        return [self._told(Value(name, output_field=CharField()), self.column)[: self.most + 1]]

    def named(self, answers: list[int]) -> "Named":
        return Named(len(answers), answers, is_all=len(answers) <= self.most)

    @property
    def most(self) -> int:
        """So many are few."""
        return FEW

    def _told(self, *columns: Any) -> "QuerySet[Any, Any]":
        told = [rows.order_by().values_list(*columns) for rows in (self.rows, *self.others)]
        return told[0].intersection(*told[1:]) if self.others else told[0]


class Counted(Branch):
    """One of which is only asked how many it names: so few as the database can find and tell apart by itself. `viewer`,
    a row that is always there, is `Given`.

    Who is named by others as well is no more than the fewest of them name; only where all name many are those counted
    whom each names.
    """

    def asked(self, name: str) -> "list[QuerySet[Any, Any]]":
        return [self._counting(name, rows.order_by().values(self.column)) for rows in (self.rows, *self.others)]

    def named(self, answers: list[int]) -> "Named":
        count = min(answers)
        return Named(count, [], is_all=count <= self.most)

    def asked_of_all(self, name: str) -> "QuerySet[Any, Any]":
        """How many all of them name."""
        return self._counting(name, self.ids())

    def _counting(self, name: str, ids: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
        viewer = User.objects.filter(pk=Given("viewer", IntegerField()))
        count = BoundedCount(ids, most=self.most + 1, column=self.column)
        return viewer.values_list(Value(name, output_field=CharField()), count)

    @property
    def most(self) -> int:
        return FEW * COUNTED_TIMES


@dataclass(frozen=True)
class Named:
    """How many a branch names, no further than one beyond a few, and whom, unless it is `Counted`."""

    count: int
    ids: list[int]
    is_all: bool


class Shape(Hashable, Protocol):
    """What is asked without the values, by which addresses that ask for the same kind of thing are equal."""

    def branches(self) -> Mapping[str, Branch]:
        """By name, with `Given` values."""


def named(shape: Shape, given: Mapping[str, Any]) -> dict[str, Named]:
    """Whom each branch names; one query for all, none for none, and one more where several words each find many. No
    branch is read further than it must be."""
    branches, asked, of_all = _asked(shape, FEW)
    found = _answers(asked, branches, given)
    told = {name: branches[name].named(values) for name, values in found.items()}
    if any(not told[name].is_all for name in of_all):
        found = _answers(_asked_of_all(shape, FEW), of_all, given)
        told |= {name: branches[name].named(values) for name, values in found.items()}
    return told


def _answers(asked: Compiled | None, names: Iterable[str], given: Mapping[str, Any]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {name: [] for name in names}
    if asked is not None:
        for name, value in asked.ask(**given):
            found[name].append(value)
    return found


def few(shape: Shape, given: Mapping[str, Any]) -> dict[str, list[int] | None]:
    """The same, with None for whatever names more than a few."""
    return {name: found.ids if found.is_all else None for name, found in named(shape, given).items()}


@lru_cache(maxsize=256)
def _asked(shape: Shape, few: int) -> tuple[Mapping[str, Branch], Compiled | None, Mapping[str, Counted]]:
    """Its branches and the question, for so many that are few; and those branches that may name fewer than it says."""
    branches = shape.branches()
    asked = [part for name, branch in branches.items() for part in branch.asked(name)]
    of_all = {name: branch for name, branch in branches.items() if isinstance(branch, Counted) and branch.others}
    return branches, Compiled(lambda: asked) if asked else None, of_all


@lru_cache(maxsize=256)
def _asked_of_all(shape: Shape, few: int) -> Compiled:
    """How many those branches name."""
    *_, of_all = _asked(shape, few)
    return Compiled(lambda: [branch.asked_of_all(name) for name, branch in of_all.items()])
