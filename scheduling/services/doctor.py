"""What is wrong with the connection to Calendly, and what mends it: for the health page and `calendly_doctor`."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import uuid4

import requests
from django.conf import settings
from django.utils import timezone

from scheduling.calendly import errors, session, webhooks
from scheduling.calendly.client import Client
from scheduling.calendly.oauth import OPTIONAL_SCOPES, missing_scopes
from scheduling.models import Connection, Delivery, Subscription, SyncRun
from scheduling.services import connections, subscriptions

CLOCK_TOLERANCE = timedelta(seconds=60)
QUIET_AFTER = timedelta(hours=1)
WORKER_WAIT_S = 15.0
TEST_EVENT = "anteroom.test"


class Health(Enum):
    """How grave a finding is; the order is that of exit codes."""

    OK = 0
    WARNING = 1
    BROKEN = 2


class Mend(Enum):
    """The one button that answers a finding."""

    RECONNECT = "reconnect"
    RESUBSCRIBE = "resubscribe"
    PROCESS_FAILED = "process_failed"
    COMPARE = "compare"
    SET_UP = "set_up"
    NONE = ""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, how it is, in words, and what mends it.

    `{at}` in the words stands for a moment, which every reader has in their own zone.
    """

    name: str
    health: Health
    words: str
    mend: Mend = Mend.NONE
    at: datetime | None = None

    def told(self, moment: Callable[[datetime], str]) -> str:
        """The words, with their moment as `moment` writes it."""
        return self.words if self.at is None else self.words.replace("{at}", moment(self.at))


def look(connection: Connection) -> list[Finding]:
    """What our own rows tell; asks nobody."""
    if not connection.is_connected:
        return [Finding("Access", Health.BROKEN, connection.state_reason or "Disconnected.", Mend.RECONNECT)]
    subscription = connection.subscriptions.filter(state=Subscription.State.ACTIVE).exclude(uri="").first()
    return [
        Finding("Access", Health.OK, f"Connected by {connection.get_kind_display()}."),
        _scopes(connection),
        _set_up(connection),
        _subscription(subscription),
        _deliveries(connection),
        _comparison(connection),
    ]


def examine(connection: Connection) -> Iterator[Finding]:
    """Ask Calendly and our own address: token, clock, subscription, reachability, and a signed round trip."""
    yield from look(connection)
    if not connection.is_connected:
        return
    client = connections.client_for(connection)
    yield _token(client)
    yield _clock(client)
    yield _address()
    subscription = connection.subscriptions.filter(state=Subscription.State.ACTIVE).exclude(uri="").first()
    if subscription is None:
        return
    yield _remote(subscription, client)
    yield _sample(subscription, client)
    yield send_test(subscription)


def worst(findings: list[Finding]) -> Health:
    return max((finding.health for finding in findings), key=lambda health: health.value, default=Health.OK)


def send_test(subscription: Subscription, *, wait_s: float = WORKER_WAIT_S) -> Finding:
    """Send ourselves a delivery as Calendly would, signed and over the network, and wait until a worker acted on it.

    It proves address, door, signature check, storage, queue and worker. It names no booking, so nothing changes.
    """
    name = "Test delivery"
    key = next(iter(subscriptions.accepted_keys(subscription)), "")
    if not key:
        return Finding(name, Health.BROKEN, "No signing key is configured.", Mend.RESUBSCRIBE)
    now = timezone.now()
    body = json.dumps({"event": TEST_EVENT, "created_at": now.isoformat(), "payload": {"test": str(uuid4())}}).encode()
    headers = {
        "Content-Type": "application/json",
        "Calendly-Webhook-Signature": webhooks.sign(body, key=key, at=now),
    }
    started = time.monotonic()
    try:
        response = session.build_session().post(
            subscription.callback_url, data=body, headers=headers, timeout=session.TIMEOUT_S, allow_redirects=False
        )
    except requests.RequestException as error:
        return Finding(name, Health.BROKEN, f"{settings.SITE_URL} did not answer ({type(error).__name__}).")
    if response.status_code != 200:
        return Finding(name, Health.BROKEN, f"{settings.SITE_URL} answered {response.status_code} to a delivery.")
    return _acted_on(name, body, started=started, wait_s=wait_s)


