"""What imports and their undoing change of candidates who are there already, and how the time line calls it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from candidates import indexing
from candidates.models import Candidate, CandidateImport, ImportRow
from scheduling.models import TimelineEntry

# What became of rows that changed something.
UNDOABLE = (ImportRow.State.CREATED, ImportRow.State.UPDATED)


def set_fields(candidate: Candidate, values: dict[str, Any]) -> dict[str, Any]:
    """Set a candidate's fields; returns what they were."""
    before = {}
    for name, value in values.items():
        old = getattr(candidate, name)
        before[name] = old if isinstance(old, int) or old is None else str(old)
        setattr(candidate, name, value)
    return before


def save(candidates: Sequence[Candidate], names: Iterable[str], now: datetime) -> None:
    """Write these fields of these candidates, and when that was."""
    names = sorted(set(names))
    if names:
        Candidate.objects.bulk_update(candidates, names)
    # The same for all, so one statement; it is also what an undo compares with.
    Candidate.objects.filter(pk__in=[candidate.pk for candidate in candidates]).update(updated_at=now)
    indexing.index(candidates)


def added_key(candidate_id: int) -> str:
    """The same key as of a candidate added by hand: one is added once."""
    return f"{TimelineEntry.Kind.CANDIDATE_ADDED}:{candidate_id}"


def edited(candidate: Candidate, row: CandidateImport, now: datetime, *, names: str, undone: bool = False) -> Any:
    words = f"{names}; import of {row.name} undone" if undone else f"{names}, from {row.name}"
    return TimelineEntry(
        kind=TimelineEntry.Kind.CANDIDATE_EDITED,
        key=f"import{'_undone' if undone else ''}:{row.pk}:{candidate.pk}",
        happened_at=now,
        candidate=candidate,
        actor_id=row.undone_by_id if undone else row.created_by_id,
        detail=words,
    )


def names(changes: Iterable[str], positions: Sequence[int], note: object) -> str:
    """Fields as the candidate's form calls them on the time line."""
    names = [name.removesuffix("_id") for name in changes]
    return ", ".join([*names, *(["positions"] if positions else []), *(["notes"] if note else [])])
