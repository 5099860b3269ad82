"""What can be asked of calendars, several at once: lists that each fit one answer; `Client.ask` sends them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from scheduling.calendly.resources import AvailabilitySchedule, AvailableTime, BusyTime, EventTypeSchedule, Resource


def timestamp(moment: datetime) -> str:
    """UTC with six decimals, as Calendly writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Question:
    """A list to ask for that fits one answer: what of, and where."""

    kind: type[Resource]
    operation: str
    path: str
    parameters: Mapping[str, str | int | bool | None]


def ask_available_times(event_type: str, start: datetime, end: datetime) -> Question:
    """GET /event_type_available_times · availability:read; 31 days at most, the future only."""
    return _question(
        AvailableTime,
        "event_type_available_times.list",
        "/event_type_available_times",
        event_type=event_type,
        start_time=timestamp(start),
        end_time=timestamp(end),
    )


def ask_busy_times(user: str, start: datetime, end: datetime) -> Question:
    """GET /user_busy_times · availability:read; 7 days at most, the future only.

    The answer may be `CalendarUnreadable`: the user's external calendar cannot be read.
    """
    return _question(
        BusyTime,
        "user_busy_times.list",
        "/user_busy_times",
        user=user,
        start_time=timestamp(start),
        end_time=timestamp(end),
    )


def ask_schedules(user: str) -> Question:
    """GET /user_availability_schedules · availability:read."""
    return _question(
        AvailabilitySchedule, "user_availability_schedules.list", "/user_availability_schedules", user=user
    )


def ask_event_type_schedules(event_type: str) -> Question:
    """GET /event_type_availability_schedules · availability:read; one for each host.

    Its answer has pages, but the contract names no parameter for another: hosts beyond the first are not told.
    """
    return _question(
        EventTypeSchedule,
        "event_type_availability_schedules.list",
        "/event_type_availability_schedules",
        event_type=event_type,
    )


def _question(kind: type[Resource], operation: str, path: str, **parameters: str | int) -> Question:
    return Question(kind, operation, path, parameters)
