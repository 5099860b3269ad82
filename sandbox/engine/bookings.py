"""Booking, moving and canceling, with the deliveries they cause, each in one transaction."""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from sandbox import clock, options
from sandbox.addresses import site, stamp
from sandbox.engine import resources, slots, webhooks
from sandbox.models import Event, EventType, Invitee, Member, RoutingSubmission, Share, SingleUseLink

MAX_UTM = 255
# Calendly's words for places differ between event types and booked events.
CONFERENCES = {
    "zoom_conference": "zoom",
    "gotomeeting_conference": "gotomeeting",
    "google_conference": "google_conference",
    "microsoft_teams_conference": "microsoft_teams_conference",
    "webex_conference": "webex_conference",
}


class BookingError(Exception):
    """The booking cannot be made; the text is for the person booking."""


class SlotTaken(BookingError):
    pass


class LinkUsed(BookingError):
    pass


@dataclass(frozen=True)
class Person:
    """Who books, as they filled in the form. `answers` are Calendly's question-and-answer objects."""

    name: str
    email: str
    timezone: str = "UTC"
    answers: Sequence[Mapping[str, Any]] = ()
    tracking: Mapping[str, str] = field(default_factory=dict)
    location_kind: str = ""
    location_text: str = ""
    text_reminder_number: str | None = None
    guests: Sequence[str] = ()


def link_is_live(link: SingleUseLink, now: datetime) -> bool:
    """Whether a single-use link can still book."""
    return link.used_at is None and now < resources.expires_at(link) and link.event_type.is_bookable


def offer(link: SingleUseLink) -> EventType:
    """The event type as the link offers it: a share may have another name, length, place, period and hours.

    Not to be saved.
    """
    share = Share.objects.filter(link=link).first()
    return _varied(link.event_type, share.overrides) if share else link.event_type


def _varied(event_type: EventType, overrides: Mapping[str, Any]) -> EventType:
    varied = copy.copy(event_type)
    varied.name = overrides.get("name", event_type.name)
    varied.duration_min = overrides.get("duration", event_type.duration_min)
    varied.locations = overrides.get("location_configurations", event_type.locations)
    varied.terms = overrides
    return varied


@transaction.atomic(using="sandbox")
def book(
    event_type: EventType,
    *,
    start: datetime,
    person: Person,
    link: SingleUseLink | None = None,
    submission: RoutingSubmission | None = None,
    scheduling_method: str | None = None,
) -> Invitee:
    """Book a slot; through a link as the link offers it. Raises `SlotTaken` or `LinkUsed` with nothing changed."""
    now = clock.now()
    if link is not None:
        _spend(link, now)
        event_type = offer(link)
    event = _seat(event_type, start, person, now)
    invitee = Invitee.objects.create(
        event=event,
        link=link,
        name=person.name,
        email=person.email,
        timezone=person.timezone,
        answers=list(person.answers),
        guests=[{"email": guest, "created_at": stamp(now), "updated_at": stamp(now)} for guest in person.guests],
        tracking={key: value[:MAX_UTM] for key, value in person.tracking.items()},
        text_reminder_number=person.text_reminder_number,
        routing_form_submission=submission,
        scheduling_method=scheduling_method,
        created_at=now,
        updated_at=now,
    )
    if submission is not None:
        RoutingSubmission.objects.filter(pk=submission.pk).update(updated_at=now)
    webhooks.tell_invitee("invitee.created", invitee)
    return invitee


@transaction.atomic(using="sandbox")
def reschedule(invitee: Invitee, *, start: datetime, by_host: bool = False, reason: str | None = None) -> Invitee:
    """Move one invitee: the old one is canceled, a new one made, each naming the other. Raises `BookingError`."""
    now = clock.now()
    if invitee.is_canceled:
        raise BookingError("This booking has been canceled or moved already.")
    old_event = invitee.event
    # The old time is given up first, so that moving by half an hour does not stumble over oneself.
    _cancel_seat(invitee, canceled_by=_actor(invitee, by_host), by_host=by_host, reason=reason, now=now)
    invitee.rescheduled = True
    invitee.save()
    person = Person(name=invitee.name, email=invitee.email, timezone=invitee.timezone)
    as_before = _varied(old_event.event_type, {"name": old_event.name, "duration": old_event.duration_min})
    event = _seat(as_before, start, person, now, location=old_event.location)
    new = Invitee.objects.create(
        event=event,
        link=invitee.link,
        name=invitee.name,
        email=invitee.email,
        timezone=invitee.timezone,
        answers=invitee.answers,
        guests=invitee.guests,
        tracking=invitee.tracking if options.read("tracking_on_move") == "copied" else {},
        text_reminder_number=invitee.text_reminder_number,
        routing_form_submission=invitee.routing_form_submission,
        moved_from=invitee,
        created_at=now + timedelta(milliseconds=1),
        updated_at=now + timedelta(milliseconds=1),
    )
    webhooks.tell_move(invitee, new)
    return new


