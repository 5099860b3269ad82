"""A candidate's time line."""

from django.db.models import QuerySet

from candidates.models import Candidate
from scheduling.models import Attempt, TimelineEntry


def of_candidate(candidate: Candidate) -> list[TimelineEntry]:
    """What happened, newest first; a move knows the attempt it came from and its number."""
    entries = list(_entries(candidate))
    attempts = {a.invitee_uri: a for a in Attempt.objects.filter(interview__candidate=candidate)}
    for entry in entries:
        if entry.attempt is not None and entry.kind == TimelineEntry.Kind.MOVED:
            entry.came_from = attempts.get(entry.attempt.previous_uri)  # type: ignore[attr-defined]  # for the template
            entry.move_number = _moves(entry.attempt, attempts)  # type: ignore[attr-defined]  # likewise
    return entries


def _entries(candidate: Candidate) -> QuerySet[TimelineEntry]:
    return candidate.timeline.select_related("actor", "attempt", "interview", "link__event_type").order_by(
        "-happened_at", "-pk"
    )


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
