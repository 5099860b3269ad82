"""`make demo` from its first start to its end."""

import signal
import sys
import urllib.request
from pathlib import Path

import pytest

from scripts.processes import accepts, free_port, stop
from tests.browser.stack import descendants, start_demo, wait_until_gone

STOP_TIMEOUT_S = 10
FIRST_RUN = "First run:"


def test_stops_what_it_started_and_starts_again_in_seconds(tmp_path: Path) -> None:
    port = free_port()
    demo = start_demo(tmp_path, port=port)
    processes = descendants(demo.process.pid)
    assert len(processes) >= 3  # web, worker, courier

    demo.process.send_signal(signal.SIGINT)
    status = demo.process.wait(timeout=STOP_TIMEOUT_S)

    assert status == 0
    assert wait_until_gone(processes, timeout_s=1) == set()
    assert not accepts(port)

    assert FIRST_RUN in demo.log.read_text()
    again = start_demo(tmp_path, port=port)
    with urllib.request.urlopen(f"http://localhost:{port}/accounts/login/") as answer:
        assert answer.status == 200
    stop([again])

    # What takes long is done once; how long the rest takes is the machine's affair.
    assert FIRST_RUN not in again.log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a child when its parent is killed")
def test_leaves_nothing_behind_when_it_is_killed(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, port=free_port())
    processes = descendants(demo.process.pid)

    demo.process.kill()

    assert wait_until_gone(processes, timeout_s=STOP_TIMEOUT_S) == set()
