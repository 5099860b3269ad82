"""Finding rows by the words of the person they are about; `candidates.words` says what a word is."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from candidates.models import SearchWord
from candidates.words import typed
from scheduling.models import BookingWord, Interview
from scheduling.queries.volume import FEW

Rows = TypeVar("Rows", bound="QuerySet[Any]")
PLACES = list(SearchWord.Place)


def beginning(word: bytes) -> Q:
    """Words that begin like this one: a range, which every index can read."""
    # No byte of UTF-8 is 0xff.
    return Q(word__gte=word, word__lt=word + b"\xff")


def matching(rows: Rows, text: str, name: str = "") -> Rows:
    """Those of the rows whose candidate has what was typed; the rows are candidates, or name one in `name`.

    Few people are named by their ids; when many have it, each row is asked in its turn, until a page is full. Which
    it is costs a query.
    """
    alternatives = typed(text)
    if not alternatives:
        return rows.none()
    column = f"{name}_id" if name else "pk"
    people = _few(SearchWord, "candidate", alternatives)
    if people is not None:
        return rows.filter(**{f"{column}__in": people})
    return rows.filter(_asked_of_each(alternatives, column))


def of_bookings(interviews: QuerySet[Interview], text: str) -> QuerySet[Interview]:
    """Those of the interviews whose candidate or invitee has what was typed."""
    alternatives = typed(text)
    if not alternatives:
        return interviews.none()
    people = _few(SearchWord, "candidate", alternatives)
    strangers = _few(BookingWord, "interview", alternatives)
    if people is not None and strangers is not None:
        return interviews.filter(Q(candidate__in=people) | Q(pk__in=strangers))
    asked = _asked_of_each(alternatives, "candidate_id")
    return interviews.filter(asked | _asked_of_each(alternatives, "pk", BookingWord, "interview"))


def people_first(text: str, most: int) -> Q:
    """Candidates who have what was typed, `most` whose name begins with the longest word, and `most` others."""
    found = Q(pk__in=[])
    for alternative in typed(text):
        for places in ([SearchWord.Place.FIRST], PLACES):
            found |= Q(pk__in=_having_all(alternative, places).values("candidate")[:most])
    return found


def _few(model: type[Model], name: str, alternatives: Sequence[Sequence[bytes]]) -> list[int] | None:
    """Whom or what was typed belongs to, if few; None when reading them all would take too long."""
    found: set[int] = set()
    for alternative in alternatives:
        ids = _driven(model, name, alternative).values_list(f"{name}_id", flat=True)[: FEW + 1]
        if len(ids) > FEW:
            return None
        found.update(ids)
    return sorted(found)


def _having_all(words: Sequence[bytes], places: Sequence[int]) -> QuerySet[SearchWord]:
    rows: QuerySet[SearchWord] = _driven(SearchWord, "candidate", words)
    return rows.filter(place__in=places)


def _driven(model: type[Model], name: str, words: Sequence[bytes]) -> "QuerySet[Any]":
    """Rows with the longest word, which fewest have, of those who have the others too."""
    longest, *others = sorted(words, key=len, reverse=True)
    rows = model._default_manager.filter(beginning(longest)).order_by()
    for word in others:
        also = model._default_manager.filter(beginning(word), **{name: OuterRef(f"{name}_id")})
        rows = rows.filter(Exists(also))
    return rows


def _asked_of_each(
    alternatives: Sequence[Sequence[bytes]],
    column: str,
    model: type[Model] = SearchWord,
    name: str = "candidate",
) -> Q:
    """Whether the row that `column` names has all words of an alternative."""
    found = Q()
    for alternative in alternatives:
        has_all = Q()
        for word in alternative:
            has_all &= Q(Exists(model._default_manager.filter(beginning(word), **{name: OuterRef(column)})))
        found |= has_all
    return found
