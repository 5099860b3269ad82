"""Connecting by personal token or through a gateway: the same desk, whichever way in."""

import pytest
import requests
from django.db import connection as database
from django.test import Client

from candidates.models import Candidate
from scheduling.models import BookingLink, Connection, EventType, Interview, Subscription
from scheduling.services import setup
from tests.factories import CandidateFactory
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver
from tests.scheduling.test_links import send

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(sandbox: Sandbox) -> Sandbox:
    """The sandbox, whose gateway these tests go through."""
    return sandbox


@pytest.fixture
def candidate(db: None) -> Candidate:
    return CandidateFactory(name="Zoë Quill", email="zoe@example.com")


def paste(client: Client, token: str) -> str:
    return client.post("/settings/calendly/token/connect/", {"token": token}, follow=True).content.decode()


def set_up() -> Connection:
    connection = Connection.objects.get()
    setup.run(connection.pk)
    connection.refresh_from_db()
    assert connection.setup_error == ""
    return connection


def book_through_a_link(sandbox: Sandbox, alice: Client, candidate: Candidate) -> Interview:
    send(alice, candidate, EventType.objects.get(slug="technical-interview"))
    link = BookingLink.objects.get()
    sandbox.book(booking_url=link.booking_url, email=candidate.email, tracking={"utm_content": link.reference})
    assert deliver(sandbox) == [200]
    return Interview.objects.get()


def test_connects_by_a_pasted_token(sandbox: Sandbox, bob: Client, alice: Client, candidate: Candidate) -> None:
    token = sandbox.tokens("owner", kind="pat")["access_token"]

    page = paste(bob, f"  {token[:40]}\n{token[40:]} ")
    connection = set_up()

    assert "Connected as Olive Owner" in page
    assert (connection.kind, connection.access_token, connection.role) == ("token", token, "owner")
    assert book_through_a_link(sandbox, alice, candidate).candidate == candidate


def test_signs_a_personal_tokens_deliveries_with_a_key_of_their_own(sandbox: Sandbox, bob: Client) -> None:
    paste(bob, sandbox.tokens("owner", kind="pat")["access_token"])
    set_up()
    subscription = Subscription.objects.get()
    sandbox.book()

    Subscription.objects.update(signing_key="another key")
    assert deliver(sandbox) == [403]

    Subscription.objects.filter(pk=subscription.pk).update(signing_key=subscription.signing_key)
    assert deliver(sandbox) == [200]
    with database.cursor() as cursor:
        cursor.execute("SELECT signing_key FROM scheduling_subscription")
        assert subscription.signing_key not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("nonsense", "Calendly does not know this token"),
        ("", "This field is required"),
        ("gehört mir", "not a token"),
        ("x" * 5000, "at most 4000 characters"),
    ],
)
def test_keeps_nothing_of_a_token_that_is_none(sandbox: Sandbox, bob: Client, token: str, words: str) -> None:
    response = bob.post("/settings/calendly/token/connect/", {"token": token})

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Connection.objects.exists()
    assert "x" * 100 not in response.content.decode()


def test_names_the_permission_a_token_lacks(sandbox: Sandbox, bob: Client) -> None:
    token = sandbox.tokens("owner", kind="pat", scopes="event_types:read")["access_token"]

    assert "lacks users:read" in paste(bob, token)


def test_asks_for_a_new_token_once_when_it_is_revoked(
    sandbox: Sandbox, bob: Client, alice: Client, candidate: Candidate
) -> None:
    token = sandbox.tokens("owner", kind="pat")["access_token"]
    paste(bob, token)
    set_up()
    sandbox._call("POST", "revoke", access_token=token)

    for _ in range(2):
        page = send(alice, candidate, EventType.objects.get(slug="technical-interview")).content.decode()

    assert "no longer accepts our connection" in page or "not connected" in page
    assert Connection.objects.get().state == "needs_reconnect"
    assert sandbox.requests("oauth.token") == []
    assert "New token" in bob.get("/settings/calendly/").content.decode()


def test_changes_the_way_of_the_same_account(sandbox: Sandbox, connection: Connection, bob: Client) -> None:
    paste(bob, sandbox.tokens("owner", kind="pat")["access_token"])
    set_up()

    assert Connection.objects.get().kind == "token"
    assert len(sandbox.subscriptions()) == 1


def test_has_several_accounts_side_by_side(sandbox: Sandbox, connection: Connection, bob: Client) -> None:
    paste(bob, sandbox.tokens("user", kind="pat")["access_token"])
    member = Connection.objects.get(role="user")
    setup.run(member.pk)

    page = bob.get("/settings/calendly/").content.decode()

    assert "Olive Owner" in page
    assert "Mia Member" in page
    assert set(EventType.objects.values_list("connection", flat=True)) == {connection.pk}
    assert sorted(row["scope"] for row in sandbox.subscriptions()) == ["organization", "user"]


