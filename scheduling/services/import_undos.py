"""Taking an import back, batch by batch: whom it added goes, whom it updated is as before, unless something happened
to them since."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, ForeignObjectRel, Model, OuterRef
from django.utils import timezone

from candidates.imports.plan import BATCH
from candidates.models import Candidate, CandidateImport, ImportRow, Note, Position, SearchWord
from scheduling.models import TimelineEntry
from scheduling.services import import_changes, import_progress, timeline


def take_back(row: CandidateImport, *, until: datetime) -> bool:
    """Remove who was added and restore who was updated, unless something happened to them since."""
    while timezone.now() < until:
        batch = list(
            ImportRow.objects.filter(import_of=row, number__gt=row.reached, state__in=import_changes.UNDOABLE).order_by(
                "number"
            )[:BATCH]
        )
        if not batch:
            _remove_positions(row)
            import_progress.end(row, CandidateImport.State.UNDONE)
            return True
        if not _take_back_batch(row, batch):
            return True
    return False


@transaction.atomic
def _take_back_batch(row: CandidateImport, batch: Sequence[ImportRow]) -> bool:
    if not import_progress.is_next(row):
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
    import_progress.note(row, batch[-1].number, Counter(done.state for done in batch))
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
    ours = [f"import:{row.pk}:{pk}" for pk in people] + [import_changes.added_key(pk) for pk in people]
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
        import_changes.set_fields(person, fields)
        restored.append(person)
        names |= fields.keys()
        if positions:
            through.objects.filter(candidate=person, position__in=positions).delete()
        entries.append(
            import_changes.edited(
                person, row, now, names=import_changes.names(fields, positions, before.get("note")), undone=True
            )
        )
    Note.objects.filter(imported_by=row, candidate__in=restored, edited_at=None).delete()
    import_changes.save(restored, names, now)
    timeline.record_many(entries)


def _remove_positions(row: CandidateImport) -> None:
    """Take away the positions this import made that nothing refers to."""
    made = Position.objects.filter(pk__in=row.made_positions, candidates=None)
    for relation in _references(Position):
        used = relation.related_model._default_manager.filter(**{relation.field.name: OuterRef("pk")})
        made = made.exclude(Exists(used))
    made.delete()
