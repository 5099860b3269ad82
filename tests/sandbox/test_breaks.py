"""Connections that break off, and answers that are lost after the deed."""

import pytest
import requests

from tests.sandbox.test_options import call, refresh
from tests.sandbox_process import Sandbox


def test_resets_the_connection_instead_of_an_answer(sandbox: Sandbox) -> None:
    sandbox.switch("users.me", "reset", times=1)

    with pytest.raises(requests.ConnectionError):
        call(sandbox, "GET", "/users/me")

    assert call(sandbox, "GET", "/users/me").status_code == 200


def test_loses_the_answer_of_what_was_done(sandbox: Sandbox) -> None:
    event = sandbox.book()["event"].rsplit("/", 1)[-1]
    sandbox.switch("scheduled_events.cancel", "lost", times=1)

    with pytest.raises(requests.ConnectionError):
        call(sandbox, "POST", f"/scheduled_events/{event}/cancellation")

    assert call(sandbox, "GET", f"/scheduled_events/{event}").json()["resource"]["status"] == "canceled"


def test_spends_a_refresh_token_whose_answer_is_lost(sandbox: Sandbox) -> None:
    token = sandbox.tokens()["refresh_token"]
    sandbox.switch("oauth.token", "lost", times=1)

    with pytest.raises(requests.ConnectionError):
        refresh(sandbox, token)

    assert refresh(sandbox, token).json()["error"] == "invalid_grant"


def test_leaves_the_token_alone_when_the_connection_is_reset_first(sandbox: Sandbox) -> None:
    token = sandbox.tokens()["refresh_token"]
    sandbox.switch("oauth.token", "reset", times=1)

    with pytest.raises(requests.ConnectionError):
        refresh(sandbox, token)

    assert refresh(sandbox, token).status_code == 200


def test_keeps_a_lost_switch_for_what_succeeds(sandbox: Sandbox) -> None:
    sandbox.switch("scheduling_links.create", "lost", times=1)

    assert call(sandbox, "POST", "/scheduling_links", json={}).status_code == 400


def test_limits_with_a_page(sandbox: Sandbox) -> None:
    sandbox.switch("users.me", "html_429")

    answer = call(sandbox, "GET", "/users/me")

    assert answer.status_code == 429
    assert "<h1>" in answer.text


def test_forgets_deliveries(sandbox: Sandbox) -> None:
    body = {
        "url": "https://desk.example.org/hook/",
        "events": ["invitee.created"],
        "organization": sandbox.organization,
        "scope": "organization",
    }
    call(sandbox, "POST", "/webhook_subscriptions", json=body).raise_for_status()
    sandbox.book()

    sandbox.clear_deliveries()

    assert sandbox.deliveries() == []
