"""Booking a time at Calendly through its API, for the candidate on their page or by a recruiter: once.

Calendly books as often as it is asked and has no idempotency key, so a request is a row first (`BookingRequest`), one
call follows, and where its answer is not clear the booking is looked up among Calendly's before anything else.
"""

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone

from scheduling.calendly import errors
from scheduling.calendly.budget import Priority
from scheduling.calendly.client import Client
from scheduling.calendly.new_invitee import NewAnswer, NewInvitee
from scheduling.calendly.resources import AvailableTime, Invitee, ScheduledEvent
from scheduling.models import Attempt, BookingLink, BookingRequest, Connection, EventType, TimelineEntry
from scheduling.queries.connections import serving
from scheduling.queries.links import current_interview, is_open
from scheduling.services import availability, budgets, connections, interviews, links

logger = logging.getLogger(__name__)

# Longer than the calls of one request may take; an older claim belongs to a worker that died.
CLAIM = timedelta(seconds=60)
# A call Calendly took but did not answer turns up among its bookings within this, or never.
TURNS_UP_WITHIN = timedelta(minutes=3)
LOOK_AGAIN_AFTER = timedelta(seconds=15)
WAIT_S = 20.0
POLL_S = 0.1
# Calendly tells nothing of the past; a little ahead, so that its clock may differ from ours.
MARGIN = timedelta(minutes=10)
# One call's worth of available times.
HORIZON = timedelta(days=31)
NEAREST = 4
# A reading of open times is shown for a minute; after this everybody's is newer than a booking.
READ_WITHIN = timedelta(minutes=2)
NOT_HERE_S = 3600
SOON_AFTER = timedelta(seconds=5)

State = BookingRequest.State


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for; `request_key` names the form, so that sending it twice is one request."""

    link: BookingLink
    request_key: uuid.UUID
    start: datetime
    zone: str
    location_kind: str = ""
    location_text: str = ""
    answers: Sequence[NewAnswer] = ()


class NothingToBook(Exception):
    """The link is booked already, or leads to no booking any more."""


class StillBooking(Exception):
    """The same link is being booked and that did not finish while we waited."""


def can_book_here(event_type: EventType) -> bool:
    """Whether its times can be booked through the API; else the candidate goes on to Calendly's page.

    Where hosts are picked by Calendly no place may be named, so what must be said of one could not be. And a place
    whose words we have not read yet cannot be named either.
    """
    if not event_type.is_bookable or cache.get(_not_here(event_type)):
        return False
    if event_type.pooling == EventType.Pooling.ROUND_ROBIN:
        return not {"outbound_call", "ask_invitee"} & set(event_type.location_kinds)
    return len(event_type.locations) == len(event_type.location_kinds)


def open_times(
    event_type: EventType, *, until: datetime | None = None, refresh: bool = False
) -> availability.Reading[list[AvailableTime]]:
    """What can be booked from now on, for a month or up to the link's end."""
    # On the hour, so that everybody who looks within it shares one reading.
    now = timezone.now()
    reading = availability.slots(event_type, now + MARGIN, now + MARGIN + HORIZON, refresh=refresh)
    if reading.value is None:
        return reading
    gone = _just_booked(event_type, now)
    ahead = [
        slot
        for slot in reading.value
        if slot.start_time > now and (until is None or slot.start_time < until) and not gone(slot.start_time)
    ]
    return availability.Reading(ahead, reading.read_at, reading.error)


def _just_booked(event_type: EventType, now: datetime) -> Callable[[datetime], bool]:
    """Whether we booked over a time a moment ago, which a reading from before that still shows."""
    if event_type.kind != EventType.Kind.SOLO or event_type.pooling == EventType.Pooling.ROUND_ROBIN:
        return lambda start: False
    lately = BookingRequest.objects.filter(event_type=event_type, state=State.BOOKED, called_at__gte=now - READ_WITHIN)
    booked = list(lately.values_list("starts_at", flat=True))
    length = timedelta(minutes=event_type.duration_min)
    return lambda start: any(abs(start - other) < length for other in booked)


def nearest(times: Sequence[AvailableTime], start: datetime) -> list[AvailableTime]:
    """The few times closest to one that is gone, in order."""
    closest = sorted(times, key=lambda slot: abs(slot.start_time - start))[:NEAREST]
    return sorted(closest, key=lambda slot: slot.start_time)


def book(wanted: Wanted, *, by: User | None) -> BookingRequest:
    """Book one time; returns the request with what became of it: see `BookingRequest.State`. Safe to repeat.

    1. Write the request down. One that is open for the link, or has this key, is waited for and returned instead.
    2. Read the available times again: what has gone is "taken", and Calendly is not asked.
    3. Commit "booking", then make the one call.
    4. Record the invitee as deliveries are recorded, so that the delivery about it finds the same rows.

    Raises `NothingToBook` and `StillBooking`.
    """
    request, is_ours = _ask(wanted, by=by)
    if not is_ours:
        return _wait_for(request)
    connection = serving(wanted.link.event_type)
    if connection is None:
        return _end(request, State.REFUSED, error="Calendly is not connected.")
    try:
        if not _is_still_open(request):
            return _end(request, State.TAKEN)
        budgets.take_booking(connection)
        client = connections.client_for(connection)
    except errors.CalendlyError as error:
        return _end(request, State.REFUSED, error=str(error))
    return _call(request, connection, client)


