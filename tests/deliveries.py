"""Webhook bodies for tests: the kept payload files, and small made ones that tell a story."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from scheduling.models import Delivery, Subscription
from scheduling.services import inbox

PAYLOADS = Path(__file__).parent / "payloads"
API = "https://api.calendly.com"
START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def payload_file(name: str) -> bytes:
    return (PAYLOADS / name).read_bytes()


def signature(body: bytes, *, key: str = "", at: datetime | None = None) -> str:
    """The header Calendly would send: HMAC-SHA256 over `<t>.<body>`."""
    seconds = int((at or timezone.now()).timestamp())
    signed = f"{seconds}.".encode() + body
    digest = hmac.new((key or settings.CALENDLY_WEBHOOK_SIGNING_KEY).encode(), signed, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def take_in(subscription: Subscription, body: bytes) -> Delivery:
    """Store and process one body, as the door and the worker do."""
    delivery = inbox.store(subscription, body, now=timezone.now())
    if delivery is None:
        return Delivery.objects.get(digest=hashlib.sha256(body).hexdigest())
    inbox.process(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def invitee_uri(event: str, invitee: str) -> str:
    return f"{API}/scheduled_events/{event}/invitees/{invitee}"


def delivery_body(name: str, payload: dict[str, Any], *, at: datetime) -> bytes:
    envelope = {
        "created_at": stamp(at.replace(microsecond=0)),
        "created_by": f"{API}/users/HOST",
        "event": name,
        "payload": payload,
    }
    return json.dumps(envelope).encode()


def invitee(event: str, who: str, *, start: datetime = START, **changes: Any) -> dict[str, Any]:
    """An invitee payload; `changes` replace keys, `canceled_at` makes it canceled."""
    booked_at = changes.pop("booked_at", START - timedelta(days=10))
    canceled_at = changes.pop("canceled_at", None)
    seats = changes.pop("seats", 1)
    payload: dict[str, Any] = {
        "uri": invitee_uri(event, who),
        "event": f"{API}/scheduled_events/{event}",
        "email": f"{who.lower()}@example.com",
        "name": who.title(),
        "status": "active",
        "timezone": "Europe/Paris",
        "created_at": stamp(booked_at),
        "updated_at": stamp(booked_at),
        "questions_and_answers": [],
        "tracking": {"utm_content": None},
        "rescheduled": False,
        "old_invitee": None,
        "new_invitee": None,
        "no_show": None,
        "cancel_url": f"https://calendly.com/cancellations/{who}",
        "reschedule_url": f"https://calendly.com/reschedulings/{who}",
        "scheduled_event": {
            "uri": f"{API}/scheduled_events/{event}",
            "name": "Technical interview",
            "status": "active",
            "start_time": stamp(start),
            "end_time": stamp(start + timedelta(minutes=45)),
            "event_type": f"{API}/event_types/TYPE",
            "location": {"type": "physical", "location": "1 Example Street"},
            "invitees_counter": {"total": 1, "active": 1, "limit": seats},
            "created_at": stamp(booked_at),
            "updated_at": stamp(booked_at),
            "event_memberships": [
                {"user": f"{API}/users/HOST", "user_email": "host@example.org", "user_name": "Harper"}
            ],
            "event_guests": [],
        },
    }
    if canceled_at is not None:
        payload["status"] = "canceled"
        payload["updated_at"] = stamp(canceled_at)
        payload["cancellation"] = {
            "canceled_by": who.title(),
            "reason": "",
            "canceler_type": "invitee",
            "created_at": stamp(canceled_at),
        }
    payload.update(changes)
    return payload
