"""Reading the note of a derived state that rows keep, where deriving it for all of them would take too long.

A row's note counts until its `standing_until`; from then on it is due, and derived here until `services.standings` has
done so. Only time, a row saved as a whole and a row just made are ever due, so there are few.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import CharField, Count, F, IntegerField, Q, QuerySet, Value

from scheduling.queries.compiled import Given, Moment
from scheduling.queries.figures import BoundedCount
from scheduling.queries.keyset import MOST_COUNTED

# `with_state` of candidates or links.
Derive = Callable[["QuerySet[Any]", Moment], "QuerySet[Any]"]


def due(now: Moment) -> Q:
    return Q(standing_until__lte=now)


def noted(now: Moment) -> Q:
    return Q(standing_until=None) | Q(standing_until__gt=now)


def in_state(states: Sequence[str], due_ids: list[int] | None, *, rows: "QuerySet[Any]", now: datetime) -> Q:
    """Whether a row is in one of these states now; `rows` are all of its kind, with their derived `state`.

    As a rule nothing is due: then it is an equality, and an index that begins with it gives the list's order.
    """
    is_so = Q(standing__in=states) if len(states) > 1 else Q(standing=states[0])
    if due_ids == []:
        return is_so
    return (is_so & noted(now)) | Q(pk__in=rows.filter(due(now), state__in=states).values("pk"))


def counted(rows: "QuerySet[Any]", *, states: Iterable[str], derive: Derive) -> "QuerySet[Any, Any]":
    """States and how many of the rows are in each, to be summed; `now` and a row that is always there, `viewer`, are
    `Given`.

    Noted ones are counted no further than one beyond `MOST_COUNTED`.
    """
    now, plain = Given("now"), rows.order_by()
    of_viewer = User.objects.filter(pk=Given("viewer", IntegerField()))
    parts = [
        of_viewer.values_list(
            Value(state, output_field=CharField()),
            BoundedCount(plain.filter(noted(now), standing=state), most=MOST_COUNTED + 1),
        )
        for state in states
    ]
    by_row = derive(plain.filter(due(now)), now).values(kind=F("state")).annotate(count=Count("pk"))
    return parts[0].union(*parts[1:], by_row.values_list("kind", "count"), all=True)
