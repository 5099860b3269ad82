"""What an import would do with each row: add, update, skip, reject. The preview shows it, the run does it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Count, Max, Prefetch, QuerySet
from django.db.models.functions import Lower

from candidates.imports import reading
from candidates.imports.rows import CheckedRow, Checker, Lookups, Values
from candidates.models import Candidate, CandidateImport, ImportRow, Note, Position, owners

BATCH = 500
MOST_PROBLEMS = 20
State = ImportRow.State


@dataclass
class Decision:
    """What becomes of one row, and why; an update names the new values, the positions and the note to add."""

    checked: CheckedRow
    state: str
    problem: str = ""
    candidate: Candidate | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    positions_added: list[int] = field(default_factory=list)
    # The text to keep as a note.
    note: str = ""
    # Filled in by the run: what the update replaced.
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> Values:
        return self.checked.values


def format_of(row: CandidateImport) -> reading.Format:
    return reading.Format(row.encoding, row.delimiter, row.header_row)


def checked_batches(row: CandidateImport, content: bytes, lookups: Lookups) -> Iterator[list[CheckedRow]]:
    """The file's rows, judged, in batches."""
    found = format_of(row)
    width = len(reading.head(content, found).headers)
    checked = Checker(row.mapping, width, lookups).check(reading.rows(content, found))
    while batch := list(islice(checked, BATCH)):
        yield batch


def decide(row: CandidateImport, batch: Sequence[CheckedRow], *, lock: bool = False) -> list[Decision]:
    """At most three queries a batch. With `lock`, inside a transaction, who is found cannot change before its end."""
    emails = [checked.values.email for checked in batch if not checked.problems]
    known = {candidate.email.lower(): candidate for candidate in _known(emails, lock=lock)}
    decisions = []
    for checked in batch:
        if checked.problems:
            decisions.append(Decision(checked, State.REJECTED, checked.problem))
        elif (candidate := known.get(checked.values.email)) is not None:
            decisions.append(_decide_known(row, checked, candidate))
        else:
            wanted = wanted_positions(row, checked.values)
            decisions.append(Decision(checked, State.CREATED, positions_added=wanted, note=checked.values.notes))
    return decisions


def _known(emails: list[str], *, lock: bool) -> QuerySet[Candidate]:
    found = Candidate.objects.alias(address=Lower("email")).filter(address__in=emails).order_by("pk")
    if lock:
        found = found.select_for_update()
    return found.prefetch_related("positions", Prefetch("notes", Note.objects.filter(deleted_at=None)))


def _decide_known(row: CandidateImport, checked: CheckedRow, candidate: Candidate) -> Decision:
    if candidate.is_archived:
        return Decision(checked, State.SKIPPED, "In the archive; restore them to update them.", candidate)
    if not row.update_existing:
        return Decision(checked, State.SKIPPED, "Already a candidate.", candidate)
    values = checked.values
    given = {
        "name": values.name,
        "phone": values.phone,
        "timezone": values.timezone,
        "owner_id": values.owner_id,
    }
    # What is empty in the file erases nothing.
    changes = {
        name: value for name, value in given.items() if value and str(getattr(candidate, name) or "") != str(value)
    }
    has = {position.pk for position in candidate.positions.all()}
    added = [pk for pk in wanted_positions(row, values) if pk not in has]
    note = "" if any(known.text == values.notes for known in candidate.notes.all()) else values.notes
    if not changes and not added and not values.new_positions and not note:
        return Decision(checked, State.SKIPPED, "Already so: nothing to change.", candidate)
    return Decision(checked, State.UPDATED, "", candidate, changes, added, note)


def wanted_positions(row: CandidateImport, values: Values) -> list[int]:
    """The row's positions and the one chosen for all, each once."""
    everyones = [row.position_id] if row.position_id is not None else []
    return list(dict.fromkeys([*values.position_ids, *everyones]))


def expect(row: CandidateImport, content: bytes) -> dict[str, Any]:
    """Look at the whole file: how many rows would be added, updated, skipped, rejected, and for what problems."""
    counts: Counter[str] = Counter()
    problems: dict[str, dict[str, Any]] = {}
    new_positions: dict[str, str] = {}
    lookups = Lookups(make_positions=row.make_positions)
    for batch in checked_batches(row, content, lookups):
        for decision in decide(row, batch):
            counts[decision.state] += 1
            counts["archived"] += decision.candidate is not None and decision.candidate.is_archived
            _count_problems(decision, problems)
            for title in decision.values.new_positions if decision.state != State.REJECTED else []:
                new_positions.setdefault(title.casefold(), title)
    ranked = sorted(problems.values(), key=lambda problem: -problem["count"])
    return {
        "total": sum(counts[state] for state in State.values),
        **{state: counts[state] for state in (State.CREATED, State.UPDATED, State.SKIPPED, State.REJECTED)},
        "archived": counts["archived"],
        "problems": ranked[:MOST_PROBLEMS],
        "new_positions": sorted(new_positions.values(), key=str.casefold)[:MOST_PROBLEMS],
        "new_position_count": len(new_positions),
    }


def stamp(row: CandidateImport) -> str:
    """Changes whenever another look at the file might find something else: for what was chosen, or whom we know.

    A few queries that read no row of the file and no candidate one by one.
    """
    chosen = (row.encoding, row.delimiter, row.header_row, sorted(row.mapping.items()), row.update_existing)
    known = Candidate.objects.aggregate(
        Count("pk"), Max("pk"), Max("updated_at"), Count("archived_at"), Max("archived_at")
    )
    notes = Note.objects.aggregate(Count("pk"), Max("pk"), Max("edited_at"), Count("deleted_at"))
    positions = list(Position.objects.order_by("pk").values_list("pk", "title", "location", "closed_at"))
    people = sorted(owners().order_by().values_list("pk", "email"))
    facts = (chosen, row.make_positions, row.position_id, known, notes, positions, people)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:24]


def digest(expected: Mapping[str, Any]) -> str:
    """Changes whenever a preview shows other numbers, so that what was shown is what is done."""
    shown = [*State.values, "archived", "new_position_count"]
    return hashlib.sha256(repr([expected.get(name) for name in shown]).encode()).hexdigest()[:24]


def _count_problems(decision: Decision, problems: dict[str, dict[str, Any]]) -> None:
    for problem in decision.checked.problems.values():
        kind = problem.kind or problem.words
        if kind not in problems and len(problems) >= 50 * MOST_PROBLEMS:
            continue
        entry = problems.setdefault(kind, {"words": kind, "count": 0, "first": decision.checked.row.number})
        entry["count"] += 1


def preview(row: CandidateImport, content: bytes, *, count: int) -> Iterable[Decision]:
    """What would become of the first rows."""
    found = format_of(row)
    width = len(reading.head(content, found).headers)
    checker = Checker(row.mapping, width, Lookups(make_positions=row.make_positions))
    return decide(row, list(checker.check(islice(reading.rows(content, found), count))))
