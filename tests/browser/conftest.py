"""Real Chromium, and the demo's own stack for it to visit."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.processes import free_port, stop
from tests.browser.stack import start_demo

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
    port = free_port()
    demo = start_demo(tmp_path_factory.mktemp("demo"), port=port)
    yield f"http://localhost:{port}"
    stop([demo], grace_s=15)
