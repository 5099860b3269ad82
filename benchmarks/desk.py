"""How fast the desk is with years behind it: every list, filter and search, Today and the idle poll.

`.venv/bin/python -m benchmarks.desk [--candidates N] [--interviews N] [--database sqlite|postgresql]` measures a small
desk and then the large one, each in a database of its own that is thrown away: queries, p50 and p95 with four clients
at once, and how much the large one is slower. It exits 1 when a page needs more than twelve queries, another number of
them when it grows, or more than 150 ms (p95), or when it grows by more than half.
"""

import argparse
import contextlib
import http.client
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from scripts.machine import POSTGRESQL
from scripts.processes import accepts, free_port, start, stop
from scripts.services import postgresql

SMALL = (1_000, 1_000)
CLIENTS = 4
REQUESTS = 80
WARMING = 8
MOST_QUERIES, MOST_MS, MOST_GROWTH = 12, 150.0, 1.5
# Pages this quick may double: what is measured then is the machine.
NEGLIGIBLE_MS = 20.0

PAGES = {
    "Today": "/",
    "Today, idle poll": "/?live=1",
    "candidates": "/candidates/",
    "candidates, board": "/candidates/?layout=board",
    "candidates, board of one": "/candidates/?layout=board&state=held",
    "candidates, Z first": "/candidates/?sort=-name",
    "candidates, state held": "/candidates/?state=held",
    "candidates, state to invite": "/candidates/?state=to_invite",
    "candidates, state opened": "/candidates/?state=opened",
    "candidates, needs attention": "/candidates/?state=needs_attention",
    "candidates, position": "/candidates/?position={position}",
    "candidates, tag and state": "/candidates/?tag={tag}&state=held",
    "candidates, mine": "/candidates/?mine=1",
    "candidates, by next": "/candidates/?sort=next",
    "candidates, newest": "/candidates/?sort=-added",
    "candidates, archived": "/candidates/?archived=1",
    "candidates, search": "/candidates/?q=quill8",
    "candidates, search of few": "/candidates/?q={few}",
    "candidates, search of many": "/candidates/?q=an",
    "candidates, search two words": "/candidates/?q=ben+smith",
    "links": "/links/",
    "links, invited": "/links/?state=invited",
    "links, expired": "/links/?state=expired",
    "links, booked": "/links/?state=booked",
    "links, event type": "/links/?event_type={type}",
    "links, by expiry": "/links/?sort=expires",
    "links, mine": "/links/?mine=1",
    "links, search": "/links/?q=quill8",
    "links, search of few": "/links/?q={few}",
    "interviews, upcoming": "/interviews/",
    "interviews, today": "/interviews/?view=today",
    "interviews, past": "/interviews/?view=past",
    "interviews, to mark": "/interviews/?view=unmarked",
    "interviews, no-shows": "/interviews/?view=no_show",
    "interviews, canceled": "/interviews/?view=canceled",
    "interviews, all": "/interviews/?view=all",
    "interviews, held": "/interviews/?view=past&outcome=held",
    "interviews, canceled late": "/interviews/?view=all&outcome=canceled_late",
    "interviews, interviewer": "/interviews/?view=all&interviewers={host}",
    "interviews, event type": "/interviews/?view=past&event_type={type}",
    "interviews, position": "/interviews/?view=all&position={position}",
    "interviews, search": "/interviews/?view=all&q=quill8",
    "interviews, search of few": "/interviews/?view=all&q={few}",
    "interviews, search of many": "/interviews/?view=all&q=an",
    "interviews, search stranger": "/interviews/?view=all&q=stranger",
    "interviews, mine": "/interviews/?mine=1",
    "interviews, soonest of all": "/interviews/?view=all&sort=starts",
    "interviews, week": "/interviews/?view=all&layout=week",
    "unmatched": "/interviews/unmatched/",
    "palette, a letter": "/search/?q=a",
    "palette, a name": "/search/?q=quill8",
    "palette, few": "/search/?q={few}",
    "palette, name and kind": "/search/?q=quill8+tech",
    "palette, an address": "/search/?q=person77@mail27.example.com",
}  # fmt: skip


def main() -> int:
    options = arguments()
    if options.inside:
        return inside(options)
    sizes = [SMALL, (options.candidates, options.interviews)]
    results = [measured(options, *size) for size in sizes]
    return told(*results)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--interviews", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--only", default="", help="measure pages whose name contains this")
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(options: argparse.Namespace, candidates: int, interviews: int) -> dict[str, Any]:
    """Seed and measure in a process of its own, for Django knows one database for life."""
    print(f"{candidates:,} candidates, {interviews:,} interviews on {options.database}", flush=True)
    with tempfile.TemporaryDirectory(prefix="anteroom-benchmark-") as folder, database(options.database, folder) as url:
        port = free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "VAR_DIR": folder,
            "SITE_URL": f"http://127.0.0.1:{port}",
            "DEBUG": "False",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "CALENDLY_SANDBOX": "False",
            "LOG_LEVEL": "WARNING",
            "EMAIL_URL": "memory:",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", "benchmarks.desk", "--inside", str(result), "--only", options.only]
        command += ["--candidates", str(candidates), "--interviews", str(interviews)]
        subprocess.run(command, env={**environment, "PORT": str(port)}, check=True)
        found: dict[str, Any] = json.loads(result.read_text())
        return found


