"""Finding rows by the words of the person they are about; `candidates.words` says what a word is."""

from collections.abc import Collection, Mapping, Sequence, Sized
from dataclasses import dataclass
from enum import Enum, auto
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BinaryField, Exists, Model, OuterRef, Q, QuerySet

from candidates.models import Candidate, SearchWord
from candidates.words import fold, is_address, key, typed
from scheduling.models import BookingWord, Interview
from scheduling.queries.by_ids import Among
from scheduling.queries.compiled import Given
from scheduling.queries.volume import Branch

Place = SearchWord.Place
# So many bytes begin too many words to read them all.
SHORT = 2


class Kind(Enum):
    """How a typed word is looked for."""

    SHORT = auto()
    LONG = auto()
    ADDRESS = auto()


@dataclass(frozen=True)
class Word:
    """A typed word, or the place of one that will be given."""

    value: bytes | Given
    kind: Kind

    @property
    def places(self) -> list[Place]:
        """Where it may stand among a person's words."""
        return [Place.ADDRESS] if self.kind is Kind.ADDRESS else [Place.FIRST, Place.ELSEWHERE]


# Of one alternative each word must begin one of the person's; the longest, which fewest have, comes first.
Alternatives = Sequence[Sequence[Word]]
# What was typed without the words themselves.
Shape = tuple[tuple[Kind, ...], ...]
# The models that hold words, and whose words they are.
OWNER: dict[type[Model], str] = {SearchWord: "candidate", BookingWord: "interview"}


def alternatives(text: str) -> list[list[Word]]:
    """What was typed."""
    longest_first = (sorted(words, key=len, reverse=True) for words in typed(text))
    return [[Word(word, _kind(word)) for word in words] for words in longest_first]


def _kind(word: bytes) -> Kind:
    if is_address(word):
        return Kind.ADDRESS
    return Kind.LONG if len(word) > SHORT else Kind.SHORT


def shape(text: str) -> Shape:
    """What is the same of all texts that are looked for in the same way."""
    return tuple(tuple(word.kind for word in words) for words in alternatives(text))


def places(shape: Shape, *, of: str = "word") -> list[list[Word]]:
    """Alternatives of this shape, which `given` fills; `of` tells texts apart where a query has several."""
    return [
        [Word(Given(f"{of}_{row}_{column}", BinaryField()), kind) for column, kind in enumerate(kinds)]
        for row, kinds in enumerate(shape)
    ]


def given(text: str, *, of: str = "word") -> dict[str, Any]:
    """The words of a text for their places."""
    return {
        f"{of}_{row}_{column}": word.value
        for row, words in enumerate(alternatives(text))
        for column, word in enumerate(words)
    }


def branches(model: type[Model], alternatives: Alternatives, *, kind: type[Branch] = Branch) -> dict[str, Branch]:
    """Who has what was typed, one for each alternative.

    Whoever has each of several words is quickly found by laying the words' owners side by side; a letter or two, which
    most have, is rather looked up of those who have the rest.
    """
    found = {}
    for number, words in enumerate(alternatives):
        beside = [word for word in words[1:] if word.kind is not Kind.SHORT]
        rest = [word for word in words if word not in beside]
        others = [driven(model, [word]) for word in beside]
        found[f"{OWNER[model]}{number}"] = kind(driven(model, rest), f"{OWNER[model]}_id", others)
    return found


def names(model: type[Model], alternatives: Sized) -> list[str]:
    """What their branches are called."""
    return [f"{OWNER[model]}{number}" for number in range(len(alternatives))]


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
            has_word = model._default_manager.filter(beginning(word.value), **{OWNER[model]: OuterRef(column)})
            has_all &= Q(Exists(has_word))
        found |= has_all
    return found


def called(text: str, booked: Collection[int], of: str) -> Q:
    """Candidates who are called like one who has what was typed, or who has one of these interviews, `booked` under
    another name; `of` stands before their columns.

    It is a set of names, so whoever walks the candidates by their names looks at nothing that others have.
    """
    having = branches(SearchWord, alternatives(text)).values()
    found = reduce(or_, (Q(pk__in=branch.ids()) for branch in having))
    if booked:
        found |= Q(pk__in=Interview.objects.filter(Among("pk", sorted(booked))).order_by().values("candidate"))
    names = Candidate.objects.filter(found).order_by().values("sort_name")
    # With an "or" PostgreSQL asks the set; else it would join it, and guess how many there are.
    return Q(**{f"{of}sort_name__in": names}) | Q(**{f"{of}sort_name": None})


def begun(alternatives: Alternatives, most: int) -> "list[QuerySet[Any]]":
    """Rows of candidates who have what was typed, in parts: `most` whose name begins with the longest word, and `most`
    others of each alternative."""
    return [
        driven(SearchWord, words).filter(place__in=places)[:most]
        for words in alternatives
        for places in ([Place.FIRST], words[0].places)
    ]


def driven(model: type[Model], words: Sequence[Word]) -> "QuerySet[Any]":
    """Rows with the first word of those who have the others too."""
    owner = OWNER[model]
    longest, *others = words
    rows = model._default_manager.filter(beginning(longest.value)).order_by()
    if model is SearchWord:
        rows = rows.filter(place__in=longest.places)
    for word in others:
        has_word = model._default_manager.filter(beginning(word.value), **{owner: OuterRef(f"{owner}_id")})
        rows = rows.filter(Exists(has_word))
    return rows


# An address with a very long name is cut before its @.
_OF_ADDRESS = [Place.ADDRESS, Place.ELSEWHERE]


def address_places(count: int) -> Q:
    """Words that are one of so many addresses, or begin like it with a plus part; `addresses` gives them."""
    found = Q(pk__in=[])
    for number in range(count):
        whole, begun = (Given(f"{part}_{number}", BinaryField()) for part in ("whole", "begun"))
        # With its place in each, for SQLite finds an index for each side of an "or" or for none.
        found |= Q(place__in=_OF_ADDRESS, word=whole)
        found |= Q(place__in=_OF_ADDRESS) & beginning(begun)
    return found


def addresses(found: Sequence[tuple[str, str]], count: int) -> dict[str, bytes]:
    """These addresses, `(local, domain)`, for their places; the last stands in those that are left over."""
    filled = [*found, *[found[-1]] * (count - len(found))]
    return {
        **{f"whole_{n}": key(fold(f"{local}@{domain}")) for n, (local, domain) in enumerate(filled)},
        **{f"begun_{n}": key(fold(f"{local}+")) for n, (local, _) in enumerate(filled)},
    }


def beginning(word: bytes | Given, column: str = "word") -> Q:
    """Words, or what else is folded in this column, that begin like this one: a range, which every index can read."""
    # No byte of UTF-8 is 0xff.
    return Q(**{f"{column}__gte": word, f"{column}__lt": word + b"\xff"})
