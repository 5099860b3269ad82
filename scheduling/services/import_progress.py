"""How far an import has come: kept with each batch and in its transaction, so that no row is done twice."""

from collections import Counter
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from candidates.models import CandidateImport

# Longer than any batch takes.
CLAIM = timedelta(minutes=2)


def is_next(row: CandidateImport) -> bool:
    """Hold the import's row; whether it still stands where we think it does."""
    fresh = CandidateImport.objects.select_for_update().get(pk=row.pk)
    return fresh.state == row.state and fresh.reached == row.reached


def note(row: CandidateImport, reached: int, counts: Counter[str]) -> None:
    """Keep how far it has come, with the batch and in its transaction."""
    row.reached = reached
    CandidateImport.objects.filter(pk=row.pk).update(
        reached=reached,
        claimed_until=timezone.now() + CLAIM,
        made_positions=row.made_positions,
        **{f"{state}_count": F(f"{state}_count") + count for state, count in counts.items()},
    )


def end(row: CandidateImport, state: CandidateImport.State) -> None:
    CandidateImport.objects.filter(pk=row.pk, state=row.state).update(
        state=state, claimed_until=None, finished_at=timezone.now()
    )
