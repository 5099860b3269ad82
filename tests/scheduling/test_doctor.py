"""What is wrong with the connection, in a terminal and on the page."""

import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from scheduling.models import Connection, Delivery, Subscription, SyncRun
from scheduling.services import doctor, inbox
from tests.factories import SubscriptionFactory
from tests.sandbox_process import Sandbox

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output."""
    out = StringIO()
    try:
        call_command("calendly_doctor", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def finding(connection: Connection, name: str) -> doctor.Finding:
    connection.refresh_from_db()
    return next(row for row in doctor.examine(connection) if row.name == name)


def test_says_that_nothing_is_connected(db: None) -> None:
    code, text = run()

    assert code == 2
    assert "Calendly is not connected" in text


def test_tells_scripts_what_is_wrong(sandbox: Sandbox, connection: Connection, settings: LazySettings) -> None:
    settings.SITE_URL = "http://127.0.0.1:9"

    code, text = run("--json")

    found = {row["name"]: row for row in json.loads(text)["connections"][0]["findings"]}
    assert code == 2
    assert found["Token"] == {
        "name": "Token",
        "health": "ok",
        "words": "Calendly knows it as Olive Owner's.",
        "mend": "",
    }
    assert found["Address"]["health"] == "broken"
    assert found["Test delivery"]["health"] == "broken"


# It empties all tables when it ends, roles too: with the others that do.
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_sends_a_delivery_through_the_whole_way(
    sandbox: Sandbox, connection: Connection, settings: LazySettings, live_server: LiveServer
) -> None:
    settings.SITE_URL = live_server.url
    subscription = Subscription.objects.get()
    Subscription.objects.update(callback_url=f"{live_server.url}/webhooks/calendly/{subscription.key}/")
    subscription.refresh_from_db()

    unworked = doctor.send_test(subscription, wait_s=0.2)
    inbox.process(Delivery.objects.get().pk)
    delivery = Delivery.objects.get()

    assert "is the worker running" in unworked.words
    assert (delivery.event, delivery.state) == ("anteroom.test", "ignored")


@pytest.mark.parametrize(
    ("break_it", "name", "health", "mend"),
    [
        ("token", "Token", "BROKEN", "reconnect"),
        ("clock", "Clock", "OK", ""),
        ("disabled", "Subscription at Calendly", "BROKEN", "resubscribe"),
        ("gone", "Subscription at Calendly", "BROKEN", "resubscribe"),
        ("moved", "Subscription at Calendly", "BROKEN", "resubscribe"),
        ("failed", "Deliveries", "WARNING", "process_failed"),
        ("late", "Deliveries", "BROKEN", ""),
        ("scopes", "Permissions", "BROKEN", "reconnect"),
        ("sample", "Shape of deliveries", "WARNING", ""),
    ],
)
def test_finds_what_is_broken_and_names_what_mends_it(
    sandbox: Sandbox, connection: Connection, settings: LazySettings, break_it: str, name: str, health: str, mend: str
) -> None:
    subscription = Subscription.objects.get()
    broken: dict[str, Any] = {
        "token": lambda: sandbox.switch("users.me", "401"),
        "clock": lambda: None,
        "disabled": lambda: sandbox._call("POST", "subscriptions", uri=subscription.uri, state="disabled"),
        "gone": lambda: sandbox.switch("webhook_subscriptions.get", "404"),
        "moved": lambda: setattr(settings, "SITE_URL", "http://localhost:9000"),
        "failed": lambda: deliver_badly(subscription, "failed"),
        "late": lambda: deliver_badly(subscription, "new"),
        "scopes": lambda: Connection.objects.update(scopes="users:read"),
        "sample": lambda: show_old_samples(sandbox),
    }
    broken[break_it]()

    found = finding(connection, name)

    assert (found.health.name, found.mend.value) == (health, mend)


def show_old_samples(sandbox: Sandbox) -> None:
    sandbox.book()
    sandbox.option(sample_style="v1")


def deliver_badly(subscription: Subscription, state: str) -> None:
    past = timezone.now() - timezone.timedelta(minutes=5)  # type: ignore[attr-defined]  # Django re-exports it
    Delivery.objects.create(subscription=subscription, digest="d", body=b"{}", received_at=past, state=state)


def test_shows_what_it_found(sandbox: Sandbox, connection: Connection, bob: Client, alice: Client) -> None:
    page = bob.post(f"/settings/calendly/{connection.pk}/examine/").content.decode()

    assert "Calendly knows it as Olive Owner" in page
    assert alice.post(f"/settings/calendly/{connection.pk}/examine/").status_code == 403


def test_tells_when_the_last_comparison_was_where_the_reader_is(
    sandbox: Sandbox, connection: Connection, bob: Client
) -> None:
    winter = datetime(2026, 1, 14, 16, 15, tzinfo=UTC)
    SyncRun.objects.update(finished_at=winter)
    bob.cookies["zone"] = "Europe/Berlin"

    page = bob.get("/settings/calendly/").content.decode()
    _, text = run()

    assert "The last was at Wed 14 Jan 2026, 17:15 CET:" in page
    assert "The last was at Wed 14 Jan 2026, 16:15 UTC:" in text


def test_shows_a_delivery_as_it_came_and_works_on_it_again(bob: Client, alice: Client) -> None:
    delivery = Delivery.objects.create(
        subscription=SubscriptionFactory(),
        digest="d",
        body=b'{"event": "x", "payload": "<script>"}',
        received_at=timezone.now(),
        state="failed",
        error="no reason",
    )

    page = bob.get(f"/settings/calendly/deliveries/{delivery.pk}/").content.decode()
    assert "&lt;script&gt;" in page
    assert alice.get(f"/settings/calendly/deliveries/{delivery.pk}/").status_code == 403

    bob.post("/settings/calendly/deliveries/again/")
    delivery.refresh_from_db()
    assert delivery.state == "new"
