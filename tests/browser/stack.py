"""The demo as its own process, as `make demo` runs it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.demo import READY_LINE, READY_TIMEOUT_S
from scripts.processes import Child, start, stop


def start_demo(folder: Path, *, port: int) -> Child:
    """Start the demo with its state in `folder`, and wait until it is ready; fail with every log when it is not."""
    # Enough to see that a cancellation waits; nobody wants to wait ten seconds for each.
    environment = os.environ | {"PORT": str(port), "VAR_DIR": str(folder), "CANCEL_UNDO_SECONDS": "4"}
    demo = start("demo", [sys.executable, "-m", "scripts.demo"], log=folder / "demo.log", environment=environment)
    deadline = time.monotonic() + READY_TIMEOUT_S
    while READY_LINE not in demo.log.read_text(errors="replace"):
        if demo.process.poll() is not None or time.monotonic() > deadline:
            stop([demo], grace_s=15)
            pytest.fail(f"The demo did not become ready.\n{every_log(folder)}", pytrace=False)
        time.sleep(0.1)
    return demo


def every_log(folder: Path) -> str:
    logs = sorted(folder.glob("**/*.log"))
    return "\n".join(f"--- {log.relative_to(folder)}\n{log.read_text(errors='replace')}" for log in logs)


def descendants(pid: int) -> set[int]:
    """The processes a process started, and theirs."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listing.splitlines())}
    found: set[int] = set()
    level = {pid}
    while level:
        level = {child for child, parent in parents.items() if parent in level}
        found |= level
    return found


def running(pids: set[int]) -> set[int]:
    """Which of these processes still run; one that ended and waits to be reaped does not."""
    command = ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, pids))]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return {int(pid) for pid, state in (line.split() for line in listing.splitlines()) if not state.startswith("Z")}


def wait_until_gone(pids: set[int], *, timeout_s: float) -> set[int]:
    """Wait for processes to end and return those that did not."""
    deadline = time.monotonic() + timeout_s
    while (left := running(pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left
