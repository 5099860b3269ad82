"""Calendly's event types, mirrored."""

from django.db import transaction
from django.utils import timezone

from scheduling.calendly.client import Client
from scheduling.calendly.resources import EventType as CalendlyEventType
from scheduling.models import Connection, EventType, EventTypeQuestion, Interviewer
from scheduling.services import interviewers


def mirror(connection: Connection, client: Client) -> None:
    """Read every event type this connection sees; one that is gone is marked deleted, because links name it."""
    whole = connection.sees_organization
    read = list(
        client.event_types(
            organization=connection.organization_uri if whole else None, user=None if whole else connection.user_uri
        )
    )
    for event_type in read:
        save(connection, event_type)
        if event_type.pooling_type:
            _mirror_hosts(event_type, client)
    gone = EventType.objects.filter(connection=connection, deleted_at=None)
    gone.exclude(uri__in=[event_type.uri for event_type in read]).update(deleted_at=timezone.now(), is_active=False)


def _mirror_hosts(event_type: CalendlyEventType, client: Client) -> None:
    """Who hosts a pooled type; another's host is its profile's owner, which needs no call."""
    hosts = [host.member.uri for host in client.hosts(event_type.uri)]
    row = EventType.objects.get(uri=event_type.uri)
    row.hosts.set(Interviewer.objects.filter(user_uri__in=hosts))


@transaction.atomic
def save(connection: Connection, event_type: CalendlyEventType) -> None:
    """Insert or update one event type with its questions, unless ours is newer: safe in any order."""
    rows = EventType.objects.select_for_update(of=("self",)).select_related("connection")
    known = rows.filter(uri=event_type.uri).first()
    if known is not None and known.updated_at > event_type.updated_at:
        return
    row, _ = EventType.objects.update_or_create(
        uri=event_type.uri,
        defaults={
            "connection": interviewers.wider(known.connection if known else None, connection),
            "name": event_type.name or "Untitled",
            "slug": event_type.slug or "",
            "scheduling_url": event_type.scheduling_url,
            "duration_min": round(event_type.duration),
            "kind": event_type.kind,
            "pooling": event_type.pooling_type or "",
            "color": event_type.color or "",
            "description": event_type.description_plain or "",
            "location_kinds": [location.kind for location in event_type.locations or []],
            "locations": [location.model_dump(exclude_none=True) for location in event_type.locations or []],
            "owner_name": event_type.profile.name if event_type.profile else "",
            "is_active": event_type.active,
            "is_secret": event_type.secret,
            "deleted_at": event_type.deleted_at,
            "updated_at": event_type.updated_at,
        },
    )
    if not event_type.pooling_type and event_type.profile:
        row.hosts.set(Interviewer.objects.filter(user_uri=event_type.profile.owner))
    row.questions.all().delete()
    EventTypeQuestion.objects.bulk_create(
        EventTypeQuestion(
            event_type=row,
            text=question.name,
            answer_type=question.type,
            position=question.position,
            is_required=question.required,
            choices=question.answer_choices or [],
            includes_other=question.include_other,
        )
        for question in event_type.custom_questions
        if question.enabled
    )
