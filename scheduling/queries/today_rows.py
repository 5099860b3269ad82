"""Which rows Today names: whom each kind of need is about, and what is on."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import CharField, Exists, Model, OuterRef, Q, QuerySet, Value

from candidates.models import Candidate, Note
from scheduling.models import BookingLink, Interview, Message, NextStep, TimelineEntry
from scheduling.queries import cancellations, candidates, interview_search, interviews, links, messages, plans, told
from scheduling.queries.by_ids import ByIds, rows_by_ids
from scheduling.queries.compiled import Compiled, Given, Moment
from scheduling.queries.days import day_bounds
from scheduling.queries.standings import due, noted

if TYPE_CHECKING:
    from scheduling.queries.interviews import OutlinedInterview

Row = TypeVar("Row", bound=Model)
# Kinds that are no interviews.
APART = ("mail", "next", "asked")
# Requests are shown by their interview.
BY_INTERVIEW = ("cancel_failed",)
# What is looked for in several ways, and what it is.
OF_LINKS = {"silent": ("silent", "silent_opened", "silent_due"), "expired": ("expired", "expired_due")}
SILENT_AFTER = timedelta(hours=48)
SOON = timedelta(hours=1)
LATELY = timedelta(days=14)
# Each kind of need shows so many; the rest is behind its link.
SHOWN = 5
# Two days with more are no time line any more; the interviews' page has them all.
MOST_ON = 500


@dataclass(frozen=True)
class Rows:
    """What was found, by kind, in order."""

    found: dict[str, list[int]]
    interviews: "dict[int, OutlinedInterview]"
    links: dict[int, BookingLink]
    messages: dict[int, Message]
    steps: dict[int, NextStep]
    entries: dict[int, TimelineEntry]

    def of(self, kind: str) -> "list[OutlinedInterview]":
        return [self.interviews[pk] for pk in self.found[kind] if pk in self.interviews]

    def steps_of(self, kind: str) -> list[NextStep]:
        return [self.steps[pk] for pk in self.found[kind] if pk in self.steps]

    def entries_of(self, kind: str) -> list[TimelineEntry]:
        return [self.entries[pk] for pk in self.found[kind] if pk in self.entries]

    def links_of(self, *kinds: str) -> list[BookingLink]:
        return [self.links[pk] for kind in kinds for pk in self.found[kind] if pk in self.links]


def found(now: datetime, *, is_due: bool) -> dict[str, list[int]]:
    """Which rows need somebody or are on today, by kind; one query, and one more for what the notes do not say yet."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for asked in (_FOUND, _FOUND_DUE) if is_due else (_FOUND,):
        for kind, pk in asked.ask(now=now, midnight=day_bounds(now)[0]):
            by_kind[kind].append(pk)
    return by_kind


def read(found: dict[str, list[int]]) -> Rows:
    """The rows of these ids, and each kind's ids in the order it is shown in."""
    of_links = [kind for kinds in OF_LINKS.values() for kind in kinds]
    link_ids = {pk for kind in of_links for pk in found[kind]}
    interview_ids = {pk for kind in found if kind not in (*of_links, *APART) for pk in found[kind]}
    rows = Rows(
        defaultdict(list),
        interviews=_by_id(interviews.outlined(list(interview_ids))),
        links=_by_id(_LINKS(list(link_ids))),
        messages=_by_id(_MESSAGES(found["mail"])),
        steps=_by_id(_STEPS(found["next"])),
        entries=_by_id(_ENTRIES(found["asked"])),
    )
    for kind, ids in found.items():
        rows.found[kind] = sorted(ids, key=lambda pk, kind=kind: _place(rows, kind, pk))  # type: ignore[misc]
    for name, kinds in OF_LINKS.items():
        these = {pk for kind in kinds for pk in found[kind]}
        rows.found[name] = sorted(these, key=lambda pk, name=name: _place(rows, name, pk))[:SHOWN]  # type: ignore[misc]
    return rows


