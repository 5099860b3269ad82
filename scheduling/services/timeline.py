"""What happened, to whom and when: entries are only ever added."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User

from candidates.models import Candidate
from scheduling.models import Attempt, BookingLink, Interview, TimelineEntry


def record(
    kind: TimelineEntry.Kind,
    *,
    key: str,
    happened_at: datetime,
    candidate: Candidate | None = None,
    interview: Interview | None = None,
    attempt: Attempt | None = None,
    link: BookingLink | None = None,
    actor: User | None = None,
    actor_name: str = "",
    detail: str = "",
) -> None:
    """Add one entry. `key` names the fact: telling it again changes nothing, so this is safe to repeat."""
    entry = TimelineEntry(
        kind=kind,
        key=key[:600],
        happened_at=happened_at,
        candidate=candidate,
        interview=interview,
        attempt=attempt,
        link=link,
        actor=actor,
        actor_name=actor_name[:255],
        detail=detail,
    )
    TimelineEntry.objects.bulk_create([entry], ignore_conflicts=True)


def record_many(entries: Iterable[TimelineEntry]) -> None:
    """Add many entries at once; as with `record`, a key that is there already changes nothing."""
    TimelineEntry.objects.bulk_create(entries, ignore_conflicts=True, batch_size=500)
