"""Tasks fetch an id and call a service; the rows say what is to be done, a message only wakes a worker."""

import logging
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from celery import Task, shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from scheduling.models import Subscription
from scheduling.services import (
    availability,
    bookings,
    budgets,
    bulk,
    cancellations,
    imports,
    inbox,
    invitations,
    links,
    messages,
    plans,
    replacements,
    saved_views,
    setup,
    standings,
    subscriptions,
    syncs,
)

logger = logging.getLogger(__name__)


def wake(task: Task, row_id: int, *, at: datetime | None = None) -> None:
    """Send a message, for now or for later; when the queue is down the row still waits and the sweep finds it."""
    try:
        task.apply_async((row_id,), eta=at)
    except (OperationalError, OSError):
        logger.exception("the queue did not take %s for row %s; the sweep will", task.name, row_id)


def wake_sweep(*, at: datetime | None = None) -> None:
    """Have what is due looked for, now or then; when the queue is down the next sweep does it anyway."""
    try:
        sweep.apply_async(eta=at)
    except (OperationalError, OSError):
        logger.exception("the queue did not take a sweep; the next one comes by itself")


@shared_task
def process_delivery(delivery_id: int) -> None:
    inbox.process(delivery_id)


@shared_task
def set_up_connection(connection_id: int) -> None:
    setup.run(connection_id)


@shared_task
def advance_sync(run_id: int) -> None:
    syncs.advance(run_id)


@shared_task
def check_subscription(subscription_id: int) -> None:
    subscriptions.check(Subscription.objects.select_related("connection").get(pk=subscription_id))


@shared_task
def advance_bulk(run_id: int) -> None:
    """Go on with a run for a turn. What it leaves to others, such as mails, is looked for when it is due."""
    if not bulk.advance(run_id):
        return
    if run_id in bulk.due(now=timezone.now()):
        advance_bulk.delay(run_id)
    wake_sweep()
    wake_sweep(at=timezone.now() + timedelta(seconds=settings.CANCEL_UNDO_SECONDS + 1))


@shared_task
def advance_import(import_id: int) -> None:
    imports.advance(import_id)


@shared_task
def delete_share(link_id: int) -> None:
    links.delete_share(link_id)


@shared_task
def replace_link(link_id: int) -> None:
    replacements.act(link_id)


@shared_task
def settle_booking(request_key: str) -> None:
    bookings.settle(uuid.UUID(request_key))


@shared_task
def send_message(message_id: int) -> None:
    """Each sender looks for the next itself, in a task of its own, so that other work comes in between."""
    if messages.send(message_id):
        for next_id in messages.due(now=timezone.now()):
            send_message.delay(next_id)


@shared_task
def send_invitation(invitation_id: int) -> None:
    invitations.send(invitation_id)


@shared_task
def send_next_step(row_id: int) -> None:
    if plans.send(row_id):
        for message_id in messages.due(now=timezone.now()):
            send_message.delay(message_id)


@shared_task
def act_on_cancel_request(request_id: int) -> None:
    if cancellations.act(request_id):
        for next_id in cancellations.due(now=timezone.now(), limit=1):
            act_on_cancel_request.delay(next_id)
    for message_id in messages.due(now=timezone.now()):
        send_message.delay(message_id)


@shared_task
def read_calendars(connection_id: int) -> None:
    availability.read_wanted(connection_id)


@shared_task
def sweep() -> None:
    """Pick up what is due: rows whose message was lost, and rows whose next try has come."""
    now = timezone.now()
    standings.refresh_due(now=now)
    messages.give_up(now=now)
    for task, row_ids in _due(now):
        for row_id in row_ids:
            task.delay(row_id)


def _due(now: datetime) -> Iterator[tuple[Task, Iterable[int | str]]]:
    """Each kind of work with the rows that wait for it."""
    yield process_delivery, inbox.due(now=now)
    yield set_up_connection, setup.due()
    yield check_subscription, subscriptions.due(now=now)
    yield advance_sync, syncs.start_due(now=now)
    yield advance_bulk, bulk.due(now=now)
    yield advance_import, imports.due(now=now)
    yield act_on_cancel_request, cancellations.due(now=now)
    yield delete_share, links.due_deletions(now=now)
    yield replace_link, replacements.due(now=now)
    yield settle_booking, map(str, bookings.due(now=now))
    yield read_calendars, availability.due(now=now)
    yield send_next_step, plans.due(now=now)
    yield send_invitation, invitations.due(now=now)
    yield send_message, messages.due(now=now)


@shared_task
def prune() -> None:
    now = timezone.now()
    inbox.prune(now=now)
    syncs.prune(now=now)
    imports.prune(now=now)
    standings.repair()
    bulk.prune(now=now)
    saved_views.prune(now=now)
    availability.prune(now=now)
    budgets.prune()
