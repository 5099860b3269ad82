"""Writing what an import's file says, batch by batch: candidates, positions, notes, and the result of each row."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from candidates import indexing
from candidates.imports import plan
from candidates.imports.plan import Decision
from candidates.imports.rows import CheckedRow, Lookups
from candidates.models import Candidate, CandidateImport, ImportRow, Note, Position
from scheduling.models import TimelineEntry
from scheduling.services import import_changes, import_progress, standings, timeline

logger = logging.getLogger(__name__)

# Somebody may add a candidate of a batch while it is written; then it is decided anew.
TRIES = 3


def run(row: CandidateImport, *, until: datetime) -> bool:
    """Read the file from its top, for the addresses seen there, and write what comes after the last row done."""
    lookups = Lookups(make_positions=row.make_positions)
    for batch in plan.checked_batches(row, bytes(row.file.content), lookups):
        rest = [checked for checked in batch if checked.row.number > row.reached]
        if rest and not _write_patiently(row, rest):
            return True
        if timezone.now() >= until:
            return False
    import_progress.end(row, CandidateImport.State.DONE)
    return True


def _write_patiently(row: CandidateImport, batch: Sequence[CheckedRow]) -> bool:
    made_positions = row.made_positions
    for _ in range(TRIES - 1):
        try:
            return _write(row, batch)
        except IntegrityError:
            logger.info("a candidate or position of a batch was added meanwhile: deciding it anew")
            row.made_positions = made_positions
    return _write(row, batch)


@transaction.atomic
def _write(row: CandidateImport, batch: Sequence[CheckedRow]) -> bool:
    """Write one batch; returns False when another worker did it or the import was stopped."""
    if not import_progress.is_next(row):
        return False
    now = timezone.now()
    decisions = plan.decide(row, batch, lock=True)
    _make_positions(row, decisions)
    created = _create([found for found in decisions if found.state == ImportRow.State.CREATED], row)
    _update([found for found in decisions if found.state == ImportRow.State.UPDATED], row, now)
    touched = {candidate.pk: candidate.updated_at for candidate in created}
    ImportRow.objects.bulk_create(
        [
            ImportRow(
                import_of=row,
                number=found.checked.row.number,
                state=found.state,
                problem=found.problem,
                candidate=found.candidate,
                before=found.before or None,
                touched_at=_touched_at(found, touched, now),
            )
            for found in decisions
        ]
    )
    import_progress.note(row, batch[-1].row.number, Counter(found.state for found in decisions))
    return True


def _touched_at(found: Decision, created: dict[int, datetime], now: datetime) -> datetime | None:
    if found.candidate is None or found.state not in import_changes.UNDOABLE:
        return None
    return created.get(found.candidate.pk, now)


def _make_positions(row: CandidateImport, decisions: Iterable[Decision]) -> None:
    """Make the positions that are missing, and have their rows add them."""
    wanting = [found for found in decisions if found.state in import_changes.UNDOABLE and found.values.new_positions]
    if not wanting:
        return
    known = {title: found[0].pk for title, found in Lookups(make_positions=True).positions.items()}
    titles: dict[str, str] = {}
    for found in wanting:
        for title in found.values.new_positions:
            titles.setdefault(title.casefold(), title)
    made = [Position(title=title) for key, title in titles.items() if key not in known]
    Position.objects.bulk_create(made)
    known |= {position.title.casefold(): position.pk for position in made}
    row.made_positions = [*row.made_positions, *(position.pk for position in made)]
    for found in wanting:
        has = {position.pk for position in found.candidate.positions.all()} if found.candidate else set()
        ids = {known[title.casefold()] for title in found.values.new_positions}
        found.positions_added += sorted(ids - has - set(found.positions_added))


def _create(decisions: Sequence[Decision], row: CandidateImport) -> list[Candidate]:
    made = [
        Candidate(
            name=found.values.name,
            email=found.values.email,
            phone=found.values.phone,
            timezone=found.values.timezone,
            owner_id=found.values.owner_id or row.owner_id,
        )
        for found in decisions
    ]
    Candidate.objects.bulk_create(made)
    for found, candidate in zip(decisions, made, strict=True):
        found.candidate = candidate
    _consider({found.candidate: found.positions_added for found in decisions if found.candidate})
    _write_notes(decisions, row)
    timeline.record_many(
        [
            TimelineEntry(
                kind=TimelineEntry.Kind.CANDIDATE_ADDED,
                key=import_changes.added_key(candidate.pk),
                happened_at=candidate.created_at,
                candidate=candidate,
                actor_id=row.created_by_id,
                detail=f"from {row.name}",
            )
            for candidate in made
        ]
    )
    indexing.index(made)
    standings.refresh(candidates=[candidate.pk for candidate in made])
    return made


def _consider(positions: dict[Candidate, list[int]]) -> None:
    through = Candidate.positions.through
    rows = [
        through(candidate_id=candidate.pk, position_id=position_id)
        for candidate, position_ids in positions.items()
        for position_id in dict.fromkeys(position_ids)
    ]
    through.objects.bulk_create(rows, ignore_conflicts=True)


def _write_notes(decisions: Sequence[Decision], row: CandidateImport) -> None:
    """Keep what the notes column says as notes of whoever imports."""
    Note.objects.bulk_create(
        Note(candidate=found.candidate, author_id=row.created_by_id, text=found.note, imported_by=row)
        for found in decisions
        if found.candidate and found.note
    )


def _update(decisions: Sequence[Decision], row: CandidateImport, now: datetime) -> None:
    """Give known candidates what the file says, and remember what that replaced."""
    changed: list[Candidate] = []
    for found in decisions:
        if found.candidate is None:
            continue
        found.before = {
            "positions": found.positions_added,
            "fields": import_changes.set_fields(found.candidate, found.changes),
            "note": bool(found.note),
        }
        changed.append(found.candidate)
    import_changes.save(changed, (name for found in decisions for name in found.changes), now)
    _consider({found.candidate: found.positions_added for found in decisions if found.candidate})
    _write_notes(decisions, row)
    timeline.record_many(
        [
            import_changes.edited(
                found.candidate, row, now, names=import_changes.names(found.changes, found.positions_added, found.note)
            )
            for found in decisions
            if found.candidate
        ]
    )