def _acted_on(name: str, body: bytes, *, started: float, wait_s: float) -> Finding:
    arrived = Delivery.objects.filter(digest=hashlib.sha256(body).hexdigest())
    while time.monotonic() - started < wait_s:
        if arrived.filter(state=Delivery.State.IGNORED).exists():
            took = time.monotonic() - started
            return Finding(name, Health.OK, f"Sent, verified, stored and worked on in {took:.1f} s.")
        time.sleep(0.1)
    if arrived.exists():
        return Finding(name, Health.BROKEN, "It arrived, but no worker has acted on it: is the worker running?")
    return Finding(name, Health.BROKEN, "It was answered, but another installation took it: check SITE_URL.")


def _scopes(connection: Connection) -> Finding:
    if not connection.scopes:
        return Finding("Permissions", Health.OK, "Calendly does not tell them for this kind of access.")
    if missing := missing_scopes(connection.scopes):
        return Finding("Permissions", Health.BROKEN, f"Missing: {', '.join(missing)}.", Mend.RECONNECT)
    if missing := missing_scopes(connection.scopes, OPTIONAL_SCOPES):
        words = f"Everything needed is granted; {', '.join(missing)} would add to it."
        return Finding("Permissions", Health.OK, words)
    return Finding("Permissions", Health.OK, "Everything is granted.")


def _set_up(connection: Connection) -> Finding:
    if connection.setup_error:
        words = f"Not finished: {connection.setup_error}. It is tried again by itself."
        return Finding("Set-up", Health.WARNING, words, Mend.SET_UP)
    if connection.is_setting_up:
        return Finding("Set-up", Health.OK, "Under way.")
    return Finding("Set-up", Health.OK, "Members, event types and subscription are in place.")


def _subscription(subscription: Subscription | None) -> Finding:
    if subscription is None:
        return Finding("Subscription", Health.BROKEN, "Calendly is not asked to tell us anything.", Mend.RESUBSCRIBE)
    if subscription.retry_started_at is not None:
        words = (
            "Calendly's deliveries have not got through since {at}; after a day it gives up. Bookings are read from "
            "its API meanwhile."
        )
        if subscription.connection.kind == Connection.Kind.GATEWAY:
            words += " Add the signing key of the gateway's application to CALENDLY_WEBHOOK_SIGNING_KEY."
        return Finding("Subscription", Health.BROKEN, words, Mend.RESUBSCRIBE, at=subscription.retry_started_at)
    whom = "the whole organisation" if subscription.scope == "organization" else "this user only"
    if subscription.recovered is not None:
        healed = f" It replaced one that had stopped; missed: {subscription.recovered}, all recovered."
        return Finding("Subscription", Health.OK, f"Live, for {whom}.{healed}")
    return Finding("Subscription", Health.OK, f"Live, for {whom}.")


def _deliveries(connection: Connection) -> Finding:
    rows = Delivery.objects.filter(subscription__connection=connection)
    failed = rows.filter(state=Delivery.State.FAILED).count()
    if failed:
        return Finding("Deliveries", Health.WARNING, f"{failed} could not be worked on.", Mend.PROCESS_FAILED)
    late = rows.filter(state=Delivery.State.NEW, received_at__lt=timezone.now() - timedelta(minutes=2)).count()
    if late:
        return Finding("Deliveries", Health.BROKEN, f"{late} wait for a worker: is the worker running?")
    return Finding("Deliveries", Health.OK, "All were worked on.")


