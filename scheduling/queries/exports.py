"""The rows of a list as people take them away: plain values by column, in the order of the list."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import BookingLink, Interview

Row = TypeVar("Row")
Columns = Mapping[str, Callable[[Any], str]]
# Read from the database so many at a time: a long list stays small in memory.
CHUNK = 500


def moment(value: datetime | None) -> str:
    """ISO 8601 with the viewer's offset; empty for none."""
    return value.astimezone(timezone.get_current_timezone()).isoformat(timespec="seconds") if value else ""


def person(user: Any) -> str:
    return (user.get_full_name() or user.email) if user else ""


def names(rows: Iterable[object]) -> str:
    return "; ".join(map(str, rows))


CANDIDATES: Columns = {
    "name": lambda row: row.name,
    "email": lambda row: row.email,
    "phone": lambda row: str(row.phone),
    "time_zone": lambda row: row.timezone,
    "state": lambda row: row.state,
    "positions": lambda row: names(row.positions.all()),
    "next_interview": lambda row: moment(row.next_at),
    "owner": lambda row: person(row.owner),
    "added": lambda row: moment(row.created_at),
    "address": lambda row: f"{settings.SITE_URL}/candidates/{row.pk}/",
}
LINKS: Columns = {
    "candidate": lambda row: row.candidate.name,
    "email": lambda row: row.candidate.email,
    "event_type": lambda row: row.event_type.name,
    "position": lambda row: str(row.position or ""),
    "state": lambda row: row.state,
    "made": lambda row: moment(row.created_at),
    "made_by": lambda row: person(row.created_by),
    "opened": lambda row: moment(row.opened_at),
    "works_until": lambda row: moment(row.expires_at),
    "link": lambda row: row.address,
}
INTERVIEWS: Columns = {
    "candidate": lambda row: row.who,
    "email": lambda row: row.candidate.email if row.candidate else row.current.invitee_email,
    "interview": lambda row: row.name,
    "position": lambda row: str(row.position or ""),
    "state": lambda row: row.state,
    "starts": lambda row: moment(row.starts_at),
    "ends": lambda row: moment(row.ends_at),
    "candidate_time_zone": lambda row: row.current.invitee_timezone,
    "interviewers": lambda row: names(row.interviewers.all()),
    "moves": lambda row: str(row.moves),
    "canceled_by": lambda row: row.current.canceled_by,
    "cancel_reason": lambda row: row.current.cancel_reason,
    "join": lambda row: row.current.join_url,
    "address": lambda row: f"{settings.SITE_URL}{row.get_absolute_url()}",
}


def plain(
    rows: "QuerySet[Candidate] | QuerySet[BookingLink] | QuerySet[Interview]", columns: Columns
) -> Iterator[dict[str, str]]:
    """Each row's values by column, read as they are taken, in the zone of whoever asks now."""
    return _plain(rows.iterator(chunk_size=CHUNK), columns, timezone.get_current_timezone())


def _plain(rows: Iterator[Any], columns: Columns, zone: tzinfo) -> Iterator[dict[str, str]]:
    for row in rows:
        # An answer is streamed when its request, and the request's zone, are gone.
        with timezone.override(zone):
            values = {name: value(row) for name, value in columns.items()}
        yield values
