"""Calendly's promise to tell us about bookings, and its repair when it is broken."""

import logging
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from scheduling.calendly.budget import Priority
from scheduling.calendly.client import Client
from scheduling.calendly.errors import CalendlyError, Conflict, Forbidden, NotFound, PlanRequired, Unauthorized
from scheduling.calendly.resources import WebhookSubscription
from scheduling.models import Connection, Subscription, SyncRun, TimelineEntry
from scheduling.services import connections, syncs, timeline, tokens

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
# For the whole organisation only, on plans that have routing forms.
ROUTING_EVENT = "routing_form_submission.created"
CHECK_EVERY = timedelta(minutes=5)


def callback_url(subscription: Subscription) -> str:
    """Where deliveries of this subscription are to arrive."""
    return settings.SITE_URL + reverse("calendly_webhook", args=[subscription.key])


def accepted_keys(subscription: Subscription) -> list[str]:
    """What its deliveries may be signed with: its own key, the application's for OAuth, either for a gateway's.

    Nobody knows whether Calendly would use a key of ours for an application's subscription; a gateway's application has
    a key of its own, which can be added to the configured ones.
    """
    own = [subscription.signing_key] if subscription.signing_key else []
    if subscription.connection.kind == Connection.Kind.TOKEN:
        return own
    return [*own, *settings.CALENDLY_WEBHOOK_SIGNING_KEYS]


def ensure(connection: Connection, client: Client) -> Subscription:
    """Have exactly one live subscription that points at this site.

    A live one that fits is kept. Otherwise the new one is made first, under a row of its own (its key is part of the
    address), and only then are the others deleted, so that no delivery falls between.
    """
    subscription = _fitting(connection, client) or _make(connection, client)
    _delete_others(connection, keep=subscription, client=client)
    return subscription


def _fitting(connection: Connection, client: Client) -> Subscription | None:
    wanted = set(_events(connection, _scope_for(connection)))
    for subscription in _active(connection):
        remote = _remote(subscription, client)
        is_live = remote is not None and remote.state == "active" and wanted <= set(remote.events)
        if is_live and subscription.callback_url == callback_url(subscription):
            return subscription
    return None


def check(subscription: Subscription) -> None:
    """Ask Calendly how a subscription is and note it; replace one that has stopped, and fill the gap from the API.

    1. Replaced: the new one is made before the old one goes.
    2. From when deliveries stopped, a thorough comparison reads what they would have told, and counts it.
    """
    now = timezone.now()
    unclaimed = Subscription.objects.filter(pk=subscription.pk, checked_at=subscription.checked_at)
    if not unclaimed.update(checked_at=now):
        return
    connection = subscription.connection
    client = connections.client_for(connection, priority=Priority.BACKGROUND)
    try:
        remote = _remote(subscription, client)
        failing_since = remote.retry_started_at if remote else None
        Subscription.objects.filter(pk=subscription.pk).update(retry_started_at=failing_since)
        is_live = remote is not None and remote.state == "active"
        if is_live and subscription.callback_url == callback_url(subscription):
            return
        replace(connection, client, stopped=subscription, since=_stopped_at(subscription, remote))
    except Unauthorized as error:
        tokens.mark_lost(connection, str(error))
    except CalendlyError as error:
        logger.warning("subscription %s could not be checked: %s", subscription.pk, error)


def replace(
    connection: Connection, client: Client, *, stopped: Subscription | None = None, since: datetime | None = None
) -> Subscription:
    """Make a new subscription with a key of its own, then delete the old ones; with `since`, fill the gap."""
    subscription = _make(connection, client)
    _delete_others(connection, keep=subscription, client=client)
    if stopped is None or since is None:
        return subscription
    now = timezone.now()
    Subscription.objects.filter(pk=stopped.pk).update(state=Subscription.State.DISABLED)
    Subscription.objects.filter(pk=subscription.pk).update(gap_from=since)
    syncs.start(connection, SyncRun.Kind.DEEP, heals=subscription)
    timeline.record(
        TimelineEntry.Kind.SUBSCRIPTION_HEALED,
        key=f"subscription_healed:{subscription.pk}",
        happened_at=now,
        detail="Calendly had stopped delivering; bookings since then are being read.",
    )
    return subscription


def _stopped_at(subscription: Subscription, remote: WebhookSubscription | None) -> datetime:
    last = subscription.deliveries.order_by("-received_at").values_list("received_at", flat=True).first()
    since = remote.retry_started_at if remote else None
    return since or last or subscription.created_at


def due(*, now: datetime) -> list[int]:
    """Subscriptions whose state is to be asked for again."""
    rows = Subscription.objects.filter(
        Q(checked_at=None) | Q(checked_at__lte=now - CHECK_EVERY),
        state=Subscription.State.ACTIVE,
        created_at__lte=now - CHECK_EVERY,
        connection__state=Connection.State.CONNECTED,
        connection__setup_due_at=None,
    )
    return list(rows.exclude(uri="").values_list("pk", flat=True))


