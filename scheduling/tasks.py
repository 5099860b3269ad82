"""Tasks fetch an id and call a service; the rows say what is to be done, a message only wakes a worker."""

import logging

from celery import Task, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from scheduling.services import inbox, setup

logger = logging.getLogger(__name__)


def wake(task: Task, row_id: int) -> None:
    """Send a message; when the queue is down the row still waits and the sweep finds it."""
    try:
        task.delay(row_id)
    except (OperationalError, OSError):
        logger.exception("the queue did not take %s for row %s; the sweep will", task.name, row_id)


@shared_task
def process_delivery(delivery_id: int) -> None:
    inbox.process(delivery_id)


@shared_task
def set_up_connection(connection_id: int) -> None:
    setup.run(connection_id)


@shared_task
def sweep() -> None:
    """Pick up what is due: rows whose message was lost, and rows whose next try has come."""
    for delivery_id in inbox.due(now=timezone.now()):
        process_delivery.delay(delivery_id)
    for connection_id in setup.due():
        set_up_connection.delay(connection_id)


@shared_task
def prune() -> None:
    inbox.prune(now=timezone.now())
