"""Connecting Calendly: the real dance, and every way it can go wrong."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.conf import LazySettings
from django.db import connection as database
from django.test import Client

from scheduling.models import Connection, EventType, Interviewer, Subscription
from scheduling.services import setup
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver

pytestmark = pytest.mark.django_db


def begin(client: Client) -> str:
    """Press Connect; returns Calendly's address."""
    response = client.post("/accounts/calendly/login/?process=connect")
    assert response.status_code == 302
    return str(response["Location"])


def answer(address: str, **fields: Any) -> str:
    """Fill in the consent page; returns where it sends the browser."""
    session = requests.Session()
    page = session.get(address, timeout=10)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    posted = {name: unescape(value) for name, value in hidden.items()} | fields
    target = f"{urlsplit(address).scheme}://{urlsplit(address).netloc}{urlsplit(address).path}"
    response = session.post(target, posted, allow_redirects=False, headers={"Referer": address}, timeout=10)
    assert response.status_code == 302, response.text
    return response.headers["Location"]


def come_back(client: Client, address: str) -> str:
    """Follow Calendly's redirect; returns where the desk sends the browser."""
    parts = urlsplit(address)
    response = client.get(f"{parts.path}?{parts.query}")
    assert response.status_code == 302, response.content
    return str(response["Location"])


def connect(client: Client, **fields: Any) -> str:
    return come_back(client, answer(begin(client), **{"decision": "allow", **fields}))


def test_asks_with_state_pkce_and_exactly_our_scopes(sandbox: Sandbox, bob: Client) -> None:
    asked = parse_qs(urlsplit(begin(bob)).query)

    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"][0]
    assert asked["redirect_uri"] == ["http://localhost:8000/accounts/calendly/login/callback/"]
    assert set(asked["scope"][0].split()) == {
        "users:read",
        "organizations:read",
        "event_types:read",
        "availability:read",
        "scheduled_events:write",
        "scheduling_links:write",
        "webhooks:write",
        "shares:write",
        "routing_forms:read",
    }


def test_connects_and_sets_up(sandbox: Sandbox, bob: Client) -> None:
    assert connect(bob) == "/settings/calendly/?connected=1"
    setup.run(Connection.objects.get().pk)

    connection = Connection.objects.get()
    assert (connection.state, connection.role, connection.setup_due_at) == ("connected", "owner", None)
    assert (Interviewer.objects.count(), EventType.objects.count()) == (4, 4)
    subscription = Subscription.objects.get()
    assert [row["callback_url"] for row in sandbox.subscriptions()] == [subscription.callback_url]
    assert sandbox.requests("oauth.token")[0]["status"] == 200


def test_updates_and_never_duplicates_when_connected_again(sandbox: Sandbox, bob: Client) -> None:
    for _ in range(2):
        connect(bob)
        setup.run(Connection.objects.get().pk)

    assert (Connection.objects.count(), EventType.objects.count(), Interviewer.objects.count()) == (1, 4, 4)
    assert len(sandbox.subscriptions()) == 1


def test_reads_the_bookings_there_are(sandbox: Sandbox, bob: Client) -> None:
    sandbox.book(name="Early Bird", email="early@example.com")
    connect(bob)
    setup.run(Connection.objects.get().pk)

    page = bob.get("/interviews/unmatched/").content.decode()
    assert "Early Bird" in page


