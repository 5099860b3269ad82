"""A candidate's time line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Count, Max, Q, QuerySet

from candidates.models import Candidate, Note
from scheduling.models import Attempt, Interview, TimelineEntry

# So long a deleted note is offered back to those who may change it.
UNDO_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class NoteLine:
    """A note among the entries."""

    note: Note
    may_change: bool
    kind: str = "note"

    @property
    def happened_at(self) -> datetime:
        return self.note.created_at


def of_candidate(candidate: Candidate, *, viewer: User, now: datetime) -> list[TimelineEntry | NoteLine]:
    """What happened and what was noted, newest first."""
    lines: list[TimelineEntry | NoteLine] = [*_notes(candidate, viewer, now), *_told(candidate)]
    return sorted(lines, key=lambda line: line.happened_at, reverse=True)


def notes_stamp(candidate: Candidate) -> str:
    """Changes whenever the candidate's notes do: they are no time line entries, whose newest id tells of those."""
    facts = Note.objects.filter(candidate=candidate).aggregate(
        Max("pk"), Max("edited_at"), Max("deleted_at"), Count("deleted_at")
    )
    return repr(sorted(facts.items()))


def _notes(candidate: Candidate, viewer: User, now: datetime) -> list[NoteLine]:
    recent = Q(deleted_at=None) | Q(deleted_at__gt=now - UNDO_FOR)
    notes = Note.objects.filter(recent, candidate=candidate).select_related("author", "imported_by")
    lines = [NoteLine(note, note.may_be_changed_by(viewer)) for note in notes]
    return [line for line in lines if line.may_change or line.note.deleted_at is None]


def of_interview(interview: Interview) -> list[TimelineEntry]:
    """What happened to one interview, newest first."""
    return _with_moves(_newest_first(interview.timeline.all()), interview.attempts.all())


def _told(candidate: Candidate) -> list[TimelineEntry]:
    attempts = Attempt.objects.filter(interview__candidate=candidate)
    return _with_moves(_newest_first(candidate.timeline.all()), attempts)


def _with_moves(entries: Iterable[TimelineEntry], known: Iterable[Attempt]) -> list[TimelineEntry]:
    """A move knows the attempt it came from and its number."""
    entries = list(entries)
    attempts = {attempt.invitee_uri: attempt for attempt in known}
    for entry in entries:
        if entry.attempt is not None and entry.kind == TimelineEntry.Kind.MOVED:
            entry.came_from = attempts.get(entry.attempt.previous_uri)  # type: ignore[attr-defined]  # for the template
            entry.move_number = _moves(entry.attempt, attempts)  # type: ignore[attr-defined]  # likewise
    return entries


def _newest_first(entries: QuerySet[TimelineEntry]) -> QuerySet[TimelineEntry]:
    related = entries.select_related("actor", "attempt", "interview", "link__event_type")
    return related.order_by("-happened_at", "-pk")


def _moves(attempt: Attempt, attempts: dict[str, Attempt]) -> int:
    """How often the interview had moved when this attempt was made."""
    moves, seen = 0, {attempt.invitee_uri}
    while attempt.previous_uri and attempt.previous_uri not in seen:
        moves += 1
        seen.add(attempt.previous_uri)
        known = attempts.get(attempt.previous_uri)
        if known is None:
            break
        attempt = known
    return moves
