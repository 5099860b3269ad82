"""Which candidates an address asks for: found by themselves where a condition names few, else walked to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache, reduce
from operator import or_
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet
from django.http import QueryDict

from candidates.models import Candidate, SearchWord
from scheduling.queries import volume, words
from scheduling.queries.by_ids import AmongRows
from scheduling.queries.by_name import ByName, is_for
from scheduling.queries.candidates import STATES, with_state
from scheduling.queries.compiled import Given
from scheduling.queries.keyset import Counting, Listed, count_words
from scheduling.queries.orders import Key
from scheduling.queries.parameters import ANY, row_id
from scheduling.queries.standings import First, Found, Ordered, Standings, counted, due_rows, grouped, in_state
from scheduling.queries.volume import Branch, Counted, Named

FILTERS = {"state": STATES, "position": ANY, "tag": ANY, "mine": ANY, "archived": ANY, "q": ANY}
RELATED = ("position", "tag")
WORDS = "words"
# For who wants them in no order of their own.
BY_KEY = Ordered((Key("pk"),))


@dataclass(frozen=True)
class Conditions:
    """What other rows must say of a candidate: a position and a tag by name, and the words of a text, where one is
    asked for; their values, or places for them."""

    related: Mapping[str, int | Given]
    typed: words.Alternatives | None

    @property
    def names(self) -> list[str]:
        return [*self.related, *([WORDS] if self.typed is not None else [])]

    def branches(self) -> dict[str, Branch]:
        """Whom each condition names, words in a branch for each alternative."""
        branches: dict[str, Branch] = {name: Counted(rows, "candidate_id") for name, rows in self._rows().items()}
        return branches | words.branches(SearchWord, self.typed or (), kind=Counted)

    def branches_of(self, name: str) -> list[str]:
        return words.names(SearchWord, self.typed or ()) if name == WORDS else [name]

    def met(self, driver: str | None) -> Q:
        """Whom the driver names, if there is one, and of whom all others are true."""
        found, branches = Q(), self.branches()
        for name in self.names:
            if name == driver:
                of_any = [Q(AmongRows("pk", branches[branch].ids())) for branch in self.branches_of(name)]
                found &= reduce(or_, of_any, Q(pk__in=[]))
            elif name == WORDS:
                found &= words.asked_of_each(SearchWord, self.typed or (), "pk")
            else:
                found &= Q(Exists(self._rows()[name].filter(candidate=OuterRef("pk"))))
        return found

    def _rows(self) -> "dict[str, QuerySet[Any]]":
        through = {"position": Candidate.positions.through, "tag": Candidate.tags.through}
        return {name: through[name]._default_manager.filter(**{name: pk}) for name, pk in self.related.items()}


@dataclass(frozen=True)
class Shape:
    """What an address asks of candidates; its values are `Given` (see `volume.Shape`)."""

    is_archived: bool
    is_mine: bool
    has_state: bool
    related: tuple[str, ...]
    words: words.Shape | None

    def branches(self) -> dict[str, Branch]:
        """Whose state is due to be derived, and how many each other condition names."""
        return ({"due": due_rows(self.rows())} if self.has_state else {}) | self.conditions.branches()

    def rows(self) -> QuerySet[Candidate]:
        """All of them in any state, by what the rows themselves say."""
        return Candidate.objects.filter(
            _plain(self.is_archived, Given("viewer", IntegerField()) if self.is_mine else None)
        )

    @property
    def conditions(self) -> Conditions:
        related = {name: Given(name, IntegerField()) for name in self.related}
        return Conditions(related, None if self.words is None else words.places(self.words))


@dataclass(frozen=True)
class Counts:
    """How many are in each state, no further than is counted; None where too many were found to look at each."""

    by_state: Mapping[str, int] | None

    def of(self, state: str) -> int | None:
        """Of one state, or of all for none."""
        if self.by_state is None:
            return None
        return self.by_state.get(state, 0) if state else sum(self.by_state.values())

    def words(self, state: str = "") -> str:
        return count_words(self.of(state))


@dataclass(frozen=True)
class Search:
    """What an address asks for: `state`, `position`, `tag`, `mine`, `archived`, search `q`. Unknown values are ignored.

    Where conditions name few, whom the narrowest of them names are found by themselves, with their states and which of
    them come `first`; else everybody is walked in the order that is wanted. What begins the words of more than
    `volume.FEW` is no name yet: for a list they are not counted by state, unless it is one of several words.
    """

    query: QueryDict
    viewer: User
    now: datetime
    first: First = BY_KEY

    def listed(self) -> Listed[Candidate]:
        """Which candidates, as a table has them: they are counted by state, if at all."""
        return Listed(self.rows(), Counting.NOT)

    def rows(self) -> QuerySet[Candidate]:
        """Which candidates."""
        found = _plain(self.shape.is_archived, self.viewer if self.shape.is_mine else None)
        if self.shape.has_state:
            everybody = with_state(Candidate.objects.all(), self.now)
            # Of those found who is due is derived in the same query, if anybody is.
            due_ids = None if self.is_found and self._due else self._due
            found &= in_state(str(self.query["state"]), due_ids, rows=everybody, now=self.now)
        return Candidate.objects.filter(found & self._conditions.met(self._driver))

    @cached_property
    def counts(self) -> Counts:
        """How many of them are in each state, whichever is asked for."""
        if self._found is not None:
            return Counts(self._found[0] if self._is_counted else None)
        if self._conditions.names:
            return Counts(None)
        return Counts(_counting(replace(self.shape, has_state=False)).counts(**self.given))

    def first_ids(self) -> list[int] | None:
        """The ids of the `first` ones, where they are found anyway."""
        return None if self._found is None else self._found[1]

    @property
    def is_found(self) -> bool:
        """Whether they are found by themselves, not met on a walk."""
        return self._driver is not None

    @cached_property
    def shape(self) -> Shape:
        return Shape(
            is_archived=bool(self.query.get("archived")),
            is_mine=bool(self.query.get("mine")),
            has_state=self.query.get("state") in STATES,
            related=tuple(self._chosen),
            words=words.shape(self._text) if self._text else None,
        )

    @cached_property
    def given(self) -> dict[str, Any]:
        """The values for its shape."""
        plain = {"now": self.now, "viewer": self.viewer.pk, "state": self.query.get("state")}
        return {**plain, **self._chosen, **words.given(self._text)}

    @cached_property
    def _found(self) -> tuple[Counter[str], list[int]] | None:
        if self._driver is None:
            return None
        return _finding(self.shape, self._driver, self.first, is_counted=self._is_counted).read(**self.given)

    @property
    def _is_counted(self) -> bool:
        """Whether those found are counted by state."""
        if self.first.needs_counts or self._driver != WORDS or self._few[WORDS] <= volume.FEW:
            return True
        # Several words are a name, and fewer have them than was told.
        return all(len(kinds) > 1 for kinds in self.shape.words or ())

    @cached_property
    def _driver(self) -> str | None:
        """The condition that fewest meet; None where many meet each, or there is none."""
        return min(self._few, key=lambda name: self._few[name], default=None)

    @cached_property
    def _few(self) -> dict[str, int]:
        """How many meet each condition that not too many meet to be found by themselves."""
        few: dict[str, int] = {}
        for name in self._conditions.names:
            branches = [self._named[branch] for branch in self._conditions.branches_of(name)]
            if all(branch.is_all for branch in branches):
                few[name] = sum(branch.count for branch in branches)
        return few

    @cached_property
    def _conditions(self) -> Conditions:
        """With their values."""
        return Conditions(self._chosen, words.alternatives(self._text) if self._text else None)

    @property
    def _due(self) -> list[int] | None:
        """Whose note is due; None for more than a few."""
        due = self._named["due"]
        return due.ids if due.is_all else None

    @cached_property
    def _named(self) -> dict[str, Named]:
        return volume.named(self.shape, self.given)

    @cached_property
    def _text(self) -> str:
        return str(self.query.get("q", "")).strip()

    @cached_property
    def _chosen(self) -> dict[str, int]:
        """The rows it names."""
        chosen = {name: row_id(self.query, name) for name in RELATED}
        return {name: pk for name, pk in chosen.items() if pk}


@lru_cache(maxsize=256)
def _counting(shape: Shape) -> Standings:
    if shape.is_mine:
        return grouped(shape.rows, derive=with_state)
    return counted(shape.rows, states=STATES, derive=with_state)


@lru_cache(maxsize=256)
def _finding(shape: Shape, driver: str, first: First, *, is_counted: bool) -> Found | ByName:
    is_plain = not (is_counted or shape.has_state or shape.related)
    if is_plain and shape.words and is_for(shape.words, first.order):
        return ByName(shape.rows, shape.words, first.order)
    met = shape.conditions.met(driver)
    return Found(
        lambda: shape.rows().filter(met),
        first,
        derive=with_state,
        has_state=shape.has_state,
        is_counted=is_counted,
        # Their ids come first in any plan. Texts have more shapes than a connection should keep.
        is_planned_once=shape.words is None,
    )


def _plain(is_archived: bool, owner: User | Given | None) -> Q:
    """What the rows themselves say."""
    found = Q(archived_at__isnull=not is_archived)
    return found & Q(owner=owner) if owner is not None else found
