"""How much each interviewer has: interviews by day and week where the interviewer is, and the limits set for them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import Q, QuerySet

from scheduling.models import Connection, Interview, Interviewer
from scheduling.queries.calendars import Host
from scheduling.queries.figures import percent

State = Interview.State
# What takes or took an interviewer's time, whoever came.
COUNTED = (State.BOOKED, State.HELD, State.NO_SHOW, State.INTERVIEWER_NO_SHOW)
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class Load:
    """One interviewer's week, Monday to Sunday where they are; `share` is in percent of all that were asked for."""

    host: Host
    monday: date
    held: int = 0
    booked: int = 0
    missed: int = 0
    total: int = 0
    share: int = 0
    by_day: Counter[date] = field(default_factory=Counter)

    @property
    def fullest_day(self) -> tuple[date, int] | None:
        return max(self.by_day.items(), key=lambda item: (item[1], item[0]), default=None)

    @property
    def week_words(self) -> str:
        """`5 of 6`, or `5` without a limit."""
        return f"{self.total} of {self.host.max_per_week}" if self.host.max_per_week else str(self.total)

    def day_words(self, day: date) -> str:
        count = self.by_day[day]
        return f"{count} of {self.host.max_per_day}" if self.host.max_per_day else str(count)

    @property
    def standing(self) -> str:
        """`over`, `full`, `near` (one more, or a fifth, is left), else empty; by the week and its fullest day."""
        fullest = self.fullest_day
        by_limit = [(self.total, self.host.max_per_week), (fullest[1] if fullest else 0, self.host.max_per_day)]
        return max((_standing(count, limit) for count, limit in by_limit), key=STANDINGS.index)

    def standing_on(self, day: date) -> str:
        """The same, by the week and this day."""
        by_limit = [(self.total, self.host.max_per_week), (self.by_day[day], self.host.max_per_day)]
        return max((_standing(count, limit) for count, limit in by_limit), key=STANDINGS.index)


STANDINGS = ("", "near", "full", "over")