def test_keeps_tokens_out_of_the_database_in_clear_text(sandbox: Sandbox, bob: Client) -> None:
    connect(bob)

    connection = Connection.objects.get()
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM scheduling_connection")
        row = repr(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM socialaccount_socialtoken")
        tokens = cursor.fetchone()[0]
    assert connection.access_token.count(".") == 2
    assert connection.access_token not in row
    assert connection.refresh_token not in row
    assert tokens == 0


@pytest.mark.parametrize(
    ("operation", "behaviour", "code"),
    [
        ("oauth.token", "500", "unreachable"),
        ("oauth.token", "html", "unreachable"),
        ("oauth.token", "cut", "unreachable"),
        ("users.me", "503", "unreachable"),
        ("users.me", "403", "rejected"),
    ],
)
def test_explains_an_outage(sandbox: Sandbox, bob: Client, operation: str, behaviour: str, code: str) -> None:
    sandbox.switch(operation, behaviour)

    assert connect(bob) == f"/settings/calendly/?problem={code}"
    assert Connection.objects.count() == 0


def test_explains_a_refusal(sandbox: Sandbox, bob: Client) -> None:
    assert connect(bob, decision="deny") == "/settings/calendly/?problem=refused"


def test_explains_an_answer_of_another_browser(sandbox: Sandbox, bob: Client) -> None:
    begin(bob)

    assert (
        come_back(bob, "/accounts/calendly/login/callback/?code=x&state=forged") == "/settings/calendly/?problem=state"
    )


def test_explains_a_code_that_is_too_old(sandbox: Sandbox, bob: Client) -> None:
    back = answer(begin(bob), decision="allow")
    sandbox.option(clock_offset_s=601)

    assert come_back(bob, back) == "/settings/calendly/?problem=expired_code"


def test_explains_a_missing_permission_and_gives_the_access_back(sandbox: Sandbox, bob: Client) -> None:
    where = connect(bob, granted=["users:read", "organizations:read"])

    assert "problem=scope" in where
    assert "webhooks%3Awrite" in where
    assert "Receive bookings as they happen" in bob.get(where).content.decode()
    assert [request["status"] for request in sandbox.requests("oauth.revoke")] == [200]
    assert Connection.objects.count() == 0


def test_explains_a_wrong_secret(sandbox: Sandbox, bob: Client, settings: LazySettings) -> None:
    settings.CALENDLY_CLIENT_SECRET = "mistyped"

    assert connect(bob) == "/settings/calendly/?problem=rejected"


@pytest.mark.parametrize("code", ["refused", "state", "expired_code", "scope", "unreachable", "rejected", "<b>odd</b>"])
def test_offers_the_next_step_for_each_problem(bob: Client, code: str) -> None:
    page = bob.get("/settings/calendly/", {"problem": code}).content.decode()

    assert "nothing was connected" in page or "was not connected" in page
    assert "Connect Calendly" in page
    assert "<b>odd" not in page


@pytest.mark.parametrize("path", ["/accounts/calendly/login/?process=connect", "/settings/calendly/1/disconnect/"])
def test_not_for_charlie(charlie: Client, path: str) -> None:
    assert charlie.post(path).status_code == 403


def test_disconnects_there_and_here(sandbox: Sandbox, bob: Client, connection: Connection) -> None:
    token = connection.access_token

    response = bob.post("/settings/calendly/1/disconnect/", follow=True)

    connection.refresh_from_db()
    assert (connection.state, connection.access_token, connection.refresh_token) == ("disconnected", "", "")
    assert sandbox.subscriptions() == []
    me = requests.get(f"{sandbox.api_url}/users/me", headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert me.status_code == 401
    assert "Candidates, links and interviews are kept" in response.content.decode()


def test_disconnects_here_when_calendly_is_away(sandbox: Sandbox, bob: Client, connection: Connection) -> None:
    sandbox.switch("*", "503")

    response = bob.post("/settings/calendly/1/disconnect/", follow=True)

    connection.refresh_from_db()
    assert (connection.state, connection.access_token) == ("disconnected", "")
    assert "could not be deleted at Calendly" in response.content.decode()


def test_keeps_trying_the_set_up(sandbox: Sandbox, bob: Client) -> None:
    connect(bob)
    sandbox.switch("event_types.list", "500", times=3)
    setup.run(Connection.objects.get().pk)

    connection = Connection.objects.get()
    assert connection.setup_error
    assert "Not finished:" in bob.get("/settings/calendly/").content.decode()

    Connection.objects.update(setup_due_at=connection.connected_at)
    setup.run(connection.pk)

    connection.refresh_from_db()
    assert (connection.setup_error, connection.setup_due_at) == ("", None)


def test_takes_in_deliveries_of_the_new_subscription(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    sandbox.book(name="Ann Applicant")

    assert deliver(sandbox) == [200]
    assert "Ann Applicant" in alice.get("/interviews/unmatched/").content.decode()
