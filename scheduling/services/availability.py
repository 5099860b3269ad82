"""Open slots and interviewers' calendars, read through a short memory so that no page waits for Calendly in vain."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.core.cache import cache
from django.utils import timezone

from scheduling.calendly.errors import CalendlyError
from scheduling.calendly.resources import AvailabilitySchedule, AvailableTime, BusyTime
from scheduling.models import Connection, EventType, Interviewer
from scheduling.services import connections

FRESH_S = 60
KEPT_S = 24 * 3600
Read = TypeVar("Read")


@dataclass(frozen=True)
class Reading(Generic[Read]):
    """What Calendly said, when, and the error when it did not answer just now."""

    value: Read | None
    read_at: datetime | None
    error: CalendlyError | None = None

    @property
    def is_fresh(self) -> bool:
        return self.read_at is not None and timezone.now() - self.read_at < timedelta(seconds=FRESH_S)


def slots(
    event_type: EventType, start: datetime, end: datetime, *, refresh: bool = False
) -> Reading[list[AvailableTime]]:
    """The open slots of an event type."""
    client = connections.client_for(event_type.connection)
    key = f"slots:{event_type.pk}:{start:%Y%m%d%H}:{end:%Y%m%d%H}"
    return _read(key, lambda: client.available_times(event_type.uri, start, end), refresh=refresh)


def busy_times(
    interviewer: Interviewer, start: datetime, end: datetime, *, refresh: bool = False
) -> Reading[list[BusyTime]]:
    """When an interviewer is busy; each interviewer's calendar fails for itself alone."""
    client = connections.client_for(_connection(interviewer))
    key = f"busy:{interviewer.pk}:{start:%Y%m%d%H}:{end:%Y%m%d%H}"
    return _read(key, lambda: client.busy_times(interviewer.user_uri, start, end), refresh=refresh)


def schedules(interviewer: Interviewer, *, refresh: bool = False) -> Reading[list[AvailabilitySchedule]]:
    """An interviewer's working hours."""
    client = connections.client_for(_connection(interviewer))
    return _read(f"hours:{interviewer.pk}", lambda: client.schedules(interviewer.user_uri), refresh=refresh)


def _connection(interviewer: Interviewer) -> Connection:
    if interviewer.connection is None:
        raise ValueError("nobody can ask for a former member's calendar")
    return interviewer.connection


def _read(key: str, ask: Callable[[], Read], *, refresh: bool) -> Reading[Read]:
    """From memory while fresh; else ask; when that fails, what was known before with its age."""
    known: Reading[Read] | None = cache.get(key)
    if known is not None and known.is_fresh and not refresh:
        return known
    try:
        reading = Reading(ask(), timezone.now())
    except CalendlyError as error:
        return Reading(known.value if known else None, known.read_at if known else None, error)
    cache.set(key, reading, KEPT_S)
    return reading
