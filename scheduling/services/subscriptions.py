"""Calendly's promise to tell us about bookings."""

import logging

from django.conf import settings
from django.urls import reverse

from scheduling.calendly.client import Client
from scheduling.calendly.errors import CalendlyError, NotFound
from scheduling.calendly.resources import WebhookSubscription
from scheduling.models import Connection, Subscription

logger = logging.getLogger(__name__)

EVENTS = (
    "invitee.created",
    "invitee.canceled",
    "invitee_no_show.created",
    "invitee_no_show.deleted",
    "event_type.created",
    "event_type.updated",
    "event_type.deleted",
)
# Roles that may subscribe for the whole organisation; others only for themselves.
ORGANIZATION_ROLES = ("owner", "admin")


def callback_url(subscription: Subscription) -> str:
    """Where deliveries of this subscription are to arrive."""
    return settings.SITE_URL + reverse("calendly_webhook", args=[subscription.key])


def scope_for(connection: Connection) -> str:
    """The widest scope the connection's role allows."""
    return "organization" if connection.role in ORGANIZATION_ROLES else "user"


def ensure(connection: Connection, client: Client) -> Subscription:
    """Have exactly one live subscription that points at this site.

    A live one that fits is kept. Otherwise the new one is made first, under a row of its own (its key is part of the
    address), and only then are the others deleted, so that no delivery falls between.
    """
    scope = scope_for(connection)
    for subscription in connection.subscriptions.filter(state=Subscription.State.ACTIVE, scope=scope).exclude(uri=""):
        if subscription.callback_url == callback_url(subscription) and _is_live(subscription, client):
            _delete_others(connection, keep=subscription, client=client)
            return subscription
    subscription = _create(connection, scope, client)
    _delete_others(connection, keep=subscription, client=client)
    return subscription


def _create(connection: Connection, scope: str, client: Client) -> Subscription:
    """Ask Calendly for a subscription; the row comes first, because deliveries may arrive before the answer does."""
    subscription = Subscription.objects.create(connection=connection, scope=scope)
    subscription.callback_url = callback_url(subscription)
    try:
        created = client.create_webhook_subscription(
            subscription.callback_url,
            EVENTS,
            organization=connection.organization_uri,
            scope=scope,
            user=connection.user_uri if scope == "user" else None,
        )
    except CalendlyError:
        # Should it exist there all the same, the next `ensure` finds it by its address and deletes it.
        subscription.delete()
        raise
    subscription.uri = created.uri
    subscription.save(update_fields=["callback_url", "uri"])
    return subscription


def _is_live(subscription: Subscription, client: Client) -> bool:
    try:
        return client.webhook_subscription(subscription.uri).state == "active"
    except NotFound:
        return False


def _delete_others(connection: Connection, *, keep: Subscription, client: Client) -> None:
    """Delete what we left at Calendly before: rows we know, and addresses of this site that no row of ours names."""
    prefix = settings.SITE_URL + reverse("calendly_webhook", args=["-"]).removesuffix("-/")
    known = set(connection.subscriptions.exclude(uri="").values_list("uri", flat=True))
    foreign = set(Subscription.objects.exclude(connection=connection).values_list("uri", flat=True))
    spared = foreign | {keep.uri}
    for remote in _listed(connection, keep.scope, client):
        if remote.uri not in spared and (remote.uri in known or remote.callback_url.startswith(prefix)):
            client.delete_webhook_subscription(remote.uri)
    connection.subscriptions.exclude(pk=keep.pk).update(state=Subscription.State.DELETED)


def _listed(connection: Connection, scope: str, client: Client) -> list[WebhookSubscription]:
    user = connection.user_uri if scope == "user" else None
    return list(client.webhook_subscriptions(organization=connection.organization_uri, scope=scope, user=user))
