"""Finding rows by the words of the person they are about; `candidates.words` says what a word is."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import BinaryField, Exists, Model, OuterRef, Q, QuerySet

from candidates.models import SearchWord
from candidates.words import fold, key, typed
from scheduling.models import BookingWord
from scheduling.queries.by_ids import Among
from scheduling.queries.compiled import Given
from scheduling.queries.volume import Branch

PLACES = list(SearchWord.Place)
# Of one alternative each word must begin one of the person's; the longest, which fewest have, comes first.
Alternatives = Sequence[Sequence[bytes | Given]]
# What was typed without the words themselves: of each alternative's words, whether each is longer than a letter or two.
Shape = tuple[tuple[bool, ...], ...]
# So many bytes begin too many words to read them all.
SHORT = 2
# The models that hold words, and whose words they are.
OWNER: dict[type[Model], str] = {SearchWord: "candidate", BookingWord: "interview"}


def alternatives(text: str) -> list[list[bytes]]:
    """What was typed."""
    return [sorted(words, key=len, reverse=True) for words in typed(text)]


def shape(text: str) -> Shape:
    """What is the same of all texts that are looked for in the same way."""
    return tuple(tuple(len(word) > SHORT for word in words) for words in alternatives(text))


def places(shape: Shape, *, of: str = "word") -> list[list[Given]]:
    """Alternatives of this shape, which `given` fills; `of` tells texts apart where a query has several."""
    return [
        [Given(f"{of}_{row}_{column}", BinaryField()) for column in range(len(words))]
        for row, words in enumerate(shape)
    ]


def given(text: str, *, of: str = "word") -> dict[str, bytes]:
    """The words of a text for their places."""
    return {
        f"{of}_{row}_{column}": word
        for row, words in enumerate(alternatives(text))
        for column, word in enumerate(words)
    }


def branches(
    model: type[Model], shape: Shape, words_of: "Alternatives | None" = None, *, kind: type[Branch] = Branch
) -> dict[str, Branch]:
    """Who has what was typed, one for each alternative: `words_of` a text of this shape, else those to be given.

    Whoever has each of several words is quickly found by laying the words' owners side by side; a letter or two, which
    most have, is rather looked up of those who have the rest.
    """
    found = {}
    for number, (words, are_long) in enumerate(zip(words_of or places(shape), shape, strict=True)):
        beside = [word for word, is_long in zip(words[1:], are_long[1:], strict=True) if is_long]
        rest = [word for word in words if word not in beside]
        others = [driven(model, [word]) for word in beside]
        found[f"{OWNER[model]}{number}"] = kind(driven(model, rest), f"{OWNER[model]}_id", others)
    return found


def names(model: type[Model], shape: Shape) -> list[str]:
    """What its branches are called."""
    return [f"{OWNER[model]}{number}" for number in range(len(shape))]


def found(model: type[Model], text: str, ids: Mapping[str, list[int] | None]) -> set[int] | None:
    """Who has what was typed, by what `volume.few` found; None when those are many."""
    alternatives = [ids[name] for name in names(model, shape(text))]
    if any(these is None for these in alternatives):
        return None
    return {pk for these in alternatives for pk in these or ()}


def belongs(model: type[Model], text: str, ids: Mapping[str, list[int] | None], column: str) -> Q:
    """Whether who is named in `column` has what was typed: by the ids `volume.few` found, else asked of each row."""
    these = found(model, text, ids)
    return asked_of_each(model, alternatives(text), column) if these is None else Q(Among(column, sorted(these)))


def asked_of_each(model: type[Model], alternatives: Alternatives, column: str) -> Q:
    """Whether who is named in `column` has all words of an alternative."""
    found = Q(pk__in=[])
    for words in alternatives:
        has_all = Q()
        for word in words:
            has_all &= Q(Exists(model._default_manager.filter(beginning(word), **{OWNER[model]: OuterRef(column)})))
        found |= has_all
    return found


def begun(alternatives: Alternatives, most: int) -> "list[QuerySet[Any]]":
    """Rows of candidates who have what was typed, in parts: `most` whose name begins with the longest word, and `most`
    others of each alternative."""
    return [
        driven(SearchWord, words).filter(place__in=places)[:most]
        for words in alternatives
        for places in ([SearchWord.Place.FIRST], PLACES)
    ]


def driven(model: type[Model], words: Sequence[bytes | Given]) -> "QuerySet[Any]":
    """Rows with the first word of those who have the others too."""
    owner = OWNER[model]
    longest, *others = words
    rows = model._default_manager.filter(beginning(longest)).order_by()
    if model is SearchWord:
        rows = rows.filter(place__in=PLACES)
    for word in others:
        rows = rows.filter(Exists(model._default_manager.filter(beginning(word), **{owner: OuterRef(f"{owner}_id")})))
    return rows


def address_places(count: int) -> Q:
    """Words that are one of so many addresses, or begin like it with a plus part; `addresses` gives them."""
    found = Q(pk__in=[])
    for number in range(count):
        whole, begun = (Given(f"{part}_{number}", BinaryField()) for part in ("whole", "begun"))
        # With its place in each, for SQLite finds an index for each side of an "or" or for none.
        found |= Q(place__in=PLACES, word=whole)
        found |= Q(place__in=PLACES) & beginning(begun)
    return found


def addresses(found: Sequence[tuple[str, str]], count: int) -> dict[str, bytes]:
    """These addresses, `(local, domain)`, for their places; the last stands in those that are left over."""
    filled = [*found, *[found[-1]] * (count - len(found))]
    return {
        **{f"whole_{n}": key(fold(f"{local}@{domain}")) for n, (local, domain) in enumerate(filled)},
        **{f"begun_{n}": key(fold(f"{local}+")) for n, (local, _) in enumerate(filled)},
    }


def beginning(word: bytes | Given) -> Q:
    """Words that begin like this one: a range, which every index can read."""
    # No byte of UTF-8 is 0xff.
    return Q(word__gte=word, word__lt=word + b"\xff")