def _standing(count: int, limit: int | None) -> str:
    if not limit:
        return ""
    if count >= limit:
        return "over" if count > limit else "full"
    return "near" if limit > 1 and limit - count <= max(1, limit // 5) else ""


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def zone_of(host: Host) -> ZoneInfo:
    """Where their days begin."""
    try:
        return ZoneInfo(host.timezone or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def of_week(hosts: Sequence[Host], monday: date) -> list[Load]:
    """Each host's load of the week that begins that Monday; one query.

    The seats of one group event are one meeting: nobody begins two at once.
    """
    counted: dict[int, dict[datetime, str]] = {host.pk: {} for host in hosts}
    for pk, starts_at, state in _meetings(list(counted), monday):
        counted[pk][starts_at] = state
    loads = [_load(host, monday, counted[host.pk]) for host in hosts]
    everyone = sum(load.total for load in loads)
    return [replace(load, share=percent(load.total, everyone)) for load in loads]


def _coming(hosts: Sequence[Host], *, now: datetime) -> Iterator[tuple[Load, str]]:
    """Each host's load of this week, then of the next, as weeks begin where they are; one query."""
    mondays = {host.pk: monday_of(now.astimezone(zone_of(host)).date()) for host in hosts}
    counted: dict[int, dict[datetime, str]] = {host.pk: {} for host in hosts}
    # For some it is another week already: the two weeks of all are three.
    for pk, starts_at, state in _meetings(list(counted), min(mondays.values()), weeks=3):
        counted[pk][starts_at] = state
    for weeks, which in enumerate(("this week", "next week")):
        for host in hosts:
            yield _load(host, mondays[host.pk] + weeks * WEEK, counted[host.pk]), which


def _meetings(hosts: list[int], monday: date, *, weeks: int = 1) -> Iterator[tuple[int, datetime, str]]:
    """With a day more on either side, because days begin at other times elsewhere."""
    since = datetime(monday.year, monday.month, monday.day, tzinfo=UTC) - DAY
    until = since + weeks * WEEK + 2 * DAY
    rows = Interview.objects.filter(
        interviewers__in=hosts, state__in=COUNTED, starts_at__gte=since, starts_at__lt=until
    )
    for pk, starts_at, state in rows.order_by("pk").values_list("interviewers", "starts_at", "state"):
        if starts_at is not None:
            yield pk, starts_at, state


def _load(host: Host, monday: date, meetings: dict[datetime, str]) -> Load:
    zone = zone_of(host)
    local = [(start.astimezone(zone).date(), state) for start, state in meetings.items()]
    of_this_week = [(day, state) for day, state in local if monday <= day < monday + WEEK]
    states = Counter(state for _, state in of_this_week)
    by_day = Counter(day for day, _ in of_this_week)
    return Load(
        host=host,
        monday=monday,
        held=states[State.HELD],
        booked=states[State.BOOKED],
        missed=states[State.NO_SHOW] + states[State.INTERVIEWER_NO_SHOW],
        total=len(of_this_week),
        by_day=by_day,
    )


def of_interview(interview: Interview) -> list[str]:
    """After a booking: who of its interviewers has more than they should because of it; reads `interviewers`."""
    if interview.starts_at is None or interview.state not in COUNTED:
        return []
    hosts = [as_host(row) for row in interview.interviewers.all() if row.max_per_day or row.max_per_week]
    told: list[str] = []
    for host in hosts:
        day = interview.starts_at.astimezone(zone_of(host)).date()
        load = of_week([host], monday_of(day))[0]
        told += _over(load, day)
    return told


def _over(load: Load, day: date) -> Iterator[str]:
    host, on_day = load.host, load.by_day[day]
    if host.max_per_week and load.total > host.max_per_week:
        week = _words(load.monday)
        yield f"{host} has {load.total} interviews in the week of {week}, over the limit of {host.max_per_week}."
    if host.max_per_day and on_day > host.max_per_day:
        yield f"{host} has {on_day} interviews on {_words(day)}, over the limit of {host.max_per_day} a day."


def _words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def as_host(row: Interviewer) -> Host:
    return Host(
        pk=row.pk,
        name=str(row),
        user_uri=row.user_uri,
        timezone=row.timezone,
        connection_id=row.connection_id or 0,
        max_per_day=row.max_per_day,
        max_per_week=row.max_per_week,
    )


def warnings(*, now: datetime) -> list[tuple[int, str]]:
    """Before a link is made: `(event type's id, words)` for hosts who have all they should, this week or next
    where they are.

    Asks for interviews only where anybody has a limit.
    """
    people = {row.pk: row for row in limited().prefetch_related("hosted_event_types")}
    if not people:
        return []
    hosts = [as_host(row) for row in people.values()]
    told: dict[int, list[str]] = {}
    for load, which in _coming(hosts, now=now):
        if load.host.max_per_week and load.total >= load.host.max_per_week:
            told.setdefault(load.host.pk, []).append(f"{load.host} has {load.week_words} {which}.")
    return [
        (event_type.pk, " ".join(told[pk]))
        for pk, row in people.items()
        if pk in told
        for event_type in row.hosted_event_types.all()
    ]


def limited() -> QuerySet[Interviewer]:
    """Members with a limit."""
    has_limit = Q(max_per_day__isnull=False) | Q(max_per_week__isnull=False)
    return Interviewer.objects.filter(has_limit, is_member=True, connection__state=Connection.State.CONNECTED)


def over_limit(*, now: datetime) -> list[tuple[Load, list[str]]]:
    """Who has more than they should, this week or next where they are, in words."""
    hosts = [as_host(row) for row in limited()]
    if not hosts:
        return []
    found = []
    for load, _ in _coming(hosts, now=now):
        days = [load.monday + timedelta(days=n) for n in range(7)]
        if told := list(dict.fromkeys(words for day in days for words in _over(load, day))):
            found.append((load, told))
    return found
