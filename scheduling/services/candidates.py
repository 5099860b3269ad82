"""Archiving candidates: their links stop working, their history stays."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import TimelineEntry
from scheduling.services import timeline


@transaction.atomic
def archive(candidate: Candidate, *, by: User) -> None:
    """Put a candidate away; safe to repeat."""
    now = timezone.now()
    if Candidate.objects.filter(pk=candidate.pk, archived_at=None).update(archived_at=now):
        _tell(candidate, TimelineEntry.Kind.CANDIDATE_ARCHIVED, by)


@transaction.atomic
def restore(candidate: Candidate, *, by: User) -> None:
    """Bring a candidate back; safe to repeat."""
    if Candidate.objects.filter(pk=candidate.pk).exclude(archived_at=None).update(archived_at=None):
        _tell(candidate, TimelineEntry.Kind.CANDIDATE_RESTORED, by)


@transaction.atomic
def note_added(candidate: Candidate, *, by: User) -> None:
    """Put the adding on the time line, once."""
    timeline.record(
        TimelineEntry.Kind.CANDIDATE_ADDED,
        key=f"candidate_added:{candidate.pk}",
        happened_at=candidate.created_at,
        candidate=candidate,
        actor=by,
    )


@transaction.atomic
def note_edited(candidate: Candidate, *, changed: list[str], by: User) -> None:
    """Put an edit on the time line, naming the fields."""
    _tell(candidate, TimelineEntry.Kind.CANDIDATE_EDITED, by, detail=", ".join(changed))


def _tell(candidate: Candidate, kind: TimelineEntry.Kind, by: User, detail: str = "") -> None:
    now = timezone.now()
    timeline.record(
        kind,
        key=f"{kind}:{candidate.pk}:{now.isoformat()}",
        happened_at=now,
        candidate=candidate,
        actor=by,
        detail=detail,
    )
