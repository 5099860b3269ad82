"""Open slots and interviewers' calendars: read in rows that every process shares, so that no page waits for Calendly.

A page says what it shows (`want`); what is missing or old is marked in the rows and read by a worker (`read_wanted`).
Only whoever is about to choose a slot waits (`slots`).
"""

import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from django.db.models import Q
from django.utils import timezone
from pydantic import TypeAdapter

from scheduling.calendly import errors, questions
from scheduling.calendly.budget import Priority
from scheduling.calendly.resources import AvailableTime, BusyTime, Resource
from scheduling.models import Attempt, CalendarWindow, Connection, EventType
from scheduling.services import connections, tokens

logger = logging.getLogger(__name__)

Kind, Problem = CalendarWindow.Kind, CalendarWindow.Problem
Read = TypeVar("Read")

# A slot somebody is about to choose is never older.
FRESH_FOR = timedelta(seconds=60)
# What a page shows is read again when it is opened after so long.
FRESH_ON_A_PAGE = timedelta(minutes=5)
# The button asks for everything that is older.
FRESH_BY_BUTTON = timedelta(seconds=10)
# Calendly tells nothing of the past; a little ahead, so that its clock may differ from ours.
MARGIN = timedelta(minutes=10)
# Weeks begin on Mondays in UTC, so that viewers in all zones share their windows. Calendly allows 31 and 7 days.
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
LENGTHS = {Kind.SLOTS: timedelta(days=28), Kind.BUSY: timedelta(days=7)}
# A claim older than this belongs to a worker that died.
CLAIM = timedelta(seconds=90)
CLAIMED_AT_ONCE = 40
KEPT = timedelta(days=14)
PROBLEMS = (
    (errors.CalendarUnreadable, Problem.CALENDAR),
    (errors.Forbidden, Problem.ROLE),
    (errors.InsufficientScope, Problem.ROLE),
    (errors.PlanRequired, Problem.PLAN),
    (errors.RateLimited, Problem.LIMIT),
    (errors.NotFound, Problem.GONE),
    (errors.Rejected, Problem.REFUSED),
)
# When a problem is worth another look.
AGAIN = {
    Problem.CALENDAR: timedelta(minutes=5),
    Problem.ROLE: timedelta(minutes=30),
    Problem.PLAN: timedelta(hours=6),
    Problem.GONE: timedelta(hours=6),
    Problem.AWAY: timedelta(seconds=30),
    Problem.REFUSED: timedelta(minutes=5),
}
_SLOTS = TypeAdapter(list[AvailableTime])


@dataclass(frozen=True)
class Reading(Generic[Read]):
    """What Calendly said, when, and the error when it did not answer just now."""

    value: Read | None
    read_at: datetime | None
    error: errors.CalendlyError | None = None

    @property
    def is_fresh(self) -> bool:
        return self.read_at is not None and timezone.now() - self.read_at < FRESH_FOR


@dataclass(frozen=True)
class Stretch:
    """One window to know: of whom or what, through which connection, and from when (None for working hours)."""

    kind: CalendarWindow.Kind
    whose: int
    connection_id: int
    starts_at: datetime | None = None

    @property
    def key(self) -> str:
        day = f":{self.starts_at:%Y-%m-%d}" if self.starts_at else ""
        return f"{self.kind}:{self.whose}{day}"

    def row(self, now: datetime) -> CalendarWindow:
        is_of_type = self.kind in (Kind.SLOTS, Kind.TYPE_HOURS)
        return CalendarWindow(
            key=self.key,
            kind=self.kind,
            connection_id=self.connection_id,
            event_type_id=self.whose if is_of_type else None,
            interviewer_id=None if is_of_type else self.whose,
            starts_at=self.starts_at,
            ends_at=self.starts_at + LENGTHS[self.kind] if self.starts_at else None,
            wanted_at=now,
        )


def stretches(
    kind: CalendarWindow.Kind, whose: int, connection_id: int, start: datetime, end: datetime
) -> Iterator[Stretch]:
    """The windows of one calendar that touch a span; working hours are one."""
    if kind not in LENGTHS:
        yield Stretch(kind, whose, connection_id)
        return
    length = LENGTHS[kind]
    begins = EPOCH + (start - EPOCH) // length * length
    while begins < end:
        yield Stretch(kind, whose, connection_id, begins)
        begins += length