def _comparison(connection: Connection) -> Finding:
    last = connection.syncs.exclude(finished_at=None).order_by("-finished_at").first()
    running = connection.syncs.filter(finished_at=None).first()
    if running is not None and running.error:
        return Finding("Comparison", Health.WARNING, f"{running.error}. It goes on by itself.", Mend.COMPARE)
    if last is None or last.finished_at is None:
        return Finding("Comparison", Health.OK, "The first reading is under way.")
    if last.finished_at < timezone.now() - QUIET_AFTER - timedelta(minutes=settings.RECONCILE_MINUTES):
        words = "The last was at {at}: is the worker running?"
        return Finding("Comparison", Health.WARNING, words, Mend.COMPARE, at=last.finished_at)
    drift = sum(SyncRun.objects.filter(connection=connection).values_list("drift", flat=True))
    words = f"Last at {{at}}; drift found so far: {drift}."
    return Finding("Comparison", Health.OK, words, at=last.finished_at)


def _token(client: Client) -> Finding:
    return _asked("Token", lambda: f"Calendly knows it as {client.me().name}'s.")


def _clock(client: Client) -> Finding:
    ahead = client.clock_ahead
    if ahead is None:
        return Finding("Clock", Health.OK, "Calendly did not say its time.")
    seconds = round(abs(ahead.total_seconds()))
    if abs(ahead) > webhooks.TOLERANCE:
        words = f"This server's clock is off by {seconds} s, so deliveries are refused as out of time: set the clock."
        return Finding("Clock", Health.BROKEN, words)
    health = Health.WARNING if abs(ahead) > CLOCK_TOLERANCE else Health.OK
    return Finding("Clock", health, f"{seconds} s from Calendly's.")


def _address() -> Finding:
    url = f"{settings.SITE_URL}/healthz"
    try:
        response = session.build_session().get(url, timeout=session.TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        return Finding("Address", Health.BROKEN, f"{url} does not answer ({type(error).__name__}).")
    if response.status_code != 200:
        words = f"{url} answers {response.status_code}; to Calendly even a redirect is a failure."
        return Finding("Address", Health.BROKEN, words)
    return Finding("Address", Health.OK, f"{settings.SITE_URL} answers.")


def _remote(subscription: Subscription, client: Client) -> Finding:
    try:
        remote = client.webhook_subscription(subscription.uri)
    except errors.NotFound:
        return Finding("Subscription at Calendly", Health.BROKEN, "It is gone.", Mend.RESUBSCRIBE)
    except errors.CalendlyError as error:
        return Finding("Subscription at Calendly", Health.WARNING, str(error))
    if remote.state != "active":
        return Finding("Subscription at Calendly", Health.BROKEN, f"It is {remote.state}.", Mend.RESUBSCRIBE)
    if remote.callback_url != subscriptions.callback_url(subscription):
        words = "It points at another address of this site."
        return Finding("Subscription at Calendly", Health.BROKEN, words, Mend.RESUBSCRIBE)
    return Finding("Subscription at Calendly", Health.OK, "Active, and it points here.")


def _sample(subscription: Subscription, client: Client) -> Finding:
    """Whether we can read what this account's deliveries look like."""
    connection = subscription.connection
    user = connection.user_uri if subscription.scope == "user" else None
    name = "Shape of deliveries"
    try:
        sample = client.sample_delivery(
            "invitee.created", organization=connection.organization_uri, scope=subscription.scope, user=user
        )
        webhooks.parse(json.dumps(sample).encode())
    except errors.NotFound:
        return Finding(name, Health.OK, "There is no booking to look at yet.")
    except webhooks.PayloadError as error:
        return Finding(name, Health.WARNING, f"Calendly's sample cannot be read: {error}")
    except errors.CalendlyError as error:
        return Finding(name, Health.WARNING, str(error))
    return Finding(name, Health.OK, "Calendly's sample can be read.")


def _asked(name: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(name, Health.OK, ask())
    except errors.Unauthorized:
        return Finding(name, Health.BROKEN, "Calendly refuses it.", Mend.RECONNECT)
    except errors.CalendlyError as error:
        return Finding(name, Health.WARNING, f"Calendly could not be asked: {error}")