def test_tells_a_booking_once_though_two_subscriptions_do(
    sandbox: Sandbox, connection: Connection, bob: Client
) -> None:
    paste(bob, sandbox.tokens("user", kind="pat")["access_token"])
    setup.run(Connection.objects.get(role="user").pk)

    sandbox.book(event_type=sandbox.event_type("phone-screen"))
    answers = deliver(sandbox)

    assert set(answers) == {200}
    assert Interview.objects.count() == 1


def test_connects_through_a_gateway(gateway: Sandbox, bob: Client, alice: Client, candidate: Candidate) -> None:
    account = gateway.gateway("owner")
    gateway.option(app_signing_key="wins")

    page = bob.post("/settings/calendly/gateway/key/", {"api_key": account["api_key"]}, follow=True)
    assert account["connection_id"] in page.content.decode()
    assert account["api_key"] not in page.content.decode()
    bob.post("/settings/calendly/gateway/use/", {"connection_id": account["connection_id"]})
    connection = set_up()

    assert (connection.kind, connection.gateway_connection_id) == ("gateway", account["connection_id"])
    assert book_through_a_link(gateway, alice, candidate).candidate == candidate


def test_reads_bookings_when_a_gateways_key_cannot_be_known(gateway: Sandbox, bob: Client) -> None:
    account = gateway.gateway("owner")
    bob.post("/settings/calendly/gateway/key/", {"api_key": account["api_key"]})
    bob.post("/settings/calendly/gateway/use/", {"connection_id": account["connection_id"]})
    connection = set_up()
    gateway.book()

    assert deliver(gateway) == [403]
    Connection.objects.update(setup_due_at=connection.connected_at)
    set_up()

    assert Interview.objects.count() == 1


def test_makes_and_deletes_connections_at_the_gateway(gateway: Sandbox, bob: Client) -> None:
    account = gateway.gateway()
    bob.post("/settings/calendly/gateway/key/", {"api_key": account["api_key"]})

    page = bob.post("/settings/calendly/gateway/create/", follow=True).content.decode()
    assert "Open the consent page" in page

    chosen = gateway.gateway("admin")["connection_id"]
    bob.post("/settings/calendly/gateway/delete/", {"connection_id": chosen})
    listed = requests.get(
        f"{gateway.url}/sandbox/gateway/connections",
        headers={"Authorization": f"Bearer {account['api_key']}"},
        timeout=10,
    ).json()["connections"]
    assert chosen not in [row["connection_id"] for row in listed if row["status"] == "ACTIVE"]


@pytest.mark.parametrize("chosen", ["pending", "unknown"])
def test_uses_only_a_connection_somebody_consented_to(gateway: Sandbox, bob: Client, chosen: str) -> None:
    key = gateway.gateway()["api_key"]
    bob.post("/settings/calendly/gateway/key/", {"api_key": key})
    pending = requests.post(
        f"{gateway.url}/sandbox/gateway/connections",
        json={"app": "calendly"},
        headers={"Authorization": f"Bearer {key}"},
        timeout=10,
    ).json()["connection"]["connection_id"]

    used = {"connection_id": pending if chosen == "pending" else "11111111-1111-4111-8111-111111111111"}
    page = bob.post("/settings/calendly/gateway/use/", used, follow=True).content.decode()

    assert "Nothing was connected." in page
    assert not Connection.objects.exists()


def test_refuses_a_key_the_gateway_does_not_know(gateway: Sandbox, bob: Client) -> None:
    response = bob.post("/settings/calendly/gateway/key/", {"api_key": "nonsense"})

    assert response.status_code == 422
    assert "does not know this key" in response.content.decode()


@pytest.mark.parametrize(
    "path",
    ["token/connect/", "gateway/key/", "gateway/create/", "gateway/use/", "gateway/delete/", "deliveries/again/"],
)
def test_not_for_alice_who_only_recruits(alice: Client, charlie: Client, path: str) -> None:
    for client in (alice, charlie):
        assert client.post(f"/settings/calendly/{path}").status_code == 403


@pytest.mark.parametrize("path", ["token/", "gateway/", "deliveries/"])
def test_shows_these_pages_to_administrators_only(alice: Client, bob: Client, path: str) -> None:
    assert alice.get(f"/settings/calendly/{path}").status_code == 403
    assert bob.get(f"/settings/calendly/{path}").status_code == 200
