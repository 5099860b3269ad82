"""Finding rows by the words of the person they are about; `candidates.words` says what a word is."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from candidates.models import SearchWord
from candidates.words import fold, key, typed
from scheduling.models import BookingWord

PLACES = list(SearchWord.Place)
# What `typed` gives: of one alternative each word must begin one of the person's.
Alternatives = Sequence[Sequence[bytes]]
# The models that hold words, and whose words they are.
OWNER: dict[type[Model], str] = {SearchWord: "candidate", BookingWord: "interview"}


def branches(model: type[Model], text: str) -> "dict[str, QuerySet[Any]]":
    """For `volume.few`: rows of words that name who has what was typed."""
    return {f"{OWNER[model]}{number}": driven(model, words) for number, words in enumerate(typed(text))}


def columns(model: type[Model], text: str) -> dict[str, str]:
    return dict.fromkeys(branches(model, text), f"{OWNER[model]}_id")


def belongs(model: type[Model], text: str, ids: dict[str, list[int] | None], column: str) -> Q:
    """Whether who is named in `column` has what was typed: by the ids `volume.few` found, else asked of each row."""
    alternatives = typed(text)
    found = [ids[f"{OWNER[model]}{number}"] for number in range(len(alternatives))]
    if any(these is None for these in found):
        return asked_of_each(model, alternatives, column)
    return Q(**{f"{column}__in": sorted({pk for these in found for pk in these or ()})})


def asked_of_each(model: type[Model], alternatives: Alternatives, column: str) -> Q:
    """Whether who is named in `column` has all words of an alternative."""
    found = Q(pk__in=[])
    for words in alternatives:
        has_all = Q()
        for word in words:
            has_all &= Q(Exists(model._default_manager.filter(beginning(word), **{OWNER[model]: OuterRef(column)})))
        found |= has_all
    return found


def who(text: str) -> "QuerySet[Any]":
    """Ids of all candidates who have what was typed, to count them."""
    found = Q(pk__in=[])
    for words in typed(text):
        found |= Q(pk__in=driven(SearchWord, words).values("pk"))
    return SearchWord.objects.filter(found).values("candidate")


def begun(text: str, most: int) -> "QuerySet[Any]":
    """Ids of candidates who have what was typed: `most` whose name begins with the longest word, and `most` others."""
    parts = [
        driven(SearchWord, words).filter(place__in=places).values("pk")[:most]
        for words in typed(text)
        for places in ([SearchWord.Place.FIRST], PLACES)
    ]
    return any_of(SearchWord, parts, "candidate")


def any_of(model: type[Model], parts: "Sequence[QuerySet[Any]]", column: str) -> "QuerySet[Any]":
    """What these rows, each part a limited list of ids, have in a column. A union, for a database that is asked
    whether a row is in one of several lists reads all rows, and one that is given a list of ids does not."""
    rows = [model._default_manager.filter(pk__in=part).order_by().values(column) for part in parts]
    if not rows:
        return model._default_manager.none().values(column)
    return rows[0].union(*rows[1:], all=True) if len(rows) > 1 else rows[0]


def driven(model: type[Model], words: Sequence[bytes]) -> "QuerySet[Any]":
    """Rows with the longest word, which fewest have, of those who have the others too."""
    owner = OWNER[model]
    longest, *others = sorted(words, key=len, reverse=True)
    rows = model._default_manager.filter(beginning(longest)).order_by()
    if model is SearchWord:
        rows = rows.filter(place__in=PLACES)
    for word in others:
        rows = rows.filter(Exists(model._default_manager.filter(beginning(word), **{owner: OuterRef(f"{owner}_id")})))
    return rows


def of_addresses(addresses: Iterable[tuple[str, str]]) -> Q:
    """Words that are one of these addresses, `(local, domain)`, or begin like it with a plus part."""
    found = Q(pk__in=[])
    for local, domain in addresses:
        found |= Q(word=key(fold(f"{local}@{domain}"))) | beginning(key(fold(f"{local}+")))
    return found & Q(place__in=PLACES)


def beginning(word: bytes) -> Q:
    """Words that begin like this one: a range, which every index can read."""
    # No byte of UTF-8 is 0xff.
    return Q(word__gte=word, word__lt=word + b"\xff")
