"""Slots a recruiter picked and gave somebody to choose from."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import BookingLink, Connection, EventType, SharedTimes, TimelineEntry
from scheduling.services import links, timeline

# More is no choice any more.
MOST = 60
LINK_LIFE = timedelta(days=14)


@dataclass(frozen=True)
class ShareRequest:
    """What a recruiter picked; `request_key` names the form, so that sending it twice shares once.

    With a candidate the times lead to that candidate's booking link, through `connection` where one is to be made.
    """

    event_type: EventType
    connection: Connection
    starts: Sequence[datetime]
    timezone: str
    request_key: uuid.UUID
    candidate: Candidate | None = None


def share(request: ShareRequest, *, by: User) -> SharedTimes:
    """Keep the times behind an address of their own; returns the first one's when sent again.

    For a candidate their open link of this event type serves, else one is made at Calendly: raises what
    `links.create_link` raises, and then nothing is kept.
    """
    known = SharedTimes.objects.filter(request_key=request.request_key).first()
    if known is not None:
        return known
    link = _link(request, by=by) if request.candidate else None
    try:
        with transaction.atomic():
            return _save(request, link, by=by)
    except IntegrityError:
        # The other click was faster.
        return SharedTimes.objects.get(request_key=request.request_key)


def _link(request: ShareRequest, *, by: User) -> BookingLink:
    return _open_link(request) or links.create_link(
        links.LinkRequest(
            candidate=_candidate(request),
            event_type=request.event_type,
            connection=request.connection,
            request_key=request.request_key,
            expires_at=max(timezone.now() + LINK_LIFE, *request.starts),
        ),
        by=by,
    )


def _candidate(request: ShareRequest) -> Candidate:
    if request.candidate is None:
        raise ValueError("times for nobody in particular have no link")
    return request.candidate


def _open_link(request: ShareRequest) -> BookingLink | None:
    """The newest that can still be booked and outlives the last of the times."""
    lives = Q(expires_at=None) | Q(expires_at__gte=max(request.starts))
    unused = BookingLink.objects.filter(lives, withdrawn_at=None, interviews=None)
    return unused.filter(candidate=request.candidate, event_type=request.event_type).order_by("-created_at").first()


def _save(request: ShareRequest, link: BookingLink | None, *, by: User) -> SharedTimes:
    starts = sorted(set(request.starts))
    shared = SharedTimes.objects.create(
        event_type=request.event_type,
        link=link,
        starts=[start.astimezone(UTC).isoformat() for start in starts],
        timezone=request.timezone,
        request_key=request.request_key,
        expires_at=starts[-1],
        created_by=by,
    )
    timeline.record(
        TimelineEntry.Kind.TIMES_SHARED,
        key=f"times_shared:{shared.pk}",
        happened_at=shared.created_at,
        candidate=request.candidate,
        link=link,
        actor=by,
        detail=f"{len(starts)} for {request.event_type}",
    )
    return shared


def withdraw(shared: SharedTimes) -> bool:
    """Let the address offer nothing any more; a candidate's booking link stays. Returns whether it did so now."""
    return bool(SharedTimes.objects.filter(pk=shared.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()))
