"""The process beside a desk that is measured: it seeds its database, counts its queries, and writes down what time
alone has changed, as the worker of an installation does.

Django knows one database for life, so each desk has a keeper of its own. It takes a line of JSON at a time:
`{"queries": "/a/path/"}` or `{"catch_up": true}`, and answers each with one.
"""

import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402  # nothing of Django's can be imported before it is set up
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from benchmarks import seeding  # noqa: E402
from scheduling.services import standings  # noqa: E402


def main() -> None:
    candidates, interviews = map(int, sys.argv[1:])
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if seeding.is_empty():
        seeding.seed(candidates, interviews, say=_say)
        if connection.vendor == "postgresql":
            # As its own housekeeping does; SQLite has none, and gets none.
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
    keys = seeding.keys()
    _answer(keys)
    for line in sys.stdin:
        asked = json.loads(line)
        catch_up()
        _answer({"queries": queries(asked["queries"], keys["session"])} if "queries" in asked else {})
        # Kept open it would hold the write-ahead log back, as no worker of an installation does for minutes.
        connection.close()


def catch_up() -> None:
    """Write down what time alone has changed, as the worker of an installation does every ten seconds."""
    while standings.refresh_due(now=datetime.now(UTC)):
        pass


def queries(path: str, session: str) -> int:
    """How many a request costs, once what a process keeps is kept."""
    client = Client(headers={"host": settings.SITE_HOST})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    for _ in range(2):
        headers = {"if-none-match": client.get(path)["ETag"]} if "live=1" in path else {}
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path, headers=headers)
        if response.status_code == (304 if headers else 200):
            # A page is another one each minute, and one may have just begun.
            break
    else:
        raise SystemExit(f"{path}: {response.status_code}")
    if slowest_ms := float(os.environ.get("SLOWEST_MS", "0")):
        for query in captured.captured_queries:
            if float(query["time"]) * 1000 >= slowest_ms:
                _say(f"    {path} {float(query['time']) * 1000:.0f} ms: … {query['sql'][-600:]}")
    return len(captured)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _answer(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
