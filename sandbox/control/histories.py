"""Whole histories in one request: what people did, and what is true afterwards."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.dateparse import parse_datetime

from sandbox import clock, options
from sandbox.addresses import identifier
from sandbox.control.views import Json, control
from sandbox.engine import bookings, no_shows, resources
from sandbox.models import Delivery, Event, EventType, Invitee


@control
def play(method: str, body: Json) -> Json:
    """POST {acts, step_s?}: forget all bookings and deliveries, then do this; returns every invitee there is then.

    An act is {act: book, event_type, start} or {act: move|cancel|mark|unmark, of: which booking, start?, by_host?};
    one that cannot be done is left out. Acts follow each other by `step_s` seconds, the last one now.
    """
    offset_s, step_s = float(options.read("clock_offset_s")), float(body.get("step_s", 1))
    Event.objects.all().delete()
    Delivery.objects.all().delete()
    people: list[Invitee] = []
    for number, act in enumerate(body["acts"], start=1):
        options.write("clock_offset_s", str(offset_s - step_s * (len(body["acts"]) - number)))
        try:
            with transaction.atomic(using="sandbox"):
                _do(act, people)
        except (bookings.BookingError, no_shows.CannotMark):
            continue
    options.write("clock_offset_s", str(offset_s))
    return {"invitees": truth()}


@control
def fill(method: str, body: Json) -> Json:
    """POST {event_type, count}: so many events of one seat, two hours apart from tomorrow on, without deliveries."""
    event_type = EventType.objects.get(uuid=identifier(body["event_type"]))
    now, length = clock.now(), timedelta(minutes=event_type.duration_min)
    first = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    starts = [first + timedelta(hours=2 * number) for number in range(body["count"])]
    events = Event.objects.bulk_create(
        [
            Event(event_type=event_type, start=start, end=start + length, created_at=now, updated_at=now)
            for start in starts
        ],
        batch_size=500,
    )
    hosts = list(event_type.hosts.values_list("pk", flat=True))
    links = [Event.hosts.through(event_id=event.pk, member_id=host) for event in events for host in hosts]
    Event.hosts.through.objects.bulk_create(links, batch_size=500)
    Invitee.objects.bulk_create(
        [
            Invitee(
                event=event,
                name=f"Person {number}",
                email=f"person{number}@example.com",
                timezone="UTC",
                created_at=now,
                updated_at=now,
            )
            for number, event in enumerate(events)
        ],
        batch_size=500,
    )
    return {"events": len(events)}


def truth() -> list[Json]:
    rows = Invitee.objects.select_related("event__event_type", "moved_from__event").order_by("pk")
    return [resources.invitee_payload(row) for row in rows]


def _do(act: Json, people: list[Invitee]) -> None:
    if act["act"] == "book":
        people.append(_book(act, len(people)))
    elif people:
        chosen = act["of"] % len(people)
        invitee = Invitee.objects.select_related("event__event_type", "moved_from").get(pk=people[chosen].pk)
        people[chosen] = ACTS[act["act"]](invitee, act)


def _book(act: Json, number: int) -> Invitee:
    event_type = EventType.objects.get(uuid=identifier(act["event_type"]))
    person = bookings.Person(name=f"Person {number}", email=f"person{number}@example.com")
    start = _moment(act)
    with clock.before(start):
        return bookings.book(event_type, start=start, person=person)


def _move(invitee: Invitee, act: Json) -> Invitee:
    return bookings.reschedule(invitee, start=_moment(act), by_host=act.get("by_host", False))


def _cancel(invitee: Invitee, act: Json) -> Invitee:
    bookings.cancel_invitee(invitee, by_host=act.get("by_host", False))
    return invitee


def _mark(invitee: Invitee, act: Json) -> Invitee:
    no_shows.mark(invitee)
    return invitee


def _unmark(invitee: Invitee, act: Json) -> Invitee:
    mark = getattr(invitee, "no_show", None)
    if mark is None:
        raise no_shows.CannotMark("Invitee is not marked")
    no_shows.unmark(mark)
    return invitee


ACTS = {"move": _move, "cancel": _cancel, "mark": _mark, "unmark": _unmark}


def _moment(act: Json) -> datetime:
    """Hours from the full hour there is now."""
    found = parse_datetime(str(act["start"]))
    return found or clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=int(act["start"]))
