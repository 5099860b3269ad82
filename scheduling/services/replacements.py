"""Links that died at Calendly, replaced behind the same address.

What dies there is Calendly's to decide: it forgets an unused link after ninety days, a link books once though the
booking was canceled, and an event type may be deleted and made anew. What our people ended, they ended: a withdrawn
link, an archived candidate and a last day somebody chose stay as they are.
"""

import logging
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from django.db import transaction
from django.utils import timezone

from scheduling.calendly import errors
from scheduling.calendly.booking_links import MAX_ANSWERS, prefilled_url
from scheduling.calendly.budget import Priority
from scheduling.models import BookingLink, Connection, EventType, FormerReference, TimelineEntry
from scheduling.models.link import new_reference
from scheduling.queries import policies
from scheduling.queries.connections import serving
from scheduling.queries.lifetimes import LIFE, MAX_ATTEMPTS, is_possible, successor
from scheduling.queries.links import current_interview
from scheduling.services import connections, links, standings, timeline

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=2)


def ask(link: BookingLink) -> bool:
    """Note that the link is to be replaced; returns whether it was noted just now, for two visits make one."""
    rows = BookingLink.objects.filter(pk=link.pk, replace_due_at=None, withdrawn_at=None)
    return bool(rows.update(replace_due_at=timezone.now()))


def act(link_id: int) -> None:
    """Replace what was asked for: claim it, make one link at Calendly, then write it. Safe to repeat."""
    now = timezone.now()
    if not BookingLink.objects.filter(pk=link_id, replace_due_at__lte=now).update(replace_due_at=now + CLAIM):
        return
    rows = BookingLink.objects.select_related("candidate", "event_type__connection", "connection")
    link = rows.get(pk=link_id)
    event_type = successor(link.event_type)
    connection = serving(event_type) if event_type is not None else None
    may = is_possible(policies.current(), link, current_interview(link), now)
    if event_type is None or connection is None or not may:
        BookingLink.objects.filter(pk=link_id).update(replace_due_at=None)
        return
    try:
        client = connections.client_for(connection, priority=Priority.BACKGROUND)
        made = links.make_at_calendly(event_type, client)
    except errors.CalendlyError as error:
        logger.warning("link %s is not replaced: %s", link_id, error)
        _put_off(link, now)
        return
    _save(link, event_type, connection, made)


def _put_off(link: BookingLink, now: datetime) -> None:
    """Try again ever later; after the last time its page stays as it was."""
    attempts = link.replace_attempts + 1
    again_at = None if attempts >= MAX_ATTEMPTS else now + CLAIM * (1 << attempts)
    BookingLink.objects.filter(pk=link.pk).update(replace_attempts=attempts, replace_due_at=again_at)


@transaction.atomic
def _save(link: BookingLink, event_type: EventType, connection: Connection, made: links.Made) -> None:
    """A new reference, for the former one has been or may be brought by another booking."""
    now = timezone.now()
    fresh = BookingLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if fresh.withdrawn_at is not None:
        BookingLink.objects.filter(pk=link.pk).update(replace_due_at=None)
        return
    FormerReference.objects.create(link=link, reference=link.reference, replaced_at=now)
    reference = new_reference()
    prefilled = prefilled_url(
        made.booking_url,
        name=link.candidate.name,
        email=link.candidate.email,
        answers=_answers(link.prefilled_url) if event_type == link.event_type else {},
        tracking=links.tracking(reference),
    )
    BookingLink.objects.filter(pk=link.pk).update(
        reference=reference,
        event_type=event_type,
        connection=connection,
        booking_url=made.booking_url,
        share_uri=made.share_uri,
        share_delete_due_at=None,
        prefilled_url=prefilled,
        expires_at=_end(fresh, now),
        replaced_at=now,
        replace_due_at=None,
        replace_attempts=0,
    )
    standings.refresh(candidates=[link.candidate_id], links=[link.pk])
    timeline.record(
        TimelineEntry.Kind.LINK_REPLACED,
        key=f"link_replaced:{link.pk}:{reference}",
        happened_at=now,
        candidate=link.candidate,
        link=link,
        actor_name="Anteroom",
        detail=event_type.name,
    )


def _end(link: BookingLink, now: datetime) -> datetime:
    """A last day that is still ahead stays; else the new link lives as long as Calendly lets it."""
    longest = now + LIFE
    return min(link.expires_at, longest) if link.expires_at and link.expires_at > now else longest


def _answers(url: str) -> dict[int, str]:
    """What was filled in beforehand."""
    query = parse_qs(urlsplit(url).query)
    return {place: query[f"a{place + 1}"][0] for place in range(MAX_ANSWERS) if f"a{place + 1}" in query}


def due(*, now: datetime) -> list[int]:
    """Links that are to be replaced."""
    return list(BookingLink.objects.filter(replace_due_at__lte=now).values_list("pk", flat=True)[:100])