def _kinds(now: Moment, midnight: Moment) -> "dict[str, QuerySet[Any]]":
    """What is looked for, by kind; `midnight` is where today begins for the viewer."""
    on = Interview.objects.filter(starts_at__gte=midnight, starts_at__lt=midnight + timedelta(days=2))
    soon = Interview.objects.filter(state=Interview.State.BOOKED, starts_at__gte=now, starts_at__lte=now + SOON)
    return {
        "on": on.exclude(state=Interview.State.CANCELED).order_by("starts_at", "pk")[:MOST_ON],
        "soon": soon.order_by("starts_at", "pk")[:SHOWN],
        "cancel_failed": cancellations.in_need(now)[:SHOWN],
        "mail": messages.in_need(now)[:SHOWN],
        "asked": _asks(now)[:SHOWN],
        "unmatched": Interview.objects.filter(candidate=None).order_by("starts_at", "pk")[:SHOWN],
        "canceled": _nothing_followed(Interview.State.CANCELED, since="canceled_at", now=now)[:SHOWN],
        "let_down": _nothing_followed(Interview.State.INTERVIEWER_NO_SHOW, since="interviewer_no_show_at", now=now)[
            :SHOWN
        ],
        "next": plans.to_decide()[:SHOWN],
        "unmarked": interview_search.unmarked(now)[:SHOWN],
        "silent": _silent("invited", now)[:SHOWN],
        "silent_opened": _silent("opened", now)[:SHOWN],
        "expired": _expired(now)[:SHOWN],
    }


def _kinds_due(now: Moment) -> "dict[str, QuerySet[Any]]":
    """What is derived as long as notes are due; to plan it takes PostgreSQL as long as all the rest."""
    return {"silent_due": _silent_due(now)[:SHOWN], "expired_due": _expired_due(now)[:SHOWN]}


def _asks(now: Moment) -> QuerySet[TimelineEntry]:
    """What candidates asked from their page, until one of us, or a booking, has answered."""
    asked = [TimelineEntry.Kind.TIMES_REFUSED, TimelineEntry.Kind.CHANGE_ASKED]
    booked = [TimelineEntry.Kind.BOOKED, TimelineEntry.Kind.MOVED, TimelineEntry.Kind.CANCELED]
    since = {"candidate": OuterRef("candidate"), "happened_at__gt": OuterRef("happened_at")}
    acted = TimelineEntry.objects.filter(Q(actor__isnull=False) | Q(kind__in=[*booked, *asked]), **since)
    written = Note.objects.filter(
        candidate=OuterRef("candidate"), created_at__gt=OuterRef("happened_at"), deleted_at=None
    )
    rows = TimelineEntry.objects.filter(
        ~Exists(acted),
        ~Exists(written),
        kind__in=asked,
        happened_at__gte=now - LATELY,
        candidate__archived_at=None,
    )
    return rows.order_by("-happened_at", "-pk")


def _nothing_followed(state: Interview.State, *, since: str, now: Moment) -> QuerySet[Interview]:
    """Interviews in this state for up to two weeks, of current candidates with no newer link or interview that stands.

    `since` names the field that says from when; the newest come first.
    """
    again = BookingLink.objects.filter(candidate=OuterRef("candidate"), created_at__gt=OuterRef(since))
    later = Interview.objects.filter(candidate=OuterRef("candidate"), pk__gt=OuterRef("pk")).exclude(state="canceled")
    recent = {f"{since}__gte": now - LATELY}
    rows = Interview.objects.filter(~Exists(again), ~Exists(later), state=state, candidate__archived_at=None, **recent)
    return rows.exclude(candidate=None).order_by(f"-{since}")


def _silent(standing: str, now: Moment) -> QuerySet[BookingLink]:
    """Links still open, by their note, though days have passed; the oldest first."""
    rows = BookingLink.objects.filter(noted(now), standing=standing, created_at__lt=now - SILENT_AFTER)
    return rows.filter(candidate__archived_at=None).order_by("created_at", "pk")


def _silent_due(now: Moment) -> QuerySet[BookingLink]:
    """The same of those whose note is due, in the order of that: for another SQLite would read all links."""
    rows = links.with_state(BookingLink.objects.filter(due(now), created_at__lt=now - SILENT_AFTER), now)
    return rows.filter(state__in=links.OPEN, candidate__archived_at=None).order_by("standing_until", "pk")


