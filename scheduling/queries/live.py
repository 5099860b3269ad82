"""Has anything happened since a page was rendered?"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from scheduling.models import TimelineEntry
from scheduling.queries import connections
from scheduling.queries.compiled import CompiledRows

if TYPE_CHECKING:
    from scheduling.queries.connections import Shown


@dataclass(frozen=True)
class Pulse:
    """The newest time line entry and the connections: what every page and every poll asks first."""

    newest: int
    connections: "list[Shown]"


def pulse() -> Pulse:
    """One query; without any connection a second."""
    rows: list[Any] = _ASKED.ask()
    if rows:
        return Pulse(rows[0].newest_entry, rows)
    return Pulse(TimelineEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0, [])


def newest_entry() -> Coalesce:
    """The id of the newest of the time line, as a value of another query; 0 for none."""
    return Coalesce(Subquery(TimelineEntry.objects.order_by("-pk").values("pk")[:1]), 0)


_ASKED = CompiledRows(lambda: connections.shown().annotate(newest_entry=newest_entry()), is_planned_once=True)


def version(now: datetime, seen: Pulse | None = None) -> str:
    """A stamp that changes when any live page may show something new.

    Time line entries are only ever added, so their newest id stands for all of them. The connection's progress and
    the minute (pages show "in 5 min") make the rest.
    """
    seen = seen or pulse()
    progress = [(row.state, row.setup_due_at, row.setup_error, row.synced_at) for row in seen.connections]
    digest = hashlib.sha256(repr(progress).encode()).hexdigest()[:12]
    return f"{seen.newest}-{digest}-{now:%H%M}"
