"""Real Chromium, and the demo's own stack for it to visit."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.demo import READY_LINE, READY_TIMEOUT_S
from scripts.processes import Child, free_port, start, stop

# Playwright's synchronous interface keeps an event loop running in the tests' thread, in which Django would refuse
# every query. No code of ours is asynchronous, so the refusal protects nothing here.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM_ARGUMENTS = [
    "--disable-dev-shm-usage",
    # A test talks to the demo and to nobody else.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium_path: str) -> dict[str, object]:
    """How pytest-playwright starts the browser."""
    return {"executable_path": chromium_path, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def demo_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run what `make demo` runs, with state of its own, and give its URL."""
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    environment = os.environ | {"PORT": str(port), "VAR_DIR": str(folder)}
    demo = start("demo", [sys.executable, "-m", "scripts.demo"], log=folder / "demo.log", environment=environment)
    try:
        wait_until_ready(demo, logs=folder / f"demo-{port}" / "logs")
        yield f"http://localhost:{port}"
    finally:
        stop([demo], grace_s=15)


def wait_until_ready(demo: Child, *, logs: Path) -> None:
    """Wait for the demo's last line; fail with every log when it ends or takes too long."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while READY_LINE not in demo.log.read_text(errors="replace"):
        if demo.process.poll() is not None or time.monotonic() > deadline:
            texts = [f"--- {log.name}\n{log.read_text(errors='replace')}" for log in [demo.log, *logs.glob("*.log")]]
            pytest.fail("The demo did not become ready.\n" + "\n".join(texts), pytrace=False)
        time.sleep(0.1)
