"""Reading the bookings Calendly already has."""

from datetime import datetime, timedelta

from scheduling.calendly.client import Client
from scheduling.models import Connection
from scheduling.services import interviews

PAST = timedelta(days=90)


def read_bookings(connection: Connection, client: Client, *, now: datetime) -> int:
    """Take in every booking from 90 days ago on, with its invitees; returns how many invitees were read.

    Goes through the same recording as deliveries do, so it is safe to repeat and to run beside them.
    """
    mine_only = connection.role not in ("owner", "admin")
    count = 0
    events = client.scheduled_events(
        organization=None if mine_only else connection.organization_uri,
        user=connection.user_uri if mine_only else None,
        min_start=now - PAST,
    )
    for event in events:
        for invitee in client.invitees(event.uri):
            interviews.record_invitee(invitee, event, told_at=now)
            interviews.record_mark(invitee, told_at=now)
            count += 1
    return count
