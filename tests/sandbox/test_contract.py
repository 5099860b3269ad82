"""The sandbox's answers and our client's requests, held to docs/calendly-openapi.yaml."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
import yaml
from django.utils import timezone
from jsonschema import Draft202012Validator, FormatChecker

from scheduling.calendly import errors
from scheduling.calendly.client import (
    Client,
)
from scheduling.calendly.questions import ask_available_times, ask_busy_times, ask_event_type_schedules, ask_schedules
from scheduling.services.tokens import GivenToken
from tests.sandbox_process import Sandbox

OPENAPI = yaml.safe_load((Path(__file__).parents[2] / "docs/calendly-openapi.yaml").read_text())


def check(schema: dict[str, Any], instance: Any) -> None:
    """Hold an instance to a schema of the contract, with the components its `$ref`s point to."""
    whole = {**schema, "components": OPENAPI["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    problems = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(instance)]
    assert problems == []


def operation_of(method: str, path: str) -> dict[str, Any]:
    """The contract's operation a request falls under."""
    parts = path.strip("/").split("/")
    for template, operations in OPENAPI["paths"].items():
        wanted = template.strip("/").split("/")
        fits = len(wanted) == len(parts) and all(
            w in (p, "me") or w[0] == "{" for w, p in zip(wanted, parts, strict=True)
        )
        if fits and method.lower() in operations:
            return dict(operations[method.lower()])
    raise AssertionError(f"{method} {path} is not in the contract")


def check_answer(method: str, path: str, response: requests.Response) -> None:
    answers = operation_of(method, path)["responses"]
    status = str(response.status_code)
    assert status in answers
    assert int(response.headers["X-RateLimit-Limit"]) == 500
    assert 0 < int(response.headers["X-RateLimit-Reset"]) <= 60
    content = answers[status].get("content")
    if content:
        check(content["application/json"]["schema"], response.json())
    else:
        assert response.content == b"" or status == "429"


