"""A configuration that would fail later is told at start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = {
    "DEBUG": "False",
    "CALENDLY_SANDBOX": "False",
    "SITE_URL": "https://hire.example.org",
    "SECRET_KEY": "x" * 60,
    "ENCRYPTION_KEYS": "0" * 43 + "=",
    "CALENDLY_CLIENT_ID": "id",
    "CALENDLY_CLIENT_SECRET": "secret",
    "CALENDLY_WEBHOOK_SIGNING_KEY": "key",
}


def check(**changes: str) -> str:
    """What `manage.py check` says of a production's environment."""
    command = [sys.executable, "manage.py", "check"]
    environment = {**os.environ, **GOOD, **changes}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_accepts_a_whole_configuration() -> None:
    assert "no issues" in check()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"ENCRYPTION_KEYS": "too-short"}, "scheduling.E001"),
        ({"CALENDLY_CLIENT_SECRET": ""}, "CALENDLY_CLIENT_SECRET is not set"),
        ({"SITE_URL": "http://hire.example.org"}, "scheduling.E003"),
        ({"CALENDLY_SANDBOX": "True"}, "sandbox.E001"),
        ({"DEBUG": "True"}, "DEBUG is on while SITE_URL is public"),
    ],
)
def test_names_what_is_dangerous_or_missing(changes: dict[str, str], words: str) -> None:
    assert words in check(**changes)


@pytest.mark.parametrize(("query", "is_pooled"), [("", "False"), ("?disable_server_side_cursors=True", "True")])
def test_keeps_nothing_on_a_poolers_connections(query: str, is_pooled: str) -> None:
    code = "from django.db import connection; print(connection.settings_dict['DISABLE_SERVER_SIDE_CURSORS'])"
    environment = {**os.environ, **GOOD, "DATABASE_URL": f"postgres://anteroom@127.0.0.1/anteroom{query}"}
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == is_pooled