def want(
    asked: Sequence[Stretch], known: Iterable[CalendarWindow], *, now: datetime, older_than: timedelta | None
) -> set[int]:
    """Mark what is to be read for a page that shows these stretches; returns the connections with something to do.

    `known` are their rows. What is missing, changed since, or failed long enough ago is wanted in any case, what is
    `older_than` only when that is given. Writes nothing when there is nothing to do.
    """
    rows = {row.key: row for row in known}
    missing = [one for one in asked if one.key not in rows]
    stale = [row for row in rows.values() if _is_wanted(row, now, older_than)]
    if missing:
        CalendarWindow.objects.bulk_create([one.row(now) for one in missing], ignore_conflicts=True)
    if stale:
        CalendarWindow.objects.filter(pk__in=[row.pk for row in stale]).update(wanted_at=now)
    for row in stale:
        row.wanted_at = now
    return {one.connection_id for one in missing} | {row.connection_id for row in stale}


def _is_wanted(row: CalendarWindow, now: datetime, older_than: timedelta | None) -> bool:
    if row.wanted_at is not None:
        # Somebody waits already; a lost message is the sweep's.
        return False
    if row.problem:
        return row.again_at is None or row.again_at <= now
    return row.is_changed or (older_than is not None and not row.is_younger_than(older_than))


def read_wanted(connection_id: int) -> None:
    """Read every window somebody waits for, several at once, within the rate budget. Safe to repeat and to run twice.

    1. Claim rows; what two workers are sent for, one reads.
    2. Ask; answers are kept as they come, so a slow calendar holds up nobody else's.
    3. A problem is kept on its row, with when to ask again; the others are not affected.
    """
    connection = Connection.objects.get(pk=connection_id)
    while connection.is_connected and (rows := _claim(connection_id)):
        asked_at = timezone.now()
        for row, answer in _answers(connection, rows, Priority.PAGE):
            _keep(row, answer, asked_at=asked_at)
            if isinstance(answer, errors.Unauthorized):
                tokens.mark_lost(connection, str(answer))
                return


def _claim(connection_id: int) -> list[CalendarWindow]:
    now = timezone.now()
    # What was wanted and is over by now can no longer be asked for.
    CalendarWindow.objects.filter(connection=connection_id, ends_at__lte=now + MARGIN).update(wanted_at=None)
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    wanted = CalendarWindow.objects.filter(free, connection=connection_id, wanted_at__lte=now)
    # Hours first: without them a calendar says little.
    chosen = list(wanted.order_by("-kind", "wanted_at", "starts_at").values_list("pk", flat=True)[:CLAIMED_AT_ONCE])
    claim = uuid.uuid4()
    CalendarWindow.objects.filter(free, pk__in=chosen).update(claim=claim, claimed_until=now + CLAIM)
    return list(CalendarWindow.objects.filter(claim=claim).select_related("interviewer", "event_type"))


def _answers(
    connection: Connection, rows: Sequence[CalendarWindow], priority: Priority
) -> Iterator[tuple[CalendarWindow, list[Resource] | errors.CalendlyError]]:
    client = connections.client_for(connection, priority=priority)
    now = timezone.now()
    for index, answer in client.ask([_question(row, now) for row in rows]):
        yield rows[index], answer


def _question(row: CalendarWindow, now: datetime) -> questions.Question:
    start = max(row.starts_at, now + MARGIN) if row.starts_at else now
    if row.event_type is not None:
        if row.kind == Kind.SLOTS and row.ends_at is not None:
            return questions.ask_available_times(row.event_type.uri, start, row.ends_at)
        return questions.ask_event_type_schedules(row.event_type.uri)
    if row.interviewer is None:
        raise ValueError("a window is of an event type or an interviewer")
    if row.kind == Kind.BUSY and row.ends_at is not None:
        return questions.ask_busy_times(row.interviewer.user_uri, start, row.ends_at)
    return questions.ask_schedules(row.interviewer.user_uri)


def _keep(row: CalendarWindow, answer: list[Resource] | errors.CalendlyError, *, asked_at: datetime) -> None:
    """Write an answer, or why there is none, to its row; a change told of since `asked_at` makes it old at once."""
    now = timezone.now()
    if isinstance(answer, errors.CalendlyError):
        problem = _problem(answer)
        wait = timedelta(seconds=answer.reset_s) if isinstance(answer, errors.RateLimited) else AGAIN[problem]
        row.problem, row.detail, row.again_at = problem, _detail(answer), now + wait
    else:
        row.problem, row.detail, row.again_at = "", "", None
        row.content, row.read_at = [_plain(item) for item in answer], asked_at
    row.wanted_at = row.claim = row.claimed_until = None
    fields = ["problem", "detail", "again_at", "content", "read_at", "wanted_at", "claim", "claimed_until"]
    row.save(update_fields=fields)


