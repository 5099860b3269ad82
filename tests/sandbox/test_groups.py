"""Groups, and the meeting limits of a user."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.test_contract import Api, api, future, last
from tests.sandbox_process import Sandbox

__all__ = ["api"]


def test_reads_groups_and_who_is_in_them(sandbox: Sandbox, api: Api) -> None:
    groups = api("GET", "/groups", params={"organization": sandbox.organization}).json()["collection"]
    group = groups[0]["uri"]
    places = api("GET", "/group_relationships", params={"group": group}).json()["collection"]

    assert [row["name"] for row in groups] == ["Engineering"]
    assert api("GET", f"/groups/{last(group)}").status_code == 200
    assert [(row["role"], row["owner"]["user"]["name"]) for row in places] == [
        ("admin", "Ada Admin"),
        ("member", "Mia Member"),
    ]
    assert {row["owner"]["type"] for row in places} == {"OrganizationMembership"}
    assert api("GET", f"/group_relationships/{last(places[0]['uri'])}").status_code == 200
    assert api("GET", "/groups/unknown").status_code == 404
    assert api("GET", "/group_relationships/unknown").status_code == 404


def test_filters_relationships(sandbox: Sandbox, api: Api) -> None:
    whole = {"organization": sandbox.organization}
    memberships = api("GET", "/organization_memberships", params=whole).json()["collection"]
    found = {
        row["user"]["name"]: api("GET", "/group_relationships", params={"owner": row["uri"]}).json()["collection"]
        for row in memberships
    }

    assert {name: len(rows) for name, rows in found.items() if rows} == {"Ada Admin": 1, "Mia Member": 1}
    assert len(api("GET", "/group_relationships", params=whole).json()["collection"]) == 2
    assert len(api("GET", "/group_relationships").json()["collection"]) == 2


def test_is_for_the_organisation_and_the_scope(sandbox: Sandbox, api: Api) -> None:
    other = "https://api.calendly.com/organizations/00000000-0000-4000-8000-000000000000"
    narrow = Api(sandbox, scopes="users:read")

    assert api("GET", "/groups").status_code == 400
    assert api("GET", "/groups", params={"organization": other}).status_code == 403
    assert api("GET", "/group_relationships", params={"organization": other}).status_code == 403
    assert narrow("GET", "/groups", params={"organization": other}).json()["required_scopes"] == ["groups:read"]


def test_shows_meeting_limits_to_their_user_alone(sandbox: Sandbox, api: Api) -> None:
    limits = api("GET", "/user_meeting_limits", params={"user": sandbox.user()["uri"]}).json()

    assert limits == {"collection": [{"daily_limit": None, "weekly_limit": None, "monthly_limit": None}]}
    assert api("GET", "/user_meeting_limits", params={"user": sandbox.user("user")["uri"]}).status_code == 403
    assert api("GET", "/user_meeting_limits").status_code == 400


def starts(sandbox: Sandbox, api: Api) -> list[datetime]:
    """The technical interview's slots of the next ten days, where its host is."""
    window = {"start_time": future(days=1), "end_time": future(days=11)}
    answer = api("GET", "/event_type_available_times", params={"event_type": sandbox.event_type(), **window}).json()
    zone = ZoneInfo(sandbox.user()["timezone"])
    return [datetime.fromisoformat(slot["start_time"]).astimezone(zone) for slot in answer["collection"]]


def test_offers_nothing_beyond_a_daily_limit(sandbox: Sandbox, api: Api) -> None:
    # The first and the last day of the ten are cut by the hour of asking, and may have a single slot.
    first = starts(sandbox, api)[len(starts(sandbox, api)) // 2]
    sandbox.book(start=first.isoformat())
    own = {"user": sandbox.user()["uri"]}
    days = {start.date() for start in starts(sandbox, api)}
    assert first.date() in days

    assert api("PATCH", "/user_meeting_limits", params=own, json={"daily_limit": 1}).status_code == 200

    assert {start.date() for start in starts(sandbox, api)} == days - {first.date()}


def test_offers_nothing_beyond_a_weekly_limit(sandbox: Sandbox, api: Api) -> None:
    first = starts(sandbox, api)[len(starts(sandbox, api)) // 2]
    sandbox.book(start=first.isoformat())

    api("PATCH", "/user_meeting_limits", params={"user": sandbox.user()["uri"]}, json={"weekly_limit": 1})

    sunday = first.date() - timedelta(days=(first.weekday() + 1) % 7)
    week = {sunday + timedelta(days=number) for number in range(7)}
    days = {start.date() for start in starts(sandbox, api)}
    assert days
    assert days & week == set()


@pytest.mark.parametrize("body", [{}, {"daily_limit": 0}, {"weekly_limit": 10_000}, {"monthly_limit": "four"}])
def test_refuses_limits_that_will_not_do(sandbox: Sandbox, api: Api, body: dict[str, Any]) -> None:
    assert api("PATCH", "/user_meeting_limits", params={"user": sandbox.user()["uri"]}, json=body).status_code == 400


def test_lets_nobody_change_anothers_limits(sandbox: Sandbox, api: Api) -> None:
    other = {"user": sandbox.user("user")["uri"]}

    assert api("PATCH", "/user_meeting_limits", params=other, json={"daily_limit": 1}).status_code == 403


def test_builds_the_demos_groups_and_limits(sandbox: Sandbox) -> None:
    sandbox.reset("demo")
    admin = Api(sandbox, "admin")

    groups = admin("GET", "/groups", params={"organization": sandbox.organization}).json()["collection"]
    limits = admin("GET", "/user_meeting_limits", params={"user": sandbox.user("admin")["uri"]}).json()["collection"]

    assert limits == [{"daily_limit": 4, "weekly_limit": 15, "monthly_limit": None}]
    assert [row["name"] for row in groups] == ["Engineering interviews", "Talent team"]
