"""Search over everything: people, interviews, open links and what one can do. At most five queries."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BooleanField, Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from candidates.models import Candidate
from scheduling.models import BookingLink, BookingWord, EventType, Interview
from scheduling.queries import acts, by_ids, connections, interviews, links, words
from scheduling.queries.acts import Act
from scheduling.queries.compiled import CompiledRows, Given

MOST = 8
# So many people are offered a link; the rest of the acts must not be crowded out.
MOST_INVITED = 3
# Nothing we keep is longer, and nobody types more words to find it.
LONGEST = 200
MOST_WORDS = 8
# Longer texts are taken for a person whole: each word that may be a kind of interview is another question.
MOST_MIXED = 3
# What the note of a link says that may be booked through.
NOTED = (*links.OPEN, "")
# Of what begins with a letter or two some are looked at, not all.
SOME = 200
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
    """What matches of what the user may see and do; for a text of nothing only acts."""
    text = tidy(text)
    if not text:
        return Found(acts=acts.for_user(user, ""))
    about = _INVITING.sub("", text)
    found = people(about) if user.has_perm("candidates.view_candidate") else []
    ways = _ways(about)
    return Found(
        people=found,
        interviews=_interviews(about, ways, now) if user.has_perm("scheduling.view_interview") else [],
        links=_links(ways, now) if user.has_perm("scheduling.view_bookinglink") else [],
        invitable=_invitable(found, user),
        acts=acts.for_user(user, text),
    )


def people(text: str) -> list[Candidate]:
    """By name, address or phone number; whose name begins so first, the archive last."""
    return _people(words.shape(text)).ask(text=text, **words.given(text))


@lru_cache(maxsize=MOST_KEPT)
def _people(shape: tuple[int, ...]) -> CompiledRows[Candidate]:
    def build() -> QuerySet[Candidate]:
        is_archived = Case(When(archived_at=None, then=Value(0)), default=Value(1))
        begins = Case(When(name__istartswith=Given("text", CharField()), then=Value(0)), default=Value(1))
        found = Candidate.objects.filter(pk__in=words.begun(words.places(shape), SOME))
        return found.order_by(is_archived, begins, "name", "pk")[:MOST]

    return CompiledRows(build)


def _interviews(text: str, ways: "Sequence[Way]", now: datetime) -> list[Interview]:
    """By candidate, invitee or event type: those ahead first, the next one first, then the newest."""
    asked = _asked_interviews(words.shape(text), tuple(way.shape for way in ways))
    rows = asked.ask(now=now, **words.given(text), **_given(ways))
    interviews.give_stories(rows)
    return rows


@lru_cache(maxsize=MOST_KEPT)
def _asked_interviews(shape: tuple[int, ...], ways: "tuple[WayShape, ...]") -> CompiledRows[Interview]:
    now = Given("now")

    def parts() -> "Iterator[QuerySet[Any]]":
        for alternative in words.places(shape):
            yield words.driven(BookingWord, alternative).values("interview")[:SOME]
        for number, way in enumerate(ways):
            rows = way.narrowed(Interview.objects.all(), number)
            ahead = rows.filter(starts_at__gte=now - interviews.LONGEST).order_by("starts_at", "pk")
            yield ahead.filter(ends_at__gte=now).values("pk")[:SOME]
            yield rows.filter(starts_at__lt=now).order_by("-starts_at", "-pk").values("pk")[:SOME]

    def build() -> QuerySet[Interview]:
        rows = Interview.objects.filter(pk__in=words.any_of(Interview, list(parts()), "pk"))
        is_ahead = Q(state__in=[Interview.State.BOOKED, Interview.State.MOVING], ends_at__gte=now)
        rows = rows.annotate(
            is_ahead=Case(When(is_ahead, then=Value(True)), default=Value(False), output_field=BooleanField())
        )
        soonest = Case(When(is_ahead=True, then=F("starts_at")))
        return rows.order_by("-is_ahead", soonest, "-starts_at", "pk").select_related("candidate")[:MOST]

    return CompiledRows(build)


def _links(ways: "Sequence[Way]", now: datetime) -> "list[links.LinkWithState]":
    """Links that can still be booked through, newest first."""
    return _asked_links(tuple(way.shape for way in ways)).ask(now=now, **_given(ways))


@lru_cache(maxsize=MOST_KEPT)
def _asked_links(ways: "tuple[WayShape, ...]") -> "CompiledRows[links.LinkWithState]":
    def build() -> "QuerySet[links.LinkWithState]":
        # What is put together has no index: SQLite would else read all open links for those of a few people.
        of_people = BookingLink.objects.alias(note=Concat("standing", Value(""))).filter(note__in=NOTED)
        # Those of a kind are walked in the order of each note's index.
        of_kinds = [BookingLink.objects.filter(standing=note) for note in NOTED]
        parts = [
            way.narrowed(rows, number)
            for number, way in enumerate(ways)
            for rows in ([of_people] if way.words else of_kinds)
        ]
        newest = [rows.order_by("-created_at", "-pk").values("pk")[:SOME] for rows in parts]
        some = BookingLink.objects.filter(pk__in=words.any_of(BookingLink, newest, "pk"))
        still_open = links.with_state(some, Given("now")).filter(state__in=links.OPEN)
        return still_open.select_related("candidate", "event_type").order_by("-created_at", "-pk")[:MOST]

    return CompiledRows(build)


@dataclass(frozen=True)
class Way:
    """How a text may be meant: a person, and, unless that is all of it, event types one of its words names."""

    person: str
    event_types: Sequence[int] | None = None

    @property
    def shape(self) -> "WayShape":
        kinds = 0 if self.event_types is None else by_ids.size(len(self.event_types))
        return WayShape(words.shape(self.person), kinds)


@dataclass(frozen=True)
class WayShape:
    """A way without its values: how many words the person has, and places for how many event types."""

    words: tuple[int, ...]
    kinds: int

    def narrowed(self, rows: "QuerySet[Any]", number: int) -> "QuerySet[Any]":
        """Of rows about candidates those that are meant; `_given` has the values of the way with this number."""
        kinds = by_ids.places(self.kinds, of=f"kind_{number}")
        people = words.begun(words.places(self.words, of=f"person_{number}"), SOME)
        if not self.kinds:
            return rows.filter(candidate__in=people)
        if not self.words:
            return rows.filter(event_type__pk__in=kinds)
        # A sum has no index: SQLite would else go through all interviews of the kind for those of a few people.
        both: QuerySet[Any] = rows.filter(candidate__in=people).alias(kind=F("event_type") + 0)
        return both.filter(kind__in=kinds)


def _given(ways: Sequence[Way]) -> dict[str, Any]:
    """The values of all ways."""
    given: dict[str, Any] = {}
    for number, way in enumerate(ways):
        given |= words.given(way.person, of=f"person_{number}")
        given |= by_ids.values(way.event_types or (), way.shape.kinds, of=f"kind_{number}")
    return given


def _ways(text: str) -> list[Way]:
    """All of it a person, or one word of it a kind of interview; a word that names none is left out."""
    parts = text.split()
    if len(parts) > MOST_MIXED:
        return [Way(text)]
    # Ids, because a database that has to find the types first walks all interviews for those of none.
    names = [(pk, name.casefold()) for pk, name in EventType.objects.values_list("pk", "name")]
    mixed = [
        Way(
            " ".join([*parts[:place], *parts[place + 1 :]]),
            [pk for pk, name in names if part.casefold() in name][: by_ids.SIZES[-1]],
        )
        for place, part in enumerate(parts)
    ]
    return [Way(text), *(way for way in mixed if way.event_types)]


def _invitable(people: Sequence[Candidate], user: User) -> list[Candidate]:
    able = [candidate for candidate in people if not candidate.is_archived][:MOST_INVITED]
    if not able or not user.has_perm("scheduling.add_bookinglink") or not connections.is_connected():
        return []
    return able
