"""Candidates from a file: looked at, and imported or taken back batch by batch in the background.

Each batch is one transaction that also notes how far the import has come, so a run that stopped, for whatever reason,
goes on after the last batch and no row is done twice.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from candidates.imports import columns, plan, reading
from candidates.models import CandidateImport, ImportFile
from scheduling.services import import_progress, import_runs, import_undos
from scheduling.services.problems import DEFECTS

logger = logging.getLogger(__name__)

State = CandidateImport.State
# A turn ends well before the queue's time limit; the sweep goes on.
TURN = timedelta(minutes=4)
# A file nobody went on with is forgotten after so long.
ABANDONED = timedelta(days=7)


def upload(name: str, content: bytes, *, by: User) -> CandidateImport:
    """Keep a file with what its columns seem to be, and look at it; raises `Unreadable` and keeps nothing when it is
    no table of text."""
    found = reading.examine(content)
    head = reading.head(content, found)
    mapping = columns.guess(head.headers, [row.cells for row in head.sample])
    row = CandidateImport(
        name=name[:255],
        encoding=found.encoding,
        delimiter=found.delimiter,
        header_row=found.header_row,
        mapping=mapping,
        owner=by,
        created_by=by,
    )
    _look(row, content)
    with transaction.atomic():
        row.save()
        ImportFile.objects.create(import_of=row, content=content)
    return row


def choose(row: CandidateImport, **choices: Any) -> bool:
    """Read the file with these choices from now on; returns whether that is another reading than before.

    Raises `Unreadable` when the file cannot be read so; then nothing is kept.
    """
    if not row.is_open:
        return False
    before = {name: getattr(row, name) for name in choices}
    for name, value in choices.items():
        setattr(row, name, value)
    if before == choices:
        return False
    content = bytes(row.file.content)
    if any(before[name] != choices[name] for name in ("encoding", "delimiter", "header_row") if name in choices):
        _guess_again(row, content, before)
    _look(row, content)
    # Only while it waits: it may have been started from another window meanwhile.
    fields = {*choices, "mapping", "expected", "row_count", "state"}
    values = {name: getattr(row, name) for name in fields}
    CandidateImport.objects.filter(pk=row.pk, state__in=[State.UPLOADED, State.MAPPED]).update(**values)
    return True


def _guess_again(row: CandidateImport, content: bytes, before: dict[str, Any]) -> None:
    """Guess the columns when the file has others now than as it was read before."""
    head = reading.head(content, plan.format_of(row))
    old = reading.Format(**{name: before.get(name, getattr(row, name)) for name in reading.Format.__annotations__})
    if len(head.headers) != len(reading.head(content, old).headers) or not _is_mapped(row):
        row.mapping = columns.guess(head.headers, [line.cells for line in head.sample])


def _is_mapped(row: CandidateImport) -> bool:
    return "email" in row.mapping and bool(row.mapping.keys() & {"name", "first_name", "last_name"})


def _look(row: CandidateImport, content: bytes) -> None:
    """Note what the file holds; an import is ready when it knows names and addresses."""
    # Before judging the rows: a file that is far too long is refused at once.
    row.row_count = reading.count(content, plan.format_of(row))
    is_mapped = _is_mapped(row)
    # Taken first: what changes during the look is then looked at again.
    stamp = plan.stamp(row)
    row.expected = {**plan.expect(row, content), "stamp": stamp} if is_mapped else {}
    row.state = State.MAPPED if is_mapped else State.UPLOADED


def look_again(row: CandidateImport) -> None:
    """Note anew what the file would do, when that may have changed since the last look; cheap while it has not."""
    if row.state != State.MAPPED or row.expected.get("stamp") == plan.stamp(row):
        return
    _look(row, bytes(row.file.content))
    CandidateImport.objects.filter(pk=row.pk, state=State.MAPPED).update(expected=row.expected)


def start(row: CandidateImport) -> bool:
    """Let the workers begin; returns False when it was begun before. The caller wakes one."""
    now = timezone.now()
    waiting = CandidateImport.objects.filter(pk=row.pk, state=State.MAPPED)
    return bool(waiting.update(state=State.RUNNING, started_at=now, claimed_until=None))


def resume(row: CandidateImport) -> bool:
    """Go on with what stopped. The caller wakes a worker."""
    state = State.UNDOING if row.undone_at is not None else State.RUNNING
    stopped = CandidateImport.objects.filter(pk=row.pk, state=State.FAILED)
    return bool(stopped.update(state=state, error="", claimed_until=None))


def undo(row: CandidateImport, *, by: User) -> bool:
    """Take back what this import did; returns False when that was asked before. The caller wakes a worker."""
    ended = CandidateImport.objects.filter(pk=row.pk, state__in=[State.DONE, State.FAILED], undone_at=None)
    return bool(
        ended.update(
            state=State.UNDOING, undone_at=timezone.now(), undone_by=by, reached=0, error="", claimed_until=None
        )
    )


def discard(row: CandidateImport) -> None:
    """Forget a file that was not imported."""
    CandidateImport.objects.filter(pk=row.pk, state__in=[State.UPLOADED, State.MAPPED]).delete()


def advance(import_id: int) -> None:
    """Import or undo batch by batch until the end or the turn's. Safe to repeat and to run twice at once.

    1. Claim the import; a claim lasts while batches keep coming.
    2. Do each batch in one transaction that holds the import's row and checks that the batch is still next.
    3. What fails is rolled back, told on the page, and goes on from there when asked.
    """
    now = timezone.now()
    if not _free(now).filter(pk=import_id).update(claimed_until=now + import_progress.CLAIM):
        return
    row = CandidateImport.objects.get(pk=import_id)
    turn = import_runs.run if row.state == State.RUNNING else import_undos.take_back
    try:
        is_finished = turn(row, until=now + TURN)
    except DEFECTS:
        # The page must say so instead of showing an import that never ends.
        logger.exception("import %s stopped after row %s", import_id, row.reached)
        CandidateImport.objects.filter(pk=import_id, state=row.state).update(
            state=State.FAILED, claimed_until=None, error="Something went wrong. What was done so far is kept."
        )
        return
    if not is_finished:
        CandidateImport.objects.filter(pk=import_id).update(claimed_until=None)


def due(*, now: datetime) -> list[int]:
    """Imports that wait for a worker."""
    return list(_free(now).values_list("pk", flat=True))


def _free(now: datetime) -> Any:
    is_free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return CandidateImport.objects.filter(is_free, state__in=[State.RUNNING, State.UNDOING])


def prune(*, now: datetime) -> None:
    """Forget files nobody went on with, and, as raw deliveries are personal data, imports past their keeping."""
    kept = timedelta(days=settings.DELIVERY_RETENTION_DAYS)
    waiting = Q(state__in=[State.UPLOADED, State.MAPPED], created_at__lt=now - ABANDONED)
    over = Q(state__in=[State.DONE, State.UNDONE, State.FAILED], created_at__lt=now - kept)
    CandidateImport.objects.filter(waiting | over).delete()
