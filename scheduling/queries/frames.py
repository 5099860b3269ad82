"""What the frame around every page counts."""

from datetime import datetime

from django.db.models import Exists, IntegerField, Subquery

from scheduling.queries import cancellations, interviews
from scheduling.queries.compiled import Given
from scheduling.queries.figures import FigureQuery, count_of


def counts(viewer_id: int, now: datetime) -> tuple[int, bool]:
    """How many bookings nobody is matched to, and whether the viewer can still undo a cancellation; one query."""
    found = _ASKED.read(viewer_id, now=now)
    return found.get("unmatched", 0), bool(found.get("is_waited"))


def _columns() -> "dict[str, Subquery | Exists]":
    waiting = cancellations.waiting_rows(Given("viewer", IntegerField()), Given("now"))
    return {"unmatched": count_of(interviews.unmatched_rows()), "is_waited": Exists(waiting)}


_ASKED = FigureQuery(_columns)
