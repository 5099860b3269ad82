"""Candidates and where each of them stands.

`with_state` derives the state from links and interviews: that is the truth, and what is shown. Filters and counts over
everybody read the note of it that `services.standings` keeps on the row.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypedDict

from django.contrib.auth.models import User
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.http import QueryDict

from candidates.models import Candidate, SearchWord, Tag
from scheduling.models import BookingLink, Interview
from scheduling.queries import words
from scheduling.queries.compiled import Compiled, Given, Moment
from scheduling.queries.links import counting_interviews
from scheduling.queries.parameters import ANY, row_id
from scheduling.queries.standings import counted, due, in_state
from scheduling.queries.volume import few

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


if TYPE_CHECKING:
    CandidateWithState = WithAnnotations[Candidate, Stated]


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


def listed(query: QueryDict, *, viewer: User, now: datetime) -> QuerySet[Candidate]:
    """The candidates page: `state`, `position`, `tag`, `mine`, `archived`, search `q`. Unknown values are ignored."""
    narrowed: dict[str, QuerySet[Any]] = {}
    if query.get("state") in STATES:
        narrowed["due"] = Candidate.objects.filter(due(now))
    narrowed |= _related(position=row_id(query, "position"), tag=row_id(query, "tag"))
    text = _typed(query)
    ids = few({**narrowed, **words.branches(SearchWord, text)}, {**COLUMNS, **words.columns(SearchWord, text)})
    found = _plain(is_archived=bool(query.get("archived")), owner=viewer if query.get("mine") else None)
    for name, rows in narrowed.items():
        if name == "due":
            state = [str(query["state"])]
            found &= in_state(state, ids[name], rows=with_state(Candidate.objects.all(), now), now=now)
        elif (these := ids[name]) is not None:
            found &= Q(pk__in=these)
        else:
            found &= Q(Exists(rows.filter(candidate=OuterRef("pk"))))
    if text:
        found &= words.belongs(SearchWord, text, ids, "pk")
    return Candidate.objects.filter(found)


def with_rows(candidates: QuerySet[Candidate], now: datetime) -> "QuerySet[CandidateWithState]":
    """Everything a row shows, in a fixed number of queries."""
    return with_state(candidates, now).select_related("owner").prefetch_related("positions", "tags")


@dataclass(frozen=True)
class _Narrowed:
    """By what a count of candidates is narrowed; the values are `Given` when it is asked."""

    is_archived: bool = False
    is_mine: bool = False
    has_position: bool = False
    has_tag: bool = False

    def rows(self) -> QuerySet[Candidate]:
        found = _plain(is_archived=self.is_archived, owner=Given("viewer", IntegerField()) if self.is_mine else None)
        chosen = {
            "position": Given("position", IntegerField()) if self.has_position else None,
            "tag": Given("tag", IntegerField()) if self.has_tag else None,
        }
        for name, rows in _related(**chosen).items():
            found &= Q(pk__in=rows.values(COLUMNS[name]))
        return Candidate.objects.filter(found)


def counts(query: QueryDict, *, viewer: User, now: datetime) -> dict[str, int]:
    """How many of the same search are in each state, as far as is counted; one query."""
    position, tag = row_id(query, "position"), row_id(query, "tag")
    narrowed = _Narrowed(bool(query.get("archived")), bool(query.get("mine")), position is not None, tag is not None)
    text = _typed(query)
    asked = Compiled(partial(_counted, narrowed, text)) if text else _counting(narrowed)
    found: Counter[str] = Counter()
    for state, count in asked.ask(viewer=viewer.pk, now=now, position=position, tag=tag):
        found[state] += count
    return found


@cache
def _counting(narrowed: _Narrowed) -> Compiled:
    return Compiled(partial(_counted, narrowed))


def _counted(narrowed: _Narrowed, text: str = "") -> "QuerySet[Any, Any]":
    rows = narrowed.rows()
    return counted(rows.filter(pk__in=words.who(text)) if text else rows, states=STATES, derive=with_state)


COLUMNS = {"position": "candidate_id", "tag": "candidate_id"}


def _plain(*, is_archived: bool, owner: User | Given | None) -> Q:
    """What the rows themselves say."""
    found = Q(archived_at__isnull=not is_archived)
    return found & Q(owner=owner) if owner is not None else found


def _related(*, position: int | Given | None, tag: int | Given | None) -> "dict[str, QuerySet[Any]]":
    """What other rows say of candidates."""
    related: dict[str, QuerySet[Any]] = {}
    if position:
        related["position"] = Candidate.positions.through.objects.filter(position=position)
    if tag:
        related["tag"] = Candidate.tags.through.objects.filter(tag=tag)
    return related


def _typed(query: QueryDict) -> str:
    return str(query.get("q", "")).strip()


def used_tags() -> QuerySet[Tag]:
    """Those some candidate has."""
    return Tag.objects.filter(Exists(Candidate.tags.through.objects.filter(tag=OuterRef("pk"))))


def one(pk: int, now: datetime) -> "CandidateWithState | None":
    """A candidate with their state."""
    return with_rows(Candidate.objects.filter(pk=pk), now).first()