@contextlib.contextmanager
def database(kind: str, folder: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/benchmark.sqlite3"
        return
    programs = POSTGRESQL.find()
    if not programs:
        raise SystemExit("There is no PostgreSQL on this machine.")
    with postgresql(programs) as url:
        yield url


def inside(options: argparse.Namespace) -> int:
    # Django must know its database before anything of ours is imported.
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from benchmarks.seeding import seed  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    keys = seed(options.candidates, options.interviews, say=lambda text: print(text, flush=True))
    if connection.vendor == "postgresql":
        # As its own housekeeping does; SQLite has none, and gets none.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    pages = {name: path.format(**keys) for name, path in PAGES.items() if options.only in name}
    counts = {name: queries(path, keys["session"]) for name, path in pages.items()}
    connection.close()
    found = {name: {"queries": counts[name], "times": times} for name, times in timed(pages, keys["session"]).items()}
    Path(options.inside).write_text(json.dumps(found))
    return 0


def queries(path: str, session: str) -> int:
    """How many a request costs, once what a process keeps is kept."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    catch_up()
    client = Client(headers={"host": settings.SITE_HOST})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    headers = {"if-none-match": client.get(path)["ETag"]} if "live=1" in path else {}
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path, headers=headers)
    if response.status_code != (304 if headers else 200):
        raise SystemExit(f"{path}: {response.status_code}")
    if os.environ.get("SLOWEST_MS"):
        for query in captured.captured_queries:
            if float(query["time"]) * 1000 >= float(os.environ["SLOWEST_MS"]):
                print(f"    {path} {float(query['time']) * 1000:.0f} ms: … {query['sql'][-600:]}", flush=True)
    return len(captured)


def timed(pages: dict[str, str], session: str) -> dict[str, list[float]]:
    """Milliseconds of each request, by page, with all clients at the same page."""
    port = int(os.environ["PORT"])
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "config.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        "--threads",
        "4",
        # As behind a proxy, which asks whoever is free; kept connections would stay with whom they began.
        "--keep-alive",
        "0",
    ]
    child = start("gunicorn", command, log=Path(os.environ["VAR_DIR"]) / "gunicorn.log")
    try:
        deadline = time.monotonic() + 30
        while not accepts(port) and time.monotonic() < deadline:
            time.sleep(0.1)
        times = {}
        for name, path in pages.items():
            catch_up()
            times[name] = times_of(port, path, session)
        return times
    finally:
        stop([child])


def catch_up() -> None:
    """Write down what time alone has changed, as the worker of an installation does every ten seconds."""
    from django.db import connection  # noqa: PLC0415

    from scheduling.services import standings  # noqa: PLC0415

    while standings.refresh_due(now=datetime.now(UTC)):
        pass
    connection.close()


def times_of(port: int, path: str, session: str) -> list[float]:
    times: list[float] = []
    etag: list[str] = []

    def ask(count: int, kept: list[float]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(count):
            headers = {"Cookie": f"sessionid={session}", "Accept": "text/html"}
            began = time.perf_counter()
            line.request("GET", path, headers={**headers, **({"If-None-Match": etag[-1]} if etag else {})})
            response = line.getresponse()
            response.read()
            kept.append((time.perf_counter() - began) * 1000)
            if "live=1" in path and response.getheader("ETag"):
                etag.append(str(response.getheader("ETag")))
            if response.status not in (200, 304):
                raise SystemExit(f"{path}: {response.status}")
        line.close()

    ask(WARMING, [])
    clients = [threading.Thread(target=ask, args=(REQUESTS // CLIENTS, times)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return times


def told(small: dict[str, Any], large: dict[str, Any]) -> int:
    """The table, and 1 when a limit does not hold."""
    print(f"{'':32} queries      small p50   p95      large p50   p95   growth (p50)")
    broken = 0
    for name, of_large in large.items():
        of_small = small[name]
        p50s, p95s = middle(of_small["times"])
        p50, p95 = middle(of_large["times"])
        growth = p50 / p50s
        wrong = [
            *(["queries"] if max(of_large["queries"], of_small["queries"]) > MOST_QUERIES else []),
            *(["other queries"] if of_large["queries"] > of_small["queries"] else []),
            *(["slow"] if p95 > MOST_MS else []),
            *(["grows"] if growth > MOST_GROWTH and p50 > NEGLIGIBLE_MS else []),
        ]
        broken += bool(wrong)
        counts = f"{of_small['queries']:3} {of_large['queries']:3}"
        print(
            f"{name:32} {counts}   {p50s:8.0f} {p95s:6.0f}   {p50:10.0f} {p95:6.0f}   {growth:6.2f}  {', '.join(wrong)}"
        )
    print("every limit holds" if not broken else f"{broken} pages are over a limit")
    return 1 if broken else 0


def middle(times: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]


if __name__ == "__main__":
    sys.exit(main())
