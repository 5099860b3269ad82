"""Reading the note of a derived state that rows keep, where deriving it for all of them would take too long.

A row's note counts until its `standing_until`; from then on it is due, and derived here until `services.standings` has
done so. Only time, a row saved as a whole and a row just made are ever due, so there are few.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

# `with_state` of candidates or links.
Derive = Callable[["QuerySet[Any]", datetime], "QuerySet[Any]"]


def due(now: datetime) -> Q:
    return Q(standing_until__lte=now)


def noted(now: datetime) -> Q:
    return Q(standing_until=None) | Q(standing_until__gt=now)


def in_state(states: Sequence[str], due_ids: list[int] | None, *, rows: "QuerySet[Any]", now: datetime) -> Q:
    """Whether a row is in one of these states now; `rows` are all of its kind, with their derived `state`.

    As a rule nothing is due: then it is an equality, and an index that begins with it gives the list's order.
    """
    is_so = Q(standing__in=states) if len(states) > 1 else Q(standing=states[0])
    if due_ids == []:
        return is_so
    return (is_so & noted(now)) | Q(pk__in=rows.filter(due(now), state__in=states).values("pk"))


def counted(rows: "QuerySet[Any]", *, now: datetime, derive: Derive) -> dict[str, int]:
    """How many of the rows are in each state; one query."""
    plain = rows.order_by()
    by_note = plain.filter(noted(now)).values(kind=F("standing")).annotate(count=Count("pk"))
    by_row = derive(plain.filter(due(now)), now).values(kind=F("state")).annotate(count=Count("pk"))
    counts: dict[str, int] = {}
    for kind, count in by_note.values_list("kind", "count").union(by_row.values_list("kind", "count"), all=True):
        counts[kind] = counts.get(kind, 0) + count
    return counts
