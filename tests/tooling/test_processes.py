"""Child processes never outlive us."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.processes import accepts, free_port, start, stop

ROOT = Path(__file__).resolve().parents[2]
SLEEP = "import time; time.sleep(60)"
# A main process that ignores SIGTERM and has a child in its group.
STUBBORN_FAMILY = f"""
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", {SLEEP!r}]).pid, flush=True)
{SLEEP}
"""
PARENT = f"""
import pathlib, sys
from scripts.processes import start
child = start("child", [sys.executable, "-c", {SLEEP!r}], log=pathlib.Path(sys.argv[1]))
print(child.process.pid, flush=True)
{SLEEP}
"""


def is_running(pid: int) -> bool:
    """Whether a process runs; one that ended but was not waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return not state.strip().startswith("Z") and bool(state.strip())


def wait_until_gone(pid: int, *, timeout_s: float = 5) -> bool:
    deadline = time.monotonic() + timeout_s
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(pid)


def pid_in(log: Path) -> int:
    deadline = time.monotonic() + 10
    while not (text := log.read_text()).strip() and time.monotonic() < deadline:
        time.sleep(0.02)
    return int(text)


def test_stops_a_process_with_its_own_signal(tmp_path: Path) -> None:
    child = start("child", [sys.executable, "-c", SLEEP], log=tmp_path / "log", stop_signal=signal.SIGINT)

    stop([child])

    assert child.process.returncode is not None


def test_kills_a_stubborn_process_and_its_children(tmp_path: Path) -> None:
    child = start("child", [sys.executable, "-c", STUBBORN_FAMILY], log=tmp_path / "log")
    grandchild = pid_in(tmp_path / "log")

    stop([child], grace_s=0.1)

    assert child.process.returncode == -signal.SIGKILL
    assert wait_until_gone(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a child when its parent is killed")
def test_leaves_no_orphan_when_the_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())

        parent.kill()

    assert wait_until_gone(child)


def test_shows_the_end_of_a_log(tmp_path: Path) -> None:
    child = start("child", [sys.executable, "-c", "print('one'); print('two')"], log=tmp_path / "log")
    child.process.wait()

    assert child.log_tail(lines=1) == "    two"


def test_finds_a_free_port() -> None:
    assert not accepts(free_port())