def _ask(wanted: Wanted, *, by: User | None) -> tuple[BookingRequest, bool]:
    """The row of this request and whether it is ours to carry out."""
    known = BookingRequest.objects.filter(pk=wanted.request_key, link=wanted.link).first()
    if known is not None:
        return known, False
    try:
        with transaction.atomic():
            rows = BookingLink.objects.select_for_update(of=("self",)).select_related("event_type", "candidate")
            link = rows.get(pk=wanted.link.pk)
            if current_interview(link) is not None or not is_open(link, timezone.now()):
                raise NothingToBook
            request = BookingRequest.objects.create(
                request_key=wanted.request_key,
                link=link,
                event_type=link.event_type,
                reference=link.reference,
                starts_at=wanted.start,
                zone=wanted.zone,
                location_kind=wanted.location_kind,
                location_text=wanted.location_text,
                answers=[[item.question, item.answer, item.position] for item in wanted.answers],
                claimed_until=timezone.now() + CLAIM,
                created_by=by,
            )
    except IntegrityError:
        # Another tab was faster, with this form or with another.
        mine = BookingRequest.objects.filter(pk=wanted.request_key, link=wanted.link).first()
        other = BookingRequest.objects.filter(link=wanted.link, state__in=BookingRequest.OPEN).first()
        if found := mine or other:
            return found, False
        raise StillBooking from None
    return request, True


def _wait_for(request: BookingRequest) -> BookingRequest:
    deadline = time.monotonic() + WAIT_S
    while request.state in (State.ASKED, State.BOOKING) and time.monotonic() < deadline:
        time.sleep(POLL_S)
        request.refresh_from_db()
    if request.state in (State.ASKED, State.BOOKING):
        raise StillBooking
    return request


def _is_still_open(request: BookingRequest) -> bool:
    """Whether Calendly offers the time just now; raises `CalendlyError` when it does not tell."""
    reading = open_times(request.event_type, refresh=True)
    if reading.error is not None:
        raise reading.error
    return any(slot.start_time == request.starts_at for slot in reading.value or [])


def _call(request: BookingRequest, connection: Connection, client: Client) -> BookingRequest:
    now = timezone.now()
    ours = BookingRequest.objects.filter(pk=request.pk, state=State.ASKED)
    if not ours.update(state=State.BOOKING, called_at=now, claimed_until=now + CLAIM):
        request.refresh_from_db()
        return request
    request.state, request.called_at = State.BOOKING, now
    try:
        invitee = client.create_invitee(_new_invitee(request))
    except errors.SlotTaken as error:
        return _end(request, State.TAKEN, error=str(error))
    except errors.Unavailable as error:
        return _unclear(request, client, error) if error.maybe_done else _end(request, State.REFUSED, error=str(error))
    except errors.UnexpectedAnswer as error:
        return _unclear(request, client, error)
    except errors.CalendlyError as error:
        return _refused(request, connection, error)
    return _take_in(request, invitee, client)


def _new_invitee(request: BookingRequest) -> NewInvitee:
    candidate = request.link.candidate
    return NewInvitee(
        event_type=request.event_type.uri,
        start=request.starts_at,
        name=candidate.name,
        email=candidate.email,
        timezone=request.zone,
        location_kind=request.location_kind,
        location_text=request.location_text,
        answers=[NewAnswer(*item) for item in request.answers],
        tracking=links.tracking(request.reference),
    )


def _refused(request: BookingRequest, connection: Connection, error: errors.CalendlyError) -> BookingRequest:
    """Calendly certainly did not book. A time it does not know may have gone; else its own page is the way."""
    logger.info("booking request %s goes on at Calendly: %s", request.pk, error)
    if isinstance(error, errors.NotFound) and not _is_offered(request):
        return _end(request, State.TAKEN, error=str(error))
    if isinstance(error, errors.RateLimited):
        budgets.keep_booking_limit(connection, error)
    if isinstance(error, errors.PlanRequired | errors.Forbidden | errors.InsufficientScope) or _is_about_type(error):
        # Whoever comes within the hour goes there without filling in a form of ours first.
        cache.set(_not_here(request.event_type), True, NOT_HERE_S)
    return _end(request, State.REFUSED, error=str(error))


def _is_offered(request: BookingRequest) -> bool:
    try:
        return _is_still_open(request)
    except errors.CalendlyError:
        return False


def _is_about_type(error: errors.CalendlyError) -> bool:
    return isinstance(error, errors.Rejected) and any(name == "event_type" for name, _, _ in error.details)


def _not_here(event_type: EventType) -> str:
    return f"not_in_place:{event_type.pk}"


