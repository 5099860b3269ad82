"""Rows somebody chose in a table: those ticked, or all that match its filter."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.http import QueryDict

from scheduling.queries.parameters import row_ids
from scheduling.queries.tables import SHOWING, Table, asked

# So many at once; more are refused, politely.
LARGEST = 5_000
# A form carries a whole filter under this one name: what is filled in for an act cannot be taken for a part of it.
MATCHING = "matching"


@dataclass(frozen=True)
class Selection:
    """Ids of rows there are, at most one more than `LARGEST`; `words` tell the filter, and are empty for ticked rows.

    `fields` say the same in a form, for `posted`. Where a part of a filter is not known, it is `lost` and nothing is
    chosen: the rest would choose more than was asked for.
    """

    table: Table
    pks: list[int]
    words: str
    fields: list[tuple[str, str]]
    lost: list[str] = field(default_factory=list)

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
    """The rows an address names one by one, or with `all` by their filter."""
    return _matching(table, query, viewer=viewer, now=now) if query.get("all") else _ticked(table, query)


def posted(table: Table, post: QueryDict, *, viewer: User, now: datetime) -> Selection:
    """The rows a form names by a selection's `fields`; nothing else in the form matters."""
    if MATCHING in post:
        return _matching(table, QueryDict(str(post[MATCHING])), viewer=viewer, now=now)
    return _ticked(table, post)


def _matching(table: Table, query: QueryDict, *, viewer: User, now: datetime) -> Selection:
    found = asked(table, query)
    rows = found.rows(viewer=viewer, now=now).order_by().values_list("pk", flat=True).distinct()
    kept = urlencode([(name, value) for name, value in found.query.items() if name not in SHOWING])
    words = f"all {table.noun}s" if found.words == "all" else found.words
    pks = [] if found.lost else list(rows[: LARGEST + 1])
    return Selection(table, pks, words, [(MATCHING, kept)], found.lost)


def _ticked(table: Table, query: QueryDict) -> Selection:
    asked_for = row_ids(query, table.parameter)[: LARGEST + 1]
    pks = list(table.model._default_manager.filter(pk__in=asked_for).order_by("pk").values_list("pk", flat=True))
    return Selection(table, pks, "", [(table.parameter, str(pk)) for pk in pks])
