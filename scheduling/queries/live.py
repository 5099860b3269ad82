"""Has anything happened since a page was rendered?"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Subquery

from scheduling.models import TimelineEntry
from scheduling.queries import connections

if TYPE_CHECKING:
    from scheduling.queries.connections import Shown


@dataclass(frozen=True)
class Pulse:
    """The newest time line entry and the connections: what every page and every poll asks first."""

    newest: int
    connections: "list[Shown]"


def pulse() -> Pulse:
    """One query; without any connection a second."""
    newest = TimelineEntry.objects.order_by("-pk").values("pk")[:1]
    rows = list(connections.shown().annotate(newest_entry=Subquery(newest)))
    if rows:
        return Pulse(rows[0].newest_entry or 0, list[Any](rows))
    return Pulse(newest.values_list("pk", flat=True).first() or 0, [])


def version(now: datetime, seen: Pulse | None = None) -> str:
    """A stamp that changes when any live page may show something new.

    Time line entries are only ever added, so their newest id stands for all of them. The connection's progress and
    the minute (pages show "in 5 min") make the rest.
    """
    seen = seen or pulse()
    progress = [(row.state, row.setup_due_at, row.setup_error, row.synced_at) for row in seen.connections]
    digest = hashlib.sha256(repr(progress).encode()).hexdigest()[:12]
    return f"{seen.newest}-{digest}-{now:%H%M}"
