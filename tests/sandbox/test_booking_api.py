"""Booking without the page: POST /invitees."""

from typing import Any

import pytest
import requests

from tests.sandbox.test_contract import Api, api, future, last
from tests.sandbox_process import Sandbox

__all__ = ["api"]

TRACKING = dict.fromkeys(("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid"))


def open_times(api: Api, event_type: str) -> list[str]:
    # From tomorrow on, for the first time there is may be too soon by the time it is booked.
    window = {"event_type": event_type, "start_time": future(days=1), "end_time": future(days=6)}
    return [row["start_time"] for row in api("GET", "/event_type_available_times", params=window).json()["collection"]]


def body_of(sandbox: Sandbox, api: Api, slug: str = "technical-interview", **changes: Any) -> dict[str, Any]:
    """A booking of the first open time; a change to None leaves the key out."""
    event_type = sandbox.event_type(slug)
    body = {
        "event_type": event_type,
        "start_time": open_times(api, event_type)[0],
        "invitee": {"email": "ann@example.com", "name": "Ann Applicant", "timezone": "Europe/Paris"},
        "location": {"kind": "zoom_conference"},
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def test_books_an_open_time(sandbox: Sandbox, api: Api) -> None:
    body = body_of(
        sandbox,
        api,
        tracking={**TRACKING, "utm_content": "ref-1"},
        questions_and_answers=[{"question": "Level", "answer": "Senior", "position": 0}],
        event_guests=["gus@example.com"],
    )

    answer = api("POST", "/invitees", json=body)

    invitee = answer.json()["resource"]
    assert answer.status_code == 201
    assert (invitee["scheduling_method"], invitee["name"]) == ("api", "Ann Applicant")
    assert invitee["tracking"] == {**TRACKING, "utm_content": "ref-1"}
    assert invitee["questions_and_answers"] == [{"question": "Level", "answer": "Senior", "position": 1}]
    event = api("GET", f"/scheduled_events/{last(invitee['event'])}").json()["resource"]
    assert [guest["email"] for guest in event["event_guests"]] == ["gus@example.com"]
    assert (event["location"]["type"], event["start_time"][:19]) == ("zoom", body["start_time"][:19])


def test_takes_a_name_in_two_parts(sandbox: Sandbox, api: Api) -> None:
    person = {"email": "ann@example.com", "first_name": "Ann", "last_name": "Applicant", "timezone": "UTC"}

    invitee = api("POST", "/invitees", json=body_of(sandbox, api, invitee=person)).json()["resource"]

    assert (invitee["name"], invitee["first_name"]) == ("Ann Applicant", None)


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"start_time": None}, "start_time"),
        ({"start_time": "2020-01-01T09:00:00Z"}, "start_time"),
        ({"invitee": {"name": "Ann", "timezone": "UTC"}}, "invitee.email"),
        ({"invitee": {"name": "Ann", "email": "nowhere", "timezone": "UTC"}}, "invitee.email"),
        ({"invitee": {"name": "Ann", "email": "ann@example.com"}}, "invitee.timezone"),
        ({"invitee": {"name": "Ann", "email": "ann@example.com", "timezone": "Mars"}}, "invitee.timezone"),
        ({"invitee": {"email": "ann@example.com", "timezone": "UTC"}}, "invitee.name"),
        ({"location": None}, "location"),
        ({"location": {"kind": "google_conference"}}, "location.kind"),
        ({"tracking": {"utm_source": "x"}}, "tracking.utm_campaign"),
        ({"questions_and_answers": [{"answer": "Senior", "position": 0}]}, "questions_and_answers[0].question"),
        (
            {"questions_and_answers": [{"question": "level", "answer": "Senior", "position": 0}]},
            "questions_and_answers[0].question",
        ),
        ({"event_guests": ["nowhere"]}, "event_guests[0]"),
        ({"event_guests": [f"guest{n}@example.com" for n in range(11)]}, "event_guests"),
    ],
)
def test_refuses_what_is_wrong(sandbox: Sandbox, api: Api, changes: dict[str, Any], parameter: str) -> None:
    answer = api("POST", "/invitees", json=body_of(sandbox, api, **changes))

    assert answer.status_code == 400
    assert answer.json()["details"][0]["parameter"] == parameter