class Api:
    """Calls the sandbox plainly and holds every answer to the contract."""

    def __init__(self, sandbox: Sandbox, role: str = "owner", **token: Any) -> None:
        self.url = sandbox.api_url
        self.token = sandbox.tokens(role, **token)["access_token"]

    def __call__(self, method: str, path: str, **asked: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": "contract test"}
        response = requests.request(method, self.url + path, headers=headers, timeout=10, **asked)
        check_answer(method, path, response)
        return response


@pytest.fixture
def api(sandbox: Sandbox) -> Api:
    return Api(sandbox)


def future(**delta: int) -> str:
    return (timezone.now() + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def last(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]


def test_reads_people_as_the_contract_says(sandbox: Sandbox, api: Api) -> None:
    organization, owner = sandbox.organization, sandbox.user("owner")

    me = api("GET", "/users/me").json()["resource"]
    memberships = api("GET", "/organization_memberships", params={"organization": organization}).json()

    assert me["uri"] == owner["uri"]
    assert api("GET", f"/users/{last(owner['uri'])}").status_code == 200
    assert api("GET", f"/organizations/{last(organization)}").status_code == 200
    assert len(memberships["collection"]) == 4
    assert api("GET", f"/organization_memberships/{last(memberships['collection'][0]['uri'])}").status_code == 200
    assert api("GET", "/organization_memberships").status_code == 400
    assert api("GET", "/users/unknown").status_code == 404


def test_reads_event_types_and_availability(sandbox: Sandbox, api: Api) -> None:
    event_type, owner = sandbox.event_type(), sandbox.user("owner")["uri"]
    window = {"start_time": future(hours=1), "end_time": future(days=6)}

    assert len(api("GET", "/event_types", params={"organization": sandbox.organization}).json()["collection"]) == 4
    assert api("GET", f"/event_types/{last(event_type)}").status_code == 200
    times = api("GET", "/event_type_available_times", params={"event_type": event_type, **window}).json()
    assert len(times["collection"]) > 100
    assert api("GET", "/user_busy_times", params={"user": owner, **window}).status_code == 200
    schedules = api("GET", "/user_availability_schedules", params={"user": owner}).json()
    assert set(schedules) == {"collection"}
    assert api("GET", f"/user_availability_schedules/{last(schedules['collection'][0]['uri'])}").status_code == 200
    assert api("GET", "/event_type_availability_schedules", params={"event_type": event_type}).status_code == 200


@pytest.mark.parametrize(
    ("path", "days", "start_days"),
    [("/event_type_available_times", 32, 1), ("/user_busy_times", 8, 1), ("/event_type_available_times", 2, -1)],
)
def test_refuses_windows_that_are_too_long_or_past(
    sandbox: Sandbox, api: Api, path: str, days: int, start_days: int
) -> None:
    subject = {"event_type": sandbox.event_type(), "user": sandbox.user("owner")["uri"]}
    window = {"start_time": future(days=start_days), "end_time": future(days=start_days + days)}

    response = api("GET", path, params={**subject, **window})

    assert response.status_code == 400
    assert response.json()["details"]


def test_reads_marks_and_cancels_bookings(sandbox: Sandbox, api: Api) -> None:
    invitee = sandbox.book(name="Ann", email="ann@example.com")
    event = f"/scheduled_events/{last(invitee['event'])}"
    sandbox.option(clock_offset_s=40 * 24 * 3600)
    api = Api(sandbox)

    assert api("GET", "/scheduled_events", params={"organization": sandbox.organization}).status_code == 200
    assert api("GET", event).status_code == 200
    assert api("GET", f"{event}/invitees").status_code == 200
    assert api("GET", f"{event}/invitees/{last(invitee['uri'])}").status_code == 200
    mark = api("POST", "/invitee_no_shows", json={"invitee": invitee["uri"]})
    assert mark.status_code == 201
    assert api("POST", "/invitee_no_shows", json={"invitee": invitee["uri"]}).status_code == 400
    assert api("GET", f"/invitee_no_shows/{last(mark.json()['resource']['uri'])}").status_code == 200
    assert api("DELETE", f"/invitee_no_shows/{last(mark.json()['resource']['uri'])}").status_code == 204
    assert api("POST", f"{event}/cancellation", json={"reason": "late"}).json()["message"] == "Event in the past"


def test_cancels_once(sandbox: Sandbox, api: Api) -> None:
    event = f"/scheduled_events/{last(sandbox.book()['event'])}"

    assert api("POST", f"{event}/cancellation", json={"reason": "ill"}).status_code == 201
    assert api("POST", f"{event}/cancellation").json()["message"] == "Event is already canceled"
    assert "cancellation" in api("GET", event).json()["resource"]


def test_makes_links_for_one_booking_only(sandbox: Sandbox, api: Api) -> None:
    body = {"max_event_count": 1, "owner": sandbox.event_type(), "owner_type": "EventType"}

    link = api("POST", "/scheduling_links", json=body).json()["resource"]["booking_url"]

    assert api("POST", "/scheduling_links", json={**body, "max_event_count": 2}).status_code == 400
    assert requests.get(link, timeout=10).status_code == 200
    sandbox.book(booking_url=link)
    assert requests.get(link, timeout=10).status_code == 404


def test_subscribes_as_the_contract_says(sandbox: Sandbox, api: Api) -> None:
    body = {
        "url": "https://desk.example.org/hook/",
        "events": ["invitee.created"],
        "organization": sandbox.organization,
        "scope": "organization",
    }
    made = api("POST", "/webhook_subscriptions", json=body)
    path = f"/webhook_subscriptions/{last(made.json()['resource']['uri'])}"

    assert api("POST", "/webhook_subscriptions", json=body).status_code == 409
    assert api("POST", "/webhook_subscriptions", json={**body, "url": "http://desk.example.org/"}).status_code == 400
    assert api("POST", "/webhook_subscriptions", json={**body, "events": ["nonsense"]}).status_code == 400
    asked = {"organization": sandbox.organization, "scope": "organization"}
    assert len(api("GET", "/webhook_subscriptions", params=asked).json()["collection"]) == 1
    assert api("GET", path).status_code == 200
    assert api("DELETE", path).status_code == 204
    assert api("GET", path).status_code == 404
    member = Api(sandbox, "user")
    assert member("POST", "/webhook_subscriptions", json=body).status_code == 403


def test_says_which_scope_is_missing(sandbox: Sandbox) -> None:
    narrow = Api(sandbox, scopes="users:read scheduled_events:read")

    response = narrow("POST", f"/scheduled_events/{last(sandbox.book()['event'])}/cancellation")

    assert response.json()["required_scopes"] == ["scheduled_events:write"]


def test_pages_with_filters_kept(sandbox: Sandbox, api: Api) -> None:
    for number in range(3):
        sandbox.book(email=f"person{number}@example.com")
    asked: dict[str, Any] = {"organization": sandbox.organization, "count": 2, "status": "active"}

    first = api("GET", "/scheduled_events", params=asked).json()
    token = first["pagination"]["next_page_token"]
    second = api("GET", "/scheduled_events", params={**asked, "page_token": token}).json()

    assert (len(first["collection"]), len(second["collection"])) == (2, 1)
    assert "status=active" in first["pagination"]["next_page"]
    assert second["pagination"]["next_page"] is None
    assert api("GET", "/scheduled_events", params={**asked, "count": 101}).status_code == 400


@pytest.mark.parametrize(("user_agent", "status"), [("Python-urllib/3.11", 403), ("", 403), ("curl/8", 200)])
def test_turns_away_requests_without_a_name(sandbox: Sandbox, user_agent: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {sandbox.tokens()['access_token']}", "User-Agent": user_agent}

    assert requests.get(f"{sandbox.api_url}/users/me", headers=headers, timeout=5).status_code == status


def test_limits_a_free_account_to_fifty_a_minute(sandbox: Sandbox) -> None:
    sandbox.option(stage="free")
    headers = {"Authorization": f"Bearer {sandbox.tokens()['access_token']}"}

    answers = [requests.get(f"{sandbox.api_url}/users/me", headers=headers, timeout=5) for _ in range(51)]

    assert [answer.status_code for answer in answers] == [200] * 50 + [429]
    assert answers[-1].headers["X-RateLimit-Remaining"] == "0"


def webhook_schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_delivers_what_the_contract_describes(sandbox: Sandbox, api: Api) -> None:
    body = {
        "url": "https://desk.example.org/hook/",
        "events": ["invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted"],
        "organization": sandbox.organization,
        "scope": "organization",
    }
    api("POST", "/webhook_subscriptions", json=body)
    moved = sandbox.reschedule(sandbox.book()["uri"])
    sandbox.option(clock_offset_s=40 * 24 * 3600)
    sandbox.no_show(moved["uri"], marked=True)
    sandbox.no_show(moved["uri"], marked=False)

    envelopes = [json.loads(delivery["body"]) for delivery in sandbox.deliveries()]

    assert sorted(envelope["event"] for envelope in envelopes) == [
        "invitee.canceled",
        "invitee.created",
        "invitee.created",
        "invitee_no_show.created",
        "invitee_no_show.deleted",
    ]
    for envelope in envelopes:
        assert list(envelope) == ["created_at", "created_by", "event", "payload"]
        assert envelope["created_at"].endswith(".000000Z")
        check(webhook_schema("WebhookScheduledEvent"), envelope["payload"]["scheduled_event"])
        check(webhook_schema("InviteePayload"), envelope["payload"])


def test_holds_our_clients_requests_to_the_contract(sandbox: Sandbox) -> None:
    client = Client(sandbox.api_url, GivenToken(sandbox.tokens()["access_token"]))
    organization, owner, event_type = sandbox.organization, sandbox.user("owner")["uri"], sandbox.event_type()
    soon = timezone.now() + timedelta(hours=1)
    invitee = sandbox.book()
    client.me()
    list(client.memberships(organization=organization))
    list(client.memberships(user=owner))
    list(client.event_types(organization=organization))
    asked = [
        ask_available_times(event_type, soon, soon + timedelta(days=31)),
        ask_busy_times(owner, soon, soon + timedelta(days=7)),
        ask_schedules(owner),
        ask_event_type_schedules(event_type),
    ]
    answers = {index: answer for index, answer in client.ask(asked) if isinstance(answer, list)}
    assert len(answers[0]) > 1000
    assert [len(answers[index]) for index in (2, 3)] == [1, 1]
    assert [event.uri for event in client.scheduled_events(organization=organization)] == [invitee["event"]]
    client.scheduled_event(invitee["event"])
    assert [found.uri for found in client.invitees(invitee["event"])] == [invitee["uri"]]
    client.invitee(invitee["uri"])
    with pytest.raises(errors.Rejected):
        client.mark_no_show(invitee["uri"])
    client.create_scheduling_link(event_type)
    client.organization(organization)
    assert len(list(client.hosts(sandbox.event_type("phone-screen")))) == 2
    client.delete_share(client.create_share(event_type).uri)
    (form,) = client.routing_forms(organization)
    assert list(client.routing_submissions(form.uri)) == []
    assert client.sample_delivery("invitee.created", organization=organization, scope="organization")["payload"]
    ((_, seats),) = client.invitees_of(client.scheduled_events(organization=organization))
    assert [seat.uri for seat in seats] == [invitee["uri"]]
    hook = client.create_webhook_subscription(
        "https://desk.example.org/", ["invitee.created"], organization=organization, scope="organization"
    )
    list(client.webhook_subscriptions(organization=organization, scope="organization"))
    client.webhook_subscription(hook.uri)
    client.delete_webhook_subscription(hook.uri)
    client.cancel_event(invitee["event"], "ill")

    called = {name for name in dir(Client) if not name.startswith("_")} - {"clock_ahead", "unmark_no_show"}
    made = {request["operation"].replace(".", "_") for request in sandbox.requests()}
    assert len(made) >= len(called) - 1
    for request in sandbox.requests():
        operation = operation_of(request["method"], request["path"])
        allowed = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
        given = dict(parse_qsl(request["query"])) if request["query"] else {}
        assert set(given) <= set(allowed)
        needed = {name for name, parameter in allowed.items() if parameter["required"] and parameter["in"] == "query"}
        assert needed <= set(given)
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            check(schema, json.loads(request["body"] or "{}"))