def _active(connection: Connection) -> list[Subscription]:
    return list(connection.subscriptions.filter(state=Subscription.State.ACTIVE).exclude(uri=""))


def _remote(subscription: Subscription, client: Client) -> WebhookSubscription | None:
    try:
        return client.webhook_subscription(subscription.uri)
    except NotFound:
        return None


def _scope_for(connection: Connection) -> str:
    return "organization" if connection.sees_organization else "user"


def _events(connection: Connection, scope: str) -> list[str]:
    with_routing = scope == "organization" and connection.forms_readable
    return [*EVENTS, *([ROUTING_EVENT] if with_routing else [])]


def _make(connection: Connection, client: Client) -> Subscription:
    """A new one; should Calendly have room for no more, ours that have stopped go first: they deliver nothing."""
    try:
        return _create(connection, client)
    except Forbidden:
        stopped = [remote for remote in _ours(connection, client) if remote.state != "active"]
        if not stopped:
            raise
    for remote in stopped:
        _delete(remote.uri, client)
    return _create(connection, client)


def _create(connection: Connection, client: Client) -> Subscription:
    """Subscribe as widely as Calendly lets us: for the organisation, else for the user; without routing if need be."""
    scopes = ["organization", "user"] if connection.sees_organization else ["user"]
    refused: CalendlyError | None = None
    for scope in scopes:
        events = _events(connection, scope)
        try:
            return _subscribe(connection, scope, events, client)
        except PlanRequired:
            if ROUTING_EVENT not in events:
                raise
            return _subscribe(connection, scope, list(EVENTS), client)
        except Forbidden as error:
            refused = error
    raise refused or NotFound("no scope to subscribe for", operation="webhook_subscriptions.create")


def _subscribe(connection: Connection, scope: str, events: list[str], client: Client) -> Subscription:
    """Ask for one subscription; the row comes first, because deliveries may arrive before the answer does."""
    is_app = connection.kind == Connection.Kind.OAUTH
    subscription = Subscription.objects.create(
        connection=connection, scope=scope, signing_key="" if is_app else secrets.token_urlsafe(32)
    )
    subscription.callback_url = callback_url(subscription)
    try:
        created = _ask(subscription, events, client)
    except CalendlyError:
        # Should it exist there all the same, the next `ensure` finds it by its address and deletes it.
        subscription.delete()
        raise
    subscription.uri = created.uri
    subscription.save(update_fields=["callback_url", "uri"])
    return subscription


def _ask(subscription: Subscription, events: list[str], client: Client) -> WebhookSubscription:
    connection, scope = subscription.connection, subscription.scope
    ask = partial(
        client.create_webhook_subscription,
        subscription.callback_url,
        events,
        organization=connection.organization_uri,
        scope=scope,
        user=connection.user_uri if scope == "user" else None,
        signing_key=subscription.signing_key,
    )
    try:
        return ask()
    except Conflict:
        # An address is new each time, so somebody counts another way: what an earlier installation left here goes.
        _delete_others(connection, keep=subscription, client=client)
        return ask()


def _delete_others(connection: Connection, *, keep: Subscription, client: Client) -> None:
    """Delete what we left at Calendly before."""
    for remote in _ours(connection, client):
        if remote.uri != keep.uri:
            _delete(remote.uri, client)
    connection.subscriptions.exclude(pk=keep.pk).update(state=Subscription.State.DELETED)


def _ours(connection: Connection, client: Client) -> list[WebhookSubscription]:
    """Those at Calendly that rows of this connection name, or that no row names and point at this site.

    Both scopes are looked at: a subscription for the user beside one for the organisation would double everything.
    """
    prefix = settings.SITE_URL + reverse("calendly_webhook", args=["-"]).removesuffix("-/")
    known = set(connection.subscriptions.exclude(uri="").values_list("uri", flat=True))
    foreign = set(Subscription.objects.exclude(connection=connection).values_list("uri", flat=True))
    listed = [remote for remote in _listed(connection, client) if remote.uri not in foreign]
    return [remote for remote in listed if remote.uri in known or remote.callback_url.startswith(prefix)]


def _delete(uri: str, client: Client) -> None:
    try:
        client.delete_webhook_subscription(uri)
    except NotFound:
        logger.info("a subscription was gone already")


def _listed(connection: Connection, client: Client) -> list[WebhookSubscription]:
    organization = connection.organization_uri
    found = list(client.webhook_subscriptions(organization=organization, scope="user", user=connection.user_uri))
    if connection.sees_organization:
        # A role that was taken away since shows here first.
        with suppress(Forbidden):
            found += client.webhook_subscriptions(organization=organization, scope="organization")
    return found
