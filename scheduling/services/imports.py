"""Candidates from a file: looked at, imported batch by batch in the background, and taken back.

Each batch is one transaction that also notes how far the import has come, so a run that stopped, for whatever reason,
goes on after the last batch and no row is done twice.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, ForeignObjectRel, Model, OuterRef, Q
from django.utils import timezone

from candidates import indexing
from candidates.imports import columns, plan, reading
from candidates.imports.plan import BATCH, Decision
from candidates.imports.rows import CheckedRow, Lookups
from candidates.models import Candidate, CandidateImport, ImportFile, ImportRow, Note, Position, SearchWord
from scheduling.models import TimelineEntry
from scheduling.services import standings, timeline
from scheduling.services.problems import DEFECTS

logger = logging.getLogger(__name__)

State = CandidateImport.State
# A turn ends well before the queue's time limit; the sweep goes on.
TURN = timedelta(minutes=4)
# Longer than any batch takes.
CLAIM = timedelta(minutes=2)
# Somebody may add a candidate of a batch while it is written; then it is decided anew.
TRIES = 3
UNDOABLE = (ImportRow.State.CREATED, ImportRow.State.UPDATED)
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
        has_header=found.has_header,
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
    if any(before[name] != choices[name] for name in ("encoding", "delimiter", "has_header") if name in choices):
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
    row.expected = plan.expect(row, content) if is_mapped else {}
    row.state = State.MAPPED if is_mapped else State.UPLOADED


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
    if not _free(now).filter(pk=import_id).update(claimed_until=now + CLAIM):
        return
    row = CandidateImport.objects.get(pk=import_id)
    turn = _import if row.state == State.RUNNING else _take_back
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


# Importing


def _import(row: CandidateImport, *, until: datetime) -> bool:
    """Read the file from its top, for the addresses seen there, and write what comes after the last row done."""
    lookups = Lookups(make_positions=row.make_positions)
    for batch in plan.checked_batches(row, bytes(row.file.content), lookups):
        rest = [checked for checked in batch if checked.row.number > row.reached]
        if rest and not _write_patiently(row, rest):
            return True
        if timezone.now() >= until:
            return False
    _end(row, State.DONE)
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
    if not _is_next(row):
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
    _note(row, batch[-1].row.number, Counter(found.state for found in decisions))
    return True


def _is_next(row: CandidateImport) -> bool:
    """Hold the import's row; whether it still stands where we think it does."""
    fresh = CandidateImport.objects.select_for_update().get(pk=row.pk)
    return fresh.state == row.state and fresh.reached == row.reached


def _touched_at(found: Decision, created: dict[int, datetime], now: datetime) -> datetime | None:
    if found.candidate is None or found.state not in UNDOABLE:
        return None
    return created.get(found.candidate.pk, now)


def _note(row: CandidateImport, reached: int, counts: Counter[str]) -> None:
    """Keep how far it has come, with the batch and in its transaction."""
    row.reached = reached
    CandidateImport.objects.filter(pk=row.pk).update(
        reached=reached,
        claimed_until=timezone.now() + CLAIM,
        made_positions=row.made_positions,
        **{f"{state}_count": F(f"{state}_count") + count for state, count in counts.items()},
    )


def _make_positions(row: CandidateImport, decisions: Iterable[Decision]) -> None:
    """Make the positions that are missing, and have their rows add them."""
    wanting = [found for found in decisions if found.state in UNDOABLE and found.values.new_positions]
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
                key=_added_key(candidate.pk),
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


def _added_key(candidate_id: int) -> str:
    """The same key as of a candidate added by hand: one is added once."""
    return f"{TimelineEntry.Kind.CANDIDATE_ADDED}:{candidate_id}"


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
            "fields": _set(found.candidate, found.changes),
            "note": bool(found.note),
        }
        changed.append(found.candidate)
    _save(changed, (name for found in decisions for name in found.changes), now)
    _consider({found.candidate: found.positions_added for found in decisions if found.candidate})
    _write_notes(decisions, row)
    timeline.record_many(
        [
            _edited(found.candidate, row, now, names=_names(found.changes, found.positions_added, found.note))
            for found in decisions
            if found.candidate
        ]
    )


