"""A throw-away PostgreSQL and Redis on loopback ports, for one run of the tests."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.processes import Child, accepts, free_port, start, stop

START_TIMEOUT_S = 20


class DidNotStart(Exception):
    """A service could not be started; the text says why."""


@contextlib.contextmanager
def postgresql(programs: str) -> Iterator[str]:
    """Run a new PostgreSQL cluster and give its URL; nothing it writes survives."""
    with folder_for("postgresql", user=unprivileged_user()) as folder:
        make_cluster(programs, folder)
        port = free_port()
        # A test database may lose everything on a power cut; in exchange it never waits for the disk.
        options = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")
        child = start(
            "PostgreSQL",
            [
                *(f"{programs}/postgres", "-D", f"{folder}/cluster", "-p", str(port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                *(word for option in options for word in ("-c", option)),
            ],
            log=folder / "postgresql.log",
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast" shutdown; SIGTERM would wait for its clients
            user=unprivileged_user(),
        )
        ready = [f"{programs}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
        with running(child, is_ready=lambda: subprocess.run(ready, check=False).returncode == 0):
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"


def make_cluster(programs: str, folder: Path) -> None:
    user = unprivileged_user()
    made = subprocess.run(
        [
            *(f"{programs}/initdb", "-D", f"{folder}/cluster", "-U", "postgres", "--auth=trust"),
            *("-E", "UTF8", "--locale=C", "--no-sync"),
        ],
        capture_output=True,
        text=True,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=folder,
        check=False,
    )
    if made.returncode != 0:
        raise DidNotStart(f"initdb failed: {made.stderr.strip().splitlines()[-1:]}")


def unprivileged_user() -> str | None:
    """Whom to run PostgreSQL as when we are root, which it refuses; None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as error:
        raise DidNotStart("PostgreSQL refuses to run as root and there is no user postgres") from error


@contextlib.contextmanager
def redis(program: str) -> Iterator[str]:
    """Run an empty Redis that saves nothing and give its URL."""
    with folder_for("redis", user=None) as folder:
        port = free_port()
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        child = start("Redis", [*command, "--dir", str(folder)], log=folder / "redis.log")
        with running(child, is_ready=lambda: accepts(port)):
            yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def running(child: Child, *, is_ready: Callable[[], bool]) -> Iterator[None]:
    """Wait until the child is ready, and stop it in any case."""
    try:
        wait_for(child, is_ready=is_ready)
        yield
    finally:
        stop([child])


def wait_for(child: Child, *, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not is_ready():
        if child.process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(f"{child.name} did not start. Its last lines:\n{child.log_tail()}")
        time.sleep(0.05)


@contextlib.contextmanager
def folder_for(name: str, *, user: str | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"anteroom-{name}-"))
    try:
        if user:
            shutil.chown(folder, user, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
