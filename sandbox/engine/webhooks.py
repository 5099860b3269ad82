"""Which deliveries an event causes; `courier` sends them."""

import json
import random
from collections.abc import Iterable
from datetime import datetime

from sandbox import clock
from sandbox.addresses import stamp
from sandbox.engine import resources
from sandbox.models import Delivery, EventType, Invitee, Member, Option, Subscription

# How many of a hundred deliveries are sent a second time.
DUPLICATES_PERCENT = 2


def tell_invitee(name: str, invitee: Invitee) -> None:
    """Queue one delivery for each subscription that wants it; call it in the transaction of the change."""
    payload = resources.invitee_payload(invitee)
    hosts = list(invitee.event.hosts.all())
    _queue(name, payload, invitee.event.event_type.organization_id, hosts)


def tell_event_type(name: str, event_type: EventType) -> None:
    """Queue deliveries about an event type."""
    payload = resources.event_type(event_type)
    payload.pop("description_html")
    _queue(name, payload, event_type.organization_id, list(event_type.hosts.all()))


def tell_move(old: Invitee, new: Invitee) -> None:
    """The two halves of a reschedule, in an order nobody may rely on."""
    halves = [("invitee.canceled", old), ("invitee.created", new)]
    if Option.read("halves", "random") == "random":
        random.shuffle(halves)
    elif Option.read("halves", "random") == "new_first":
        halves.reverse()
    for name, invitee in halves:
        tell_invitee(name, invitee)


def _queue(name: str, payload: resources.Json, organization_id: int, hosts: list[Member]) -> None:
    now = clock.now()
    for subscription in _wanting(name, organization_id, hosts):
        body = json.dumps(envelope(name, payload, subscription, now), separators=(",", ":"), ensure_ascii=False)
        copies = 2 if _is_doubled() else 1
        Delivery.objects.bulk_create(
            Delivery(subscription=subscription, event=name, body=body, created_at=now, next_try_at=now)
            for _ in range(copies)
        )


def envelope(name: str, payload: resources.Json, subscription: Subscription, now: datetime) -> resources.Json:
    """Live envelopes have whole seconds."""
    return {
        "created_at": stamp(now.replace(microsecond=0)),
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


def _is_doubled() -> bool:
    percent = int(Option.read("duplicates_percent", str(DUPLICATES_PERCENT)))
    return random.randrange(100) < percent  # noqa: S311  # chance, no secret
