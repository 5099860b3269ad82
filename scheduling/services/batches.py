"""Booking links for many candidates: made in the background within the rate budget, each with its own result."""

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from candidates.models import Candidate
from scheduling.calendly import errors
from scheduling.calendly.budget import Priority
from scheduling.models import Batch, BatchItem, BookingLink, EventType
from scheduling.services import links, messages, tokens

logger = logging.getLogger(__name__)

# A turn ends well before the queue's time limit; the sweep or the next message goes on.
TURN = timedelta(minutes=4)
# Longer than one link may take, waiting for the budget included.
CLAIM = timedelta(minutes=3)
MAX_ATTEMPTS = 3


def create(
    candidates: Iterable[Candidate],
    *,
    event_type: EventType,
    expires_at: datetime | None,
    request_key: uuid.UUID,
    by: User,
    sends_mail: bool = False,
) -> Batch:
    """Write down what is to be done; the same `request_key` again is the same batch. The caller wakes the workers."""
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                event_type=event_type,
                expires_at=expires_at,
                created_by=by,
                request_key=request_key,
                sends_mail=sends_mail,
            )
            BatchItem.objects.bulk_create(
                [BatchItem(batch=batch, candidate=candidate) for candidate in candidates], batch_size=500
            )
    except IntegrityError:
        return Batch.objects.get(request_key=request_key)
    return batch


def advance(batch_id: int) -> None:
    """Make links until none waits, the batch is stopped, or the turn is over. Any number of workers may do so at once.

    Each item is claimed by a conditional update and carries the key its link is known by, so going on after a stop, or
    after a worker died with its work saved, makes no second link.
    """
    until = timezone.now() + TURN
    while timezone.now() < until and advance_one(batch_id):
        pass


def advance_one(batch_id: int) -> bool:
    """Make the next link that waits; returns whether to go on."""
    item = _claim_next(batch_id)
    return item is not None and _make(item)


def _claim_next(batch_id: int) -> BatchItem | None:
    """The next item that waits, ours alone; None when there is none or the batch was stopped."""
    while True:
        now = timezone.now()
        item = _waiting(now).filter(batch=batch_id).first()
        if item is None:
            return None
        claimed = _waiting(now).filter(pk=item.pk).update(claimed_until=now + CLAIM, attempts=F("attempts") + 1)
        if claimed:
            rows = BatchItem.objects.select_related("batch__event_type__connection", "batch__created_by", "candidate")
            return rows.get(pk=item.pk)


def _waiting(now: datetime) -> QuerySet[BatchItem]:
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return BatchItem.objects.filter(free, state=BatchItem.State.WAITING, batch__stopped_at=None).order_by("pk")


def _make(item: BatchItem) -> bool:
    """Make one link and keep how it went; returns whether to go on with the batch."""
    batch, candidate = item.batch, item.candidate
    if candidate.archived_at is not None:
        return _end(item, BatchItem.State.SKIPPED, problem="Archived meanwhile.")
    request = links.LinkRequest(
        candidate=candidate,
        event_type=batch.event_type,
        connection=batch.event_type.connection,
        request_key=item.request_key,
        position=candidate.positions.first(),
        expires_at=batch.expires_at,
    )
    try:
        link = links.create_link(request, by=batch.created_by, priority=Priority.BACKGROUND)
    except errors.Unauthorized as error:
        tokens.mark_lost(request.connection, str(error))
        _release(item, error)
        stop(batch, reason="Calendly no longer accepts the connection.")
        return False
    except (errors.Unavailable, errors.RateLimited, links.StillBeingMade) as error:
        if item.attempts < MAX_ATTEMPTS:
            return _release(item, error)
        return _end(item, BatchItem.State.FAILED, problem=str(error))
    except errors.CalendlyError as error:
        return _end(item, BatchItem.State.FAILED, problem=str(error))
    return _finish(item, link)


@transaction.atomic
def _finish(item: BatchItem, link: BookingLink) -> bool:
    """Keep the link and, where the batch is to, write the invitation down with it: both or neither."""
    BatchItem.objects.filter(pk=item.pk).update(link=link)
    problem = ""
    if item.batch.sends_mail:
        try:
            messages.queue_invitation(link, by=item.batch.created_by)
        except messages.NotPossible as error:
            problem = f"No e-mail was sent: {error}"
    return _end(item, BatchItem.State.DONE, problem=problem)


def _end(item: BatchItem, state: BatchItem.State, *, problem: str = "") -> bool:
    BatchItem.objects.filter(pk=item.pk).update(state=state, problem=problem[:300], claimed_until=None)
    return True


def _release(item: BatchItem, error: Exception) -> bool:
    """Leave it waiting; what went wrong is shown until it goes well."""
    BatchItem.objects.filter(pk=item.pk).update(claimed_until=None, problem=str(error)[:300])
    return True


def stop(batch: Batch, *, reason: str = "") -> None:
    """Make no more links; those under way are finished."""
    Batch.objects.filter(pk=batch.pk, stopped_at=None).update(stopped_at=timezone.now(), stop_reason=reason)


def resume(batch: Batch) -> None:
    """Go on where it stopped, and try again what failed. The caller wakes the workers."""
    with transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(stopped_at=None, stop_reason="")
        batch.items.filter(state=BatchItem.State.FAILED).update(
            state=BatchItem.State.WAITING, attempts=0, problem="", claimed_until=None
        )


def due(*, now: datetime) -> list[int]:
    """Batches with items that wait for a worker."""
    waiting = _waiting(now).filter(batch=OuterRef("pk"))
    return list(Batch.objects.filter(Exists(waiting)).values_list("pk", flat=True))
