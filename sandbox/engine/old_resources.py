"""Webhook bodies as API v1 had them, which an older example of the sample data shows."""

from datetime import UTC, datetime

from sandbox.addresses import stamp
from sandbox.engine.resources import TRACKING_KEYS, Json
from sandbox.models import Event, EventType, Invitee, Member

PRETTY = "%I:%M%p - %A, %B %d, %Y"


def envelope(name: str, row: Invitee, now: datetime) -> Json:
    """Bare ids, `time` instead of `created_at`, and nothing of who subscribed."""
    answers = row.answers
    return {
        "event": name,
        "time": stamp(now),
        "payload": {
            "event_type": _event_type(row.event.event_type),
            "event": _event(row.event),
            "invitee": _invitee(row),
            "questions_and_answers": [{key: item[key] for key in ("question", "answer")} for item in answers],
            "tracking": {key: row.tracking.get(key) for key in TRACKING_KEYS},
            "old_event": str(row.moved_from.event.uuid) if row.moved_from else None,
            "old_invitee": str(row.moved_from.uuid) if row.moved_from else None,
            "new_event": None,
            "new_invitee": None,
        },
    }


def _event_type(row: EventType) -> Json:
    owner = row.owner
    return {
        "uuid": str(row.uuid),
        "kind": "Group" if row.kind == EventType.Kind.GROUP else "One-on-One",
        "slug": row.slug,
        "name": row.name,
        "duration": row.duration_min,
        "owner": {"type": "users", "uuid": str(owner.uuid)} if owner else None,
    }


def _event(row: Event) -> Json:
    hosts = list(row.hosts.all())
    return {
        "uuid": str(row.uuid),
        "assigned_to": [host.name for host in hosts],
        "extended_assigned_to": [_host(host) for host in hosts],
        "start_time": stamp(row.start),
        "start_time_pretty": row.start.astimezone(UTC).strftime(PRETTY),
        "end_time": stamp(row.end),
        "created_at": stamp(row.created_at),
        "location": (row.location or {}).get("location"),
        "canceled": row.is_canceled,
    }


def _host(host: Member) -> Json:
    return {"name": host.name, "email": host.email, "primary": True}


def _invitee(row: Invitee) -> Json:
    cancellation = row.cancellation or {}
    return {
        "uuid": str(row.uuid),
        "first_name": None,
        "last_name": None,
        "name": row.name,
        "email": row.email,
        "timezone": row.timezone,
        "created_at": stamp(row.created_at),
        "is_reschedule": row.moved_from is not None,
        "canceled": row.is_canceled,
        "canceler_name": cancellation.get("canceled_by"),
        "cancel_reason": cancellation.get("reason"),
        "canceled_at": cancellation.get("created_at"),
    }
