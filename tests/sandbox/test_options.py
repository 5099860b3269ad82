"""What is not known of Calendly can be had either way."""

import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.utils import timezone

from tests.sandbox.test_courier import Desk, desk, send, subscribe
from tests.sandbox_process import Sandbox

__all__ = ["desk"]
DOCS = Path(__file__).parents[2] / "docs/sandbox-options.md"
CLIENT = ("anteroom-sandbox", "anteroom-sandbox-secret")
HOUR_S = 3600
DAY_S = 24 * HOUR_S


def call(sandbox: Sandbox, method: str, path: str, **asked: Any) -> requests.Response:
    """A request of the owner's, or of `token`."""
    token = asked.pop("token", None) or sandbox.tokens()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, sandbox.api_url + path, headers=headers, timeout=10, **asked)


def hook(sandbox: Sandbox, **more: Any) -> requests.Response:
    body = {
        "url": "https://desk.example.org/hook/",
        "events": ["invitee.created", "invitee.canceled", "event_type.updated"],
        "organization": sandbox.organization,
        "scope": "organization",
        **more,
    }
    return call(sandbox, "POST", "/webhook_subscriptions", json=body)


def told(sandbox: Sandbox, event: str = "invitee.created") -> Any:
    """The newest envelope about an event."""
    return [json.loads(row["body"]) for row in sandbox.deliveries() if row["event"] == event][-1]


def refresh(sandbox: Sandbox, refresh_token: str) -> requests.Response:
    data = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return requests.post(f"{sandbox.auth_url}/oauth/token", data=data, auth=CLIENT, timeout=5)


