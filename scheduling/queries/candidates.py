"""Candidates and where each of them stands.

`with_state` derives the state from links and interviews: that is the truth, and what is shown. Filters and counts over
everybody read the note of it that `services.standings` keeps on the row.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypedDict

from django.contrib.auth.models import User
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Concat
from django.http import QueryDict

from candidates.models import Candidate, SearchWord, Tag
from scheduling.models import BookingLink, Interview
from scheduling.queries import words
from scheduling.queries.by_ids import Among, Names, Places, in_order, rows_by_ids
from scheduling.queries.compiled import Given, Moment
from scheduling.queries.keyset import Key, Order, count_words
from scheduling.queries.links import counting_interviews
from scheduling.queries.parameters import ANY, row_id
from scheduling.queries.standings import Standings, counted, due_rows, grouped, in_state, stated
from scheduling.queries.volume import Branch, Named, named

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

STATES = {
    "to_invite": "To invite",
    "invited": "Invited",
    "opened": "Opened",
    "booked": "Booked",
    "held": "Held",
    "no_show": "Candidate no-show",
    "interviewer_no_show": "Interviewer no-show",
    "canceled": "Canceled",
    "needs_attention": "Needs attention",
}


FILTERS = {"state": STATES, "position": ANY, "tag": ANY, "mine": ANY, "archived": ANY, "q": ANY}


class Stated(TypedDict):
    """What `with_state` adds."""

    state: str
    next_at: datetime | None


class Dressed(Stated):
    """What `dressed` adds to that."""

    position_names: list[str]
    tag_names: list[str]


if TYPE_CHECKING:
    CandidateWithState = WithAnnotations[Candidate, Stated]
    DressedCandidate = WithAnnotations[Candidate, Dressed]


def position_words(of: str = "") -> Case:
    """What a position is called, as its model says it; `of` leads to it, such as "position__"."""
    title, location = F(f"{of}title"), F(f"{of}location")
    return Case(When(**{f"{of}location": ""}, then=title), default=Concat(title, Value(", "), location))


def with_state(candidates: QuerySet[Candidate], now: Moment) -> "QuerySet[CandidateWithState]":
    """Annotate `state` and `next_at`, the start of the next interview.

    A booking still ahead counts first, then one that is over and unmarked, then a link that can still be used, then
    how the last interview went, then a link that ran out.
    """
    interviews = Interview.objects.filter(candidate=OuterRef("pk"))
    booked = interviews.filter(state__in=[Interview.State.BOOKED, Interview.State.MOVING])
    ahead = booked.filter(Q(ends_at__gte=now) | Q(ends_at=None))
    unused = ~Exists(counting_interviews())
    links = BookingLink.objects.filter(unused, candidate=OuterRef("pk"), withdrawn_at=None)
    live = links.filter(Q(expires_at__gt=now) | Q(expires_at=None))
    last = interviews.order_by("-starts_at", "-pk").values("state")[:1]
    return candidates.annotate(
        next_at=Subquery(ahead.order_by("starts_at").values("starts_at")[:1]),
        last_state=Subquery(last),
        state=Case(
            When(Exists(ahead), then=Value("booked")),
            When(Exists(booked.filter(ends_at__lt=now)), then=Value("needs_attention")),
            When(Exists(live.exclude(opened_at=None)), then=Value("opened")),
            When(Exists(live), then=Value("invited")),
            When(Exists(interviews), then=Subquery(last)),
            When(Exists(links), then=Value("needs_attention")),
            default=Value("to_invite"),
            output_field=CharField(),
        ),
    )


def with_until(candidates: "QuerySet[CandidateWithState]", now: datetime) -> "QuerySet[CandidateWithState]":
    """Annotate `until`, when time alone changes what `with_state` says: an interview ends, or a link runs out."""
    booked = Interview.objects.filter(candidate=OuterRef("pk"), state__in=["booked", "moving"], ends_at__gte=now)
    links = BookingLink.objects.filter(~Exists(counting_interviews()), candidate=OuterRef("pk"), withdrawn_at=None)
    live = links.filter(expires_at__gt=now)
    return candidates.annotate(
        until=Case(
            When(state="booked", then=Subquery(booked.order_by("ends_at").values("ends_at")[:1])),
            When(state__in=["opened", "invited"], then=Subquery(live.order_by("expires_at").values("expires_at")[:1])),
            output_field=DateTimeField(null=True),
        )
    )


def with_rows(candidates: QuerySet[Candidate], now: datetime) -> "QuerySet[CandidateWithState]":
    """Everything a row tells, in a fixed number of queries."""
    return with_state(candidates, now).select_related("owner").prefetch_related("positions", "tags")


def dressed(ids: Sequence[int], now: datetime) -> "list[DressedCandidate]":
    """These candidates in this order with everything a list shows of them; two queries."""
    rows = in_order(_ROWS(ids, now=now), ids)
    NAMES.give(rows)
    return rows


def _rows(ids: Places) -> "QuerySet[DressedCandidate]":
    rows: QuerySet[Any] = with_state(Candidate.objects.filter(pk__in=ids), Given("now")).select_related("owner")
    return rows.order_by()


_ROWS = rows_by_ids(_rows)
NAMES = Names(
    {
        "position_names": (
            Candidate.positions.through._default_manager.order_by("position__title", "position"),
            "candidate",
            position_words("position__"),
        ),
        "tag_names": (
            Candidate.tags.through._default_manager.order_by("tag__name", "tag"),
            "candidate",
            F("tag__name"),
        ),
    }
)


@dataclass(frozen=True)
class Shape:
    """What an address asks of candidates; its values are `Given` (see `volume.Shape`)."""

    is_archived: bool
    is_mine: bool
    has_state: bool
    has_position: bool
    has_tag: bool
    words: words.Shape | None

    def branches(self) -> dict[str, Branch]:
        """Whose state is due to be derived, and what other rows say of candidates."""
        branches = {"due": due_rows(self.rows())} if self.has_state else {}
        for name, rows in _related(self._given()).items():
            branches[name] = Branch(rows, "candidate_id", times=RELATED_TIMES)
        return branches | words.branches(SearchWord, self.words or ())

    def rows(self) -> QuerySet[Candidate]:
        """All of them in any state, by what the rows themselves say."""
        return Candidate.objects.filter(
            _plain(self.is_archived, Given("viewer", IntegerField()) if self.is_mine else None)
        )

    def among(self, asked: frozenset[str]) -> QuerySet[Candidate]:
        """Those of them whose ids are given as `named`, and of whom each of the conditions `asked` is true."""
        rows = self.rows().filter(Among("pk", "named"))
        for name, related in _related(self._given()).items():
            if name in asked:
                rows = rows.filter(Exists(related.filter(candidate=OuterRef("pk"))))
        if self.words is not None and WORDS in asked:
            rows = rows.filter(words.asked_of_each(SearchWord, words.places(self.words), "pk"))
        return rows

    @property
    def conditions(self) -> list[str]:
        """What other rows must say of a candidate."""
        told = {"position": self.has_position, "tag": self.has_tag, WORDS: self.words is not None}
        return [name for name, is_asked in told.items() if is_asked]

    def _given(self) -> dict[str, Given]:
        return {name: Given(name, IntegerField()) for name in RELATED if getattr(self, f"has_{name}")}


RELATED = ("position", "tag")
WORDS = "words"
# Whom a position or a tag has is counted by state as long as it can be: people work through these.
RELATED_TIMES = 5


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
class Few:
    """Whom some conditions name, and which conditions are still to be asked of each of them."""

    ids: set[int]
    asked: frozenset[str]


@dataclass(frozen=True)
class Search:
    """What an address asks for: `state`, `position`, `tag`, `mine`, `archived`, search `q`. Unknown values are ignored.

    Whom conditions name that few meet is read once, with their states, for the rows and their counts; in `order`, if
    there is one.
    """

    query: QueryDict
    viewer: User
    now: datetime
    order: Order = ()

    def rows(self, *, in_any_state: bool = False) -> QuerySet[Candidate]:
        """Which candidates."""
        state = "" if in_any_state or not self._shape.has_state else str(self.query["state"])
        if state and self._few is not None:
            return Candidate.objects.filter(Among("pk", [pk for pk, of_row in self._stated if of_row == state]))
        found = _plain(self._shape.is_archived, self.viewer if self._shape.is_mine else None)
        if state:
            everybody = with_state(Candidate.objects.all(), self.now)
            found &= in_state(state, self._due, rows=everybody, now=self.now)
        asked = frozenset(self._shape.conditions)
        if self._few is not None:
            found &= Q(Among("pk", list(self._few.ids)))
            asked = self._few.asked
        for name, rows in _related(self._chosen).items():
            if name in asked:
                found &= Q(Exists(rows.filter(candidate=OuterRef("pk"))))
        if WORDS in asked:
            found &= words.asked_of_each(SearchWord, words.alternatives(self._text), "pk")
        return Candidate.objects.filter(found)

    def counts(self) -> Counts:
        """How many of them are in each state, whichever is asked for."""
        if self._few is not None:
            return Counts(Counter(state for _, state in self._stated))
        if self._shape.conditions:
            return Counts(None)
        return Counts(_counting(replace(self._shape, has_state=False)).counts(**self._given))

    def first(self) -> list[int] | None:
        """The ids of everybody who is asked for, in `order`, where they are known by now."""
        if self._few is None or not self.order:
            return None
        return [pk for pk, state in self._stated if not self._shape.has_state or state == self.query["state"]]

    @cached_property
    def _stated(self) -> list[tuple[int, str]]:
        """The id and the state of everybody who is found in any state, in `order`, where conditions name few."""
        if self._few is None:
            return []
        stating = _stating(replace(self._shape, has_state=False), self._few.asked, tuple(self.order))
        return stating.rows(**self._given, named=self._few.ids)

    @cached_property
    def _few(self) -> "Few | None":
        """Whom all those conditions name that few meet; None where there is no such condition."""
        known = {name: ids for name in self._shape.conditions if (ids := self._who(name)) is not None}
        if not known:
            return None
        asked = frozenset(name for name in self._shape.conditions if name not in known)
        return Few(set.intersection(*known.values()), asked)

    def _who(self, condition: str) -> set[int] | None:
        """Whom a condition names; None when they are more than a few."""
        branches = words.names(SearchWord, self._shape.words or ()) if condition == WORDS else [condition]
        found = [self._named[name] for name in branches]
        return {pk for branch in found for pk in branch.ids} if all(branch.is_all for branch in found) else None

    @property
    def _due(self) -> list[int] | None:
        """Whose note is due; None for more than a few."""
        due = self._named["due"]
        return due.ids if due.is_all else None

    @cached_property
    def _named(self) -> dict[str, Named]:
        return named(self._shape, self._given)

    @cached_property
    def _text(self) -> str:
        return str(self.query.get("q", "")).strip()

    @cached_property
    def _chosen(self) -> dict[str, int]:
        """The rows it names."""
        chosen = {name: row_id(self.query, name) for name in RELATED}
        return {name: pk for name, pk in chosen.items() if pk}

    @cached_property
    def _shape(self) -> Shape:
        return Shape(
            is_archived=bool(self.query.get("archived")),
            is_mine=bool(self.query.get("mine")),
            has_state=self.query.get("state") in STATES,
            has_position="position" in self._chosen,
            has_tag="tag" in self._chosen,
            words=words.shape(self._text) if self._text else None,
        )

    @cached_property
    def _given(self) -> dict[str, Any]:
        plain = {"now": self.now, "viewer": self.viewer.pk}
        return {**plain, **self._chosen, **words.given(self._text)}


@lru_cache(maxsize=256)
def _counting(shape: Shape) -> Standings:
    if shape.is_mine:
        return grouped(shape.rows, derive=with_state)
    return counted(shape.rows, states=STATES, derive=with_state)


@lru_cache(maxsize=256)
def _stating(shape: Shape, asked: frozenset[str], order: tuple[Key, ...]) -> Standings:
    return stated(lambda: shape.among(asked).order_by(*(key.ordering() for key in order)), derive=with_state)


def _plain(is_archived: bool, owner: User | Given | None) -> Q:
    """What the rows themselves say."""
    found = Q(archived_at__isnull=not is_archived)
    return found & Q(owner=owner) if owner is not None else found


def _related(chosen: Mapping[str, int | Given]) -> "dict[str, QuerySet[Any]]":
    """What other rows say of candidates."""
    through = {"position": Candidate.positions.through, "tag": Candidate.tags.through}
    return {name: through[name]._default_manager.filter(**{name: value}) for name, value in chosen.items()}


def used_tags() -> QuerySet[Tag]:
    """Those some candidate has."""
    return Tag.objects.filter(Exists(Candidate.tags.through.objects.filter(tag=OuterRef("pk"))))


def one(pk: int, now: datetime) -> "CandidateWithState | None":
    """A candidate with their state."""
    return with_rows(Candidate.objects.filter(pk=pk), now).first()
