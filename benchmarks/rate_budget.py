"""How near to Calendly's own limit do bulk links and a first reading come, and does anything meet a 429?

Run it with `python -m benchmarks.rate_budget [links] [events]` (1000 and 10000 by default, which takes half an hour at
500 calls a minute; `--window 6` shortens the minute to six seconds here and in the sandbox alike). It starts a sandbox
and a desk of its own. The figure is a ratio: the time taken, divided by the time the limit allows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tests.environment  # noqa: F401  # a desk that reaches nothing real
from tests.sandbox_process import ROOT, Sandbox, running

LIMIT = 500
# In the desk's own process, so that its memory is measured and nothing else's.
DESK = """
import json, resource, time
from datetime import timedelta
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from candidates.models import Candidate
from scheduling.models import BookingLink, Connection, EventSnapshot, EventType, Interview, SyncRun
from scheduling.queries.bulk_acts import ACTS
from scheduling.services import bulk, setup, syncs
from uuid import uuid4

settings.CALENDLY_RATE_WINDOW_S = {window}
{connect}

def measured(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began

def read():
    run = syncs.start(Connection.objects.get(), SyncRun.Kind.BACKFILL)
    while not syncs.advance(run.pk):
        pass

def make():
    while bulk.due(now=timezone.now()):
        bulk.advance(run.pk)

EventSnapshot.objects.all().delete()
Interview.objects.all().delete()
before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
time.sleep({window} + 2)
reading_s = measured(read)
after_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
people = Candidate.objects.bulk_create(
    [Candidate(name=f"Person {{n}}", email=f"bulk{{n}}@example.com") for n in range({links})]
)
wish = {{"event_type": EventType.objects.get(slug="technical-interview").pk, "expires_at": None}}
run = bulk.start(
    ACTS["invite"], [person.pk for person in people], chosen="", request_key=uuid4(),
    wish={{**wish, "leaves_out": False, "sends_mail": False}}, by=User.objects.create_superuser("bench@example.org"),
)
time.sleep({window} + 2)
making_s = measured(make)
print(json.dumps({{
    "reading_s": reading_s, "interviews": Interview.objects.count(), "grown_mb": (after_kb - before_kb) / 1024,
    "making_s": making_s, "links": BookingLink.objects.count(),
}}))
"""
CONNECT = """
connection = Connection.objects.create(
    user_uri={user!r}, organization_uri={organization!r}, name="O", email="o@example.org", role="owner",
    access_token={access_token!r}, refresh_token={refresh_token!r}, expires_at=timezone.now() + timedelta(hours=2),
    connected_at=timezone.now(), setup_due_at=timezone.now())
setup.run(connection.pk)
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("links", nargs="?", type=int, default=1_000)
    arguments.add_argument("events", nargs="?", type=int, default=10_000)
    arguments.add_argument("--window", type=int, default=60, help="seconds of Calendly's minute")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="anteroom-bench-") as name:
        folder = Path(name)
        (folder / "sandbox").mkdir()
        with running(folder / "sandbox") as sandbox:
            report(measure(sandbox, folder, asked), sandbox, asked)


def measure(sandbox: Sandbox, folder: Path, asked: argparse.Namespace) -> dict[str, float]:
    sandbox.reset()
    granted = sandbox.tokens("owner")
    connect = CONNECT.format(user=sandbox.user("owner")["uri"], organization=sandbox.organization, **granted)
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{folder / 'desk.sqlite3'}",
        "VAR_DIR": str(folder),
        "CALENDLY_SANDBOX": "False",
        "CALENDLY_API_URL": sandbox.api_url,
        "CALENDLY_AUTH_URL": sandbox.auth_url,
        "LOG_LEVEL": "ERROR",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
    book(sandbox, asked.events)
    sandbox.option(rate_window_s=str(asked.window))
    code = DESK.format(window=asked.window, links=asked.links, connect=connect)
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def book(sandbox: Sandbox, count: int) -> None:
    """So many events of one seat, two hours apart, straight into the sandbox."""
    began = time.monotonic()
    sandbox._call("POST", "fill", event_type=sandbox.event_type(), count=count)
    print(f"{count} events made in {time.monotonic() - began:.0f} s", flush=True)


def report(figures: dict[str, float], sandbox: Sandbox, asked: argparse.Namespace) -> None:
    refused = sum(request["status"] == 429 for request in sandbox.requests())
    calls = asked.events + -(-asked.events // 100)
    for what, seconds, made in (("reading", figures["reading_s"], calls), ("links", figures["making_s"], asked.links)):
        allowed = made / LIMIT * asked.window
        print(
            f"{what:8} {made:6} calls in {seconds:7.1f} s; the limit allows {allowed:7.1f} s; {seconds / allowed:.3f}"
        )
    print(f"interviews {figures['interviews']:.0f}, links {figures['links']:.0f}, 429s {refused}")
    print(f"memory grew by {figures['grown_mb']:.1f} MB while reading")


if __name__ == "__main__":
    main()
