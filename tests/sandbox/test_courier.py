"""Deliveries are sent over HTTP, signed anew each time, tried again, and given up as Calendly does."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import requests
from django.utils import timezone

from scheduling.calendly import webhooks
from tests.sandbox_process import Sandbox

HOUR_S = 3600


class Desk:
    """A receiver that answers what the test says and keeps what it got."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[str, bytes]] = []
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                desk.got.append((self.headers["Calendly-Webhook-Signature"], body))
                self.send_response(desk.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/"


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    thread = Thread(target=desk.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield desk
    desk.server.shutdown()
    thread.join()
    desk.server.server_close()


def subscribe(sandbox: Sandbox, desk: Desk, **more: Any) -> None:
    token = sandbox.tokens(kind=more.pop("kind", "oauth"))["access_token"]
    body = {
        "url": desk.url,
        "events": ["invitee.created", "invitee.canceled"],
        "organization": sandbox.organization,
        "scope": "organization",
        **more,
    }
    headers = {"Authorization": f"Bearer {token}"}
    requests.post(f"{sandbox.api_url}/webhook_subscriptions", json=body, headers=headers, timeout=5).raise_for_status()


def send(sandbox: Sandbox) -> str:
    """Send the newest delivery now; returns the answer it got."""
    newest = sandbox.deliveries()[-1]["id"]
    path = f"{sandbox.url}/sandbox/control/deliveries/{newest}/send"
    return str(requests.post(path, timeout=20).json()["last_answer"])


def test_signs_with_the_applications_key(sandbox: Sandbox, desk: Desk) -> None:
    subscribe(sandbox, desk)
    sandbox.book()

    assert send(sandbox) == "200"
    header, body = desk.got[0]
    webhooks.verify(header=header, body=body, keys=["anteroom-sandbox-signing-key"], now=timezone.now())
    assert json.loads(body)["event"] == "invitee.created"
    assert sandbox.deliveries()[-1]["state"] == "delivered"


@pytest.mark.parametrize(("key", "is_signed"), [("a key of its own", True), ("", False)])
def test_signs_a_personal_tokens_hooks_with_their_own_key(
    sandbox: Sandbox, desk: Desk, key: str, is_signed: bool
) -> None:
    subscribe(sandbox, desk, kind="pat", signing_key=key)
    sandbox.book()
    send(sandbox)

    header, body = desk.got[0]
    assert (header is not None) is is_signed
    if is_signed:
        webhooks.verify(header=header, body=body, keys=[key], now=timezone.now())


@pytest.mark.parametrize("status", [302, 404, 410, 500])
def test_tries_again_after_anything_but_success(sandbox: Sandbox, desk: Desk, status: int) -> None:
    subscribe(sandbox, desk)
    sandbox.book()
    desk.status = status

    assert send(sandbox) == str(status)
    delivery = sandbox.deliveries()[-1]
    assert (delivery["state"], delivery["attempts"]) == ("waiting", 1)
    assert sandbox.subscriptions()[0]["retry_started_at"]

    desk.status = 204
    send(sandbox)
    assert sandbox.subscriptions()[0]["retry_started_at"] is None


def test_disables_a_subscription_after_a_day_of_failures(sandbox: Sandbox, desk: Desk) -> None:
    subscribe(sandbox, desk)
    sandbox.book()
    desk.status = 500
    send(sandbox)
    sandbox.option(clock_offset_s=25 * HOUR_S)

    send(sandbox)
    sandbox.book(email="later@example.com")

    assert sandbox.subscriptions()[0]["state"] == "disabled"
    assert [delivery["state"] for delivery in sandbox.deliveries()] == ["given_up"]


def test_tells_every_matching_subscription(sandbox: Sandbox, desk: Desk) -> None:
    subscribe(sandbox, desk)
    subscribe(sandbox, desk, url=f"{desk.url}mine", scope="user", user=sandbox.user("owner")["uri"])
    sandbox.book()
    sandbox.book(event_type=sandbox.event_type("phone-screen"))

    urls = [delivery["url"] for delivery in sandbox.deliveries()]

    # The phone screen's hosts are others, so only the organisation's hook hears of it.
    assert sorted(urls) == sorted([desk.url, desk.url, f"{desk.url}mine"])
