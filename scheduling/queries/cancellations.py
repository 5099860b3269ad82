"""Cancellations asked for, as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.contrib.auth.models import User
from django.db.models import QuerySet

from scheduling.models import CancelRequest, Interview
from scheduling.queries.compiled import Given, Moment

State = CancelRequest.State


@dataclass(frozen=True)
class Waiting:
    """What one person can still undo, wherever they are on the site."""

    requests: list[CancelRequest]
    seconds_left: int

    @property
    def title(self) -> str:
        if len(self.requests) == 1:
            return f"The interview with {self.requests[0].interview.who} will be canceled."
        return f"{len(self.requests)} interviews will be canceled."


def waiting_rows(viewer_id: int | Given, now: Moment) -> QuerySet[CancelRequest]:
    """Somebody's own requests that can still be undone."""
    rows = CancelRequest.objects.filter(created_by=viewer_id, state=State.WAITING, act_at__gt=now)
    return rows.order_by("act_at", "pk")


def waiting_of(viewer: User, now: datetime) -> Waiting | None:
    """The viewer's own requests that can still be undone; the first to go decides how long."""
    rows = waiting_rows(viewer.pk, now)
    requests = list(rows.select_related("interview__candidate")[:200])
    return Waiting(requests, seconds_left(requests[0], now)) if requests else None


def seconds_left(request: CancelRequest, now: datetime) -> int:
    """How long it can be undone, in whole seconds; 0 once it is over."""
    return max(0, ceil((request.act_at - now).total_seconds()))


def current_of(interview: Interview) -> CancelRequest | None:
    """What the interview's page shows: what is under way for its meeting, whoever's seat it was asked for, else the
    interview's own last request."""
    requests = CancelRequest.objects.select_related("created_by")
    under_way = requests.filter(event_uri=interview.current.event_uri, state__in=CancelRequest.OPEN).first()
    return under_way or requests.filter(interview=interview).first()
