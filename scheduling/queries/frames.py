"""What the frame around every page shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, IntegerField
from django.db.models.expressions import Combinable

from scheduling.queries import cancellations, connections, tray
from scheduling.queries.compiled import CompiledRows, Given
from scheduling.queries.figures import FigureQuery, count_of
from scheduling.queries.live import Pulse, newest_entry


@dataclass(frozen=True)
class Frame:
    """The pulse, how many bookings nobody is matched to, and whether the viewer can still undo a cancellation."""

    pulse: Pulse
    unmatched: int
    is_waited: bool


def read(viewer_id: int, now: datetime) -> Frame:
    """One query; without any connection a second."""
    rows = _ASKED.ask(viewer=viewer_id, now=now)
    if rows:
        first: Any = rows[0]
        return Frame(Pulse(first.newest_entry, rows), first.unmatched, first.is_waited)
    found = _ALONE.read(viewer_id, now=now)
    return Frame(Pulse(found["newest_entry"], []), found["unmatched"], bool(found["is_waited"]))


def _columns() -> dict[str, Combinable]:
    waiting = cancellations.waiting_rows(Given("viewer", IntegerField()), Given("now"))
    return {
        "newest_entry": newest_entry(),
        "unmatched": count_of(tray.counted()),
        "is_waited": Exists(waiting),
    }


_ASKED = CompiledRows(lambda: connections.shown().annotate(**_columns()), is_planned_once=True)
_ALONE = FigureQuery(_columns)
