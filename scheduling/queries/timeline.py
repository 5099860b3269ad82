"""A candidate's time line."""

from collections.abc import Iterable

from django.db.models import QuerySet

from candidates.models import Candidate
from scheduling.models import Attempt, Interview, TimelineEntry


def of_candidate(candidate: Candidate) -> list[TimelineEntry]:
    """What happened, newest first; a move knows the attempt it came from and its number."""
    return _with_moves(_newest_first(candidate.timeline.all()), Attempt.objects.filter(interview__candidate=candidate))


def of_interview(interview: Interview) -> list[TimelineEntry]:
    """Likewise, for one interview."""
    return _with_moves(_newest_first(interview.timeline.all()), interview.attempts.all())


def _with_moves(entries: Iterable[TimelineEntry], known: Iterable[Attempt]) -> list[TimelineEntry]:
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
