"""Reading the note of a derived state that rows keep, where deriving it for all of them would take too long.

A row's note counts until its `standing_until`; from then on it is due, and derived here until `services.standings` has
done so. Only time, a row saved as a whole and a row just made are ever due, so there are few.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import Case, CharField, Count, F, IntegerField, Q, QuerySet, Value, When

from scheduling.queries.compiled import Compiled, Given, Moment
from scheduling.queries.figures import BoundedCount
from scheduling.queries.keyset import MOST_COUNTED, SIZES
from scheduling.queries.orders import Key
from scheduling.queries.volume import Branch

# `with_state` of candidates or links.
Derive = Callable[["QuerySet[Any]", Moment], "QuerySet[Any]"]
Build = Callable[[], "Iterable[QuerySet[Any, Any]]"]
# Stands where the state of a row would whose note is due.
DUE = ""
# Stands where a state would with a row that comes first.
FIRST = "-"
# As many as a page has at most, and one more.
MOST_FIRST = max(SIZES) + 1
# How many of the rows found are in each state.
COUNTS = "SELECT state, COUNT(*) FROM found GROUP BY state"


def due(now: Moment) -> Q:
    return Q(standing_until__lte=now)


def noted(now: Moment) -> Q:
    """Beside what an index finds; alone SQLite would look up either side and read nearly all, so lists say `~due`."""
    return Q(standing_until=None) | Q(standing_until__gt=now)


def due_rows(rows: "QuerySet[Any]") -> Branch:
    """Rows that are due at the `now` that is given."""
    return Branch(rows.filter(due(Given("now"))))


def in_state(state: str, due_ids: list[int] | None, *, rows: "QuerySet[Any]", now: datetime) -> Q:
    """Whether a row is in this state now; `rows` are all of its kind with their derived `state`, `due_ids` what
    `due_rows` found, None for more than a few.

    As a rule that is nothing: then it is an equality, and an index that begins with it gives the list's order.
    """
    return noted_or_due(Q(standing=state), due_ids, rows=rows.filter(state=state), now=now)


def noted_or_due(says: Q, due_ids: list[int] | None, *, rows: "QuerySet[Any]", now: datetime) -> Q:
    """Whether the note of a row says so, or, where it is due, the row does: `rows` are all that do, `due_ids` the
    rows that are due. While there are such, one query."""
    is_noted = says & ~due(now)
    if due_ids is None:
        return is_noted | Q(pk__in=rows.filter(due(now)).values("pk"))
    return is_noted | Q(pk__in=list(rows.filter(pk__in=due_ids).values_list("pk", flat=True))) if due_ids else is_noted


class Standings:
    """States of rows: by their notes, in one query, and of those that are due in a second one.

    That is only asked while any is, for to plan it takes PostgreSQL longer than all the rest.
    """

    def __init__(self, by_note: Build, derived: Build) -> None:
        self._by_note = Compiled(by_note, is_planned_once=True)
        self._derived = Compiled(derived)

    def counts(self, **given: Any) -> Counter[str]:
        """How many rows are in each state; of what `counted` and `grouped` made."""
        found: Counter[str] = Counter()
        for state, count in self._by_note.ask(**given):
            found[state] += count
        if found.pop(DUE, 0):
            for state, count in self._derived.ask(**given):
                found[state] += count
        return found


@dataclass(frozen=True)
class Ordered:
    """The first ones in an order, enough for a page: by what is derived while a note is due."""

    order: tuple[Key, ...]
    is_by_note: ClassVar[bool] = False
    needs_counts: ClassVar[bool] = False

    def questions(self, order_by: str) -> list[str]:
        return [f"SELECT '{FIRST}', pk FROM found WHERE is_asked = 1 ORDER BY {order_by} LIMIT {MOST_FIRST}"]  # noqa: S608


@dataclass(frozen=True)
class OfEachState:
    """The first `most` of each state that is asked for, by how long they are noted there, and up to `most_due` of
    those whose note is due: where these stand is only known once they are derived."""

    states: tuple[str, ...]
    most: int
    most_due: int
    order: ClassVar[tuple[Key, ...]] = (Key("standing_since"), Key("pk"))
    is_by_note: ClassVar[bool] = True
    needs_counts: ClassVar[bool] = True

    def questions(self, order_by: str) -> list[str]:
        # Numbering all of them by state takes longer than a look at each state.
        return [
            f"SELECT '{FIRST}', pk FROM found WHERE state = '{state}'{also} ORDER BY {order_by} LIMIT {most}"  # noqa: S608
            for state, also, most in [
                *((state, " AND is_asked = 1", self.most) for state in self.states),
                (DUE, "", self.most_due),
            ]
        ]


# Which of the rows found come first: SQL about them, given their order by the columns that hold its keys.
First = Ordered | OfEachState


class Found:
    """A few rows, found once: how many are in each state, and which come first. In one query, by their notes, and in a
    second one while any is due. `now` is `Given`, and `state`, where only the first of that are meant.

    What is not to be counted needs no state, unless one is meant.
    """

    def __init__(
        self,
        rows: "Callable[[], QuerySet[Any]]",
        first: First,
        *,
        derive: Derive,
        has_state: bool,
        is_counted: bool,
        is_planned_once: bool,
    ) -> None:
        self._first, self._has_state, self._is_planned_once = first, has_state, is_planned_once
        now = Given("now")
        keys = {f"key_{number}": key for number, key in enumerate(first.order)}
        asked = first.questions(", ".join(key.sql(name) for name, key in keys.items()))
        self._keys = {name: F(key.field) for name, key in keys.items()}
        # Where one state is meant, the counts say whether any is due.
        self._by_note = self._told(rows, _noted_state(), [COUNTS, *asked] if is_counted or has_state else asked)
        # Whose note is not due is not derived.
        derived = Case(When(due(now), then=F("state")), default=F("standing"), output_field=CharField())
        about = [COUNTS] if first.is_by_note else [COUNTS, *asked]
        self._derived = self._told(lambda: derive(rows(), now), derived, about)

    def read(self, **given: Any) -> tuple[Counter[str], list[int]]:
        """How many are in each state, and the ids of the first ones."""
        counts, first = _parted(self._by_note.ask(**given))
        if counts[DUE]:
            counts, derived = _parted(self._derived.ask(**given))
            first = first if self._first.is_by_note else derived
        return counts, first

    def _told(self, rows: "Callable[[], QuerySet[Any]]", state: Case, about: list[str]) -> Compiled:
        is_asked = Case(When(told=Given("state", CharField()), then=1), default=0) if self._has_state else Value(1)
        columns = {"told": state, "is_asked": is_asked, **self._keys}
        return Compiled(
            lambda: [rows().order_by().annotate(**columns).values_list("told", "pk", "is_asked", *self._keys)],
            columns=["state", "pk", "is_asked", *self._keys],
            about=about,
            is_planned_once=self._is_planned_once,
        )


def _parted(answers: Iterable[tuple[Any, ...]]) -> tuple[Counter[str], list[int]]:
    counts: Counter[str] = Counter()
    first = []
    for state, value in answers:
        if state == FIRST:
            first.append(value)
        else:
            counts[state] = value
    return counts, first


def counted(rows: "Callable[[], QuerySet[Any]]", *, states: Iterable[str], derive: Derive) -> Standings:
    """How many of the rows are in each state; `now` and a row that is always there, `viewer`, are `Given`.

    Noted ones are counted no further than one beyond `MOST_COUNTED`.
    """

    def by_note() -> "Iterator[QuerySet[Any, Any]]":
        of_viewer = User.objects.filter(pk=Given("viewer", IntegerField()))
        noted_rows = rows().order_by().filter(noted(Given("now")))
        for state in states:
            count = BoundedCount(noted_rows.filter(standing=state), most=MOST_COUNTED + 1)
            yield of_viewer.values_list(Value(state, CharField()), count)
        # In the order of the index of what is due, so that it is found there.
        first = rows().filter(due(Given("now"))).order_by("standing_until", "pk")[:1]
        yield first.values_list(Value(DUE, CharField()), Value(1, IntegerField()))

    return Standings(by_note, lambda: _derived_counts(rows(), derive))


def grouped(rows: "Callable[[], QuerySet[Any]]", *, derive: Derive) -> Standings:
    """The same of rows an index names: counting each state apart would find them anew each time."""

    def by_note() -> "list[QuerySet[Any, Any]]":
        by_state = rows().order_by().values(kind=_noted_state()).annotate(count=Count("pk"))
        return [by_state.values_list("kind", "count")]

    return Standings(by_note, lambda: _derived_counts(rows(), derive))


def _noted_state() -> Case:
    return Case(When(due(Given("now")), then=Value(DUE)), default=F("standing"), output_field=CharField())


def _derived_counts(rows: "QuerySet[Any]", derive: Derive) -> "list[QuerySet[Any, Any]]":
    now = Given("now")
    by_row = derive(rows.order_by().filter(due(now)), now).values(kind=F("state")).annotate(count=Count("pk"))
    return [by_row.values_list("kind", "count")]
