"""Booking links: our address around a Calendly single-use link."""

import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from candidates.models import Candidate, Position
from scheduling.calendly import errors
from scheduling.calendly.booking_links import prefilled_url
from scheduling.calendly.budget import Priority
from scheduling.calendly.client import Client
from scheduling.models import BookingLink, Connection, EventType, LinkClaim, TimelineEntry
from scheduling.models.link import new_reference
from scheduling.services import connections, standings, timeline

logger = logging.getLogger(__name__)

# Longer than any call to Calendly may take: an older claim belongs to a process that died.
CLAIM_LIFE = timedelta(seconds=60)
WAIT_S = 20.0
POLL_S = 0.1
UTM_SOURCE = "anteroom"
DELETE_AGAIN_AFTER = timedelta(minutes=2)


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


def create_link(request: LinkRequest, *, by: User | None, priority: Priority = Priority.CLICK) -> BookingLink:
    """Make a single-use link at Calendly and keep it, prefilled, behind our own address.

    The row is written last, so any `CalendlyError` leaves nothing. A second call with the same `request_key` returns
    the first one's link; it raises `StillBeingMade` when that takes longer than it is worth waiting for.
    """
    existing = _claim_or_wait(request.request_key)
    if existing is not None:
        return existing
    try:
        client = connections.client_for(request.connection, priority=priority)
        return _save(request, make_at_calendly(request.event_type, client), by=by)
    finally:
        LinkClaim.objects.filter(pk=request.request_key).delete()


@dataclass(frozen=True)
class Made:
    """What Calendly made; `share_uri` when its state can be read and it can be deleted there."""

    booking_url: str
    share_uri: str = ""


def make_at_calendly(event_type: EventType, client: Client) -> Made:
    """A share where the event type is one-on-one and we may, else a scheduling link, of which nothing can be asked."""
    if event_type.is_one_on_one:
        try:
            share = client.create_share(event_type.uri)
        except (errors.InsufficientScope, errors.PlanRequired, errors.Forbidden, errors.Rejected, errors.NotFound):
            logger.info("no share for event type %s; making a scheduling link", event_type.pk)
        else:
            if share.scheduling_links:
                return Made(share.scheduling_links[0].booking_url, share.uri)
    return Made(client.create_scheduling_link(event_type.uri).booking_url)


def tracking(reference: str) -> dict[str, str]:
    """What travels through Calendly with a booking of ours."""
    return {"utm_source": UTM_SOURCE, "utm_medium": "booking_link", "utm_content": reference}


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
def _save(request: LinkRequest, made: Made, *, by: User | None) -> BookingLink:
    reference = new_reference()
    link = BookingLink.objects.create(
        candidate=request.candidate,
        position=request.position,
        event_type=request.event_type,
        connection=request.connection,
        reference=reference,
        booking_url=made.booking_url,
        share_uri=made.share_uri,
        prefilled_url=prefilled_url(
            made.booking_url,
            name=request.candidate.name,
            email=request.candidate.email,
            answers=request.answers,
            tracking=tracking(reference),
        ),
        request_key=request.request_key,
        expires_at=request.expires_at,
        created_by=by,
    )
    standings.refresh(candidates=[link.candidate_id], links=[link.pk])
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
    """Make our address stop leading to Calendly; returns whether it did so now. Safe to repeat.

    A share is withdrawn at Calendly too: that is noted as due here, and done by `delete_share`.
    """
    now = timezone.now()
    if not BookingLink.objects.filter(pk=link.pk, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=by):
        return False
    delete_share_soon(link)
    standings.refresh(candidates=[link.candidate_id], links=[link.pk])
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


def delete_share_soon(link: BookingLink) -> None:
    """Note that the link's share at Calendly is no longer needed; `delete_share` does it."""
    BookingLink.objects.filter(pk=link.pk).exclude(share_uri="").update(share_delete_due_at=timezone.now())


def delete_share(link_id: int) -> None:
    """Delete the share of a link that was withdrawn, or booked without it. Safe to repeat.

    A share that was booked or is gone there needs nothing.     Calendly being out of reach leaves it due for the sweep.
    """
    now = timezone.now()
    if not BookingLink.objects.filter(pk=link_id, share_delete_due_at__lte=now).update(
        share_delete_due_at=now + DELETE_AGAIN_AFTER
    ):
        return
    link = BookingLink.objects.select_related("connection").get(pk=link_id)
    try:
        connections.client_for(link.connection, priority=Priority.BACKGROUND).delete_share(link.share_uri)
    except (errors.NotFound, errors.Rejected, errors.Forbidden, errors.InsufficientScope) as error:
        logger.info("share of link %s cannot be deleted: %s", link_id, error)
    except errors.CalendlyError as error:
        logger.warning("share of link %s will be deleted later: %s", link_id, error)
        return
    BookingLink.objects.filter(pk=link_id).update(share_delete_due_at=None)


def due_deletions(*, now: datetime) -> list[int]:
    """Links whose share is still to be deleted at Calendly."""
    live = Connection.State.CONNECTED
    rows = BookingLink.objects.filter(share_delete_due_at__lte=now, connection__state=live)
    return list(rows.values_list("pk", flat=True)[:100])


@transaction.atomic
def record_opened(link: BookingLink) -> None:
    """Note the first time the candidate opened the link; later ones change nothing."""
    now = timezone.now()
    if not BookingLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now):
        return
    standings.refresh(candidates=[link.candidate_id], links=[link.pk])
    timeline.record(
        TimelineEntry.Kind.LINK_OPENED,
        key=f"link_opened:{link.pk}",
        happened_at=now,
        candidate=link.candidate,
        link=link,
        actor_name=link.candidate.name,
    )
