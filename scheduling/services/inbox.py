"""Deliveries: kept the moment they arrive, acted on afterwards, as often as it takes."""

import hashlib
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from scheduling.calendly import webhooks
from scheduling.models import Delivery, Subscription
from scheduling.services import availability, event_types, interviews, routing

logger = logging.getLogger(__name__)

FIRST_RETRY = timedelta(seconds=10)
LAST_RETRY = timedelta(hours=1)
MAX_ATTEMPTS = 12
# A row that waits this long has lost its queue message.
STALE_AFTER = timedelta(seconds=5)
ERROR_LENGTH = 2000


def store(subscription: Subscription, body: bytes, *, now: datetime) -> Delivery | None:
    """Insert the raw body; None when the same body is already here. Nothing is parsed yet, so nothing can be lost."""
    digest = hashlib.sha256(body).hexdigest()
    try:
        with transaction.atomic():
            return Delivery.objects.create(
                subscription=subscription, digest=digest, body=body, received_at=now, next_try_at=now
            )
    except IntegrityError:
        return None


def process(delivery_id: int) -> None:
    """Act on one delivery; safe to repeat and to run twice at once.

    1. Lock the row; whoever finds it locked or done leaves it.
    2. Parse and record; the rows written and the "processed" mark are one transaction.
    3. A failure rolls all of that back; the error and the next try are saved on their own.
    """
    try:
        with transaction.atomic():
            delivery = _lock(delivery_id)
            if delivery is not None:
                _act(delivery)
    except webhooks.PayloadError as error:
        _fail(delivery_id, error, next_try_at=None)
    # A defect of ours must not lose the booking: the row keeps the error and waits for the next try.
    except Exception as error:
        logger.exception("delivery %s failed", delivery_id)
        _fail(delivery_id, error, next_try_at=_next_try(delivery_id))


def _lock(delivery_id: int) -> Delivery | None:
    waiting = Q(state=Delivery.State.NEW) | Q(state=Delivery.State.FAILED)
    rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related("subscription__connection")
    return rows.filter(waiting, pk=delivery_id).first()


def _act(delivery: Delivery) -> None:
    event = webhooks.parse(bytes(delivery.body))
    delivery.event = event.name
    delivery.state = Delivery.State.PROCESSED
    match event:
        case webhooks.InviteeCreated() | webhooks.InviteeCanceled():
            attempt = interviews.record_invitee(event.invitee, event.invitee.scheduled_event, told_at=event.occurred_at)
            availability.note_change(attempt)
        case webhooks.NoShowCreated():
            interviews.record_invitee(event.invitee, event.invitee.scheduled_event, told_at=event.occurred_at)
            if event.invitee.no_show is not None:
                interviews.mark_no_show(
                    event.invitee.uri, no_show_uri=event.invitee.no_show.uri, marked_at=event.occurred_at
                )
        case webhooks.NoShowDeleted():
            interviews.record_invitee(event.invitee, event.invitee.scheduled_event, told_at=event.occurred_at)
            interviews.clear_no_show(event.invitee.uri, cleared_at=event.occurred_at)
        case webhooks.EventTypeChanged():
            event_types.save(delivery.subscription.connection, event.event_type)
            availability.note_type_change(event.event_type.uri)
        case webhooks.RoutingSubmitted():
            routing.record(event.submission)
        case _:
            delivery.state = Delivery.State.IGNORED
    delivery.error = ""
    delivery.next_try_at = None
    delivery.processed_at = timezone.now()
    delivery.attempts += 1
    delivery.save()


def _fail(delivery_id: int, error: Exception, *, next_try_at: datetime | None) -> None:
    text = str(error) if isinstance(error, webhooks.PayloadError) else f"{type(error).__name__}: {error}"
    Delivery.objects.filter(pk=delivery_id).update(
        state=Delivery.State.FAILED,
        error=text[:ERROR_LENGTH],
        attempts=F("attempts") + 1,
        next_try_at=next_try_at,
    )


def _next_try(delivery_id: int) -> datetime | None:
    attempts = Delivery.objects.get(pk=delivery_id).attempts
    if attempts + 1 >= MAX_ATTEMPTS:
        return None
    return timezone.now() + min(FIRST_RETRY * (1 << attempts), LAST_RETRY)


def process_again(deliveries: Iterable[Delivery]) -> int:
    """Queue deliveries once more, whatever became of them; recording is idempotent. Returns how many."""
    ids = [delivery.pk for delivery in deliveries]
    return Delivery.objects.filter(pk__in=ids).update(state=Delivery.State.NEW, next_try_at=timezone.now(), attempts=0)


def process_failed_again() -> int:
    """Queue every failed delivery once more. Returns how many."""
    return process_again(Delivery.objects.filter(state=Delivery.State.FAILED).only("pk"))


def due(*, now: datetime) -> list[int]:
    """Deliveries to act on whose queue message was lost or whose next try has come, oldest first."""
    lost = Q(state=Delivery.State.NEW, next_try_at__lte=now - STALE_AFTER)
    again = Q(state=Delivery.State.FAILED, next_try_at__lte=now)
    return list(Delivery.objects.filter(lost | again).order_by("received_at").values_list("pk", flat=True)[:500])


def prune(*, now: datetime) -> int:
    """Delete deliveries past their retention: raw bodies are personal data."""
    before = now - timedelta(days=settings.DELIVERY_RETENTION_DAYS)
    count, _ = Delivery.objects.filter(received_at__lt=before).delete()
    return count
