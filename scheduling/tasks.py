"""Tasks fetch an id and call a service; the rows say what is to be done, a message only wakes a worker."""

import logging
import smtplib
import uuid
from datetime import datetime

from celery import Task, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from scheduling.models import Subscription
from scheduling.models.fields import decrypt, encrypt
from scheduling.services import (
    batches,
    bookings,
    budgets,
    cancellations,
    imports,
    inbox,
    invitations,
    links,
    messages,
    replacements,
    setup,
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


def wake_sweep() -> None:
    """Have what is due looked for now; when the queue is down the next sweep does it anyway."""
    try:
        sweep.delay()
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
def advance_batch(batch_id: int) -> None:
    batches.advance(batch_id)


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


def mail_invitation(invitation_id: int, token: str) -> None:
    """Have the link mailed. No row holds it, so what the queue does not take is not sent: the page says so."""
    try:
        send_invitation.delay(invitation_id, encrypt(token))
    except (OperationalError, OSError):
        logger.exception("the queue did not take invitation %s", invitation_id)


@shared_task(autoretry_for=(OSError, smtplib.SMTPException), retry_backoff=30, max_retries=6)
def send_invitation(invitation_id: int, sealed: str) -> None:
    invitations.send(invitation_id, decrypt(sealed))


@shared_task
def act_on_cancel_request(request_id: int) -> None:
    cancellations.act(request_id)
    for message_id in messages.due(now=timezone.now()):
        send_message.delay(message_id)


@shared_task
def sweep() -> None:
    """Pick up what is due: rows whose message was lost, and rows whose next try has come."""
    now = timezone.now()
    for delivery_id in inbox.due(now=now):
        process_delivery.delay(delivery_id)
    for connection_id in setup.due():
        set_up_connection.delay(connection_id)
    for subscription_id in subscriptions.due(now=now):
        check_subscription.delay(subscription_id)
    for run_id in syncs.start_due(now=now):
        advance_sync.delay(run_id)
    for batch_id in batches.due(now=now):
        advance_batch.delay(batch_id)
    for import_id in imports.due(now=now):
        advance_import.delay(import_id)
    for request_id in cancellations.due(now=now):
        act_on_cancel_request.delay(request_id)
    _sweep_links(now)
    messages.give_up(now=now)
    for message_id in messages.due(now=now):
        send_message.delay(message_id)


def _sweep_links(now: datetime) -> None:
    for link_id in links.due_deletions(now=now):
        delete_share.delay(link_id)
    for link_id in replacements.due(now=now):
        replace_link.delay(link_id)
    for request_key in bookings.due(now=now):
        settle_booking.delay(str(request_key))


@shared_task
def prune() -> None:
    now = timezone.now()
    inbox.prune(now=now)
    syncs.prune(now=now)
    imports.prune(now=now)
    budgets.prune()
