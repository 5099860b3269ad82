"""Which deliveries an event causes; `courier` sends them."""

import json
import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from sandbox import clock, options
from sandbox.addresses import stamp
from sandbox.engine import resources
from sandbox.models import Delivery, EventType, Invitee, Member, RoutingSubmission, Subscription


def tell_invitee(name: str, invitee: Invitee) -> None:
    """Queue one delivery for each subscription that wants it; call it in the transaction of the change."""
    payload = resources.invitee_payload(invitee)
    if name == "invitee.created" and options.read("location_at_first") == "null":
        payload["scheduled_event"]["location"] = None
    hosts = list(invitee.event.hosts.all())
    _queue(name, payload, invitee.event.event_type.organization_id, hosts)


def tell_event_type(name: str, event_type: EventType) -> None:
    """Queue deliveries about an event type."""
    payload = resources.event_type(event_type)
    if options.read("event_type_html") == "absent":
        payload.pop("description_html")
    _queue(name, payload, event_type.organization_id, list(event_type.hosts.all()))


def tell_move(old: Invitee, new: Invitee) -> None:
    """The two halves of a reschedule, in an order nobody may rely on."""
    halves = [("invitee.canceled", old), ("invitee.created", new)]
    order = options.read("halves")
    if order == "random":
        random.shuffle(halves)
    elif order == "new_first":
        halves.reverse()
    for name, invitee in halves:
        tell_invitee(name, invitee)


def _queue(name: str, payload: resources.Json, organization_id: int, hosts: list[Member]) -> None:
    now = clock.now()
    for subscription in _wanting(name, organization_id, hosts):
        body = json.dumps(envelope(name, payload, subscription, now), separators=(",", ":"), ensure_ascii=False)
        about = str(payload.get("uri", ""))
        _release_late(subscription, about, now)
        for _ in range(2 if _happens("duplicates_percent") else 1):
            Delivery.objects.create(
                subscription=subscription,
                event=name,
                body=body,
                about=about,
                state=_first_state(name),
                created_at=now,
                next_try_at=now,
            )


def _first_state(name: str) -> Delivery.State:
    is_late = name == "invitee.created" and _happens("late_created_percent")
    return Delivery.State.LATE if is_late else Delivery.State.WAITING


def _release_late(subscription: Subscription, about: str, now: datetime) -> None:
    """What was held back becomes due just after the delivery that is queued next."""
    late = Delivery.objects.filter(subscription=subscription, about=about, state=Delivery.State.LATE)
    late.update(state=Delivery.State.WAITING, next_try_at=now + timedelta(milliseconds=1))


def envelope(name: str, payload: resources.Json, subscription: Subscription, now: datetime) -> resources.Json:
    """Live envelopes have whole seconds."""
    told_at = now if options.read("envelope_seconds") == "micro" else now.replace(microsecond=0)
    return {
        "created_at": stamp(told_at),
        "created_by": subscription.creator.uri,
        "event": name,
        "payload": payload,
    }


def _wanting(name: str, organization_id: int, hosts: list[Member]) -> Iterable[Subscription]:
    active = Subscription.objects.filter(organization=organization_id, state=Subscription.State.ACTIVE)
    for subscription in active.select_related("creator", "member"):
        is_theirs = subscription.scope == "organization" or subscription.member in hosts
        if name in subscription.events and is_theirs:
            yield subscription


def _happens(option: str) -> bool:
    return random.randrange(100) < int(options.read(option))  # noqa: S311  # chance, no secret


def tell_submission(submission: RoutingSubmission) -> None:
    """Queue deliveries about a filled-in routing form, which only subscriptions of organisations can want."""
    payload = resources.routing_submission(submission)
    _queue("routing_form_submission.created", payload, submission.form.organization_id, hosts=[])