def future(**delta: int) -> str:
    return (timezone.now() + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


def available(sandbox: Sandbox, *, token: str | None = None, **window: str) -> requests.Response:
    asked = {"event_type": sandbox.event_type(), "start_time": future(hours=1), "end_time": future(days=2), **window}
    return call(sandbox, "GET", "/event_type_available_times", params=asked, token=token)


def last(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]


def test_lists_every_option_in_the_docs(sandbox: Sandbox) -> None:
    present = requests.get(f"{sandbox.url}/sandbox/control/options", timeout=5).json()
    documented = dict(re.findall(r"^\| `([a-z_]+)` \| (?:`(\S+)`|empty) \|", DOCS.read_text(), re.MULTILINE))

    assert documented == {**present, "courier": "send", "duplicates_percent": "2"}


@pytest.mark.parametrize("body", [{"unheard_of": "1"}, {"limit_body": "yaml"}, {"refresh_grace_s": "soon"}])
def test_refuses_unknown_options_and_values(sandbox: Sandbox, body: dict[str, str]) -> None:
    assert requests.post(f"{sandbox.url}/sandbox/control/options", json=body, timeout=5).status_code == 400


def test_counts_requests_within_the_window_it_is_told(sandbox: Sandbox) -> None:
    sandbox.option(rate_limit=2, rate_window_s=30)

    answers = [call(sandbox, "GET", "/users/me") for _ in range(3)]
    sandbox.option(clock_offset_s=31)

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["X-RateLimit-Limit"] == "2"
    assert 28 <= int(answers[2].headers["X-RateLimit-Reset"]) <= 30
    assert call(sandbox, "GET", "/users/me").status_code == 200


@pytest.mark.parametrize(("style", "content"), [("json", b"Rate limit exceeded"), ("html", b"<h1>"), ("empty", b"")])
def test_says_too_many_in_any_form(sandbox: Sandbox, style: str, content: bytes) -> None:
    sandbox.option(rate_limit=0, limit_body=style)

    answer = call(sandbox, "GET", "/users/me")

    assert answer.status_code == 429
    assert content in answer.content
    assert bool(answer.content) is bool(content)
    assert "Retry-After" not in answer.headers


def test_may_say_when_to_come_again(sandbox: Sandbox) -> None:
    sandbox.option(rate_limit=0, retry_after="present")

    answer = call(sandbox, "GET", "/users/me")

    assert answer.headers["Retry-After"] == answer.headers["X-RateLimit-Reset"]


@pytest.mark.parametrize("style", ["fresh", "same"])
def test_signs_retries_anew_or_not(sandbox: Sandbox, desk: Desk, style: str) -> None:
    sandbox.option(retry_signature=style)
    subscribe(sandbox, desk)
    sandbox.book()
    desk.status = 500
    send(sandbox)
    sandbox.option(clock_offset_s=HOUR_S)

    send(sandbox)

    (first, _), (second, _) = desk.got
    assert (first == second) is (style == "same")


def test_may_be_off_the_time_it_signs(sandbox: Sandbox) -> None:
    hook(sandbox)
    sandbox.option(signature_skew_s=-600)
    sandbox.book()

    header = sandbox.deliveries()[-1]["headers"]["Calendly-Webhook-Signature"]

    assert 590 < timezone.now().timestamp() - int(header.split(",")[0].removeprefix("t=")) < 620


@pytest.mark.parametrize("percent", [0, 100])
def test_may_tell_a_booking_after_its_cancellation(sandbox: Sandbox, desk: Desk, percent: int) -> None:
    sandbox.option(late_created_percent=percent)
    subscribe(sandbox, desk)
    invitee = sandbox.book()
    assert sandbox.deliveries()[0]["state"] == ("late" if percent else "waiting")
    sandbox.cancel(invitee["uri"])

    assert sandbox.send_all() == 2

    events = [json.loads(body)["event"] for _, body in desk.got]
    assert events == sorted(["invitee.canceled", "invitee.created"], reverse=not percent)


def test_keeps_a_late_booking_until_something_follows(sandbox: Sandbox, desk: Desk) -> None:
    sandbox.option(late_created_percent=100)
    subscribe(sandbox, desk)
    sandbox.book()

    assert sandbox.send_all() == 0


@pytest.mark.parametrize(("rule", "status"), [("url", 409), ("url_scope_owner", 201)])
def test_knows_the_same_hook_by_its_address_or_by_more(sandbox: Sandbox, rule: str, status: int) -> None:
    sandbox.option(conflict_rule=rule)
    hook(sandbox)

    assert hook(sandbox, scope="user", user=sandbox.user()["uri"]).status_code == status
    assert hook(sandbox).status_code == 409


@pytest.mark.parametrize(("rule", "status"), [("localhost", 400), ("any", 201)])
def test_may_accept_plain_http(sandbox: Sandbox, rule: str, status: int) -> None:
    sandbox.option(https_rule=rule)

    assert hook(sandbox, url="http://desk.example.org/").status_code == status


def test_may_have_a_most_of_subscriptions(sandbox: Sandbox) -> None:
    sandbox.option(max_subscriptions=1)

    made, refused = hook(sandbox), hook(sandbox, url="https://desk.example.org/second/")

    assert (made.status_code, refused.status_code) == (201, 403)
    assert refused.json()["title"] == "Permission Denied"
    sandbox.option(max_subscriptions="")
    assert hook(sandbox, url="https://desk.example.org/second/").status_code == 201


@pytest.mark.parametrize("rule", ["ignored", "wins"])
def test_may_let_an_applications_own_key_win(sandbox: Sandbox, rule: str) -> None:
    sandbox.option(app_signing_key=rule)
    hook(sandbox, signing_key="our own")
    hook(sandbox, url="https://desk.example.org/second/")
    sandbox.book()

    own, application = [row["headers"]["Calendly-Webhook-Signature"] for row in sandbox.deliveries()]
    body = [row["body"] for row in sandbox.deliveries()]

    assert is_signed_with("our own", own, body[0]) is (rule == "wins")
    assert is_signed_with("anteroom-sandbox-signing-key", application, body[1])


def is_signed_with(key: str, header: str, body: str) -> bool:
    seconds, digest = (part.split("=")[1] for part in header.split(","))
    return hmac.new(key.encode(), f"{seconds}.{body}".encode(), hashlib.sha256).hexdigest() == digest


def test_may_answer_a_spent_refresh_token_for_a_while(sandbox: Sandbox) -> None:
    first = sandbox.tokens()["refresh_token"]
    newer = refresh(sandbox, first).json()
    assert refresh(sandbox, first).status_code == 400
    sandbox.option(refresh_grace_s=30)

    assert refresh(sandbox, first).json()["refresh_token"] == newer["refresh_token"]

    sandbox.option(clock_offset_s=31)
    assert refresh(sandbox, first).status_code == 400


@pytest.mark.parametrize("status", [400, 401])
def test_refuses_a_grant_with_either_status(sandbox: Sandbox, status: int) -> None:
    sandbox.option(invalid_grant_status=status)

    answer = refresh(sandbox, "made up")

    assert (answer.status_code, answer.json()["error"]) == (status, "invalid_grant")


@pytest.mark.parametrize("kind", ["oauth", "pat"])
@pytest.mark.parametrize(("rule", "state"), [("disable", "disabled"), ("keep", "active")])
def test_stops_hooks_with_their_grant_or_not(sandbox: Sandbox, desk: Desk, kind: str, rule: str, state: str) -> None:
    sandbox.option(hooks_after_revoke=rule)
    subscribe(sandbox, desk, kind=kind)
    token = sandbox.tokens(kind=kind)["access_token"]

    requests.post(f"{sandbox.url}/sandbox/control/revoke", json={"access_token": token}, timeout=5).raise_for_status()

    assert call(sandbox, "GET", "/users/me", token=token).status_code == 401
    assert sandbox.subscriptions()[0]["state"] == state


def test_stops_the_hooks_of_an_application_that_revokes(sandbox: Sandbox) -> None:
    hook(sandbox)
    fields = {"client_id": CLIENT[0], "client_secret": CLIENT[1], "token": sandbox.tokens()["refresh_token"]}

    requests.post(f"{sandbox.auth_url}/oauth/revoke", data=fields, timeout=5).raise_for_status()

    assert sandbox.subscriptions()[0]["state"] == "disabled"


def link(sandbox: Sandbox) -> str:
    body = {"max_event_count": 1, "owner": sandbox.event_type(), "owner_type": "EventType"}
    return str(call(sandbox, "POST", "/scheduling_links", json=body).json()["resource"]["booking_url"])


@pytest.mark.parametrize("is_by_host", [True, False])
@pytest.mark.parametrize(("rule", "status"), [("no", 404), ("yes", 200)])
def test_may_revive_a_link_when_its_booking_is_canceled(
    sandbox: Sandbox, rule: str, status: int, is_by_host: bool
) -> None:
    sandbox.option(link_revival=rule)
    address = link(sandbox)
    moved = sandbox.reschedule(sandbox.book(booking_url=address)["uri"])
    assert requests.get(address, timeout=10).status_code == 404

    if is_by_host:
        call(sandbox, "POST", f"/scheduled_events/{last(moved['event'])}/cancellation").raise_for_status()
    else:
        sandbox.cancel(moved["uri"])

    assert requests.get(address, timeout=10).status_code == status


@pytest.mark.parametrize(("days", "status"), [(90, 200), (7, 404)])
def test_lets_links_live_as_long_as_it_is_told(sandbox: Sandbox, days: int, status: int) -> None:
    address = link(sandbox)
    sandbox.option(link_life_days=days, clock_offset_s=8 * DAY_S)

    assert requests.get(address, timeout=10).status_code == status


@pytest.mark.parametrize(("rule", "source"), [("copied", "app"), ("dropped", None)])
def test_copies_tracking_on_a_move_or_not(sandbox: Sandbox, rule: str, source: str | None) -> None:
    sandbox.option(tracking_on_move=rule)

    moved = sandbox.reschedule(sandbox.book(tracking={"utm_source": "app"})["uri"])

    assert moved["tracking"]["utm_source"] == source


@pytest.mark.parametrize(("style", "is_whole"), [("truncate", True), ("micro", False)])
def test_tells_envelopes_time_to_the_second_or_finer(sandbox: Sandbox, style: str, is_whole: bool) -> None:
    hook(sandbox)
    sandbox.option(envelope_seconds=style)
    sandbox.book()

    assert told(sandbox)["created_at"].endswith(".000000Z") is is_whole


@pytest.mark.parametrize(("style", "is_null"), [("pushed", False), ("null", True)])
def test_may_tell_a_booking_before_its_place(sandbox: Sandbox, style: str, is_null: bool) -> None:
    hook(sandbox)
    sandbox.option(location_at_first=style)
    event = sandbox.book()["event"]

    assert (told(sandbox)["payload"]["scheduled_event"]["location"] is None) is is_null
    assert call(sandbox, "GET", f"/scheduled_events/{last(event)}").json()["resource"]["location"]


@pytest.mark.parametrize("style", ["absent", "present"])
def test_may_tell_an_event_types_html(sandbox: Sandbox, style: str) -> None:
    hook(sandbox)
    sandbox.option(event_type_html=style)
    change = {"event_type": sandbox.event_type(), "name": "Technical talk"}
    requests.post(f"{sandbox.url}/sandbox/control/event-type", json=change, timeout=5).raise_for_status()

    payload = told(sandbox, "event_type.updated")["payload"]

    assert payload["name"] == "Technical talk"
    assert ("description_html" in payload) is (style == "present")


@pytest.mark.parametrize(("rule", "status"), [("ignored", 201), ("rejected", 400)])
@pytest.mark.parametrize("path", ["/webhook_subscriptions", "/scheduling_links", "cancellation"])
def test_minds_unknown_fields_or_not(sandbox: Sandbox, path: str, rule: str, status: int) -> None:
    sandbox.option(unknown_fields=rule)
    bodies: dict[str, dict[str, Any]] = {
        "/webhook_subscriptions": {
            "url": "https://desk.example.org/hook/",
            "events": ["invitee.created"],
            "organization": sandbox.organization,
            "scope": "organization",
        },
        "/scheduling_links": {"max_event_count": 1, "owner": sandbox.event_type(), "owner_type": "EventType"},
        "cancellation": {"reason": "ill"},
    }
    body = bodies[path]
    if path == "cancellation":
        path = f"/scheduled_events/{last(sandbox.book()['event'])}/cancellation"

    assert call(sandbox, "POST", path, json={**body, "surprise": 1}).status_code == status


@pytest.mark.parametrize(
    ("option", "value", "status"),
    [
        ("mark_early", "400", 400),
        ("mark_early", "403", 403),
        ("mark_early", "allow", 201),
        ("mark_twice", "400", 400),
        ("mark_twice", "403", 403),
        ("mark_twice", "409", 409),
    ],
)
def test_refuses_marks_as_it_is_told(sandbox: Sandbox, option: str, value: str, status: int) -> None:
    invitee = {"invitee": sandbox.book()["uri"]}
    sandbox.option(**{option: value})
    if option == "mark_twice":
        sandbox.option(clock_offset_s=40 * DAY_S)
        call(sandbox, "POST", "/invitee_no_shows", json=invitee).raise_for_status()

    assert call(sandbox, "POST", "/invitee_no_shows", json=invitee).status_code == status


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        ("availability:read", ["availability:read"]),
        ("event_types:read", ["event_types:read"]),
        ("both", ["availability:read", "event_types:read"]),
    ],
)
def test_needs_either_scope_for_available_times(sandbox: Sandbox, rule: str, needed: list[str]) -> None:
    sandbox.option(available_times_scope=rule)
    enough = sandbox.tokens(scopes=" ".join(needed))["access_token"]
    none = sandbox.tokens(scopes="users:read")["access_token"]

    assert available(sandbox, token=enough).status_code == 200
    assert available(sandbox, token=none).json()["required_scopes"] == needed


