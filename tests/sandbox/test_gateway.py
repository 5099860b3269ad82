"""A managed gateway keeps the grant; its key and a connection reach the same API."""

from typing import Any

import pytest
import requests

from tests.sandbox.test_options import is_signed_with
from tests.sandbox_process import Sandbox


class Gateway:
    """What a holder of the API key can do."""

    def __init__(self, sandbox: Sandbox, key: str | None = None) -> None:
        self.url = f"{sandbox.url}/sandbox/gateway"
        self.key = key or sandbox.gateway()["api_key"]

    def __call__(self, method: str, path: str, connection: str = "", **asked: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}"} | ({"Maton-Connection": connection} if connection else {})
        return requests.request(method, self.url + path, headers=headers, timeout=10, **asked)

    def me(self, connection: str = "") -> requests.Response:
        return self("GET", "/calendly/users/me", connection)


@pytest.fixture
def gateway(sandbox: Sandbox) -> Gateway:
    return Gateway(sandbox)


def answer(url: str, **fields: str) -> requests.Response:
    """Send the consent page's form."""
    session = requests.Session()
    session.get(url, timeout=10).raise_for_status()
    data = {"csrfmiddlewaretoken": session.cookies["csrftoken"], **fields}
    return session.post(url, data, headers={"Referer": url}, timeout=10)


@pytest.mark.parametrize("path", ["/connections", "/calendly/users/me"])
def test_refuses_a_wrong_key(sandbox: Sandbox, path: str) -> None:
    response = Gateway(sandbox, "wrong")("GET", path)

    assert response.status_code == 401
    assert response.json()["error"]


def test_connects_the_user_who_allows(sandbox: Sandbox, gateway: Gateway) -> None:
    created = gateway("POST", "/connections", json={"app": "calendly"})
    connection = created.json()["connection"]
    path = f"/connections/{connection['connection_id']}"
    assert (created.status_code, connection["status"], connection["app"]) == (201, "PENDING", "calendly")
    assert gateway.me().json() == {"error": "No active connection"}

    page = answer(connection["url"], decision="allow", user=sandbox.user("admin")["uri"])

    assert "The connection is made" in page.text
    assert gateway("GET", path).json()["connection"]["status"] == "ACTIVE"
    assert gateway.me(connection["connection_id"]).json()["resource"]["uri"] == sandbox.user("admin")["uri"]
    assert requests.get(connection["url"], timeout=10).status_code == 404


def test_fails_a_connection_that_is_denied(gateway: Gateway) -> None:
    connection = gateway("POST", "/connections", json={"app": "calendly"}).json()["connection"]

    answer(connection["url"], decision="deny")

    listed = gateway("GET", "/connections", params={"app": "calendly", "status": "FAILED"}).json()["connections"]
    assert [row["connection_id"] for row in listed] == [connection["connection_id"]]
    assert gateway.me(connection["connection_id"]).status_code == 400


def test_takes_the_oldest_connection_unless_one_is_chosen(sandbox: Sandbox, gateway: Gateway) -> None:
    sandbox.gateway("owner")
    second = sandbox.gateway("user")["connection_id"]

    assert gateway.me().json()["resource"]["uri"] == sandbox.user("owner")["uri"]
    assert gateway.me(second).json()["resource"]["uri"] == sandbox.user("user")["uri"]
    assert gateway.me("unknown").status_code == 404


def test_ends_a_connection(sandbox: Sandbox, gateway: Gateway) -> None:
    path = f"/connections/{sandbox.gateway('owner')['connection_id']}"

    deleted = gateway("DELETE", path)

    assert (deleted.status_code, deleted.json()) == (200, {})
    assert gateway("GET", path).status_code == 404
    assert gateway.me().status_code == 400


@pytest.mark.parametrize("body", [{"app": "crm"}, {}, []])
def test_offers_calendly_only(gateway: Gateway, body: Any) -> None:
    assert gateway("POST", "/connections", json=body).status_code == 400


def test_passes_calls_on_with_their_limits_and_errors(sandbox: Sandbox, gateway: Gateway) -> None:
    connection = sandbox.gateway("owner")["connection_id"]
    asked: dict[str, Any] = {"organization": sandbox.organization, "count": 2}

    page = gateway("GET", "/calendly/event_types", connection, params=asked)

    assert page.headers["X-RateLimit-Limit"] == "500"
    assert page.json()["pagination"]["next_page"].startswith(f"{sandbox.api_url}/event_types?")
    assert gateway("GET", "/calendly/nowhere", connection).status_code == 404
    assert gateway("POST", "/calendly/scheduling_links", connection, json={}).status_code == 400
    assert sandbox.requests("event_types.list")[0]["path"] == "/event_types"


@pytest.mark.parametrize(("rule", "is_ours"), [("ignored", False), ("wins", True)])
def test_signs_with_its_own_applications_key(sandbox: Sandbox, gateway: Gateway, rule: str, is_ours: bool) -> None:
    sandbox.option(app_signing_key=rule)
    body = {
        "url": "https://desk.example.org/hook/",
        "events": ["invitee.created"],
        "organization": sandbox.organization,
        "scope": "organization",
        "signing_key": "ours",
    }
    sandbox.gateway("owner")
    gateway("POST", "/calendly/webhook_subscriptions", json=body).raise_for_status()
    sandbox.book()

    delivery = sandbox.deliveries()[0]

    header = delivery["headers"]["Calendly-Webhook-Signature"]
    assert is_signed_with("ours", header, delivery["body"]) is is_ours
    assert not is_signed_with("anteroom-sandbox-signing-key", header, delivery["body"])


def test_gives_tokens_of_the_registered_application_still(sandbox: Sandbox) -> None:
    sandbox.gateway("owner")

    assert sandbox.tokens()["access_token"]
