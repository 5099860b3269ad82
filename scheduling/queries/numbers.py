"""How are we doing, and how far has setting up come? Today's figures, in one query."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Exists, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import Attempt, BookingLink, Delivery, EventType, Interview
from scheduling.queries import connections, links
from scheduling.queries.figures import BoundedCount, count_of
from scheduling.queries.keyset import MOST_COUNTED, count_words
from scheduling.queries.standings import due

WEEKS = 8
# So long the weeks before this one are not counted again.
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
    """Counts by week, oldest first, and which steps of setting up have left something."""

    waiting: int
    weeks: dict[str, list[int]]
    exists: dict[str, bool]


def read(now: datetime, viewer: User) -> Figures:
    """One query: this week anew, the weeks before it only when nobody asked in the last minutes."""
    bounds = _week_bounds(now)
    kept = f"weeks:{timezone.get_current_timezone_name()}:{bounds[-1][0].isoformat()}"
    earlier: dict[str, list[int]] | None = cache.get(kept)
    asked = range(WEEKS - 1, WEEKS) if earlier else range(WEEKS)
    columns: dict[str, Subquery | Exists] = {
        f"{name}_{week}": count_of(rows.filter(**{f"{field}__gte": bounds[week][0], f"{field}__lt": bounds[week][1]}))
        for name, (rows, field) in _series().items()
        for week in asked
    }
    is_open = Q(standing__in=links.OPEN) & (Q(expires_at=None) | Q(expires_at__gt=now))
    columns["waiting"] = BoundedCount(BookingLink.objects.filter(is_open), most=MOST_COUNTED + 1)
    columns["waiting_due"] = BoundedCount(
        links.with_state(BookingLink.objects.filter(due(now), standing=""), now).filter(state__in=links.OPEN),
        most=MOST_COUNTED + 1,
    )
    for name, exists in _steps().items():
        columns[name] = Exists(exists)
    row: dict[str, Any] = dict(User.objects.filter(pk=viewer.pk).values(**columns).get())
    weeks = {name: [*(earlier or {}).get(name, ()), *(row[f"{name}_{week}"] for week in asked)] for name in _series()}
    if earlier is None:
        cache.set(kept, {name: counts[:-1] for name, counts in weeks.items()}, KEPT_S)
    return Figures(row["waiting"] + row["waiting_due"], weeks, {name: row[name] for name in _steps()})


def _series() -> "dict[str, tuple[QuerySet[Any], str]]":
    return {
        "made": (BookingLink.objects.all(), "created_at"),
        "booked": (Attempt.objects.all(), "booked_at"),
        "held": (Interview.objects.filter(state=Interview.State.HELD), "starts_at"),
        "missed": (Interview.objects.filter(state=Interview.State.NO_SHOW), "starts_at"),
    }


def _steps() -> "dict[str, QuerySet[Any]]":
    return {
        "types": EventType.objects.all(),
        "deliveries": Delivery.objects.all(),
        "people": Candidate.objects.all(),
        "links": BookingLink.objects.all(),
        "bookings": Interview.objects.exclude(link=None),
    }


def _week_bounds(now: datetime) -> list[tuple[datetime, datetime]]:
    """The last weeks, oldest first, each of seven days where the viewer is; the last ends with today."""
    zone = timezone.get_current_timezone()
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    ends = [tomorrow - timedelta(weeks=back) for back in range(WEEKS, -1, -1)]
    midnights = [datetime.combine(day, time(), zone) for day in ends]
    return list(pairwise(midnights))


def numbers(figures: Figures) -> list[Number]:
    """Four figures over the last weeks."""
    made, booked, held, missed = (figures.weeks[name] for name in ("made", "booked", "held", "missed"))
    rates = [round(100 * m / (h + m)) if h + m else 0 for h, m in zip(held, missed, strict=True)]
    total = sum(held) + sum(missed)
    rate = f"{round(100 * sum(missed) / total)} %" if total else "–"
    interview_list = reverse("interview_list")
    return [
        Number("Waiting to book", count_words(figures.waiting), made, f"{reverse('link_list')}?state=invited"),
        Number("Booked this week", str(booked[-1]), booked, f"{interview_list}?view=upcoming"),
        Number("Held this week", str(held[-1]), held, f"{interview_list}?view=past&outcome=held"),
        Number("Candidate no-shows, eight weeks", rate, rates, f"{interview_list}?view=no_show&outcome=no_show"),
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