@pytest.mark.parametrize("place", ["details", "message"])
def test_tells_a_bad_window_in_either_place(sandbox: Sandbox, place: str) -> None:
    sandbox.option(window_error=place)

    answer = available(sandbox, start_time=future(days=-1)).json()

    assert ("details" in answer) is (place == "details")
    assert "must be in the future" in (answer["details"][0]["message"] if place == "details" else answer["message"])


@pytest.mark.parametrize(("style", "length"), [("seconds", 20), ("micro", 27)])
def test_writes_available_times_in_either_form(sandbox: Sandbox, style: str, length: int) -> None:
    sandbox.option(times_precision=style)

    start = available(sandbox).json()["collection"][0]["start_time"]

    assert len(start) == length
    assert datetime.fromisoformat(start).tzinfo


@pytest.mark.parametrize(("style", "reason"), [("null", None), ("empty", "")])
def test_leaves_a_hosts_reason_null_or_empty(sandbox: Sandbox, style: str, reason: str | None) -> None:
    sandbox.option(blank_reason=style)
    hook(sandbox)
    event = sandbox.book()["event"]

    answer = call(sandbox, "POST", f"/scheduled_events/{last(event)}/cancellation").json()

    assert answer["resource"]["reason"] == reason
    assert told(sandbox, "invitee.canceled")["payload"]["cancellation"]["reason"] == reason


