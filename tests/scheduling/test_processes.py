"""Several processes on one database file, and workers that are killed: each on a desk of its own."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox_process import ROOT, Sandbox

WORKERS = 20
Json = dict[str, Any]


class Desk:
    """An installation with its own database, run by `manage.py shell -c` in as many processes as one likes."""

    def __init__(self, folder: Path, sandbox: Sandbox, database_url: str, redis_url: str) -> None:
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "CELERY_BROKER_URL": "filesystem://",
            "VAR_DIR": str(folder),
            "CALENDLY_SANDBOX": "False",
            "CALENDLY_API_URL": sandbox.api_url,
            "CALENDLY_AUTH_URL": sandbox.auth_url,
            "LOG_LEVEL": "ERROR",
        }

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.stdout

    def run(self, code: str) -> str:
        return self.manage("shell", "-v", "0", "-c", PREAMBLE + code)

    def start(self, code: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", PREAMBLE + code],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


PREAMBLE = """
import json, time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from django.utils import timezone
from scheduling.models import Attempt, Connection, Delivery, SyncRun
from scheduling.services import connections, inbox, setup, syncs
"""
CONNECT = """
Connection.objects.create(
    user_uri={user!r}, organization_uri={organization!r}, name="Olive Owner", email="olive@example.org", role="owner",
    access_token={access_token!r}, refresh_token={refresh_token!r}, expires_at=timezone.now() + timedelta(hours=2),
    connected_at=timezone.now(), setup_due_at=timezone.now(), rate_limit=100000000)
setup.run(1)
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def desk(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> Iterator[Desk]:
    """A connected desk on SQLite, or on PostgreSQL with Redis."""
    if request.param == "sqlite":
        desk = Desk(tmp_path, sandbox, f"sqlite:///{tmp_path / 'desk.sqlite3'}", "")
        yield prepared(desk, sandbox)
        return
    import psycopg  # noqa: PLC0415  # only where there is a PostgreSQL

    url, redis_url = request.getfixturevalue("postgres_url"), request.getfixturevalue("redis_url")
    name = f"desk_{os.getpid()}_{random.randrange(10**6)}"  # noqa: S311  # a name, no secret
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    desk = Desk(tmp_path, sandbox, f"{url.rpartition('/')[0]}/{name}", f"{redis_url.rstrip('/')}/1")
    yield prepared(desk, sandbox)
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def prepared(desk: Desk, sandbox: Sandbox) -> Desk:
    sandbox.option(rate_limit="100000000")
    desk.manage("migrate", "-v", "0")
    granted = sandbox.tokens("owner")
    desk.run(CONNECT.format(user=sandbox.user("owner")["uri"], organization=sandbox.organization, **granted))
    return desk


def test_makes_one_exchange_for_twenty_requests_of_several_processes(desk: Desk, sandbox: Sandbox) -> None:
    desk.run("Connection.objects.update(expires_at=timezone.now())")
    begin = time.time() + 3
    ask = f"""
connection = Connection.objects.get()
def ask(_):
    time.sleep(max(0, {begin} - time.time()))
    return connections.client_for(connection).me().name
with ThreadPoolExecutor(5) as pool:
    print(json.dumps(list(pool.map(ask, range(5)))))
"""

    processes = [desk.start(ask) for _ in range(WORKERS // 5)]
    answers = [process.communicate(timeout=60) for process in processes]

    names = [name for out, _ in answers for name in json.loads(out or "[]")]
    assert names == ["Olive Owner"] * WORKERS, answers
    assert [request["status"] for request in sandbox.requests("oauth.token")] == [200]


def test_loses_nothing_when_workers_are_killed(desk: Desk, sandbox: Sandbox) -> None:
    chance = random.Random(7)  # noqa: S311  # the same histories each time, no secret
    truth = sandbox.play(history(sandbox, chance), step_s=1)
    told = [(delivery["body"], delivery["url"]) for delivery in sandbox.deliveries()]
    chance.shuffle(told)
    store(desk, [body for body, _ in told if chance.random() > 0.1])
    work = "for pk in inbox.due(now=timezone.now() + timedelta(minutes=1)): inbox.process(pk)"

    for _ in range(6):
        worker = desk.start(work)
        time.sleep(chance.uniform(0.6, 1.6))
        worker.send_signal(signal.SIGKILL)
        worker.communicate(timeout=20)
    desk.run(work)
    ours = desk.run(
        "syncs.advance(syncs.start(Connection.objects.get(), SyncRun.Kind.DEEP).pk)\n"
        "print(json.dumps({a.invitee_uri: [a.status, a.is_no_show] for a in Attempt.objects.all()}))"
    )

    assert json.loads(ours) == {row["uri"]: [row["status"], row["no_show"] is not None] for row in truth}


def history(sandbox: Sandbox, chance: random.Random) -> list[Json]:
    """Sixty bookings and what became of them."""
    acts: list[Json] = []
    for number in range(60):
        hour = chance.choice([-50, -26, 30, 55]) + 2 * number * chance.choice([-1, 1])
        acts.append({"act": "book", "event_type": sandbox.event_type(), "start": hour})
        acts.append({"act": chance.choice(["cancel", "mark", "unmark"]), "of": chance.randrange(number + 1)})
        acts.append({"act": "move", "of": chance.randrange(number + 1), "start": 400 + 2 * number})
    return acts


def store(desk: Desk, bodies: list[str]) -> None:
    """Put deliveries into the inbox as the door does."""
    file = Path(desk.environment["VAR_DIR"]) / "bodies.json"
    file.write_text(json.dumps(bodies))
    desk.run(
        f"subscription = Connection.objects.get().subscriptions.get()\n"
        f"for body in json.load(open({str(file)!r})):\n"
        f"    inbox.store(subscription, body.encode(), now=timezone.now())\n"
    )