def test_needs_the_words_of_a_place_as_offered(sandbox: Sandbox, api: Api) -> None:
    body = body_of(sandbox, api, "final-interview", location={"kind": "physical"})

    missing = api("POST", "/invitees", json=body)
    elsewhere = api("POST", "/invitees", json=body | {"location": {"kind": "physical", "location": "My place"}})
    offered = api("POST", "/invitees", json=body | {"location": {"kind": "physical", "location": "1 Example Street"}})

    assert [answer.status_code for answer in (missing, elsewhere, offered)] == [400, 400, 201]


def test_takes_no_place_where_the_host_is_picked(sandbox: Sandbox, api: Api) -> None:
    named = body_of(sandbox, api, "phone-screen", location={"kind": "outbound_call", "location": "+4930123456"})

    assert api("POST", "/invitees", json=named).status_code == 400
    assert api("POST", "/invitees", json=body_of(sandbox, api, "phone-screen", location=None)).status_code == 201


def test_asks_for_required_answers(sandbox: Sandbox) -> None:
    sandbox.reset("demo")
    api = Api(sandbox)
    body = body_of(sandbox, api, "recruiter-call", location={"kind": "inbound_call"})
    answer = {"question": "What is your notice period?", "answer": "Four weeks", "position": 0}

    refused = api("POST", "/invitees", json=body)

    assert refused.json()["details"][0]["message"] == "What is your notice period?: is missing"
    assert api("POST", "/invitees", json=body | {"questions_and_answers": [answer]}).status_code == 201


@pytest.mark.parametrize("status", ["400", "404", "409"])
def test_tells_that_a_time_is_taken(sandbox: Sandbox, api: Api, status: str) -> None:
    sandbox.option(taken_status=status)
    body = body_of(sandbox, api)
    api("POST", "/invitees", json=body)

    answer = post(sandbox, body)

    assert answer.status_code == int(status)
    if status == "400":
        assert answer.json()["details"][0]["code"] == "already_filled"


def test_refuses_event_types_that_are_not_there(sandbox: Sandbox, api: Api) -> None:
    unknown = "https://api.calendly.com/event_types/00000000-0000-4000-8000-000000000000"

    assert api("POST", "/invitees", json=body_of(sandbox, api, event_type=unknown)).status_code == 404


def test_needs_its_scope(sandbox: Sandbox) -> None:
    refused = Api(sandbox, scopes="scheduled_events:read")("POST", "/invitees", json={})

    assert refused.json()["required_scopes"] == ["scheduled_events:write"]


@pytest.mark.parametrize(
    ("limited", "allowed", "reset_s"),
    [({"stage": "free"}, 5, 86_400), ({"stage": "trial"}, 5, 86_400), ({"plan": "teams"}, 10, 60)],
)
def test_has_limits_of_its_own(sandbox: Sandbox, api: Api, limited: dict[str, str], allowed: int, reset_s: int) -> None:
    sandbox.option(**limited)

    answers = [post(sandbox, {}) for _ in range(allowed + 1)]

    assert [answer.status_code for answer in answers] == [400] * allowed + [429]
    refused = answers[-1].headers
    assert (refused["X-RateLimit-Limit"], refused["X-RateLimit-Remaining"]) == (str(allowed), "0")
    assert reset_s - 30 < int(refused["X-RateLimit-Reset"]) <= reset_s
    sandbox.option(clock_offset_s=reset_s + 10)
    assert post(sandbox, {}).status_code == 400


def test_gives_enterprise_more(sandbox: Sandbox) -> None:
    sandbox.option(plan="enterprise")

    assert {post(sandbox, {}).status_code for _ in range(12)} == {400}


def post(sandbox: Sandbox, body: dict[str, Any]) -> requests.Response:
    """Plainly, for answers the contract does not list."""
    headers = {"Authorization": f"Bearer {sandbox.tokens()['access_token']}", "User-Agent": "booking test"}
    return requests.post(f"{sandbox.api_url}/invitees", json=body, headers=headers, timeout=10)
