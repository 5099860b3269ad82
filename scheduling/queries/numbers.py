"""How are we doing, and how far has setting up come? Today's figures, in one query."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Exists, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import BookingLink, Delivery, EventType, Interview
from scheduling.queries import connections, interview_search, links
from scheduling.queries.compiled import Given
from scheduling.queries.days import day_bounds, midnights
from scheduling.queries.figures import BoundedCount, FigureQuery, count_of, percent, rate
from scheduling.queries.keyset import MOST_COUNTED, count_words
from scheduling.queries.standings import due

WEEKS = 8
# So long what was before today is not counted again, as long as nothing happened: what deletes rows is on no time line.
KEPT_S = 600


@dataclass(frozen=True)
class Number:
    """A figure with its last weeks, oldest first, and the rows behind it."""

    label: str
    value: str
    weeks: list[int]
    url: str


@dataclass(frozen=True)
class Step:
    """One step of setting up, which checks itself."""

    label: str
    is_done: bool
    url: str


@dataclass(frozen=True)
class Figures:
    """Counts by week, oldest first, which steps of setting up have left something, and whether any note is due."""

    waiting: int
    is_due: bool
    weeks: dict[str, list[int]]
    exists: dict[str, bool]


def read(now: datetime, viewer: User, *, newest: int) -> Figures:
    """One query: today anew, the days before it once for each state of the time line.

    `newest` is the id of its newest entry, for whatever changes a day that is over is written there: a first reading,
    a mark, its undo.
    """
    begins = midnights(now, days=7, times=WEEKS)
    # This week is counted in two spans, for only one of them goes on.
    begins.insert(-1, day_bounds(now)[0])
    kept = f"numbers:{timezone.get_current_timezone_name()}:{begins[-2].isoformat()}:{newest}"
    earlier: dict[str, list[int]] | None = cache.get(kept)
    spans = TODAY if earlier else ALL
    given = {f"midnight_{number}": midnight for number, midnight in enumerate(begins)}
    counted = _ASKED[spans].read(viewer.pk, now=now, **given)
    by_span = {
        name: [*(earlier or {}).get(name, ()), *(counted[f"{name}_{span}"] for span in spans)] for name in _series()
    }
    if earlier is None:
        cache.set(kept, {name: counts[:-1] for name, counts in by_span.items()}, KEPT_S)
    weeks = {name: [*counts[:-2], counts[-2] + counts[-1]] for name, counts in by_span.items()}
    exists = {name: bool(counted[name]) for name in _steps()}
    is_due = bool(counted["due_links"] or counted["due_people"])
    return Figures(counted["waiting"] + counted["waiting_due"], is_due, weeks, exists)


def _columns(spans: range) -> "dict[str, Subquery | Exists]":
    """What is asked: each of these spans, what waits, and the steps."""
    columns: dict[str, Subquery | Exists] = {}
    for name, (rows, field) in _series().items():
        for span in spans:
            begin, end = Given(f"midnight_{span}"), Given(f"midnight_{span + 1}")
            columns[f"{name}_{span}"] = count_of(rows.filter(**{f"{field}__gte": begin, f"{field}__lt": end}))
    now = Given("now")
    columns["waiting"] = BoundedCount(links.waiting(now), most=MOST_COUNTED + 1)
    columns["waiting_due"] = BoundedCount(links.waiting_due(now), most=MOST_COUNTED + 1)
    columns["due_links"] = Exists(BookingLink.objects.filter(due(now)))
    columns["due_people"] = Exists(Candidate.objects.filter(due(now)))
    return {**columns, **{name: Exists(rows) for name, rows in _steps().items()}}


ALL, TODAY = range(WEEKS + 1), range(WEEKS, WEEKS + 1)
_ASKED = {spans: FigureQuery(partial(_columns, spans)) for spans in (ALL, TODAY)}


def _series() -> "dict[str, tuple[QuerySet[Any], str]]":
    return {
        "made": (BookingLink.objects.all(), "created_at"),
        "booked": (interview_search.first_attempts(), "booked_at"),
        "held": (Interview.objects.filter(state=Interview.State.HELD), "starts_at"),
        "missed": (Interview.objects.filter(state=Interview.State.NO_SHOW), "starts_at"),
    }


def _steps() -> "dict[str, QuerySet[Any]]":
    return {
        "types": EventType.objects.all(),
        "deliveries": Delivery.objects.all(),
        "people": Candidate.objects.all(),
        "links": BookingLink.objects.all(),
        # Not `exclude(link=None)`: SQLite would look for it among all interviews, not in the index.
        "bookings": Interview.objects.filter(link__gt=0),
    }


def numbers(figures: Figures) -> list[Number]:
    """Four figures over the last weeks; each leads to the rows it counts, the rate to those that are missed."""
    made, booked, held, missed = (figures.weeks[name] for name in ("made", "booked", "held", "missed"))
    rates = [percent(m, h + m) for h, m in zip(held, missed, strict=True)]
    total = sum(held) + sum(missed)
    no_shows = f"Candidate no-shows in eight weeks, {sum(missed)} of {total}"
    waiting, everything = f"{reverse('link_list')}?state=waiting", f"{reverse('interview_list')}?view=all"
    return [
        Number("Waiting to book", count_words(figures.waiting), made, waiting),
        Number("Booked in seven days", str(booked[-1]), booked, f"{everything}&booked=7d"),
        Number("Held in seven days", str(held[-1]), held, f"{everything}&outcome=held&starts=7d"),
        Number(no_shows, rate(sum(missed), total), rates, f"{everything}&outcome=no_show&starts=8w"),
    ]


def checklist(figures: Figures, connection: connections.ConnectionState) -> list[Step]:
    """Setting up, as far as it has come; empty once everything is done."""
    calendly = reverse("calendly_settings")
    steps = [
        Step("Connect Calendly", connection.is_live, calendly),
        Step("Read the event types", figures.exists["types"], calendly),
        Step("Receive the first delivery", figures.exists["deliveries"], calendly),
        Step("Add a candidate", figures.exists["people"], reverse("candidate_new")),
        Step("Send the first booking link", figures.exists["links"], reverse("candidate_list")),
        Step("See it booked", figures.exists["bookings"], reverse("link_list")),
    ]
    return [] if all(step.is_done for step in steps) else steps
