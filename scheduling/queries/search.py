"""Search over everything: people, interviews, open links and what one can do. At most seven queries."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BooleanField, Case, CharField, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from candidates.models import Candidate
from scheduling.models import BookingLink, BookingWord, EventType, Interview
from scheduling.queries import acts, by_ids, connections, interview_search, interviews, links, words
from scheduling.queries.acts import Act
from scheduling.queries.compiled import Compiled, CompiledRows, Given

MOST = 8
# So many people are offered a link; the rest of the acts must not be crowded out.
MOST_INVITED = 3
# Nothing we keep is longer, and nobody types more words to find it.
LONGEST = 200
MOST_WORDS = 8
# In longer texts no kind of interview is looked for, and no more kinds than so many in one.
MOST_MIXED = 6
MOST_WAYS = 3
# What the note of a link says that may be booked through.
NOTED = (*links.OPEN, "")
# Of what begins with a letter or two some are looked at, not all.
SOME = 100
# Of what is found in one way so many are ranked.
MOST_RANKED = 25
# Questions of so many shapes are kept as SQL.
MOST_KEPT = 128
# "send link to Zoë" looks for Zoë.
_INVITING = re.compile(r"^(?:send|invite)\s+(?:a\s+)?(?:(?:booking\s+)?link\s+)?(?:to\s+)?(?=\S)", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """At most `MOST` of each kind; `invitable` are the people a link can be sent to now."""

    people: Sequence[Candidate] = ()
    interviews: Sequence[Interview] = ()
    links: Sequence["links.LinkWithState"] = ()
    invitable: Sequence[Candidate] = ()
    acts: list[Act] = field(default_factory=list)


def tidy(text: str) -> str:
    """What is looked for: one space between words, nothing a database refuses."""
    return " ".join(text.replace("\0", " ").split()[:MOST_WORDS])[:LONGEST]


def find(text: str, *, user: User, now: datetime) -> Found:
    """What matches of what the user may see and do; for a text of nothing only acts.

    First whom the words name, then the ids of what is about them, then those rows: each is asked once for all.
    """
    text = tidy(text)
    if not text:
        return Found(acts=acts.for_user(user, ""))
    about = _INVITING.sub("", text)
    ways = _ways(about)
    meant = _meant(ways)
    ids = _about(ways, meant, now)
    found = _people(about, meant.people[0]) if user.has_perm("candidates.view_candidate") else []
    return Found(
        people=found,
        interviews=_interviews(ids["interview"], now) if user.has_perm("scheduling.view_interview") else [],
        links=_links(ids["link"], now) if user.has_perm("scheduling.view_bookinglink") else [],
        invitable=_invitable(found, user),
        acts=acts.for_user(user, text),
    )


def people(text: str) -> list[Candidate]:
    """By name, address or phone number; whose name begins so first, the archive last."""
    return _people(text, _meant([Way(text)]).people[0])


@dataclass(frozen=True)
class Way:
    """How a text may be meant: a person, and, unless that is all of it, event types that are called so."""

    person: str
    event_types: Sequence[int] | None = None

    @property
    def shape(self) -> "WayShape":
        kinds = 0 if self.event_types is None else by_ids.size(len(self.event_types))
        return WayShape(words.shape(self.person), kinds)


@dataclass(frozen=True)
class WayShape:
    """A way without its values: the words of the person, and places for how many event types."""

    words: words.Shape
    kinds: int

    def narrowed(self, rows: "QuerySet[Any]", number: int) -> "QuerySet[Any]":
        """Of rows about candidates those that are meant; `_given` has the values of the way with this number."""
        kinds = by_ids.places(self.kinds, of=f"kind_{number}")
        if not self.words:
            return rows.filter(event_type__pk__in=kinds)
        rows = rows.filter(by_ids.Among("candidate", f"people_{number}"))
        if not self.kinds:
            return rows
        # A sum has no index: SQLite would else go through all interviews of the kind for those of a few people.
        both: QuerySet[Any] = rows.alias(kind=F("event_type") + 0)
        return both.filter(kind__in=kinds)


def _ways(text: str) -> list[Way]:
    """All of it a person, or some words of it, side by side, a kind of interview; the longest such words, as "phone
    screen" is no screen with somebody called Phone."""
    parts = text.split()
    if len(parts) > MOST_MIXED:
        return [Way(text)]
    # Ids, because a database that has to find the types first walks all interviews for those of none.
    names = [(pk, name.casefold()) for pk, name in EventType.objects.values_list("pk", "name")]
    runs: list[tuple[int, int, list[int]]] = []
    for length in range(len(parts), 0, -1):
        for start in range(len(parts) - length + 1):
            end = start + length
            run = " ".join(parts[start:end]).casefold()
            kinds = [pk for pk, name in names if run in name]
            if kinds and not any(begin <= start and end <= stop for begin, stop, _ in runs):
                runs.append((start, end, kinds[: by_ids.SIZES[-1]]))
    mixed = [Way(" ".join([*parts[:start], *parts[end:]]), kinds) for start, end, kinds in runs]
    return [Way(text), *mixed[:MOST_WAYS]]


@dataclass(frozen=True)
class Meant:
    """Whom each way names, and interviews whose invitee is called like the whole text."""

    people: list[list[int]]
    booked: list[int]


