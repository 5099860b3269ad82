"""Reading the note of a derived state that rows keep, where deriving it for all of them would take too long.

A row's note counts until its `standing_until`; from then on it is due, and derived here until `services.standings` has
done so. Only time, a row saved as a whole and a row just made are ever due, so there are few.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import CharField, Count, F, Q, QuerySet, Value

Rows = TypeVar("Rows", bound="QuerySet[Any]")
# `with_state` of candidates or links.
Derive = Callable[["QuerySet[Any]", datetime], "QuerySet[Any]"]


def due(now: datetime) -> Q:
    return Q(standing_until__lte=now)


def noted(now: datetime) -> Q:
    return Q(standing_until=None) | Q(standing_until__gt=now)


def in_state(rows: Rows, states: Sequence[str], *, now: datetime, derive: Derive) -> Rows:
    """Those of the rows that are in one of these states now; asks once what is due.

    As a rule nothing is: then it is an equality, and an index that begins with it gives the list's order.
    """
    unnoted = rows.model._default_manager.filter(due(now))
    is_so = Q(standing__in=states) if len(states) > 1 else Q(standing=states[0])
    if not unnoted.exists():
        return rows.filter(is_so)
    derived = derive(unnoted, now).filter(state__in=states)
    return rows.filter((is_so & noted(now)) | Q(pk__in=derived.values("pk")))


def counted(rows: "QuerySet[Any]", *, now: datetime, derive: Derive) -> dict[str, int]:
    """How many of the rows are in each state; one query."""
    plain = rows.order_by()
    by_note = plain.filter(noted(now)).values(kind=F("standing")).annotate(count=Count("pk"))
    by_rows = derive(plain.filter(due(now)), now).values(kind=F("state")).annotate(count=Count("pk"))
    counts: dict[str, int] = {}
    for kind, count in by_note.values_list("kind", "count").union(by_rows.values_list("kind", "count"), all=True):
        counts[kind] = counts.get(kind, 0) + count
    return counts