@pytest.mark.parametrize(
    ("style", "keys"),
    [
        ("full", {"count", "next_page", "previous_page", "next_page_token", "previous_page_token"}),
        ("old", {"count", "next_page"}),
    ],
)
def test_pages_with_tokens_or_without(sandbox: Sandbox, style: str, keys: set[str]) -> None:
    sandbox.option(paging_style=style)
    asked: dict[str, Any] = {"organization": sandbox.organization, "count": 2}

    pagination = call(sandbox, "GET", "/event_types", params=asked).json()["pagination"]

    assert set(pagination) == keys
    assert pagination["next_page"]


@pytest.mark.parametrize(("style", "key"), [("current", "created_at"), ("v1", "time")])
def test_samples_either_version(sandbox: Sandbox, style: str, key: str) -> None:
    sandbox.option(sample_style=style)
    sandbox.book(name="Ann")
    asked = {"event": "invitee.created", "organization": sandbox.organization, "scope": "organization"}

    body = call(sandbox, "GET", "/sample_webhook_data", params=asked).json()

    assert key in body
    payload = body["payload"]
    assert (payload["invitee"]["name"] if style == "v1" else payload["name"]) == "Ann"


def test_shows_and_sets_options_on_the_panel(sandbox: Sandbox) -> None:
    session = requests.Session()
    page = session.get(f"{sandbox.url}/sandbox/", timeout=10)
    fields = {"csrfmiddlewaretoken": session.cookies["csrftoken"], "limit_body": "html", "max_subscriptions": "3"}

    def save(**changes: str) -> requests.Response:
        address = f"{sandbox.url}/sandbox/panel/options/"
        return session.post(address, {**fields, **changes}, headers={"Referer": page.url}, timeout=10)

    assert 'name="conflict_rule"' in page.text
    assert "<option selected>html</option>" in save().text
    assert save(rate_window_s="soon").status_code == 400
