"""Connecting to Calendly, keeping the tokens fresh, and leaving."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from scheduling.calendly import errors, oauth
from scheduling.calendly.client import Client
from scheduling.calendly.resources import Membership, OAuthToken
from scheduling.calendly.resources import User as CalendlyUser
from scheduling.models import Connection, Subscription, TimelineEntry
from scheduling.services import timeline

logger = logging.getLogger(__name__)

# A token this near its end is renewed before use, so that a slow call does not outlive it.
RENEW_BEFORE = timedelta(minutes=5)


def app() -> oauth.OAuthApp:
    """Our OAuth application, as configured."""
    return oauth.OAuthApp(
        auth_url=settings.CALENDLY_AUTH_URL,
        client_id=settings.CALENDLY_CLIENT_ID,
        client_secret=settings.CALENDLY_CLIENT_SECRET,
    )


class FreshToken:
    """Where a client gets its access token: a `TokenSource` over one connection's row."""

    def __init__(self, connection_id: int) -> None:
        self.connection_id = connection_id

    def token(self) -> str:
        connection = Connection.objects.get(pk=self.connection_id)
        if is_fresh(connection, timezone.now()):
            return connection.access_token
        return renew(self.connection_id, rejected=connection.access_token)

    def renew(self, rejected: str) -> str:
        return renew(self.connection_id, rejected=rejected)


@dataclass(frozen=True)
class GivenToken:
    """A `TokenSource` over a token that has no row yet, so it cannot be renewed."""

    access_token: str

    def token(self) -> str:
        return self.access_token

    def renew(self, rejected: str) -> str:
        raise errors.Unauthorized("Calendly refused a new access token", operation="users.me", status=401)


def is_fresh(connection: Connection, now: datetime) -> bool:
    """Whether the access token can be used as it is."""
    return connection.is_connected and connection.expires_at is not None and connection.expires_at - RENEW_BEFORE > now


def client_for(connection: Connection, *, patient: bool = False) -> Client:
    """A client that acts as this connection; a patient one (background work) waits when Calendly limits the rate."""
    return Client(settings.CALENDLY_API_URL, FreshToken(connection.pk), wait_on_limit=patient)


def renew(connection_id: int, *, rejected: str) -> str:
    """Exchange the refresh token and return the new access token.

    Refresh tokens are single-use, so the exchange happens under the row's lock (the one network call inside a
    transaction) and the new pair is saved before anyone uses it. Whoever comes second finds the row changed and uses
    what is there. Raises `Unauthorized` when the connection must be made again, `Unavailable` to try later.
    """
    lost: errors.Unauthorized | None = None
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=connection_id)
        if connection.state != Connection.State.CONNECTED:
            raise errors.Unauthorized("Calendly is not connected", operation="oauth.refresh", status=None)
        if connection.access_token != rejected:
            return connection.access_token
        try:
            save_token(connection, app().refresh(connection.refresh_token))
        except errors.Unauthorized as error:
            lost = error
            mark_lost(connection, "Calendly no longer accepts the connection.")
    if lost is not None:
        raise lost
    return connection.access_token


def save_token(connection: Connection, token: OAuthToken) -> None:
    """Write a token pair to the row; an absent refresh token keeps the one we have."""
    connection.access_token = token.access_token
    connection.refresh_token = token.refresh_token or connection.refresh_token
    connection.expires_at = timezone.now() + timedelta(seconds=token.expires_in)
    connection.save(update_fields=["access_token", "refresh_token", "expires_at"])


def mark_lost(connection: Connection, reason: str) -> None:
    """Say once that the connection must be made again."""
    changed = Connection.objects.filter(pk=connection.pk, state=Connection.State.CONNECTED).update(
        state=Connection.State.NEEDS_RECONNECT, state_reason=reason
    )
    if not changed:
        return
    logger.warning("connection %s needs reconnecting", connection.pk)
    now = timezone.now()
    timeline.record(
        TimelineEntry.Kind.CONNECTION_LOST,
        key=f"connection_lost:{connection.pk}:{now.isoformat()}",
        happened_at=now,
        detail=reason,
    )


def adopt(token: OAuthToken, *, by: User) -> Connection:
    """Find out whose tokens these are and keep the connection. Raises `CalendlyError` with nothing kept."""
    client = Client(settings.CALENDLY_API_URL, GivenToken(token.access_token))
    profile = client.me()
    membership = next(iter(client.memberships(user=profile.uri)), None)
    return connect(token=token, profile=profile, membership=membership, by=by)


@transaction.atomic
def connect(*, token: OAuthToken, profile: CalendlyUser, membership: Membership | None, by: User) -> Connection:
    """Keep what an OAuth dance brought: one row per Calendly user, so connecting again updates it.

    Marks the set-up (members, event types, subscription, bookings) as due; the caller enqueues it on commit.
    """
    now = timezone.now()
    connection, _ = Connection.objects.update_or_create(
        user_uri=profile.uri,
        defaults={
            "organization_uri": profile.current_organization,
            "name": profile.name,
            "email": profile.email,
            "role": membership.role if membership else "",
            "timezone": profile.timezone or "",
            "scopes": token.scope,
            "state": Connection.State.CONNECTED,
            "state_reason": "",
            "connected_by": by,
            "connected_at": now,
            "setup_due_at": now,
            "setup_attempts": 0,
            "setup_error": "",
        },
    )
    save_token(connection, token)
    timeline.record(
        TimelineEntry.Kind.CONNECTED,
        key=f"connected:{connection.pk}:{now.isoformat()}",
        happened_at=now,
        actor=by,
        detail=profile.name,
    )
    return connection


@dataclass(frozen=True)
class Farewell:
    """What a disconnect could not do at Calendly; empty when all went well."""

    left_behind: tuple[str, ...] = ()


def disconnect(connection: Connection, *, by: User) -> Farewell:
    """Delete the subscriptions at Calendly, revoke the tokens, and forget them here.

    Calendly being out of reach does not stop us from leaving: the tokens are forgotten in any case, and what could not
    be done there is returned to be told.
    """
    left_behind = [*_delete_subscriptions(connection), *_revoke(connection)]
    now = timezone.now()
    with transaction.atomic():
        connection.access_token = connection.refresh_token = ""
        connection.expires_at = connection.setup_due_at = None
        connection.state = Connection.State.DISCONNECTED
        connection.state_reason = ""
        connection.save()
        connection.subscriptions.update(state=Subscription.State.DELETED)
        timeline.record(
            TimelineEntry.Kind.DISCONNECTED,
            key=f"disconnected:{connection.pk}:{now.isoformat()}",
            happened_at=now,
            actor=by,
            detail=connection.name,
        )
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


def _revoke(connection: Connection) -> list[str]:
    try:
        for token in filter(None, [connection.refresh_token, connection.access_token]):
            app().revoke(token)
    except errors.CalendlyError as error:
        logger.warning("tokens of connection %s were not revoked: %s", connection.pk, error)
        return ["The access could not be revoked at Calendly; remove Anteroom under Calendly's connected apps."]
    return []
