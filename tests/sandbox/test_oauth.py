"""The sandbox's authorisation server keeps Calendly's rules."""

from typing import Any

import pytest
import requests

from tests.sandbox_process import Sandbox

CLIENT = ("anteroom-sandbox", "anteroom-sandbox-secret")


def token(sandbox: Sandbox, auth: tuple[str, str] | None = CLIENT, **data: Any) -> requests.Response:
    return requests.post(f"{sandbox.auth_url}/oauth/token", data=data, auth=auth, timeout=5)


def refresh(sandbox: Sandbox, refresh_token: str, **more: Any) -> requests.Response:
    return token(sandbox, grant_type="refresh_token", refresh_token=refresh_token, **more)


def me(sandbox: Sandbox, access_token: str) -> requests.Response:
    return requests.get(f"{sandbox.api_url}/users/me", headers={"Authorization": f"Bearer {access_token}"}, timeout=5)


def test_rotates_refresh_tokens_and_spends_them_at_once(sandbox: Sandbox) -> None:
    first = sandbox.tokens()

    second = refresh(sandbox, first["refresh_token"])
    again = refresh(sandbox, first["refresh_token"])

    assert second.status_code == 200
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    # Trying a spent token does not take the newer pair away.
    assert me(sandbox, second.json()["access_token"]).status_code == 200
    assert me(sandbox, first["access_token"]).json()["message"] == "The access token was revoked"


def test_answers_a_token_as_documented(sandbox: Sandbox) -> None:
    answer = refresh(sandbox, sandbox.tokens(scopes="users:read")["refresh_token"]).json()

    assert set(answer) == {
        "token_type",
        "access_token",
        "refresh_token",
        "scope",
        "created_at",
        "expires_in",
        "owner",
        "organization",
    }
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 7200, "users:read")


def test_lets_access_tokens_live_two_hours(sandbox: Sandbox) -> None:
    access_token = sandbox.tokens()["access_token"]
    sandbox.option(clock_offset_s=7199)
    assert me(sandbox, access_token).status_code == 200

    sandbox.option(clock_offset_s=7201)
    assert me(sandbox, access_token).json()["message"] == "The access token expired"


def test_gives_eight_tokens_a_minute(sandbox: Sandbox) -> None:
    current = sandbox.tokens()["refresh_token"]
    answers = []
    for _ in range(9):
        answer = refresh(sandbox, current)
        answers.append(answer.status_code)
        current = answer.json().get("refresh_token", current)

    assert answers == [200] * 8 + [429]


@pytest.mark.parametrize(
    ("auth", "data", "status", "error"),
    [
        (("anteroom-sandbox", "wrong"), {"grant_type": "refresh_token"}, 401, "invalid_client"),
        (None, {"grant_type": "refresh_token"}, 401, "invalid_client"),
        (CLIENT, {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (CLIENT, {"grant_type": "authorization_code", "code": "made up"}, 400, "invalid_grant"),
    ],
)
def test_refuses_what_is_not_granted(
    sandbox: Sandbox, auth: tuple[str, str] | None, data: dict[str, str], status: int, error: str
) -> None:
    answer = token(sandbox, auth, **data)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_takes_the_secret_in_the_body_too(sandbox: Sandbox) -> None:
    data = {"client_id": CLIENT[0], "client_secret": CLIENT[1], "grant_type": "refresh_token"}

    assert token(sandbox, None, refresh_token=sandbox.tokens()["refresh_token"], **data).status_code == 200


def test_revokes_and_introspects(sandbox: Sandbox) -> None:
    granted = sandbox.tokens()
    fields = {"client_id": CLIENT[0], "client_secret": CLIENT[1], "token": granted["access_token"]}

    def ask(what: str) -> Any:
        return requests.post(f"{sandbox.auth_url}/oauth/{what}", data=fields, timeout=5).json()

    assert ask("introspect")["active"] is True
    assert ask("revoke") == {}
    assert ask("introspect") == {"active": False}
    assert refresh(sandbox, granted["refresh_token"]).status_code == 400


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": "somebody"}, "Unknown application"),
        ({"redirect_uri": "https://evil.example/"}, "not registered"),
    ],
)
def test_shows_a_wrong_client_instead_of_redirecting(sandbox: Sandbox, changes: dict[str, str], words: str) -> None:
    asked = {
        "client_id": CLIENT[0],
        "redirect_uri": "http://localhost:8000/accounts/calendly/login/callback/",
        "response_type": "code",
    }

    page = requests.get(f"{sandbox.auth_url}/oauth/authorize", params={**asked, **changes}, timeout=5)

    assert page.status_code == 400
    assert words in page.text
