"""What a client authenticates with: kept encrypted, renewed once however many ask."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from scheduling.calendly import errors, oauth
from scheduling.calendly.resources import OAuthToken
from scheduling.models import Connection, TimelineEntry
from scheduling.services import budgets, timeline

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


@dataclass(frozen=True)
class KeptToken:
    """Where a client gets its access token: a `TokenSource` over one connection's row."""

    connection_id: int

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
    """Whether the access token can be used as it is; personal tokens and gateway keys have no end."""
    if connection.kind != Connection.Kind.OAUTH:
        return connection.is_connected
    return connection.is_connected and connection.expires_at is not None and connection.expires_at - RENEW_BEFORE > now


def renew(connection_id: int, *, rejected: str) -> str:
    """Exchange the refresh token and return the new access token.

    Refresh tokens are single-use, so the exchange happens under the row's lock (the one network call inside a
    transaction) and the new pair is saved before anyone uses it. Whoever comes second finds the row changed and uses
    what is there. What cannot be renewed (a personal token, a gateway's key) is lost when it is refused. Raises
    `Unauthorized` when the connection must be made again, `Unavailable` or `RateLimited` to try later.
    """
    lost: errors.Unauthorized | None = None
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=connection_id)
        if connection.state != Connection.State.CONNECTED:
            raise errors.Unauthorized("Calendly is not connected", operation="oauth.refresh", status=None)
        if connection.access_token != rejected:
            return connection.access_token
        try:
            _exchange(connection)
        except errors.Unauthorized as error:
            lost = error
            mark_lost(connection, LOST[Connection.Kind(connection.kind)])
    if lost is not None:
        raise lost
    return connection.access_token


LOST = {
    Connection.Kind.OAUTH: "Calendly no longer accepts the connection.",
    Connection.Kind.TOKEN: "Calendly no longer accepts the personal access token.",
    Connection.Kind.GATEWAY: "The gateway no longer accepts the key, or its connection is gone.",
}


def _exchange(connection: Connection) -> None:
    if connection.kind != Connection.Kind.OAUTH:
        raise errors.Unauthorized("refused, and cannot be renewed", operation="users.me", status=401)
    budgets.take_exchange(connection)
    save(connection, app().refresh(connection.refresh_token))


def save(connection: Connection, token: OAuthToken) -> None:
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