def _expired(now: Moment) -> QuerySet[BookingLink]:
    """Ran out unused within the last weeks, and the candidate has nothing else to go by; both by their notes."""
    stuck = Candidate.objects.filter(noted(now), standing="needs_attention", archived_at=None, pk=OuterRef("candidate"))
    lately = BookingLink.objects.filter(noted(now), standing="expired", expires_at__gte=now - LATELY)
    return lately.filter(Exists(stuck), expires_at__lte=now).order_by("-expires_at", "-pk")


def _expired_due(now: Moment) -> QuerySet[BookingLink]:
    """The same where the note of the link or of the candidate is due."""
    lately = BookingLink.objects.filter(expires_at__gte=now - LATELY, expires_at__lte=now)
    # Whatever the note says of a link that ran out, for the index.
    lately = lately.filter(standing__in=["expired", *links.OPEN, ""])
    is_due = due(now) | Q(Exists(Candidate.objects.filter(due(now), pk=OuterRef("candidate"))))
    person = candidates.with_state(Candidate.objects.filter(pk=OuterRef("candidate"), archived_at=None), now)
    stuck = Exists(person.filter(state="needs_attention"))
    return links.with_state(lately.filter(is_due), now).filter(stuck, state="expired").order_by("-expires_at", "-pk")


def _named(kinds: "dict[str, QuerySet[Any]]") -> "Iterator[QuerySet[Any, Any]]":
    """The kind and the id of each."""
    for kind, rows in kinds.items():
        yield rows.values_list(Value(kind, output_field=CharField()), "interview" if kind in BY_INTERVIEW else "pk")


_FOUND = Compiled(lambda: _named(_kinds(Given("now"), Given("midnight"))), is_planned_once=True)
_FOUND_DUE = Compiled(lambda: _named(_kinds_due(Given("now"))))


def _by_id(rows: list[Row]) -> dict[int, Row]:
    return {row.pk: row for row in rows}


def _telling(model: type[Row], *fields: str, **related: tuple[str, ...]) -> ByIds[Row]:
    """Rows with these fields of theirs, and of what they belong to."""
    names = [*fields, *(name for relation, its in related.items() for name in told.of(relation, its))]
    rows = model._default_manager.select_related(*related).only(*names).order_by()
    return rows_by_ids(lambda ids: rows.filter(pk__in=ids))


_NAMED = {"candidate": told.CANDIDATE, "event_type": told.EVENT_TYPE}
_OF_LINK = {"candidate": told.CANDIDATE, "link__event_type": told.EVENT_TYPE}
_LINKS = _telling(BookingLink, "created_at", "opened_at", "expires_at", **_NAMED)
_MESSAGES = _telling(Message, "kind", "state", "to", "created_at", "sent_at", interview=("name",), **_OF_LINK)
_STEPS = _telling(NextStep, "problem", "created_at", interview=("name",), **_NAMED)
_ENTRIES = _telling(TimelineEntry, "kind", "happened_at", "detail", **_OF_LINK)


def _place(rows: Rows, kind: str, pk: int) -> tuple[float, int]:
    """Where a row stands among its kind: what comes or waits first first, what happened last first."""
    at: datetime | None
    if kind == "mail":
        return -rows.messages[pk].created_at.timestamp(), -pk
    if kind == "asked":
        return -rows.entries[pk].happened_at.timestamp(), -pk
    if kind == "next":
        return rows.steps[pk].created_at.timestamp(), pk
    if kind.startswith("expired"):
        at = rows.links[pk].expires_at
        return -(at.timestamp() if at else 0), -pk
    if kind.startswith("silent"):
        return rows.links[pk].created_at.timestamp(), pk
    row = rows.interviews[pk]
    newest = {"canceled": row.canceled_at, "let_down": row.interviewer_no_show_at, "unmarked": row.starts_at}
    at = newest.get(kind, row.starts_at)
    seconds = at.timestamp() if at else 0.0
    return (-seconds, -pk) if kind in newest else (seconds, pk)
