"""The whole test suite: what it needs from the machine, then pytest on SQLite, then the service tests on real services.

Arguments go to pytest. Environment: REQUIRE_ALL=1 turns "this machine cannot" into failures, SYSTEM_PACKAGES=0 forbids
apt-get, and CHROMIUM_PATH, TEST_POSTGRES_URL and TEST_REDIS_URL name what is already there.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from scripts import services
from scripts.machine import CAPABILITIES, CHROMIUM, POSTGRESQL, REDIS, Capability, install

ROOT = Path(__file__).resolve().parent.parent
# pytest's exit statuses
INTERRUPTED = 2
NO_TESTS_SELECTED = 5


def main() -> int:
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="anteroom-suite-") as folder, capabilities() as found:
        totals = Path(folder) / "totals"
        environment = {**os.environ, **found, "TOTALS_FILE": str(totals)}
        statuses = run_both(environment, sys.argv[1:])
        report(totals, seconds=time.monotonic() - started)
    return overall(statuses, is_partial=bool(sys.argv[1:]))


def run_both(environment: dict[str, str], arguments: list[str]) -> list[int]:
    """Run the two halves and return pytest's exit statuses; an interrupted first half is the last."""
    parallel = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    first = run_pytest(["-m", "not services", *parallel, *arguments], environment)
    if first == INTERRUPTED:
        return [first]
    on_services = dict(environment)
    if url := environment.get(POSTGRESQL.variable):
        on_services["DATABASE_URL"] = url
    if url := environment.get(REDIS.variable):
        on_services["REDIS_URL"] = url
    return [first, run_pytest(["-m", "services or databases", *arguments], on_services)]


def run_pytest(arguments: list[str], environment: dict[str, str]) -> int:
    """Run pytest to its end; Ctrl-C is its to handle, and it tidies up before it exits."""
    process = subprocess.Popen([sys.executable, "-m", "pytest", *arguments], env=environment, cwd=ROOT)
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, handler)
        if process.poll() is None:
            process.terminate()
            process.wait()


def overall(statuses: list[int], *, is_partial: bool) -> int:
    """One exit status: a half without tests is fine when only some tests were asked for and the other half has one."""
    if is_partial and any(status != NO_TESTS_SELECTED for status in statuses):
        statuses = [status for status in statuses if status != NO_TESTS_SELECTED]
    return max(statuses)


@contextlib.contextmanager
def capabilities() -> Iterator[dict[str, str]]:
    """Give the environment that tells the tests what this machine has, and why it lacks the rest."""
    unknown = [each for each in CAPABILITIES if not os.environ.get(each.variable)]
    missing = [each for each in unknown if each.find() is None]
    reasons = install(missing) if missing else {}
    with contextlib.ExitStack() as stack:
        found: dict[str, str] = {}
        for each in unknown:
            if each.name not in reasons:
                found |= provide(each, stack)
        yield found | {f"{each.variable}_MISSING": reasons[each.name] for each in missing if each.name in reasons}


def provide(capability: Capability, stack: contextlib.ExitStack) -> dict[str, str]:
    """The variable that names the capability, or the one that says why it is not there."""
    program = str(capability.find())
    try:
        place = stack.enter_context(PROVIDERS[capability.name](program))
    except services.DidNotStart as error:
        return {f"{capability.variable}_MISSING": str(error)}
    return {capability.variable: place}


PROVIDERS: dict[str, Callable[[str], AbstractContextManager[str]]] = {
    CHROMIUM.name: contextlib.nullcontext,
    POSTGRESQL.name: services.postgresql,
    REDIS.name: services.redis,
}


def report(totals: Path, *, seconds: float) -> None:
    """Print what was not tested here and, as the last line, the sum of both runs."""
    counts: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for line in totals.read_text().splitlines() if totals.exists() else []:
        run = json.loads(line)
        counts.update(run["counts"])
        missing.update(run["missing"])
    if missing:
        print("\nNot tested on this machine (REQUIRE_ALL=1 makes these failures):")
        print("\n".join(f"  {reason}: tests skipped: {tests}" for reason, tests in missing.items()))
    parts = [f"{counts[kind]} {kind}" for kind in ("failed", "passed", "skipped", "xfailed", "errors") if counts[kind]]
    print(f"\n{', '.join(parts) or 'no tests ran'} in {seconds:.2f}s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
