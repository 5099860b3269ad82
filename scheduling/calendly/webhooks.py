"""Deliveries: is it Calendly's, and what does it say?

Signature: `Calendly-Webhook-Signature: t=<unix seconds>,v1=<hex>` with
`v1 = HMAC-SHA256(key as text, t + "." + raw body)`, from Calendly's webhook documentation.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from scheduling.calendly.resources import EventType, Invitee, Moment, RoutingSubmission

TOLERANCE = timedelta(seconds=180)


class SignatureError(Exception):
    """The delivery is not proven to be Calendly's; the text says why without quoting it."""


class Unsigned(SignatureError):
    """No signature header."""


class Malformed(SignatureError):
    """The header cannot be read."""


class Stale(SignatureError):
    """Signed too long ago, or in the future: perhaps a replay."""


class Forged(SignatureError):
    """Signed with another key, or changed on the way."""


class PayloadError(Exception):
    """The body cannot be read; the text names fields, never their values."""


@dataclass(frozen=True)
class Event:
    """What every delivery says: its name and when Calendly made it (whole seconds)."""

    name: str
    occurred_at: datetime


@dataclass(frozen=True)
class InviteeEvent(Event):
    invitee: Invitee


class InviteeCreated(InviteeEvent):
    pass


class InviteeCanceled(InviteeEvent):
    pass


class NoShowCreated(InviteeEvent):
    pass


class NoShowDeleted(InviteeEvent):
    pass


@dataclass(frozen=True)
class EventTypeChanged(Event):
    event_type: EventType


@dataclass(frozen=True)
class RoutingSubmitted(Event):
    submission: RoutingSubmission


class Unknown(Event):
    """An event we have no use for."""


INVITEE_EVENTS: dict[str, type[InviteeEvent]] = {
    "invitee.created": InviteeCreated,
    "invitee.canceled": InviteeCanceled,
    "invitee_no_show.created": NoShowCreated,
    "invitee_no_show.deleted": NoShowDeleted,
}
ROUTING_EVENT = "routing_form_submission.created"
EVENT_TYPE_EVENTS = ("event_type.created", "event_type.updated", "event_type.deleted")


def verify(
    *, header: str | None, body: bytes, keys: Sequence[str], now: datetime, tolerance: timedelta = TOLERANCE
) -> None:
    """Raise a `SignatureError` unless the raw body was signed with one of the keys within the tolerance."""
    if not header:
        raise Unsigned("no signature")
    signed_at, signatures = _read_header(header)
    if abs(now.timestamp() - signed_at) > tolerance.total_seconds():
        raise Stale("the signature is out of time")
    message = f"{signed_at}.".encode() + body
    for key in filter(None, keys):
        expected = hmac.new(key.encode(), message, hashlib.sha256).hexdigest().encode()
        if any(hmac.compare_digest(expected, signature) for signature in signatures):
            return
    raise Forged("the signature does not fit")


def sign(body: bytes, *, key: str, at: datetime) -> str:
    """The header Calendly would send with this body: what a test delivery carries."""
    seconds = int(at.timestamp())
    digest = hmac.new(key.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={digest.hexdigest()}"


def _read_header(header: str) -> tuple[int, list[bytes]]:
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value.encode() for name, _, value in pairs if name == "v1" and value]
    if len(times) != 1 or not signatures or not (times[0].isascii() and times[0].isdigit() and len(times[0]) < 13):
        raise Malformed("the signature header cannot be read")
    return int(times[0]), signatures


def parse(body: bytes) -> Event:
    """Read one delivery; an event we do not know is `Unknown`. Raises `PayloadError`."""
    envelope = _envelope(body)
    name = envelope["event"]
    try:
        occurred_at = TypeAdapter(Moment).validate_python(envelope.get("created_at"))
        if name in INVITEE_EVENTS:
            return INVITEE_EVENTS[name](name, occurred_at, Invitee.model_validate(envelope.get("payload")))
        if name in EVENT_TYPE_EVENTS:
            return EventTypeChanged(name, occurred_at, EventType.model_validate(envelope.get("payload")))
        if name == ROUTING_EVENT:
            return RoutingSubmitted(name, occurred_at, RoutingSubmission.model_validate(envelope.get("payload")))
    except ValidationError as error:
        raise PayloadError(f"{name}: {_fields(error)}") from None
    return Unknown(name, occurred_at)


def _envelope(body: bytes) -> dict[str, Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        raise PayloadError("the body is not JSON") from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("event"), str):
        # An invitee's `event` is an address: a payload without its envelope ends up here or fails on `created_at`.
        raise PayloadError("the body has no event name")
    if "payload" not in envelope:
        raise PayloadError("the body has no payload")
    return envelope


def _fields(error: ValidationError) -> str:
    """Which fields do not fit and why, without their values."""
    problems = [f"{'.'.join(map(str, item['loc'])) or 'body'}: {item['type']}" for item in error.errors()]
    return "; ".join(problems[:10])