def _unclear(request: BookingRequest, client: Client, error: errors.CalendlyError) -> BookingRequest:
    """It may have been booked: keep that first, then look."""
    logger.warning("booking request %s may have been carried out: %s", request.pk, error)
    now = timezone.now()
    BookingRequest.objects.filter(pk=request.pk, state=State.BOOKING).update(
        state=State.UNKNOWN, claimed_until=now + LOOK_AGAIN_AFTER, error=str(error)[:500]
    )
    request.refresh_from_db()
    return _look_up(request, client, is_last=False)


def settle(request_key: uuid.UUID) -> None:
    """Find out what became of a request whose worker died or whose answer was not clear. Safe to repeat.

    Calendly being out of reach leaves it open for the sweep.
    """
    now = timezone.now()
    due = BookingRequest.objects.filter(pk=request_key, state__in=BookingRequest.OPEN, claimed_until__lte=now)
    if not due.update(claimed_until=now + LOOK_AGAIN_AFTER):
        return
    request = BookingRequest.objects.select_related("link__candidate", "event_type").get(pk=request_key)
    if request.called_at is None:
        _end(request, State.FAILED, error="The worker stopped before Calendly was asked.")
        return
    connection = serving(request.event_type)
    if connection is not None:
        BookingRequest.objects.filter(pk=request_key, state=State.BOOKING).update(state=State.UNKNOWN)
        client = connections.client_for(connection, priority=Priority.BACKGROUND)
        _look_up(request, client, is_last=now > request.called_at + TURNS_UP_WITHIN)


def due(*, now: datetime) -> list[uuid.UUID]:
    """Requests nobody is at work on, which may or may not be booked."""
    rows = BookingRequest.objects.filter(state__in=BookingRequest.OPEN, claimed_until__lte=now)
    return list(rows.values_list("pk", flat=True)[:100])


def _look_up(request: BookingRequest, client: Client, *, is_last: bool) -> BookingRequest:
    """Record the booking when Calendly has it; at the last look, one that is not there was never made."""
    try:
        found = _find(request, client)
    except errors.CalendlyError as error:
        logger.warning("booking request %s cannot be looked up now: %s", request.pk, error)
        return request
    if found is not None:
        return _record(request, *found)
    return _end(request, State.FAILED, error="Calendly has no such booking.") if is_last else request


def _find(request: BookingRequest, client: Client) -> tuple[Invitee, ScheduledEvent] | None:
    """The booking with our reference among those of this address at this time."""
    connection = serving(request.event_type)
    whole = connection is not None and connection.sees_organization
    events = client.scheduled_events(
        organization=connection.organization_uri if connection and whole else None,
        user=connection.user_uri if connection and not whole else None,
        invitee_email=request.link.candidate.email,
        min_start=request.starts_at,
        max_start=request.starts_at + timedelta(minutes=1),
    )
    for event in events:
        for invitee in client.invitees(event.uri):
            if invitee.tracking is not None and invitee.tracking.utm_content == request.reference:
                return invitee, event
    return None


def _take_in(request: BookingRequest, invitee: Invitee, client: Client) -> BookingRequest:
    try:
        event = client.scheduled_event(invitee.event)
    except errors.CalendlyError as error:
        logger.info("the event of booking request %s is not read yet: %s", request.pk, error)
        return _record(request, invitee, None)
    return _record(request, invitee, event)


@transaction.atomic
def _record(request: BookingRequest, invitee: Invitee, event: ScheduledEvent | None) -> BookingRequest:
    """Keep the booking and what became of the request together; the link that was not needed is to be deleted."""
    if event is not None:
        interviews.record_read(invitee, event)
        attempt = Attempt.objects.get(invitee_uri=invitee.uri)
    else:
        # What the delivery and the next comparison say of place and interviewers is newer than this.
        told_at = invitee.created_at - SOON_AFTER
        attempt = interviews.record_invitee(invitee, _as_asked(request, invitee), told_at=told_at)
    BookingRequest.objects.filter(pk=request.pk).update(state=State.BOOKED, attempt=attempt, error="")
    links.delete_share_soon(request.link)
    if request.created_by is not None:
        TimelineEntry.objects.filter(key=f"booked:{invitee.uri}").update(actor=request.created_by)
    request.refresh_from_db()
    return request


def _as_asked(request: BookingRequest, invitee: Invitee) -> ScheduledEvent:
    facts: dict[str, Any] = {
        "uri": invitee.event,
        "name": request.event_type.name,
        "start_time": request.starts_at,
        "end_time": request.starts_at + timedelta(minutes=request.event_type.duration_min),
        "event_type": request.event_type.uri,
    }
    return ScheduledEvent.model_validate(facts)


def _end(request: BookingRequest, state: State, *, error: str = "") -> BookingRequest:
    BookingRequest.objects.filter(pk=request.pk, state__in=BookingRequest.OPEN).update(state=state, error=error[:500])
    request.refresh_from_db()
    return request
