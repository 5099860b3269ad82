"""A pytest plugin: what tests need from the machine, and a visible list of what it could not give.

A test asks for `chromium_path`, `postgres_url` or `redis_url`. Where the machine lacks it the test is skipped and the
reason is listed at the end of the run; with REQUIRE_ALL=1 it fails instead.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from _pytest.reports import TestReport
from _pytest.terminal import TerminalReporter

from scripts.machine import CHROMIUM, POSTGRESQL, REDIS, Capability

MARK = "not on this machine: "


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is."""
    return os.environ.get(CHROMIUM.variable) or CHROMIUM.find() or refuse(CHROMIUM)


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """An empty PostgreSQL's URL; `make test` starts one."""
    return os.environ.get(POSTGRESQL.variable) or refuse(POSTGRESQL)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """An empty Redis's URL; `make test` starts one."""
    return os.environ.get(REDIS.variable) or refuse(REDIS)


def refuse(capability: Capability) -> str:
    """Skip the test with a reason, or fail it where everything is required."""
    why = os.environ.get(f"{capability.variable}_MISSING", f"{capability.variable} is not set; `make test` provides it")
    reason = f"{MARK}{capability.name} ({why})"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """List what the machine did not allow, and leave the totals for `make test`, which adds up its runs."""
    if hasattr(terminalreporter.config, "workerinput"):
        return  # one of xdist's processes; the one that collects their reports will tell
    missing = missing_reasons(terminalreporter.stats.get("skipped", []))
    if missing:
        terminalreporter.section("not tested on this machine")
        for reason, tests in missing.items():
            terminalreporter.line(f"{reason}: tests skipped: {tests} (REQUIRE_ALL=1 makes these failures)")
    if totals := os.environ.get("TOTALS_FILE"):
        counts = {
            kind: len(terminalreporter.stats.get(kind, [])) for kind in ("passed", "failed", "skipped", "xfailed")
        }
        counts["errors"] = len(terminalreporter.stats.get("error", []))
        with Path(totals).open("a") as file:
            file.write(json.dumps({"counts": counts, "missing": missing}) + "\n")


def missing_reasons(skipped: list[TestReport]) -> Counter[str]:
    """How many tests each lacking capability cost."""
    messages = (str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple))
    return Counter(message.split(MARK, 1)[1] for message in messages if MARK in message)
