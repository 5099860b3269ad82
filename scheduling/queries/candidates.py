"""Candidates and where each of them stands; the state is derived, never stored."""

from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from django.contrib.auth.models import User
from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import QueryDict

from candidates.models import Candidate
from scheduling.models import BookingLink, Interview
from scheduling.queries.links import counting_interviews
from scheduling.queries.parameters import ANY, row_id

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
SORTS = {
    "name": ("name", "pk"),
    "-name": ("-name", "-pk"),
    "next": ("next_at", "name"),
    "-added": ("-created_at", "-pk"),
}


FILTERS = {"state": STATES, "position": ANY, "tag": ANY, "mine": ANY, "archived": ANY, "q": ANY, "sort": SORTS}


class Stated(TypedDict):
    """What `with_state` adds."""

    state: str
    next_at: datetime | None


if TYPE_CHECKING:
    CandidateWithState = WithAnnotations[Candidate, Stated]


def with_state(candidates: QuerySet[Candidate], now: datetime) -> "QuerySet[CandidateWithState]":
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


def listed(query: QueryDict, *, viewer: User, now: datetime) -> "QuerySet[CandidateWithState]":
    """The candidates page: `state`, `position`, `tag`, `mine`, `archived`, search `q`, `sort`.

    Unknown values are ignored.
    """
    candidates = with_state(_found(query, viewer), now)
    if query.get("state") in STATES:
        candidates = candidates.filter(state=str(query["state"]))
    sort = query.get("sort", "")
    return (
        candidates.select_related("owner")
        .prefetch_related("positions", "tags")
        .order_by(*SORTS.get(sort, SORTS["name"]))
    )


def counts(query: QueryDict, *, viewer: User, now: datetime) -> dict[str, int]:
    """How many of the same search are in each state."""
    rows = with_state(_found(query, viewer), now).order_by().values("state").annotate(count=Count("pk"))
    return {row["state"]: row["count"] for row in rows}


def _found(query: QueryDict, viewer: User) -> QuerySet[Candidate]:
    candidates = Candidate.objects.filter(archived_at__isnull=not query.get("archived"))
    if query.get("mine"):
        candidates = candidates.filter(owner=viewer)
    if position := row_id(query, "position"):
        candidates = candidates.filter(positions=position)
    if tag := row_id(query, "tag"):
        candidates = candidates.filter(tags=tag)
    if text := query.get("q", "").strip():
        digits = "".join(character for character in text if character.isdigit())
        found = Q(name__icontains=text) | Q(email__icontains=text)
        candidates = candidates.filter(found | Q(phone__contains=digits) if len(digits) > 3 else found)
    return candidates


def one(pk: int, now: datetime) -> "CandidateWithState | None":
    """A candidate with their state."""
    return (
        with_state(Candidate.objects.select_related("owner").prefetch_related("positions", "tags"), now)
        .filter(pk=pk)
        .first()
    )
