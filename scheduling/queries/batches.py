"""How far batches of links have come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from candidates.models import Candidate
from scheduling.models import Batch, BatchItem, BookingLink, EventType
from scheduling.queries import links


@dataclass(frozen=True)
class Progress:
    """Counts by state; `done` of `total` have a result."""

    total: int
    waiting: int
    made: int
    failed: int
    skipped: int

    @property
    def done(self) -> int:
        return self.total - self.waiting

    @property
    def is_over(self) -> bool:
        return self.waiting == 0


def progress(batch: Batch) -> Progress:
    """One query."""
    rows = batch.items.order_by().values_list("state").annotate(count=Count("pk"))
    counts = dict(rows)
    return Progress(
        total=sum(counts.values()),
        waiting=counts.get(BatchItem.State.WAITING, 0),
        made=counts.get(BatchItem.State.DONE, 0),
        failed=counts.get(BatchItem.State.FAILED, 0),
        skipped=counts.get(BatchItem.State.SKIPPED, 0),
    )


def items(batch: Batch) -> QuerySet[BatchItem]:
    """Each row with its result, failures first."""
    return batch.items.select_related("candidate", "link").order_by("-state", "pk")


def with_open_link(candidates: Iterable[Candidate], event_type: EventType, now: datetime) -> set[int]:
    """Ids of candidates who have an open link for this event type already."""
    rows = links.with_state(BookingLink.objects.filter(candidate__in=candidates, event_type=event_type), now)
    return set(rows.filter(state__in=["invited", "opened"]).values_list("candidate_id", flat=True))
