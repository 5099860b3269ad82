"""Cancellations asked for, as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat, Trim

from scheduling.models import Attempt, CancelRequest, Interview
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


def failed() -> QuerySet[CancelRequest]:
    """Requests that failed and that nothing followed: asking again, or undoing that, is a newer one."""
    newer = CancelRequest.objects.filter(interview=OuterRef("interview"), pk__gt=OuterRef("pk"))
    return CancelRequest.objects.filter(~Exists(newer), state=State.FAILED)


def in_need(now: Moment) -> QuerySet[CancelRequest]:
    """Those whose interview still stands and is not over, the newest first."""
    ahead = Q(interview__ends_at__gte=now) | Q(interview__ends_at=None)
    return failed().filter(ahead, interview__state=Interview.State.BOOKED).order_by("-act_at")


def asker() -> "QuerySet[Any, Any]":
    """The name, as `name`, of whoever of ours canceled an outer query's interview, or another seat of its event."""
    events = Attempt.objects.filter(interview=OuterRef(OuterRef("pk"))).order_by()
    done = CancelRequest.objects.filter(event_uri__in=events.values("event_uri"), state=State.DONE)
    whole = Trim(Concat("created_by__first_name", Value(" "), "created_by__last_name"))
    # As the desk names people.
    name = Case(When(~Q(whole=""), then=F("whole")), default=F("created_by__email"), output_field=CharField())
    named = done.filter(found_canceled=False, created_by__isnull=False).alias(whole=whole).annotate(name=name)
    return named.order_by("-pk").values("name")[:1]


def seconds_left(request: CancelRequest, now: datetime) -> int:
    """How long it can be undone, in whole seconds; 0 once it is over."""
    return max(0, ceil((request.act_at - now).total_seconds()))


def current_of(interview: Interview) -> CancelRequest | None:
    """What the interview's page shows: what is under way for its meeting, or what canceled that, whoever's seat it was
    asked for, else the interview's own last request."""
    event_uri = interview.current.event_uri
    asked = CancelRequest.objects.filter(Q(event_uri=event_uri) | Q(interview=interview)).select_related("created_by")
    own_first = sorted(asked, key=lambda row: row.interview_id != interview.pk)
    of_event = [row for row in own_first if row.event_uri == event_uri]
    under_way = [row for row in of_event if row.is_open]
    done = [row for row in of_event if row.state == State.DONE]
    own = [row for row in own_first if row.interview_id == interview.pk]
    return next(iter([*under_way, *done, *own]), None)