def _set(candidate: Candidate, values: dict[str, Any]) -> dict[str, Any]:
    """Set a candidate's fields; returns what they were."""
    before = {}
    for name, value in values.items():
        old = getattr(candidate, name)
        before[name] = old if isinstance(old, int) or old is None else str(old)
        setattr(candidate, name, value)
    return before


def _save(candidates: Sequence[Candidate], names: Iterable[str], now: datetime) -> None:
    """Write these fields of these candidates, and when that was."""
    names = sorted(set(names))
    if names:
        Candidate.objects.bulk_update(candidates, names)
    # The same for all, so one statement; it is also what an undo compares with.
    Candidate.objects.filter(pk__in=[candidate.pk for candidate in candidates]).update(updated_at=now)
    indexing.index(candidates)


def _edited(candidate: Candidate, row: CandidateImport, now: datetime, *, names: str, undone: bool = False) -> Any:
    words = f"{names}; import of {row.name} undone" if undone else f"{names}, from {row.name}"
    return TimelineEntry(
        kind=TimelineEntry.Kind.CANDIDATE_EDITED,
        key=f"import{'_undone' if undone else ''}:{row.pk}:{candidate.pk}",
        happened_at=now,
        candidate=candidate,
        actor_id=row.undone_by_id if undone else row.created_by_id,
        detail=words,
    )


def _names(changes: Iterable[str], positions: Sequence[int], note: object) -> str:
    """Fields as the candidate's form calls them on the time line."""
    names = [name.removesuffix("_id") for name in changes]
    return ", ".join([*names, *(["positions"] if positions else []), *(["notes"] if note else [])])


def _end(row: CandidateImport, state: CandidateImport.State) -> None:
    CandidateImport.objects.filter(pk=row.pk, state=row.state).update(
        state=state, claimed_until=None, finished_at=timezone.now()
    )


# Undoing


def _take_back(row: CandidateImport, *, until: datetime) -> bool:
    """Remove who was added and restore who was updated, unless something happened to them since."""
    while timezone.now() < until:
        batch = list(
            ImportRow.objects.filter(import_of=row, number__gt=row.reached, state__in=UNDOABLE).order_by("number")[
                :BATCH
            ]
        )
        if not batch:
            _remove_positions(row)
            _end(row, State.UNDONE)
            return True
        if not _take_back_batch(row, batch):
            return True
    return False


