"""Booking links and what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    Exists,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import QueryDict

from candidates.models import SearchWord
from scheduling.models import BookingLink, EventType, Interview
from scheduling.models.addresses import of_row
from scheduling.models.link import CLOSED
from scheduling.queries import told, words
from scheduling.queries.by_ids import in_order, looked_up, rows_by_ids
from scheduling.queries.compiled import Given, Moment
from scheduling.queries.keyset import Counting, Listed
from scheduling.queries.parameters import ANY, row_id
from scheduling.queries.standings import due, due_rows, in_state, noted_or_due
from scheduling.queries.volume import Branch, few

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

# Neither booked nor over.
OPEN = ("invited", "opened")
# State -> words, in the order they are offered as filters.
STATES = {
    "invited": "Sent",
    "opened": "Opened",
    "booked": "Booked",
    "held": "Held",
    "no_show": "Candidate no-show",
    "interviewer_no_show": "Interviewer no-show",
    "canceled": "Canceled",
    "expired": "Expired",
    "withdrawn": "Withdrawn",
}


# What can be filtered by: a state, or both of `OPEN`.
FILTER_STATES = {"waiting": "Waiting to book", **STATES}
FILTERS = {"state": FILTER_STATES, "event_type": ANY, "mine": ANY, "q": ANY}


class Stated(TypedDict):
    """What `with_state` adds."""

    state: str


if TYPE_CHECKING:
    LinkWithState = WithAnnotations[BookingLink, Stated]


class IsClosed(Func):
    """Whether a note is none of `OPEN`, as the condition of an index says it (see `interview_search.IsEnded`)."""

    template = f"%(expressions)s IN ({', '.join(map(repr, CLOSED))})"
    output_field = BooleanField()


def with_state(links: QuerySet[BookingLink], now: Moment) -> "QuerySet[LinkWithState]":
    """Annotate `state`: that of the interview booked through the link, else withdrawn, expired, opened or invited.

    That is the truth, and what is shown; filters read the note of it on the row, as with candidates.
    """
    newest = counting_interviews().order_by("-pk")
    return links.annotate(interview_state=Subquery(newest.values("state")[:1])).annotate(
        state=Case(
            When(interview_state=Interview.State.MOVING, then=Value("booked")),
            When(interview_state__isnull=False, then="interview_state"),
            When(withdrawn_at__isnull=False, then=Value("withdrawn")),
            When(expires_at__lte=now, then=Value("expired")),
            When(opened_at__isnull=False, then=Value("opened")),
            default=Value("invited"),
            output_field=CharField(),
        )
    )


def form_url(candidate: int, *, event_type: int | None, position: int | None) -> str:
    """The candidate's link form, with these chosen already."""
    chosen = {"event_type": event_type, "position": position}
    query = urlencode({name: pk for name, pk in chosen.items() if pk is not None})
    return f"{of_row('candidate', candidate)}{'?' if query else ''}{query}#send"


def with_until(links: "QuerySet[LinkWithState]", now: datetime) -> "QuerySet[LinkWithState]":
    """Annotate `until`, when time alone changes what `with_state` says: the link runs out."""
    return links.annotate(until=Case(When(state__in=OPEN, then="expires_at"), output_field=DateTimeField(null=True)))


def counting_interviews() -> QuerySet[Interview]:
    """The interviews of an outer query's link, without those that were canceled before it was replaced."""
    replaced_at = Coalesce(OuterRef("replaced_at"), Value(datetime(1970, 1, 1, tzinfo=UTC)))
    counts = ~Q(state=Interview.State.CANCELED) | Q(created_at__gte=replaced_at)
    return Interview.objects.filter(counts, link=OuterRef("pk"))


def current_interview(link: BookingLink) -> Interview | None:
    """The interview the link stands for now, with its attempts and interviewers."""
    rows = Interview.objects.filter(link=link)
    if link.replaced_at is not None:
        rows = rows.filter(~Q(state=Interview.State.CANCELED) | Q(created_at__gte=link.replaced_at))
    return rows.prefetch_related("attempts", "interviewers").order_by("-pk").first()