def _plain(item: Resource) -> object:
    if isinstance(item, BusyTime):
        start, end = item.buffered_start_time or item.start_time, item.buffered_end_time or item.end_time
        return [int(start.timestamp()), int(end.timestamp())]
    return item.model_dump(mode="json")


def _problem(error: errors.CalendlyError) -> CalendarWindow.Problem:
    return next((problem for kind, problem in PROBLEMS if isinstance(error, kind)), Problem.AWAY)


def _detail(error: errors.CalendlyError) -> str:
    """Calendly's own words where they tell more than ours."""
    if isinstance(error, errors.InsufficientScope):
        return f"the connection lacks {', '.join(error.required_scopes) or 'a permission'}"[:300]
    if isinstance(error, errors.Rejected):
        return ("; ".join(message for _, message, _ in error.details) or error.message)[:300]
    return error.message[:300] if isinstance(error, errors.Forbidden) else ""


def slots(
    event_type: EventType, start: datetime, end: datetime, *, refresh: bool = False
) -> Reading[list[AvailableTime]]:
    """The open slots of an event type that begin in [start, end), at most a minute old.

    Asks Calendly, and waits, for what is older; with an error the reading is what was known before, if anything.
    """
    now = timezone.now()
    asked = list(stretches(Kind.SLOTS, event_type.pk, event_type.connection_id, max(start, now + MARGIN), end))
    keys = [one.key for one in asked]
    rows = {row.key: row for row in CalendarWindow.objects.filter(key__in=keys)}
    missing = [one for one in asked if one.key not in rows]
    if missing:
        # Not wanted: it is read right here.
        new = [one.row(now) for one in missing]
        for row in new:
            row.wanted_at = None
        CalendarWindow.objects.bulk_create(new, ignore_conflicts=True)
        rows = {row.key: row for row in CalendarWindow.objects.filter(key__in=keys)}
    stale = [row for row in rows.values() if refresh or row.problem or not row.is_younger_than(FRESH_FOR)]
    error = _read_now(event_type, stale) if stale else None
    if any(row.read_at is None for row in rows.values()):
        return Reading(None, None, error)
    found = [slot for key in keys for slot in _SLOTS.validate_python(rows[key].content)]
    read_at = min((row.read_at for row in rows.values() if row.read_at), default=now)
    return Reading([slot for slot in found if start <= slot.start_time < end], read_at, error)


def _read_now(event_type: EventType, rows: list[CalendarWindow]) -> errors.CalendlyError | None:
    """Ask while somebody waits; returns the first error."""
    problem: errors.CalendlyError | None = None
    for row in rows:
        row.event_type = event_type
    asked_at = timezone.now()
    for row, answer in _answers(event_type.connection, rows, Priority.CLICK):
        _keep(row, answer, asked_at=asked_at)
        if isinstance(answer, errors.CalendlyError):
            problem = problem or answer
    return problem


def note_change(attempt: Attempt) -> None:
    """A booking came, moved or went: what was read of its hosts' calendars and of what they host is out of date."""
    if attempt.starts_at is None:
        return
    hosts = list(attempt.interviewers.values_list("pk", flat=True))
    concerned = Q(interviewer__in=hosts, kind=Kind.BUSY) | Q(kind=Kind.SLOTS, event_type__uri=attempt.event_type_uri)
    concerned |= Q(kind=Kind.SLOTS, event_type__hosts__in=hosts)
    rows = CalendarWindow.objects.filter(
        concerned, starts_at__lte=attempt.starts_at, ends_at__gt=attempt.starts_at - timedelta(days=1)
    )
    CalendarWindow.objects.filter(pk__in=rows.values("pk")).update(changed_at=timezone.now())


def note_type_change(event_type_uri: str) -> None:
    """An event type was edited: its slots and hours may be others."""
    CalendarWindow.objects.filter(event_type__uri=event_type_uri).update(changed_at=timezone.now())


def due(*, now: datetime) -> list[int]:
    """Connections with windows somebody waits for, whose message was lost or whose worker died."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    rows = CalendarWindow.objects.filter(
        free, wanted_at__lte=now - timedelta(seconds=5), connection__state=Connection.State.CONNECTED
    )
    return list(rows.order_by().values_list("connection", flat=True).distinct())


def prune(*, now: datetime) -> None:
    """Forget windows that are over and those nobody has looked at lately."""
    unread = Q(read_at__lt=now - KEPT) | Q(read_at=None, wanted_at__lt=now - KEPT)
    CalendarWindow.objects.filter(unread | Q(ends_at__lt=now - timedelta(days=1))).delete()