@transaction.atomic(using="sandbox")
def cancel_invitee(invitee: Invitee, *, reason: str = "", by_host: bool = False) -> None:
    """Give up one seat; the event is off when it was the last. Raises `BookingError`."""
    if invitee.is_canceled:
        raise BookingError("This booking has been canceled already.")
    _cancel_seat(invitee, canceled_by=_actor(invitee, by_host), by_host=by_host, reason=reason, now=clock.now())
    _revive_link(invitee)
    webhooks.tell_invitee("invitee.canceled", invitee)


@transaction.atomic(using="sandbox")
def cancel_event(event: Event, *, by: Member, reason: str | None) -> resources.Json:
    """Cancel for every invitee, as a host does; returns the cancellation."""
    now = clock.now()
    invitees = list(event.invitees.filter(status=Event.Status.ACTIVE))
    for invitee in invitees:
        invitee.event = event
        _cancel_seat(invitee, canceled_by=by.name, by_host=True, reason=reason, now=now)
        _revive_link(invitee)
    for invitee in invitees:
        webhooks.tell_invitee("invitee.canceled", invitee)
    return _cancellation(by.name, by_host=True, reason=reason, now=now)


def _spend(link: SingleUseLink, now: datetime) -> None:
    is_live = link_is_live(link, now)
    if not is_live or not SingleUseLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        raise LinkUsed("This link is no longer valid.")


def _revive_link(invitee: Invitee) -> None:
    if invitee.link is not None and options.read("link_revival") == "yes":
        SingleUseLink.objects.filter(pk=invitee.link.pk).update(used_at=None)


def _seat(
    event_type: EventType, start: datetime, person: Person, now: datetime, location: resources.Json | None = None
) -> Event:
    """The event that holds the slot: a group event with a seat left, or a new one."""
    slot = slots.find(event_type, start=start, now=now)
    if slot is None:
        raise SlotTaken("That time is no longer available. Please choose another.")
    if event_type.kind == EventType.Kind.GROUP:
        running = event_type.events.filter(start=start, status=Event.Status.ACTIVE).first()
        if running is not None:
            return running
    event = Event.objects.create(
        event_type=event_type,
        booked_name=event_type.name,
        start=slot.start,
        end=slot.end,
        created_at=now,
        updated_at=now,
    )
    event.location = location or _location(event, person)
    event.save()
    event.hosts.set(_chosen_hosts(event_type, slot))
    return event


def _chosen_hosts(event_type: EventType, slot: slots.Slot) -> list[int]:
    """Round robin gives the slot to the free host with the fewest upcoming events."""
    if event_type.pooling != "round_robin":
        return list(slot.hosts)
    active = {"status": Event.Status.ACTIVE, "start__gte": slot.start}
    return [min(slot.hosts, key=lambda host: (Event.objects.filter(hosts=host, **active).count(), host))]


def _location(event: Event, person: Person) -> resources.Json | None:
    """The booked event's place in the booked event's words."""
    places = event.event_type.locations
    if not places:
        return None
    option = _option(places, person)
    kind = option["kind"]
    if kind in CONFERENCES:
        return _conference(kind, event)
    if kind == "inbound_call":
        return {"type": kind, "location": option.get("phone_number", ""), "additional_info": None}
    if kind == "physical":
        return {"type": kind, "location": option.get("location", ""), "additional_info": option.get("additional_info")}
    return {"type": kind, "location": person.location_text or option.get("location")}


def _option(places: Sequence[resources.Json], person: Person) -> resources.Json:
    """The place chosen; of several of its kind the one with the text given."""
    of_kind = [option for option in places if option["kind"] == person.location_kind] or places
    return next((option for option in of_kind if option.get("location") == person.location_text), of_kind[0])


def _conference(kind: str, event: Event) -> resources.Json:
    """As recorded: Google's is still processing at booking, Zoom's is there with its data."""
    if kind == "google_conference":
        return {"type": kind, "status": "processing", "join_url": site(f"events/{event.uuid}/google_meet")}
    data = {"id": int(event.uuid) % 10**11, "settings": {}, "password": "REDACTED", "extra": None}
    return {
        "type": CONFERENCES[kind],
        "status": "pushed",
        "join_url": site(f"events/{event.uuid}/{re.sub('_conference$', '', kind)}"),
        "data": data,
    }


def _actor(invitee: Invitee, by_host: bool) -> str:
    host = invitee.event.hosts.first() if by_host else None
    return host.name if host else invitee.name


def _cancellation(canceled_by: str, *, by_host: bool, reason: str | None, now: datetime) -> resources.Json:
    if by_host and not reason:
        reason = "" if options.read("blank_reason") == "empty" else None
    return {
        "canceled_by": canceled_by,
        "reason": reason,
        "canceler_type": "host" if by_host else "invitee",
        "created_at": stamp(now),
    }


def _cancel_seat(invitee: Invitee, *, canceled_by: str, by_host: bool, reason: str | None, now: datetime) -> None:
    cancellation = _cancellation(canceled_by, by_host=by_host, reason=reason, now=now)
    invitee.status = Event.Status.CANCELED
    invitee.cancellation = cancellation
    invitee.updated_at = now
    invitee.save()
    event = invitee.event
    if event.invitees.filter(status=Event.Status.ACTIVE).exists():
        return
    event.status = Event.Status.CANCELED
    event.cancellation = cancellation
    event.updated_at = now
    event.save()