def is_open(link: BookingLink, now: datetime) -> bool:
    """Whether it leads to a booking, as far as it has none; reads candidate and event type."""
    if link.withdrawn_at is not None or link.candidate.is_archived:
        return False
    return (link.expires_at is None or link.expires_at > now) and link.event_type.is_bookable


@dataclass(frozen=True)
class Shape:
    """What an address asks of links beside their own columns; its values are `Given` (see `volume.Shape`)."""

    has_state: bool
    words: words.Shape

    def branches(self) -> dict[str, Branch]:
        branches = {"due": due_rows(BookingLink.objects.all())} if self.has_state else {}
        return branches | words.branches(SearchWord, words.places(self.words))


def listed(query: QueryDict, *, viewer: User, now: datetime) -> Listed[BookingLink]:
    """The links page: filters `state`, `event_type`, `mine`, search `q`. Unknown values are ignored. What thousands may
    have is not counted."""
    text = str(query.get("q", "")).strip()
    state = str(query.get("state", ""))
    shape = Shape(state in (*STATES, "waiting"), words.shape(text))
    ids = few(shape, {"now": now, **words.given(text)})
    found = Q()
    if state == "waiting":
        waits = with_state(BookingLink.objects.all(), now).filter(state__in=OPEN)
        found &= noted_or_due(~Q(IsClosed("standing")), ids["due"], rows=waits, now=now)
    elif shape.has_state:
        found &= in_state(state, ids["due"], rows=with_state(BookingLink.objects.all(), now), now=now)
    if event_type := row_id(query, "event_type"):
        found &= Q(event_type=event_type)
    if query.get("mine"):
        found &= Q(created_by=viewer)
    rows = BookingLink.objects.filter(found)
    if not text:
        return Listed(rows)
    is_few = words.found(SearchWord, text, ids) is not None
    rows = looked_up(rows) if is_few else rows
    named = words.belongs(SearchWord, text, ids, "candidate_id")
    rows = rows.filter(named)
    return Listed(rows) if is_few else Listed(rows, Counting.NOT, partial(words.called, text, ()))


def waiting(now: Moment) -> QuerySet[BookingLink]:
    """Those that can still be booked through, by their note; `waiting_due` are the others."""
    return BookingLink.objects.exclude(due(now)).exclude(IsClosed("standing"))


def waiting_due(now: Moment) -> "QuerySet[LinkWithState]":
    """The same of those whose note is due."""
    return with_state(BookingLink.objects.filter(due(now)), now).filter(state__in=OPEN)


def with_rows(links: QuerySet[BookingLink], now: Moment) -> "QuerySet[LinkWithState]":
    """Everything a row shows, in one query."""
    return with_state(links, now).select_related("candidate", "event_type", "position", "created_by")


def dressed(ids: Sequence[int], now: datetime) -> "list[LinkWithState]":
    """The same of these links in this order."""
    return in_order(_ROWS(ids, now=now), ids)


# What the list tells, and is ordered by.
_TOLD = (
    *("token", "created_at", "opened_at", "expires_at"),
    *told.of("candidate", (*told.CANDIDATE, "sort_name")),
    *told.of("event_type", told.EVENT_TYPE),
    *told.of("position", told.POSITION),
    *told.of("created_by", told.PERSON),
)
_ROWS = rows_by_ids(lambda ids: with_rows(BookingLink.objects.filter(pk__in=ids).order_by(), Given("now")).only(*_TOLD))


def open_of(candidates: Iterable[int], now: datetime) -> "QuerySet[LinkWithState]":
    """The open links of these candidates, whoever made them."""
    return with_state(BookingLink.objects.filter(candidate__in=candidates), now).filter(state__in=OPEN)


def used_event_types() -> QuerySet[EventType]:
    """Those some link is for."""
    return EventType.objects.filter(Exists(BookingLink.objects.filter(event_type=OuterRef("pk"))))


def of_candidate(candidate_id: int, now: datetime) -> "QuerySet[LinkWithState]":
    """One candidate's links with their messages, newest first."""
    links = BookingLink.objects.filter(candidate=candidate_id).select_related("event_type", "position")
    return with_state(links.prefetch_related("messages__created_by"), now)
