"""Shares: single-use links that can be looked at, changed and taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.test_contract import Api, api, future, last
from tests.sandbox_process import Sandbox

__all__ = ["api"]


def make(sandbox: Sandbox, api: Api, **given: Any) -> dict[str, Any]:
    answer = api("POST", "/shares", json={"event_type": sandbox.event_type(), **given})
    assert answer.status_code == 201
    return dict(answer.json()["resource"])


def booking_url(share: dict[str, Any]) -> str:
    return str(share["scheduling_links"][0]["booking_url"])


def listed(sandbox: Sandbox, api: Api, **filters: Any) -> list[dict[str, Any]]:
    answer = api("GET", "/shares", params={"user": sandbox.user()["uri"], **filters})
    return list(answer.json()["collection"])


def test_shows_effective_values(sandbox: Sandbox, api: Api) -> None:
    plain = make(sandbox, api)["share_override"]
    own = make(sandbox, api, name="A short call", duration=20, duration_options=[20, 40])["share_override"]

    assert (plain["name"], plain["duration"], plain["duration_options"]) == ("Technical interview", 45, None)
    assert plain["location_configurations"] == [{"kind": "zoom_conference", "position": 0}]
    assert plain["availability_rule"]["timezone"] == "Europe/Berlin"
    assert (own["name"], own["duration"], own["duration_options"]) == ("A short call", 20, [20, 40])


def test_books_with_the_shares_name_and_length(sandbox: Sandbox, api: Api) -> None:
    share = make(sandbox, api, name="A short call", duration=20)

    event = sandbox.book(booking_url=booking_url(share))["scheduled_event"]

    length = datetime.fromisoformat(event["end_time"]) - datetime.fromisoformat(event["start_time"])
    assert (event["name"], length.total_seconds()) == ("A short call", 20 * 60)
    assert requests.get(booking_url(share), timeout=10).status_code == 404
    assert [row["status"] for row in listed(sandbox, api)] == ["booked"]
    moved = sandbox.reschedule(f"{event['uri']}/invitees/{last(invitee_of(api, event))}")["scheduled_event"]
    length = datetime.fromisoformat(moved["end_time"]) - datetime.fromisoformat(moved["start_time"])
    assert (moved["name"], length.total_seconds()) == ("A short call", 20 * 60)


def invitee_of(api: Api, event: dict[str, Any]) -> str:
    return str(api("GET", f"/scheduled_events/{last(event['uri'])}/invitees").json()["collection"][0]["uri"])


def test_shows_its_own_length_to_visitors(sandbox: Sandbox, api: Api) -> None:
    page = requests.get(booking_url(make(sandbox, api, name="A short call", duration=20)), timeout=10)

    assert "A short call" in page.text
    assert "20 min" in page.text


def day(number: int) -> str:
    return (datetime.now(UTC) + timedelta(days=number)).date().isoformat()


@pytest.mark.parametrize(
    ("terms", "latest"),
    [
        ({"period_type": "moving", "max_booking_time": 3}, 3),
        ({"period_type": "fixed", "start_date": day(2), "end_date": day(4)}, 4),
        ({"period_type": "available_moving", "max_booking_time": 2}, 2),
    ],
)
def test_keeps_its_own_period(sandbox: Sandbox, api: Api, terms: dict[str, Any], latest: int) -> None:
    share = make(sandbox, api, **terms)

    with pytest.raises(requests.HTTPError):
        sandbox.book(booking_url=booking_url(share), start=f"{day(latest + 2)}T12:00:00Z")
    booked = sandbox.book(booking_url=booking_url(share))["scheduled_event"]

    assert booked["start_time"] < f"{day(latest + 1)}T02"
    assert terms["period_type"] != "fixed" or booked["start_time"] >= f"{day(1)}T20"


def test_keeps_its_own_hours(sandbox: Sandbox, api: Api) -> None:
    interval = {"from": "10:00", "to": "10:45"}
    weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    rules = [{"type": "wday", "wday": name, "intervals": [interval]} for name in weekdays]
    share = make(sandbox, api, availability_rule={"timezone": "Asia/Tokyo", "rules": rules})

    booked = sandbox.book(booking_url=booking_url(share))["scheduled_event"]

    assert booked["start_time"].split("T")[1].startswith("01:00:00")


@pytest.mark.parametrize("slug", ["info-session", "phone-screen", "final-interview"])
def test_is_for_one_on_one_types_only(sandbox: Sandbox, api: Api, slug: str) -> None:
    answer = api("POST", "/shares", json={"event_type": sandbox.event_type(slug)})

    assert answer.status_code == 400
    assert answer.json()["details"][0]["parameter"] == "event_type"


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"name": "n" * 56}, "name"),
        ({"duration": 0}, "duration"),
        ({"duration": 721}, "duration"),
        ({"duration": 30, "duration_options": [15, 45]}, "duration"),
        ({"duration_options": [15, 30, 45, 60, 75]}, "duration_options"),
        ({"period_type": "sometimes"}, "period_type"),
        ({"period_type": "fixed", "start_date": "2030-01-01"}, "end_date"),
        ({"start_date": "soon"}, "start_date"),
        ({"max_booking_time": "a week"}, "max_booking_time"),
        ({"hide_location": "yes"}, "hide_location"),
        ({"location_configurations": [{"kind": "inbound_call"}]}, "location_configurations"),
        ({"availability_rule": {"rules": []}}, "availability_rule"),
    ],
)
def test_refuses_what_will_not_do(sandbox: Sandbox, api: Api, given: dict[str, Any], parameter: str) -> None:
    answer = api("POST", "/shares", json={"event_type": sandbox.event_type(), **given})

    assert answer.status_code == 400
    assert [detail["parameter"] for detail in answer.json()["details"]] == [parameter]


def test_lists_ones_own_newest_first(sandbox: Sandbox, api: Api) -> None:
    first, second = make(sandbox, api), make(sandbox, api, name="Second")
    make(sandbox, Api(sandbox, "admin"))

    assert [row["uri"] for row in listed(sandbox, api)] == [second["uri"], first["uri"]]
    assert [row["uri"] for row in listed(sandbox, api, sort="created_at:asc", count=1)] == [first["uri"]]
    assert listed(sandbox, api, event_type=sandbox.event_type("info-session")) == []
    assert len(listed(sandbox, api, min_created_at=first["created_at"], max_created_at=future(days=1))) == 2
    assert listed(sandbox, api, min_created_at=future(days=1)) == []
    assert api("GET", "/shares").status_code == 400
    assert api("GET", "/shares", params={"user": sandbox.user("admin")["uri"]}).status_code == 403


def test_changes_until_booked(sandbox: Sandbox, api: Api) -> None:
    share = make(sandbox, api, name="A short call", duration=20)
    path = f"/shares/{last(share['uri'])}"

    changed = api("PATCH", path, json={"name": None, "contact": "https://api.calendly.com/contacts/1"}).json()

    assert changed["resource"]["contact"] == "https://api.calendly.com/contacts/1"
    assert changed["resource"]["share_override"]["name"] == "Technical interview"
    assert changed["resource"]["share_override"]["duration"] == 20
    assert Api(sandbox, "admin")("PATCH", path, json={"name": "Mine"}).status_code == 404
    sandbox.book(booking_url=booking_url(share))
    assert api("PATCH", path, json={"name": "Late"}).status_code == 400
    assert api("DELETE", path).status_code == 400


def test_deletes_its_link_too(sandbox: Sandbox, api: Api) -> None:
    share = make(sandbox, api)

    assert api("DELETE", f"/shares/{last(share['uri'])}").status_code == 204
    assert "no longer valid" in requests.get(booking_url(share), timeout=10).text
    assert listed(sandbox, api) == []


def test_expires_unbooked(sandbox: Sandbox, api: Api) -> None:
    share = make(sandbox, api)
    sandbox.option(clock_offset_s=91 * 24 * 3600)
    late = Api(sandbox)

    assert [row["status"] for row in listed(sandbox, late)] == ["expired"]
    assert late("PATCH", f"/shares/{last(share['uri'])}", json={"name": "Late"}).status_code == 400


def test_needs_its_scopes(sandbox: Sandbox) -> None:
    reader = Api(sandbox, scopes="shares:read")

    assert listed(sandbox, reader) == []
    refused = reader("POST", "/shares", json={"event_type": sandbox.event_type()})
    assert refused.json()["required_scopes"] == ["shares:write"]
