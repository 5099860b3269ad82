"""What follows a connect: mirror the account, subscribe to deliveries, read the bookings there are."""

import logging
from datetime import timedelta

from django.utils import timezone

from scheduling.calendly.budget import Priority
from scheduling.calendly.client import Client
from scheduling.calendly.errors import CalendlyError, Forbidden, InsufficientScope, NotFound, Unauthorized
from scheduling.models import Connection, SyncRun
from scheduling.services import connections, event_types, interviewers, routing, subscriptions, syncs, tokens

logger = logging.getLogger(__name__)

RETRY_AFTER = timedelta(minutes=1)
RETRY_AT_MOST = timedelta(hours=1)
# How long a claim lasts without news: longer than the steps before the bookings can take.
CLAIM = timedelta(minutes=15)


def run(connection_id: int) -> None:
    """Carry out the due set-up of one connection; each step is safe to repeat.

    1. Claim the row by moving its due time, so that two workers do not do it at once.
    2. Mirror and subscribe.
    3. Clear the due time; an error of Calendly's leaves it for the sweep and is kept to be shown.
    4. Start reading the bookings, which has its own row and goes on by itself.
    """
    now = timezone.now()
    due = Connection.objects.filter(pk=connection_id, state=Connection.State.CONNECTED, setup_due_at__lte=now)
    if not due.update(setup_due_at=now + CLAIM):
        return
    connection = Connection.objects.get(pk=connection_id)
    try:
        client = connections.client_for(connection, priority=Priority.BACKGROUND)
        mirror(connection, client)
        subscriptions.ensure(connection, client)
    except Unauthorized as error:
        tokens.mark_lost(connection, str(error))
    except CalendlyError as error:
        _retry_later(connection, error)
    else:
        done = Connection.objects.filter(pk=connection_id)
        done.update(setup_due_at=None, setup_error="", setup_attempts=0)
        syncs.advance(syncs.start(connection, SyncRun.Kind.BACKFILL).pk)


def mirror(connection: Connection, client: Client) -> None:
    """Make our copies of account, members, event types and routing forms equal to Calendly's."""
    _mirror_account(connection, client)
    interviewers.mirror(connection, client)
    event_types.mirror(connection, client)
    routing.mirror(connection, client)


def _mirror_account(connection: Connection, client: Client) -> None:
    """Role, plan and stage; a connection that may not ask keeps what is known."""
    membership = next(iter(client.memberships(user=connection.user_uri)), None)
    connection.role = membership.role if membership else connection.role
    try:
        organization = client.organization(connection.organization_uri)
        connection.plan, connection.stage = organization.plan, organization.stage
    except (Forbidden, NotFound, InsufficientScope):
        logger.info("connection %s may not read its organisation", connection.pk)
    connection.save(update_fields=["role", "plan", "stage"])


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
