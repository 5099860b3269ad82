"""An interview as a calendar file (RFC 5545), the same event in every calendar however often it is fetched."""

from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from icalendar import Calendar, Event

from scheduling.calendly.resources import resource_id
from scheduling.models import Attempt, Interview

DEFAULT_LENGTH = timedelta(minutes=30)


def of_interview(interview: Interview, *, address: str) -> str:
    """The file's text; `address` is the candidate's page. Empty while no time is known.

    The UID is that of the first booking, so that a move changes the event that is there; SEQUENCE tells which of two
    files is newer. Times are in the candidate's zone, with its rules in the file.
    """
    current = interview.current
    if current.starts_at is None:
        return ""
    is_canceled = interview.state == Interview.State.CANCELED
    zone = _zone(current)
    event = Event()
    event.add("uid", uid(interview))
    event.add("sequence", interview.moves + is_canceled)
    event.add("dtstamp", current.canceled_at if is_canceled and current.canceled_at else current.booked_at)
    event.add("dtstart", current.starts_at.astimezone(zone))
    event.add("dtend", (current.ends_at or current.starts_at + DEFAULT_LENGTH).astimezone(zone))
    event.add("summary", f"{interview.name or current.event_name}, {settings.COMPANY_NAME}")
    event.add("description", address)
    event.add("url", address)
    event.add("status", "CANCELLED" if is_canceled else "CONFIRMED")
    if place := current.location_text or current.join_url:
        event.add("location", place)
    calendar = Calendar()
    calendar.add("prodid", "-//Anteroom//Interviews//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_canceled else "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return str(calendar.to_ical(), "utf-8")


def uid(interview: Interview) -> str:
    """Of the first booking there was, also while only its move has been told."""
    first = interview.story[0]
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"{resource_id(first.previous_uri or first.invitee_uri)}@{host}"


def _zone(attempt: Attempt) -> ZoneInfo:
    try:
        return ZoneInfo(attempt.invitee_timezone or "UTC")
    # A name from elsewhere that our database does not have.
    except (ValueError, ZoneInfoNotFoundError):
        return ZoneInfo("UTC")