def _meant(ways: Sequence[Way]) -> Meant:
    """One query."""
    given: dict[str, Any] = {}
    for number, way in enumerate(ways):
        given |= words.given(way.person, of=f"person_{number}")
    meant = Meant([[] for _ in ways], [])
    for number, pk in _naming(tuple(way.shape.words for way in ways)).ask(**given):
        (meant.booked if number == BOOKED else meant.people[number]).append(pk)
    return meant


# The number of what is no way.
BOOKED = -1


@lru_cache(maxsize=MOST_KEPT)
def _naming(shapes: "tuple[words.Shape, ...]") -> Compiled:
    def build() -> "Iterator[QuerySet[Any, Any]]":
        for number, shape in enumerate(shapes):
            for named in words.begun(words.places(shape, of=f"person_{number}"), SOME):
                yield named.values_list(Value(number, IntegerField()), "candidate")
        for alternative in words.places(shapes[0], of="person_0"):
            booked = words.driven(BookingWord, alternative).values_list(Value(BOOKED, IntegerField()), "interview")
            yield booked[:SOME]

    return Compiled(build)


def _people(text: str, ids: Sequence[int]) -> list[Candidate]:
    return _PEOPLE.ask(text=text, found=ids) if ids else []


def _of_people() -> QuerySet[Candidate]:
    is_archived = Case(When(archived_at=None, then=Value(0)), default=Value(1))
    begins = Case(When(name__istartswith=Given("text", CharField()), then=Value(0)), default=Value(1))
    return Candidate.objects.filter(by_ids.Among("pk", "found")).order_by(is_archived, begins, "sort_name", "pk")[:MOST]


_PEOPLE = CompiledRows(_of_people)


def _about(ways: Sequence[Way], meant: Meant, now: datetime) -> dict[str, set[int]]:
    """The ids of interviews and links that may be meant, the best ones of each way; one query."""
    given: dict[str, Any] = {"now": now}
    for number, way in enumerate(ways):
        given[f"people_{number}"] = meant.people[number]
        given |= by_ids.values(way.event_types or (), way.shape.kinds, of=f"kind_{number}")
    ids: dict[str, set[int]] = {"interview": set(meant.booked), "link": set()}
    for kind, pk in _ranking(tuple(way.shape for way in ways)).ask(**given):
        ids[kind].add(pk)
    return ids


@lru_cache(maxsize=MOST_KEPT)
def _ranking(ways: "tuple[WayShape, ...]") -> Compiled:
    now = Given("now")
    # What is put together has no index: SQLite would else read all open links for those of a few people.
    of_people = BookingLink.objects.alias(note=Concat("standing", Value(""))).filter(note__in=NOTED)
    # Those of a kind are walked in the order of each note's index.
    of_kinds = [BookingLink.objects.filter(standing=note) for note in NOTED]

    def build() -> "Iterator[QuerySet[Any, Any]]":
        for number, way in enumerate(ways):
            rows = way.narrowed(Interview.objects.all(), number)
            ahead = rows.filter(starts_at__gte=now - interview_search.LONGEST, ends_at__gte=now)
            yield _first(ahead.order_by("starts_at", "pk"), "interview")
            yield _first(rows.filter(starts_at__lt=now).order_by("-starts_at", "-pk"), "interview")
            for open_links in [of_people] if way.words else of_kinds:
                newest = way.narrowed(open_links, number).order_by("-created_at", "-pk")
                yield _first(newest, "link")

    return Compiled(build)


def _first(rows: "QuerySet[Any]", kind: str) -> "QuerySet[Any, Any]":
    return rows.values_list(Value(kind, CharField()), "pk")[:MOST_RANKED]


def _interviews(ids: Collection[int], now: datetime) -> list[Interview]:
    """Those ahead first, the next one first, then the newest."""
    rows = _INTERVIEWS.ask(now=now, found=ids) if ids else []
    interviews.give_stories(rows)
    return rows


def _of_interviews() -> QuerySet[Interview]:
    is_ahead = Q(state__in=[Interview.State.BOOKED, Interview.State.MOVING], ends_at__gte=Given("now"))
    rows = Interview.objects.filter(by_ids.Among("pk", "found")).annotate(
        is_ahead=Case(When(is_ahead, then=Value(True)), default=Value(False), output_field=BooleanField())
    )
    soonest = Case(When(is_ahead=True, then=F("starts_at")))
    return rows.order_by("-is_ahead", soonest, "-starts_at", "pk").select_related("candidate")[:MOST]


_INTERVIEWS = CompiledRows(_of_interviews)


def _links(ids: Collection[int], now: datetime) -> "list[links.LinkWithState]":
    """Those that can still be booked through, newest first."""
    return _LINKS.ask(now=now, found=ids) if ids else []


def _of_links() -> "QuerySet[links.LinkWithState]":
    rows = links.with_state(BookingLink.objects.filter(by_ids.Among("pk", "found")), Given("now"))
    still_open = rows.filter(state__in=links.OPEN).select_related("candidate", "event_type")
    return still_open.order_by("-created_at", "-pk")[:MOST]


_LINKS = CompiledRows(_of_links)


def _invitable(people: Sequence[Candidate], user: User) -> list[Candidate]:
    able = [candidate for candidate in people if not candidate.is_archived][:MOST_INVITED]
    if not able or not user.has_perm("scheduling.add_bookinglink") or not connections.is_connected():
        return []
    return able
