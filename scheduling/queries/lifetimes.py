"""Which links died at Calendly, and may live on behind the same address."""

from datetime import datetime, timedelta

from scheduling.models import BookingLink, CandidatePolicy, Connection, EventType, Interview
from scheduling.queries.connections import serving

# An unused single-use link dies at Calendly after this.
LIFE = timedelta(days=90)
# A day chosen so close to Calendly's end was not meant to end it earlier.
LEEWAY = timedelta(days=1)
MAX_ATTEMPTS = 5


def is_dead(link: BookingLink, interview: Interview | None, now: datetime) -> bool:
    """Whether the link can no longer be booked for a reason of Calendly's, and may be given another life."""
    if link.withdrawn_at is not None or link.candidate.is_archived or _was_ended_by_us(link, now):
        return False
    if interview is not None:
        return interview.state == Interview.State.CANCELED and interview.current.canceler_type == "invitee"
    return not link.event_type.is_bookable or now >= _made_at(link) + LIFE


def _made_at(link: BookingLink) -> datetime:
    return link.replaced_at or link.created_at


def _was_ended_by_us(link: BookingLink, now: datetime) -> bool:
    """A last day somebody chose has passed, and not just Calendly's own end."""
    if link.expires_at is None or link.expires_at > now:
        return False
    return link.expires_at < _made_at(link) + LIFE - LEEWAY


def is_possible(policy: CandidatePolicy, link: BookingLink, interview: Interview | None, now: datetime) -> bool:
    """Whether it is dead, may be replaced, and there is something to replace it with."""
    if not policy.heals or link.replace_attempts >= MAX_ATTEMPTS or not is_dead(link, interview, now):
        return False
    return successor(link.event_type) is not None


def successor(event_type: EventType) -> EventType | None:
    """The event type itself while it can be booked, else the one of the same organisation that took its name."""
    if event_type.is_bookable:
        return event_type if serving(event_type) is not None else None
    organization = event_type.connection.organization_uri
    rows = EventType.objects.filter(
        connection__organization_uri=organization,
        connection__state=Connection.State.CONNECTED,
        is_active=True,
        deleted_at=None,
    )
    alike = list(rows.filter(name__iexact=event_type.name)[:2])
    return alike[0] if len(alike) == 1 else None
