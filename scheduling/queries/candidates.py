"""Candidates and where each of them stands.

`with_state` derives the state from links and interviews: that is the truth, and what is shown. Filters and counts over
everybody read the note of it that `services.standings` keeps on the row.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Concat

from candidates.models import Candidate, Folded, Tag
from scheduling.models import BookingLink, Interview
from scheduling.queries import told
from scheduling.queries.by_ids import Names, Places, in_order, rows_by_ids
from scheduling.queries.compiled import Given, Moment
from scheduling.queries.links import counting_interviews

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


class Stated(TypedDict):
    """What `with_state` adds."""

    state: str
    next_at: datetime | None


class Dressed(Stated):
    """What `dressed` adds to that."""

    position_names: list[str]
    tag_names: list[str]
    phone_kept: str


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
    rows = with_state(Candidate.objects.filter(pk__in=ids), Given("now")).select_related("owner")
    dressed: QuerySet[Any] = rows.annotate(phone_kept=told.phone()).only(*_TOLD).order_by()
    return dressed


# What the list tells, and is ordered by.
_TOLD = (*told.CANDIDATE, "sort_name", "created_at", "next_interview_at", *told.of("owner", told.PERSON))
_ROWS = rows_by_ids(_rows)
NAMES = Names(
    {
        "position_names": (
            Candidate.positions.through._default_manager.order_by(Folded("position__title"), "position"),
            "candidate",
            position_words("position__"),
        ),
        "tag_names": (
            Candidate.tags.through._default_manager.order_by(Folded("tag__name"), "tag"),
            "candidate",
            F("tag__name"),
        ),
    }
)


def used_tags() -> QuerySet[Tag]:
    """Those some candidate has."""
    return Tag.objects.filter(Exists(Candidate.tags.through.objects.filter(tag=OuterRef("pk"))))


def one(pk: int, now: datetime) -> "CandidateWithState | None":
    """A candidate with their state."""
    return with_rows(Candidate.objects.filter(pk=pk), now).first()
