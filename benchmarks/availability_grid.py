"""How long a page of eight interviewers and two weeks takes, warm and cold, and how that compares.

Run it with `.venv/bin/python -m benchmarks.availability_grid [interviewers]`. It starts a sandbox and a desk of its own
in a temporary folder. Warm is the whole page from rows that were read just now; cold is the same page when nothing was
read yet, plus the worker's reading of all its windows at the sandbox. Server time is the desk's own processor time, so
that a busy machine says nothing; the clock's is beside it. Exits 1 when a warm page takes 100 ms or more than 10
queries.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import tests.environment  # noqa: F401  # a desk that reaches nothing real
from benchmarks.rate_budget import CONNECT
from tests.sandbox_process import ROOT, running

INTERVIEWERS = 8
MOST_MS = 100
MOST_QUERIES = 10
ROUNDS = 15
# In the desk's own process, so that nothing else's time is counted.
DESK = """
import json, time
from datetime import timedelta
from django.contrib.auth.models import Group, User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from scheduling.models import CalendarWindow, Connection, EventType, Interviewer
from scheduling.services import availability, setup

{connect}
# Calendly's stand-in knows four people: the others are the same calendars under names of their own.
event_type = EventType.objects.get(slug="phone-screen")
user = User.objects.create_user("bench@example.org", "bench@example.org")
user.groups.add(Group.objects.get(name="Recruiter"))
client = Client(SERVER_NAME="localhost")
client.force_login(user)
path = "/availability/?span=fortnight"

def timed(act, clock=time.perf_counter):
    began = clock()
    act()
    return 1000 * (clock() - began)

client.get("/availability/load/")
paint_ms = timed(lambda: client.get(path))
read_ms = timed(lambda: availability.read_wanted(connection.pk))
windows = CalendarWindow.objects.count()
rows = list(CalendarWindow.objects.filter(interviewer__isnull=False).select_related("interviewer"))
real = len({{row.interviewer_id for row in rows}})
for number in range({interviewers} - real):
    twin = rows[0].interviewer
    person = Interviewer.objects.create(
        connection=connection, user_uri=f"{{twin.user_uri}}-{{number}}", name=f"Twin {{number}}",
        timezone=twin.timezone)
    event_type.hosts.add(person)
    for row in rows:
        if row.interviewer_id == twin.pk:
            key = row.key.replace(f":{{twin.pk}}", f":{{person.pk}}", 1)
            CalendarWindow.objects.create(
                key=key, connection=connection, kind=row.kind, interviewer=person, starts_at=row.starts_at,
                ends_at=row.ends_at, content=row.content, read_at=row.read_at)
for row in CalendarWindow.objects.filter(kind="busy"):
    step = (row.ends_at - row.starts_at) / 28
    row.content = [[int((row.starts_at + n * step).timestamp()), int((row.starts_at + n * step).timestamp()) + 2700]
                   for n in range(28)]
    row.save()
for row in CalendarWindow.objects.filter(kind="hours"):
    for schedule in row.content:
        for rule in schedule["rules"]:
            rule["intervals"] = [{{"start": "09:00", "end": "12:30"}}, {{"start": "13:30", "end": "17:30"}}]
    row.save()
client.get(path)
warm = [timed(lambda: client.get(path)) for _ in range({rounds})]
server = [timed(lambda: client.get(path), time.process_time) for _ in range({rounds})]
with CaptureQueriesContext(database) as queries:
    page = client.get(path)
html = page.content.decode()
print(json.dumps({{
    "paint_ms": paint_ms, "read_ms": read_ms, "windows": windows, "warm": warm, "server": server,
    "queries": len(queries),
    "rows": html.count('data-row="host-'), "days": html.count('<span class="spans__hours"'),
    "unknown": html.count("not read yet"), "kb": len(html) / 1024, "slots": html.count('name="start"'),
}}))
"""


def main() -> int:
    interviewers = int(sys.argv[1]) if len(sys.argv) > 1 else INTERVIEWERS
    with tempfile.TemporaryDirectory(prefix="anteroom-bench-") as name:
        folder = Path(name)
        (folder / "sandbox").mkdir()
        with running(folder / "sandbox") as sandbox:
            sandbox.reset()
            granted = sandbox.tokens("owner")
            connect = CONNECT.format(user=sandbox.user("owner")["uri"], organization=sandbox.organization, **granted)
            return report(measure(connect, folder, sandbox.api_url, sandbox.auth_url, interviewers))


def measure(connect: str, folder: Path, api_url: str, auth_url: str, interviewers: int) -> dict[str, Any]:
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{folder / 'desk.sqlite3'}",
        "VAR_DIR": str(folder),
        "CALENDLY_SANDBOX": "False",
        "CALENDLY_API_URL": api_url,
        "CALENDLY_AUTH_URL": auth_url,
        "LOG_LEVEL": "ERROR",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
    code = DESK.format(connect=connect, interviewers=interviewers, rounds=ROUNDS)
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def report(figures: dict[str, Any]) -> int:
    warm_ms = statistics.median(figures["warm"])
    cold_ms = figures["paint_ms"] + figures["read_ms"]
    print(f"{figures['rows']} interviewers, {figures['days']} days, {figures['slots']} slots, {figures['kb']:.0f} KB")
    server_ms = statistics.median(figures["server"])
    print(f"warm, server time  {server_ms:7.1f} ms   {figures['queries']} queries   {figures['unknown']} days unknown")
    print(f"warm, by the clock {warm_ms:7.1f} ms")
    print(f"cold, first paint  {figures['paint_ms']:7.1f} ms")
    print(f"cold, all read     {cold_ms:7.1f} ms   {figures['windows']} windows   {cold_ms / warm_ms:.1f} x warm")
    holds = server_ms < MOST_MS and figures["queries"] <= MOST_QUERIES
    print("within" if holds else "NOT within", f"{MOST_MS} ms and {MOST_QUERIES} queries")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
