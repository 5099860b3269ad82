"""Keeping the note of where candidates and links stand: derived, never edited.

Whoever changes a link or an interview calls `refresh` in the same transaction. What changes by time alone is due at a
moment that is known, and `refresh_due` comes then.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from candidates import indexing
from candidates.models import Candidate
from scheduling.models import BookingLink, TimelineEntry
from scheduling.queries import candidates as candidate_queries
from scheduling.queries import links as link_queries
from scheduling.queries import standings

logger = logging.getLogger(__name__)

MOST_DUE = 2000
BATCH = 500


@transaction.atomic
def refresh(*, candidates: Iterable[int | None] = (), links: Iterable[int | None] = ()) -> None:
    """Derive these anew and note it; None names nobody. Safe to repeat."""
    now = timezone.now()
    if link_ids := _ids(links):
        _note_links(link_ids, now)
    if candidate_ids := _ids(candidates):
        _note_candidates(candidate_ids, now)


def refresh_due(*, now: datetime) -> int:
    """Derive what time has changed, and index who was saved as a whole; returns how many rows that were."""
    links = list(BookingLink.objects.filter(standings.due(now)).values_list("pk", flat=True)[:MOST_DUE])
    people = list(Candidate.objects.filter(standings.due(now)).values_list("pk", flat=True)[:MOST_DUE])
    for batch in _batches(links):
        refresh(links=batch)
    for batch in _batches(people):
        with transaction.atomic():
            refresh(candidates=batch)
            indexing.index(Candidate.objects.filter(pk__in=batch))
    return len(links) + len(people)


def repair() -> int:
    """Compare every note that is not due with what it is a note of, and correct it; returns how many were wrong."""
    wrong = 0
    for model in (BookingLink, Candidate):
        for ids in _all(model):
            found = differing(model, ids, timezone.now())
            wrong += len(found)
            if found:
                logger.error("%s: %s notes were wrong, such as of row %s", model.__name__, len(found), found[0])
            refresh(**{"links" if model is BookingLink else "candidates": found})
            if model is Candidate:
                wrong += indexing.index(Candidate.objects.filter(pk__in=ids))
    return wrong


def differing(model: type[Candidate] | type[BookingLink], ids: Sequence[int], now: datetime) -> list[int]:
    """Which of these rows have a note that is not due and says something else than is derived."""
    rows = model._default_manager.filter(standings.noted(now), pk__in=ids)
    return [row.pk for row in _derived(rows, now) if _note(row) != _truth(row)]


def wrong_notes(now: datetime) -> int:
    """How many notes are wrong, and how many candidates have other words or another place among names than theirs."""
    notes = sum(len(differing(model, ids, now)) for model in (BookingLink, Candidate) for ids in _all(model))
    return notes + sum(len(indexing.differing(Candidate.objects.filter(pk__in=ids))) for ids in _all(Candidate))


def _all(model: type[Candidate] | type[BookingLink]) -> Iterable[list[int]]:
    ids: Sequence[int] = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    return _batches(ids)


def _batches(ids: Sequence[int]) -> Iterable[list[int]]:
    return (list(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH))


def _ids(ids: Iterable[int | None]) -> list[int]:
    return sorted({pk for pk in ids if pk is not None})


def _derived(rows: "QuerySet[Any]", now: datetime) -> "QuerySet[Any]":
    if rows.model is Candidate:
        return candidate_queries.with_until(candidate_queries.with_state(rows, now), now)
    return link_queries.with_until(link_queries.with_state(rows, now), now)


def _note(row: Any) -> tuple[Any, ...]:
    return (row.standing, row.standing_until, getattr(row, "next_interview_at", None))


def _truth(row: Any) -> tuple[Any, ...]:
    return (row.state, row.until, getattr(row, "next_at", None))


def _note_links(ids: list[int], now: datetime) -> None:
    rows = BookingLink.objects.filter(pk__in=ids)
    _hold(rows)
    _derived(rows, now).update(standing=F("state"), standing_until=F("until"))


def _note_candidates(ids: list[int], now: datetime) -> None:
    rows = Candidate.objects.filter(pk__in=ids)
    _hold(rows)
    told = TimelineEntry.objects.filter(candidate=OuterRef("pk")).order_by("-happened_at", "-pk")
    _derived(rows, now).annotate(told_at=Subquery(told.values("happened_at")[:1])).update(
        standing=F("state"), standing_until=F("until"), next_interview_at=F("next_at"), standing_since=_since(now)
    )


def _since(now: datetime) -> Case:
    """Since when the candidate has stood there: as before, since time brought it about, or since now."""
    # Never noted: somebody new, or known from before notes were kept.
    is_new = Q(standing="") | Q(standing_since=None)
    return Case(
        When(is_new & Q(state="to_invite"), then=F("created_at")),
        When(is_new, then=Coalesce(F("told_at"), F("created_at"))),
        When(standing=F("state"), then=F("standing_since")),
        default=Least(Value(now), Coalesce(F("standing_until"), Value(now))),
        output_field=DateTimeField(),
    )


def _hold(rows: "QuerySet[Any]") -> None:
    """Wait for whoever is noting the same rows, so that what is derived next sees what they did."""
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
