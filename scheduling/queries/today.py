"""Who needs me? What is on today? How are we doing?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from scheduling.models import Interview
from scheduling.queries import connections, needs, numbers, today_rows
from scheduling.queries.days import day_bounds
from scheduling.queries.needs import Need
from scheduling.queries.numbers import Number, Step

if TYPE_CHECKING:
    from scheduling.queries.interviews import OutlinedInterview


@dataclass(frozen=True)
class Today:
    """What the page shows; `agenda` holds the interviews by day."""

    needs: list[Need]
    agenda: dict[str, list[Interview]]
    numbers: list[Number]
    checklist: list[Step]


def read(now: datetime, connection: connections.ConnectionState, viewer: User, *, newest: int) -> Today:
    """Everything the page shows, in at most eight queries however much there is.

    First all figures; then the ids of all rows it names, in one query of many parts, with a second while notes are due;
    then the rows by their kind.
    """
    figures = numbers.read(now, viewer, newest=newest)
    rows = today_rows.read(today_rows.found(now, is_due=figures.is_due))
    days = _days(now, rows.interviews)
    waiting = [needs.fit_for(viewer, need) for need in needs.told(rows, connection, now)]
    return Today(waiting, days, numbers.numbers(figures), numbers.checklist(figures, connection))


def _days(now: datetime, rows: "dict[int, OutlinedInterview]") -> "dict[str, list[Interview]]":
    """Today's and tomorrow's interviews in the viewer's zone, in order."""
    midnight = day_bounds(now)[0]
    spans = {"Today": midnight, "Tomorrow": midnight + timedelta(days=1)}
    standing = [row for row in rows.values() if row.starts_at and row.state != Interview.State.CANCELED]
    standing.sort(key=lambda row: (row.starts_at, row.pk))
    return {
        name: [row for row in standing if row.starts_at and start <= row.starts_at < start + timedelta(days=1)]
        for name, start in spans.items()
    }
