"""Imports of candidates: those there are, and what became of their rows."""

import csv
from collections.abc import Iterator

from django.db.models import Count, QuerySet

from candidates.imports import plan, reading
from candidates.imports.plan import Decision
from candidates.imports.reading import Head
from candidates.models import CandidateImport, ImportRow

PREVIEWED = 50
RESULTS = ImportRow.State


class _Echo:
    """What csv writes to: hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def listed() -> QuerySet[CandidateImport]:
    """Newest first; their files are not read."""
    return CandidateImport.objects.select_related("created_by")


def head(row: CandidateImport) -> Head:
    """The columns of its file and the first rows; raises `Unreadable` when it cannot be read as chosen."""
    return reading.head(bytes(row.file.content), plan.format_of(row))


def preview(row: CandidateImport) -> list[Decision]:
    """What would become of the first rows."""
    return list(plan.preview(row, bytes(row.file.content), count=PREVIEWED))


def results(row: CandidateImport, state: str) -> QuerySet[ImportRow]:
    """Its rows, perhaps only those of one state."""
    rows = row.rows.select_related("candidate")
    return rows.filter(state=state) if state in RESULTS.values else rows


def counts(row: CandidateImport) -> list[tuple[str, str, int]]:
    """States its rows are in now, with their words and how many; one query."""
    found = dict(row.rows.order_by().values_list("state").annotate(count=Count("pk")))
    return [(state.value, str(state.label), found[state]) for state in RESULTS if state in found]


def rejected_lines(row: CandidateImport) -> Iterator[str]:
    """The rejected rows as they came, with the reason in one more column, as lines of a CSV file for a spreadsheet.

    Correcting them there and importing the file again is the way on: our own column and guards are then ignored.
    """
    found = plan.format_of(row)
    content = bytes(row.file.content)
    headers = reading.head(content, found).headers
    reasons = dict(row.rows.filter(state=RESULTS.REJECTED).values_list("number", "problem"))
    writer = csv.writer(_Echo(), delimiter=found.delimiter)
    # The mark tells Excel that this is UTF-8.
    yield "\ufeff"
    yield writer.writerow([*map(guarded, headers), "Reason"])
    for line in reading.rows(content, found):
        if line.number in reasons:
            missing = [""] * (len(headers) - len(line.cells))
            yield writer.writerow([*map(guarded, line.cells), *missing, guarded(reasons[line.number])])


def guarded(cell: str) -> str:
    """A cell no spreadsheet takes for a formula (OWASP, CSV injection)."""
    cell = cell.replace("\0", "")
    return f"'{cell}" if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
