"""Reading the note of a derived state that rows keep, where deriving it for all of them would take too long.

A row's note counts until its `standing_until`; from then on it is due, and derived here until `services.standings` has
done so. Only time, a row saved as a whole and a row just made are ever due, so there are few.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import CharField, Count, F, IntegerField, Q, QuerySet, Value

from scheduling.queries.compiled import Given, Moment
from scheduling.queries.figures import BoundedCount
from scheduling.queries.keyset import MOST_COUNTED
from scheduling.queries.volume import Branch

# `with_state` of candidates or links.
Derive = Callable[["QuerySet[Any]", Moment], "QuerySet[Any]"]


def due(now: Moment) -> Q:
    return Q(standing_until__lte=now)


def noted(now: Moment) -> Q:
    return Q(standing_until=None) | Q(standing_until__gt=now)


def due_in_state(rows: "QuerySet[Any]", derive: Derive) -> Branch:
    """Rows that are due and in the state given as `state`, as `now` is."""
    return Branch(derive(rows.filter(due(Given("now"))), Given("now")).filter(state=Given("state", CharField())))


def in_state(state: str, due_ids: list[int] | None, *, rows: "QuerySet[Any]", now: datetime) -> Q:
    """Whether a row is in this state now; `rows` are all of its kind with their derived `state`, `due_ids` what
    `due_in_state` found.

    As a rule that is nothing: then it is an equality, and an index that begins with it gives the list's order.
    """
    return noted_or_due(Q(standing=state), due_ids, rows=rows.filter(state=state), now=now)


def noted_or_due(says: Q, due_ids: list[int] | None, *, rows: "QuerySet[Any]", now: datetime) -> Q:
    """Whether the note of a row says so, or, where it is due, the row does: `rows` are all that do, `due_ids` those
    of them that are due, as far as they are few."""
    is_noted = says & noted(now)
    if due_ids is None:
        return is_noted | Q(pk__in=rows.filter(due(now)).values("pk"))
    return is_noted | Q(pk__in=due_ids) if due_ids else is_noted


def counted(rows: "QuerySet[Any]", *, states: Iterable[str], derive: Derive) -> "list[QuerySet[Any, Any]]":
    """States and how many of the rows are in each, to be summed; `now` and a row that is always there, `viewer`, are
    `Given`.

    Noted ones are counted no further than one beyond `MOST_COUNTED`.
    """
    of_viewer = User.objects.filter(pk=Given("viewer", IntegerField()))
    noted_rows = rows.order_by().filter(noted(Given("now")))
    by_note = [
        of_viewer.values_list(
            Value(state, output_field=CharField()),
            BoundedCount(noted_rows.filter(standing=state), most=MOST_COUNTED + 1),
        )
        for state in states
    ]
    return [*by_note, _derived(rows, derive)]


def stated(rows: "QuerySet[Any]", *, derive: Derive) -> "list[QuerySet[Any, Any]]":
    """The id and the state of each of a few rows; `now` is `Given`."""
    now = Given("now")
    by_note = rows.order_by().filter(noted(now)).values_list("pk", "standing")
    return [by_note, derive(rows.order_by().filter(due(now)), now).values_list("pk", "state")]


def grouped(rows: "QuerySet[Any]", *, derive: Derive) -> "list[QuerySet[Any, Any]]":
    """The same as `counted` of rows an index names: counting each state apart would find them anew each time."""
    by_note = rows.order_by().filter(noted(Given("now"))).values("standing").annotate(count=Count("pk"))
    return [by_note.values_list("standing", "count"), _derived(rows, derive)]


def _derived(rows: "QuerySet[Any]", derive: Derive) -> "QuerySet[Any, Any]":
    """Those whose note is due."""
    now = Given("now")
    by_row = derive(rows.order_by().filter(due(now)), now).values(kind=F("state")).annotate(count=Count("pk"))
    found: QuerySet[Any, Any] = by_row.values_list("kind", "count")
    return found
