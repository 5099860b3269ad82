"""Connecting to Calendly in one of three ways, and leaving."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from scheduling.calendly import errors
from scheduling.calendly.budget import Priority
from scheduling.calendly.client import Client
from scheduling.calendly.gateway import ACTIVE, CONNECTION_HEADER, Gateway
from scheduling.calendly.resources import Membership, OAuthToken
from scheduling.calendly.resources import User as CalendlyUser
from scheduling.models import Connection, Subscription, TimelineEntry
from scheduling.services import budgets, timeline, tokens

logger = logging.getLogger(__name__)


def client_for(connection: Connection, *, priority: Priority = Priority.CLICK) -> Client:
    """A client that acts as this connection, whichever way it was made, within its user's budget."""
    return Client(
        base_url(connection.kind),
        tokens.KeptToken(connection.pk),
        budget=budgets.of_connection(connection, priority),
        headers=_headers(connection.gateway_connection_id),
    )


def base_url(kind: str) -> str:
    """Where calls of such a connection go."""
    return settings.CALENDLY_GATEWAY_URL if kind == Connection.Kind.GATEWAY else settings.CALENDLY_API_URL


def _headers(gateway_connection_id: str) -> dict[str, str]:
    return {CONNECTION_HEADER: gateway_connection_id} if gateway_connection_id else {}


def gateway(api_key: str) -> Gateway:
    """The managed gateway's control interface, as configured."""
    return Gateway(settings.CALENDLY_GATEWAY_CONTROL_URL, api_key)


@dataclass(frozen=True)
class Access:
    """What a way of connecting brought: something to authenticate with, not yet kept."""

    kind: Connection.Kind
    secret: str
    scopes: str = ""
    token: OAuthToken | None = None
    gateway_connection_id: str = ""


def adopt(token: OAuthToken, *, by: User) -> Connection:
    """Keep what an OAuth dance brought. Raises `CalendlyError` with nothing kept."""
    return _keep(Access(Connection.Kind.OAUTH, token.access_token, scopes=token.scope, token=token), by=by)


def adopt_personal_token(token: str, *, by: User) -> Connection:
    """Keep a pasted personal access token after asking Calendly whose it is.

    Its scopes cannot be read, so they are shown as unknown until a call lacks one. Raises `CalendlyError` with nothing
    kept: `Unauthorized` for a token Calendly does not know.
    """
    return _keep(Access(Connection.Kind.TOKEN, token), by=by)


def adopt_gateway(api_key: str, connection_id: str, *, by: User) -> Connection:
    """Keep an active connection of a managed gateway.

    Raises `CalendlyError` with nothing kept: `NotFound` for one the gateway does not have, `Rejected` for one nobody
    has consented to.
    """
    if gateway(api_key).get(connection_id).status != ACTIVE:
        raise errors.Rejected("nobody has given consent yet", operation="gateway.get", status=None)
    return _keep(Access(Connection.Kind.GATEWAY, api_key, gateway_connection_id=connection_id), by=by)


def _keep(access: Access, *, by: User) -> Connection:
    """Find out whose access it is, then keep it: nothing is written before Calendly has answered."""
    client = Client(
        base_url(access.kind), tokens.GivenToken(access.secret), headers=_headers(access.gateway_connection_id)
    )
    profile = client.me()
    membership = next(iter(client.memberships(user=profile.uri)), None)
    return connect(access, profile=profile, membership=membership, by=by)


@transaction.atomic
def connect(access: Access, *, profile: CalendlyUser, membership: Membership | None, by: User) -> Connection:
    """One row per Calendly user, so connecting again, in whatever way, updates it.

    Marks the set-up (members, event types, subscription, bookings) as due; the caller enqueues it on commit.
    """
    now = timezone.now()
    connection, _ = Connection.objects.update_or_create(
        user_uri=profile.uri,
        defaults={
            **_secrets(access),
            "organization_uri": profile.current_organization,
            "name": profile.name,
            "email": profile.email,
            "role": membership.role if membership else "",
            "timezone": profile.timezone or "",
            "state": Connection.State.CONNECTED,
            "state_reason": "",
            "connected_by": by,
            "connected_at": now,
            "setup_due_at": now,
            "setup_attempts": 0,
            "setup_error": "",
        },
    )
    if access.token is not None:
        tokens.save(connection, access.token)
    _tell(TimelineEntry.Kind.CONNECTED, connection, now, by=by)
    return connection


def _secrets(access: Access) -> dict[str, Any]:
    return {
        "kind": access.kind,
        "scopes": access.scopes,
        "access_token": access.secret,
        "refresh_token": "",
        "expires_at": None,
        "gateway_connection_id": access.gateway_connection_id,
    }


@dataclass(frozen=True)
class Farewell:
    """What a disconnect could not do at Calendly; empty when all went well."""

    left_behind: tuple[str, ...] = ()


def disconnect(connection: Connection, *, by: User) -> Farewell:
    """Delete the subscriptions at Calendly, give the access back, and forget it here.

    Calendly being out of reach does not stop us from leaving: the tokens are forgotten in any case, and what could not
    be done there is returned to be told.
    """
    left_behind = [*_delete_subscriptions(connection), *_give_back(connection)]
    now = timezone.now()
    with transaction.atomic():
        connection.access_token = connection.refresh_token = ""
        connection.expires_at = connection.setup_due_at = connection.reconcile_due_at = None
        connection.state = Connection.State.DISCONNECTED
        connection.state_reason = ""
        connection.save()
        connection.subscriptions.update(state=Subscription.State.DELETED)
        _tell(TimelineEntry.Kind.DISCONNECTED, connection, now, by=by)
    return Farewell(tuple(left_behind))


def _delete_subscriptions(connection: Connection) -> list[str]:
    if not connection.is_connected:
        return []
    client = client_for(connection)
    for subscription in connection.subscriptions.exclude(state=Subscription.State.DELETED).exclude(uri=""):
        try:
            client.delete_webhook_subscription(subscription.uri)
        except errors.NotFound:
            continue
        except errors.CalendlyError as error:
            logger.warning("subscription %s was not deleted: %s", subscription.pk, error)
            return ["The webhook subscription could not be deleted at Calendly; it stops by itself within a day."]
    return []


def _give_back(connection: Connection) -> list[str]:
    """Revoke OAuth tokens. A personal token and a gateway's connection are not ours to end: others may use them."""
    if connection.kind == Connection.Kind.TOKEN:
        return ["The personal access token still works; revoke it in Calendly under Integrations, API and webhooks."]
    if connection.kind == Connection.Kind.GATEWAY:
        return ["The gateway still holds its connection to Calendly; delete it there if nothing else uses it."]
    try:
        for token in filter(None, [connection.refresh_token, connection.access_token]):
            tokens.app().revoke(token)
    except errors.CalendlyError as error:
        logger.warning("tokens of connection %s were not revoked: %s", connection.pk, error)
        return ["The access could not be revoked at Calendly; remove Anteroom under Calendly's connected apps."]
    return []


def _tell(kind: TimelineEntry.Kind, connection: Connection, now: datetime, *, by: User) -> None:
    timeline.record(
        kind,
        key=f"{kind}:{connection.pk}:{now.isoformat()}",
        happened_at=now,
        actor=by,
        detail=connection.name,
    )
