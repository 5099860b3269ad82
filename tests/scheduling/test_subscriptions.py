"""Subscriptions: one that fits, whatever was left behind, and a new one when the old one has stopped."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from scheduling.models import Connection, Delivery, Interview, Subscription, SyncRun, TimelineEntry
from scheduling.services import connections, setup, subscriptions, syncs
from tests.factories import ConnectionFactory, SubscriptionFactory
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription(connection: Connection) -> Subscription:
    return Subscription.objects.get()


def check(subscription: Subscription) -> None:
    subscription.refresh_from_db()
    subscriptions.check(subscription)


def live() -> Subscription:
    return Subscription.objects.get(state=Subscription.State.ACTIVE)


def ensure(connection: Connection) -> Subscription:
    connection.refresh_from_db()
    return subscriptions.ensure(connection, connections.client_for(connection))


def call(sandbox: Sandbox, method: str, path: str, **asked: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.tokens('owner')['access_token']}", "User-Agent": "somebody else"}
    return requests.request(method, sandbox.api_url + path, headers=headers, timeout=10, **asked)


def leave_behind(sandbox: Sandbox, url: str, **facts: Any) -> None:
    """A subscription of an earlier installation, or of somebody else."""
    body = {"url": url, "events": ["invitee.created"], "organization": sandbox.organization, "scope": "organization"}
    assert call(sandbox, "POST", "/webhook_subscriptions", json={**body, **facts}).status_code == 201


def test_leaves_a_live_one_alone(sandbox: Sandbox, subscription: Subscription) -> None:
    check(subscription)

    assert live() == subscription
    subscription.refresh_from_db()
    assert subscription.checked_at is not None


@pytest.mark.parametrize("how", ["disabled", "deleted"])
def test_replaces_one_that_has_stopped_and_fills_the_gap(
    sandbox: Sandbox, subscription: Subscription, how: str, bob: Client
) -> None:
    sandbox.option(clock_offset_s=-3600)
    sandbox.book(email="lost@example.com")
    sandbox.option(clock_offset_s=0)
    if how == "disabled":
        sandbox._call("POST", "subscriptions", uri=subscription.uri, state="disabled")
    else:
        call(sandbox, "DELETE", f"/webhook_subscriptions/{subscription.uri.rsplit('/', 1)[-1]}")

    check(subscription)
    for run in SyncRun.objects.filter(finished_at=None):
        syncs.advance(run.pk)

    new = live()
    assert new != subscription
    assert [row["uri"] for row in sandbox.subscriptions()] == [new.uri]
    assert (new.recovered, Interview.objects.count()) == (1, 1)
    assert TimelineEntry.objects.filter(kind="subscription_healed").count() == 1
    assert "missed 1, all recovered" in bob.get("/settings/calendly/").content.decode()


def test_says_that_nothing_was_missed(sandbox: Sandbox, subscription: Subscription, bob: Client) -> None:
    sandbox._call("POST", "subscriptions", uri=subscription.uri, state="disabled")

    check(subscription)
    for run in SyncRun.objects.filter(finished_at=None):
        syncs.advance(run.pk)

    assert "missed 0, all recovered" in bob.get("/settings/calendly/").content.decode()


def test_keeps_the_old_one_until_the_new_one_is_there(sandbox: Sandbox, subscription: Subscription) -> None:
    sandbox._call("POST", "subscriptions", uri=subscription.uri, state="disabled")
    sandbox.switch("webhook_subscriptions.create", "500")

    check(subscription)

    assert [row["uri"] for row in sandbox.subscriptions()] == [subscription.uri]
    assert Subscription.objects.get() == subscription


def test_takes_deliveries_of_the_old_one_while_the_new_one_begins(sandbox: Sandbox, subscription: Subscription) -> None:
    sandbox.book()
    ensured = connections.client_for(subscription.connection)
    subscriptions.replace(subscription.connection, ensured)

    assert deliver(sandbox) == []

    signed_for_the_old = SubscriptionFactory(connection=subscription.connection, state=Subscription.State.DELETED)
    assert subscriptions.accepted_keys(signed_for_the_old) == subscriptions.accepted_keys(live())


def test_notes_since_when_deliveries_do_not_get_through(
    sandbox: Sandbox, subscription: Subscription, bob: Client
) -> None:
    sandbox.book()
    sandbox.send_all()

    check(subscription)

    subscription.refresh_from_db()
    assert subscription.retry_started_at is not None
    assert "have not got through since" in bob.get("/settings/calendly/").content.decode()
    today = bob.get("/").content.decode()
    assert "status--not_delivering" in today
    assert "so they arrive late" in today


def test_follows_a_changed_site_url(
    sandbox: Sandbox, connection: Connection, subscription: Subscription, settings: LazySettings
) -> None:
    settings.SITE_URL = "http://localhost:9000"

    ensure(connection)

    (remote,) = sandbox.subscriptions()
    assert remote["callback_url"].startswith("http://localhost:9000/webhooks/calendly/")


def test_deletes_what_earlier_installations_left_here(sandbox: Sandbox, connection: Connection) -> None:
    owner = sandbox.user("owner")["uri"]
    leave_behind(sandbox, "http://localhost:8000/webhooks/calendly/of-an-earlier-database/")
    leave_behind(sandbox, "http://localhost:8000/webhooks/calendly/for-the-user/", scope="user", user=owner)
    leave_behind(sandbox, "https://elsewhere.example/webhooks/calendly/not-ours/")

    kept = ensure(connection)

    assert {row["callback_url"] for row in sandbox.subscriptions()} == {
        kept.callback_url,
        "https://elsewhere.example/webhooks/calendly/not-ours/",
    }


def test_subscribes_all_the_same_when_calendly_counts_addresses_another_way(
    sandbox: Sandbox, connection: Connection
) -> None:
    Subscription.objects.all().delete()
    sandbox.switch("webhook_subscriptions.create", "409", times=1)

    kept = ensure(connection)

    assert [row["uri"] for row in sandbox.subscriptions()] == [kept.uri]


def test_subscribes_for_the_user_when_the_role_no_longer_allows_more(sandbox: Sandbox, connection: Connection) -> None:
    member, granted = sandbox.user("user"), sandbox.tokens("user")
    Connection.objects.update(
        user_uri=member["uri"],
        role="admin",
        access_token=granted["access_token"],
        refresh_token=granted["refresh_token"],
    )
    Subscription.objects.all().delete()

    assert ensure(connection).scope == "user"


def test_does_without_routing_forms_where_the_plan_has_none(sandbox: Sandbox, connection: Connection) -> None:
    sandbox.option(plan="standard")
    Connection.objects.update(setup_due_at=timezone.now())

    setup.run(connection.pk)

    connection.refresh_from_db()
    assert (connection.setup_error, connection.forms_readable) == ("", False)


def test_asks_every_five_minutes(subscription: Subscription) -> None:
    now = timezone.now()

    assert subscriptions.due(now=now) == []
    assert subscriptions.due(now=now + timedelta(minutes=6)) == [subscription.pk]
    Subscription.objects.update(checked_at=now + timedelta(minutes=6))
    assert subscriptions.due(now=now + timedelta(minutes=7)) == []


@pytest.mark.parametrize(
    ("kind", "keys"),
    [("oauth", ["the app's"]), ("token", ["ours"]), ("gateway", ["ours", "the app's"])],
)
def test_accepts_the_keys_that_can_have_signed(settings: LazySettings, kind: str, keys: list[str]) -> None:
    settings.CALENDLY_WEBHOOK_SIGNING_KEYS = ["the app's"]
    subscription = SubscriptionFactory(
        connection=ConnectionFactory(kind=kind), signing_key="" if kind == "oauth" else "ours"
    )

    assert subscriptions.accepted_keys(subscription) == keys


def test_takes_deliveries_signed_with_the_newer_or_the_older_key(
    sandbox: Sandbox, connection: Connection, settings: LazySettings
) -> None:
    settings.CALENDLY_WEBHOOK_SIGNING_KEYS = ["the next key", *settings.CALENDLY_WEBHOOK_SIGNING_KEYS]
    sandbox.book()

    assert deliver(sandbox) == [200]
    assert Delivery.objects.get().state == "processed"
