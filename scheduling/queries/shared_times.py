"""What is true of times somebody was given to choose from."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from scheduling.models import SharedTimes


def found(token: str) -> SharedTimes | None:
    """The times behind an address, with all its page shows."""
    rows = SharedTimes.objects.select_related(
        "event_type__connection", "link__candidate", "link__created_by", "created_by"
    )
    return rows.prefetch_related("link__interviews").filter(token=token).first()


def listed() -> QuerySet[SharedTimes]:
    """Newest first."""
    rows = SharedTimes.objects.select_related("event_type__connection", "link__candidate", "created_by")
    return rows.prefetch_related("link__interviews")


def state_of(shared: SharedTimes, now: datetime) -> str:
    """`open`, or why nothing can be chosen: `booked`, `withdrawn` or `over`; reads the link's `interviews`."""
    link = shared.link
    if link is not None and link.interviews.all():
        return "booked"
    if shared.withdrawn_at or (link is not None and (link.withdrawn_at or link.candidate.is_archived)):
        return "withdrawn"
    has_expired = link is not None and link.expires_at is not None and link.expires_at <= now
    return "over" if has_expired or shared.expires_at <= now or not shared.event_type.is_bookable else "open"


@dataclass(frozen=True)
class Choice:
    """One of the times and whether it can still be chosen."""

    start: datetime
    is_free: bool


def choices(shared: SharedTimes, free: Collection[datetime], now: datetime) -> list[Choice]:
    """All of the times, soonest first; those that have passed are not free."""
    return [Choice(start, start > now and start in free) for start in shared.moments]


def address_at(url: str, start: datetime, zone: ZoneInfo) -> str:
    """A single-use page opened at the day of a slot.

    Its path names no time, unlike that of an available time's own page, but `month` and `date` open it there.
    """
    parts = urlsplit(url)
    local = start.astimezone(zone)
    query = [*parse_qsl(parts.query), ("month", f"{local:%Y-%m}"), ("date", f"{local:%Y-%m-%d}")]
    return urlunsplit(parts._replace(query=urlencode(query)))


def token_of(start: datetime) -> str:
    """A start as addresses name it: `20261126T140000Z`."""
    return f"{start.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def start_of(token: str) -> datetime | None:
    """The start an address names; None when it names none."""
    try:
        return datetime.strptime(token, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
