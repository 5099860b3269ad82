"""What the frame around every page counts."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists

from scheduling.queries import cancellations, interviews
from scheduling.queries.figures import count_of


def counts(viewer_id: int, now: datetime) -> tuple[int, bool]:
    """How many bookings nobody is matched to, and whether the viewer can still undo a cancellation; one query."""
    waiting = cancellations.waiting_rows(viewer_id, now)
    row = User.objects.filter(pk=viewer_id).values_list(count_of(interviews.unmatched_rows()), Exists(waiting)).first()
    return row or (0, False)
