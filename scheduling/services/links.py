"""Booking links: our address around a Calendly single-use link."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from candidates.models import Candidate, Position
from scheduling.calendly.booking_links import prefilled_url
from scheduling.models import BookingLink, Connection, EventType, LinkClaim, TimelineEntry
from scheduling.models.link import new_reference
from scheduling.services import connections, timeline

# Longer than any call to Calendly may take: an older claim belongs to a process that died.
CLAIM_LIFE = timedelta(seconds=60)
WAIT_S = 20.0
POLL_S = 0.1
UTM_SOURCE = "anteroom"


class StillBeingMade(Exception):
    """The same form is being worked on and did not finish while we waited."""


@dataclass(frozen=True)
class LinkRequest:
    """What a recruiter asks for; `request_key` names the form, so that sending it twice makes one link."""

    candidate: Candidate
    event_type: EventType
    connection: Connection
    request_key: uuid.UUID
    position: Position | None = None
    expires_at: datetime | None = None
    # Question position -> prefilled answer.
    answers: Mapping[int, str] = field(default_factory=dict)


def create_link(request: LinkRequest, *, by: User) -> BookingLink:
    """Make a single-use link at Calendly and keep it, prefilled, behind our own address.

    The row is written last, so any `CalendlyError` leaves nothing. A second call with the same `request_key` returns
    the first one's link; it raises `StillBeingMade` when that takes longer than it is worth waiting for.
    """
    existing = _claim_or_wait(request.request_key)
    if existing is not None:
        return existing
    try:
        client = connections.client_for(request.connection)
        booking_url = client.create_scheduling_link(request.event_type.uri).booking_url
        return _save(request, booking_url, by=by)
    finally:
        LinkClaim.objects.filter(pk=request.request_key).delete()


def _claim_or_wait(request_key: uuid.UUID) -> BookingLink | None:
    """Claim the key, or wait for who claimed it and return their link."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        existing = BookingLink.objects.filter(request_key=request_key).first()
        if existing is not None or _claim(request_key):
            # Between the look and the claim the first click may have finished.
            return existing or BookingLink.objects.filter(request_key=request_key).first()
        time.sleep(POLL_S)
    raise StillBeingMade


def _claim(request_key: uuid.UUID) -> bool:
    now = timezone.now()
    LinkClaim.objects.filter(pk=request_key, claimed_at__lt=now - CLAIM_LIFE).delete()
    try:
        with transaction.atomic():
            LinkClaim.objects.create(request_key=request_key, claimed_at=now)
    except IntegrityError:
        return False
    return True


@transaction.atomic
def _save(request: LinkRequest, booking_url: str, *, by: User) -> BookingLink:
    reference = new_reference()
    link = BookingLink.objects.create(
        candidate=request.candidate,
        position=request.position,
        event_type=request.event_type,
        connection=request.connection,
        reference=reference,
        booking_url=booking_url,
        prefilled_url=prefilled_url(
            booking_url,
            name=request.candidate.name,
            email=request.candidate.email,
            answers=request.answers,
            tracking={"utm_source": UTM_SOURCE, "utm_medium": "booking_link", "utm_content": reference},
        ),
        request_key=request.request_key,
        expires_at=request.expires_at,
        created_by=by,
    )
    timeline.record(
        TimelineEntry.Kind.LINK_MADE,
        key=f"link_made:{link.pk}",
        happened_at=link.created_at,
        candidate=link.candidate,
        link=link,
        actor=by,
        detail=link.event_type.name,
    )
    return link


@transaction.atomic
def withdraw(link: BookingLink, *, by: User) -> bool:
    """Make our address stop leading to Calendly; returns whether it did so now. Safe to repeat."""
    now = timezone.now()
    if not BookingLink.objects.filter(pk=link.pk, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=by):
        return False
    timeline.record(
        TimelineEntry.Kind.LINK_WITHDRAWN,
        key=f"link_withdrawn:{link.pk}",
        happened_at=now,
        candidate=link.candidate,
        link=link,
        actor=by,
        detail=link.event_type.name,
    )
    return True


@transaction.atomic
def record_opened(link: BookingLink) -> None:
    """Note the first time the candidate opened the link; later ones change nothing."""
    now = timezone.now()
    if not BookingLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now):
        return
    timeline.record(
        TimelineEntry.Kind.LINK_OPENED,
        key=f"link_opened:{link.pk}",
        happened_at=now,
        candidate=link.candidate,
        link=link,
        actor_name=link.candidate.name,
    )