@transaction.atomic
def _take_back_batch(row: CandidateImport, batch: Sequence[ImportRow]) -> bool:
    if not _is_next(row):
        return False
    ids = [done.candidate_id for done in batch if done.candidate_id is not None]
    # Whoever is about to get a link or an interview waits for us, or we find it.
    people = {person.pk: person for person in Candidate.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    reasons = _what_happened_since(row, batch, people)
    gone: list[int] = []
    restored: list[ImportRow] = []
    for done in batch:
        reason = reasons.get(done.candidate_id or 0, "")
        if reason:
            done.state, done.problem = ImportRow.State.KEPT, reason
            continue
        if done.candidate_id in people:
            if done.state == ImportRow.State.CREATED:
                gone.append(done.candidate_id)
            else:
                restored.append(done)
        done.state = ImportRow.State.UNDONE
    _restore(row, restored, people)
    Candidate.objects.filter(pk__in=gone).delete()
    _keep_results(batch)
    _note(row, batch[-1].number, Counter(done.state for done in batch))
    return True


def _keep_results(batch: Sequence[ImportRow]) -> None:
    """One statement for each result instead of one value for each row: there are few different ones."""
    groups: dict[tuple[str, str], list[int]] = {}
    for done in batch:
        groups.setdefault((done.state, done.problem), []).append(done.pk)
    for (state, problem), ids in groups.items():
        ImportRow.objects.filter(pk__in=ids).update(state=state, problem=problem)


def _what_happened_since(
    row: CandidateImport, batch: Sequence[ImportRow], people: dict[int, Candidate]
) -> dict[int, str]:
    """Candidate id -> why they stay as they are."""
    reasons: dict[int, str] = {}
    added = [done.candidate_id for done in batch if done.state == ImportRow.State.CREATED and done.candidate_id]
    for done in batch:
        person = people.get(done.candidate_id or 0)
        if person is not None and person.updated_at != done.touched_at:
            reasons[person.pk] = "Edited since."
    ours = [f"import:{row.pk}:{pk}" for pk in people] + [_added_key(pk) for pk in people]
    since = TimelineEntry.objects.filter(candidate__in=added).exclude(key__in=ours)
    for entry in since.order_by("-pk"):
        reasons[entry.candidate_id or 0] = f"Since then: {entry.get_kind_display().lower()}."
    notes = Note.objects.filter(candidate__in=added)
    written = notes.exclude(imported_by=row) | notes.exclude(edited_at=None)
    reasons |= dict.fromkeys(written.values_list("candidate_id", flat=True), "There is a note.")
    for relation in _references(Candidate):
        found = relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": added})
        for pk in found.values_list(relation.field.attname, flat=True):
            reasons[pk] = f"There is {_with_article(str(relation.related_model._meta.verbose_name))}."
    return reasons


def _with_article(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def _references(model: type[Model]) -> list[ForeignObjectRel]:
    """Everything that points at a model's rows and shows they are in use: also what is added to the project later."""
    joins = (Candidate.positions.through, Candidate.tags.through)
    # Notes are looked at apart: some are the import's own.
    own = (TimelineEntry, ImportRow, CandidateImport, Note, SearchWord, *joins)
    return [
        relation
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel) and not relation.many_to_many and relation.related_model not in own
    ]


def _restore(row: CandidateImport, batch: Sequence[ImportRow], people: dict[int, Candidate]) -> None:
    now = timezone.now()
    through = Candidate.positions.through
    entries: list[TimelineEntry] = []
    restored: list[Candidate] = []
    names: set[str] = set()
    for done in batch:
        person, before = people[done.candidate_id or 0], done.before or {}
        fields, positions = before.get("fields", {}), before.get("positions", [])
        # An import from before notes were entries of their own.
        fields.pop("notes", None)
        owner_id = fields.get("owner_id")
        if owner_id is not None and not User.objects.filter(pk=owner_id).exists():
            fields["owner_id"] = None
        _set(person, fields)
        restored.append(person)
        names |= fields.keys()
        if positions:
            through.objects.filter(candidate=person, position__in=positions).delete()
        entries.append(_edited(person, row, now, names=_names(fields, positions, before.get("note")), undone=True))
    Note.objects.filter(imported_by=row, candidate__in=restored, edited_at=None).delete()
    _save(restored, names, now)
    timeline.record_many(entries)


def _remove_positions(row: CandidateImport) -> None:
    """Take away the positions this import made that nothing refers to."""
    made = Position.objects.filter(pk__in=row.made_positions, candidates=None)
    for relation in _references(Position):
        used = relation.related_model._default_manager.filter(**{relation.field.name: OuterRef("pk")})
        made = made.exclude(Exists(used))
    made.delete()


def prune(*, now: datetime) -> None:
    """Forget files nobody went on with, and, as raw deliveries are personal data, imports past their keeping."""
    kept = timedelta(days=settings.DELIVERY_RETENTION_DAYS)
    waiting = Q(state__in=[State.UPLOADED, State.MAPPED], created_at__lt=now - ABANDONED)
    over = Q(state__in=[State.DONE, State.UNDONE, State.FAILED], created_at__lt=now - kept)
    CandidateImport.objects.filter(waiting | over).delete()
