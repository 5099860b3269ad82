"""Rows somebody chose in a table: those ticked, or all that match its filter."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.http import QueryDict

from scheduling.queries.parameters import row_ids
from scheduling.queries.tables import Table, asked

# So many at once; more are refused, politely.
LARGEST = 5_000


@dataclass(frozen=True)
class Selection:
    """Ids of rows there are, at most one more than `LARGEST`; `words` tell the filter, and are empty for ticked rows.

    `parameters` say the same in an address or a form again.
    """

    table: Table
    pks: list[int]
    words: str
    parameters: list[tuple[str, str]]

    @property
    def is_too_large(self) -> bool:
        return len(self.pks) > LARGEST

    @property
    def is_all(self) -> bool:
        return bool(self.words)

    @property
    def digest(self) -> str:
        """Changes whenever other rows are chosen, so that what was shown is what is done."""
        return hashlib.sha256(repr(sorted(self.pks)).encode()).hexdigest()[:24]


def read(table: Table, query: QueryDict, *, viewer: User, now: datetime) -> Selection:
    """The rows an address or a form names one by one, or with `all` by their filter."""
    if query.get("all"):
        found = asked(table, query)
        rows = found.rows(viewer=viewer, now=now).order_by().values_list("pk", flat=True).distinct()
        kept = [(name, str(value)) for name, value in found.query.items() if name not in ("sort", "layout", "week")]
        words = f"all {table.noun}s" if found.words == "all" else found.words
        return Selection(table, list(rows[: LARGEST + 1]), words, [("all", "1"), *kept])
    asked_for = row_ids(query, table.parameter)[: LARGEST + 1]
    pks = list(table.model._default_manager.filter(pk__in=asked_for).order_by("pk").values_list("pk", flat=True))
    return Selection(table, pks, "", [(table.parameter, str(pk)) for pk in pks])
