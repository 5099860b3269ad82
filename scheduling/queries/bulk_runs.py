"""How far a bulk run has come, and what became of each row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from scheduling.models import BookingLink, BulkItem, BulkRun, CancelRequest


@dataclass(frozen=True)
class Progress:
    """Counts by state; `over` of `total` have a result. What was asked of Calendly by then goes on: see `Asked`."""

    total: int
    waiting: int
    done: int
    failed: int
    skipped: int

    @property
    def over(self) -> int:
        return self.total - self.waiting

    @property
    def is_over(self) -> bool:
        return self.waiting == 0


def progress(run: BulkRun) -> Progress:
    """One query."""
    return _progress(dict(run.items.order_by().values_list("state").annotate(count=Count("pk"))))


def _progress(counts: Mapping[str, int]) -> Progress:
    state = BulkItem.State
    return Progress(
        total=sum(counts.values()),
        waiting=counts.get(state.WAITING, 0),
        done=counts.get(state.DONE, 0),
        failed=counts.get(state.FAILED, 0),
        skipped=counts.get(state.SKIPPED, 0),
    )


def results(run: BulkRun) -> "QuerySet[BulkItem]":
    """Each row with its result: what went wrong first, then what was left out, done, and waits."""
    states = (BulkItem.State.FAILED, BulkItem.State.SKIPPED, BulkItem.State.DONE, BulkItem.State.WAITING)
    rank = Case(*[When(state=state, then=Value(place)) for place, state in enumerate(states)])
    related = run.items.select_related(
        "candidate", "link__candidate", "link__event_type", "interview__candidate", "interview__event_type"
    )
    return related.prefetch_related("interview__attempts").order_by(rank, "pk")


@dataclass(frozen=True)
class Told:
    """A result's row as people know it, and what became of it: a badge's state, its words, and what went wrong."""

    name: str
    more: str
    url: str
    state: str
    words: str
    problem: str
    starts_at: datetime | None = None
    # What was made for the row.
    link: BookingLink | None = None


# A cancellation that was asked for goes its own way.
ASKED = {
    CancelRequest.State.WAITING: ("canceling", "To be canceled"),
    CancelRequest.State.ACTING: ("canceling", "Being canceled"),
    CancelRequest.State.DONE: ("canceled", "Canceled"),
    CancelRequest.State.UNDONE: ("undone", "Undone"),
    CancelRequest.State.FAILED: ("failed", "Not canceled"),
}


@dataclass(frozen=True)
class Asked:
    """What became of a run's cancellations so far; what was asked for is none of these while it waits."""

    open: int
    canceled: int
    undone: int
    failed: int


def asked(run: BulkRun) -> Asked:
    """One query."""
    state = CancelRequest.State
    counts = dict(run.cancel_requests.order_by().values_list("state").annotate(count=Count("pk")))
    return Asked(
        open=sum(counts.get(waiting, 0) for waiting in CancelRequest.OPEN),
        canceled=counts.get(state.DONE, 0),
        undone=counts.get(state.UNDONE, 0),
        failed=counts.get(state.FAILED, 0),
    )


def told(run: BulkRun, page: Iterable[BulkItem]) -> list[tuple[BulkItem, Told]]:
    """Each result with its row; one query for the links that were made, or the cancellations that were asked for."""
    items = list(page)
    if run.act == BulkRun.Act.CANCEL:
        asked = run.cancel_requests.filter(interview__in=[item.interview_id for item in items])
        requests: dict[int | None, CancelRequest] = {request.interview_id: request for request in asked}
        return [(item, _told(item, request=requests.get(item.interview_id))) for item in items]
    keys = [item.request_key for item in items if item.request_key is not None]
    made = BookingLink.objects.in_bulk(keys, field_name="request_key") if keys else {}
    return [(item, _told(item, link=made.get(item.request_key))) for item in items]


def _told(item: BulkItem, *, request: CancelRequest | None = None, link: BookingLink | None = None) -> Told:
    state, words, problem = item.state, item.get_state_display(), item.problem
    if request is not None:
        state, words = ASKED[CancelRequest.State(request.state)]
        problem = request.error
    if item.interview is not None:
        row = item.interview
        return Told(row.who, row.name, row.get_absolute_url(), state, words, problem, starts_at=row.starts_at)
    candidate = item.link.candidate if item.link is not None else item.candidate
    if candidate is None:
        raise ValueError("an item without a row")
    more = str(item.link.event_type) if item.link is not None else candidate.email
    return Told(candidate.name, more, reverse("candidate", args=[candidate.pk]), state, words, problem, link=link)


def recent() -> "QuerySet[BulkRun]":
    """Every run, the newest first, with its counts."""
    state, asked = BulkItem.State, CancelRequest.State
    counted = BulkRun.objects.select_related("created_by").annotate(
        total=Count("items"),
        waiting=Count("items", filter=Q(items__state=state.WAITING)),
        done=Count("items", filter=Q(items__state=state.DONE)),
        failed=Count("items", filter=Q(items__state=state.FAILED)),
        skipped=Count("items", filter=Q(items__state=state.SKIPPED)),
        # What was asked of Calendly is done when Calendly did it; each of the two is a count of its own, not a join.
        canceling=_requests_in(*CancelRequest.OPEN),
        canceled=_requests_in(asked.DONE),
        undone=_requests_in(asked.UNDONE),
        not_canceled=_requests_in(asked.FAILED),
    )
    return counted.order_by("-created_at", "-pk")


def _requests_in(*states: str) -> Coalesce:
    found = CancelRequest.objects.filter(run=OuterRef("pk"), state__in=states).order_by().values("run")
    return Coalesce(Subquery(found.annotate(count=Count("pk")).values("count")), 0)


def undoable(run: BulkRun, now: datetime) -> "QuerySet[CancelRequest]":
    """The run's cancellations Calendly has not heard of."""
    return run.cancel_requests.filter(state=CancelRequest.State.WAITING, act_at__gt=now)
