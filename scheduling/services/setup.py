"""What follows a connect: mirror members and event types, subscribe to deliveries, read the bookings there are."""

import logging
from datetime import timedelta

from django.utils import timezone

from scheduling.calendly.errors import CalendlyError, Unauthorized
from scheduling.models import Connection
from scheduling.services import connections, event_types, imports, interviewers, subscriptions

logger = logging.getLogger(__name__)

RETRY_AFTER = timedelta(minutes=1)
RETRY_AT_MOST = timedelta(hours=1)


def run(connection_id: int) -> None:
    """Carry out the due set-up of one connection; each step is safe to repeat.

    1. Claim the row by moving its due time, so that two workers do not do it at once.
    2. Mirror, subscribe, import.
    3. Clear the due time; an error of Calendly's leaves it for the sweep and is kept to be shown.
    """
    now = timezone.now()
    due = Connection.objects.filter(pk=connection_id, state=Connection.State.CONNECTED, setup_due_at__lte=now)
    if not due.update(setup_due_at=now + timedelta(minutes=15)):
        return
    connection = Connection.objects.get(pk=connection_id)
    try:
        client = connections.client_for(connection, patient=True)
        interviewers.mirror(connection, client)
        event_types.mirror(connection, client)
        subscriptions.ensure(connection, client)
        imports.read_bookings(connection, client, now=now)
    except Unauthorized as error:
        connections.mark_lost(connection, str(error))
    except CalendlyError as error:
        _retry_later(connection, error)
    else:
        done = Connection.objects.filter(pk=connection_id)
        done.update(setup_due_at=None, setup_error="", setup_attempts=0, synced_at=timezone.now())


def _retry_later(connection: Connection, error: CalendlyError) -> None:
    logger.warning("set-up of connection %s will be tried again: %s", connection.pk, error)
    wait = min(RETRY_AFTER * (1 << connection.setup_attempts), RETRY_AT_MOST)
    Connection.objects.filter(pk=connection.pk).update(
        setup_due_at=timezone.now() + wait,
        setup_attempts=connection.setup_attempts + 1,
        setup_error=str(error)[:300],
    )


def due() -> list[int]:
    """Connections whose set-up waits: asked by the sweep."""
    return list(
        Connection.objects.filter(state=Connection.State.CONNECTED, setup_due_at__lte=timezone.now()).values_list(
            "pk", flat=True
        )
    )


def make_due(connection: Connection) -> None:
    """Ask for the set-up to be carried out again; every step of it is safe to repeat."""
    Connection.objects.filter(pk=connection.pk).update(setup_due_at=timezone.now(), setup_error="", setup_attempts=0)
