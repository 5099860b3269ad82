"""A desk of some size in a database of its own, served as an installation serves it, for benchmarks to ask."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from scripts.machine import POSTGRESQL
from scripts.processes import accepts, free_port, start, stop
from scripts.services import postgresql

START_TIMEOUT_S = 30
GUNICORN = ("-m", "gunicorn", "config.wsgi", "--workers", "6", "--timeout", "120", "--preload")


@dataclass(frozen=True)
class Desk:
    """Where it is, and what its seeding made: a session's key and some ids to ask for."""

    port: int
    keys: dict[str, Any]
    _keeper: "subprocess.Popen[str]"

    def queries(self, path: str) -> int:
        """How many a page costs once its process is warm."""
        return int(self._told(queries=path)["queries"])

    def catch_up(self) -> None:
        """Do what a worker does every ten seconds."""
        self._told(catch_up=True)

    def _told(self, **asked: Any) -> dict[str, Any]:
        stdin, stdout = self._keeper.stdin, self._keeper.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the keeper was started without pipes")
        stdin.write(json.dumps(asked) + "\n")
        stdin.flush()
        return _answered(stdout.readline())


def _answered(line: str) -> dict[str, Any]:
    if not line:
        raise SystemExit("The keeper of a desk ended; what it said is above.")
    answer: dict[str, Any] = json.loads(line)
    return answer


@contextlib.contextmanager
def database(kind: str) -> Iterator[str]:
    """The address of a database that is thrown away."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="anteroom-benchmark-") as folder:
            yield f"sqlite:///{folder}/benchmark.sqlite3"
        return
    programs = POSTGRESQL.find()
    if not programs:
        raise SystemExit("There is no PostgreSQL on this machine.")
    with postgresql(programs) as url:
        yield url


@contextlib.contextmanager
def served(url: str, candidates: int, interviews: int) -> Iterator[Desk]:
    """A desk in this database, seeded if that is empty."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="anteroom-benchmark-") as folder:
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
        }
        command = [sys.executable, "-m", "benchmarks.keeper", str(candidates), str(interviews)]
        keeper = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        with keeper:
            try:
                keys = _answered(keeper.stdout.readline() if keeper.stdout else "")
                with _gunicorn(port, environment, Path(folder) / "gunicorn.log"):
                    yield Desk(port, keys, keeper)
            finally:
                keeper.kill()


@contextlib.contextmanager
def _gunicorn(port: int, environment: dict[str, str], log: Path) -> Iterator[None]:
    command = [sys.executable, *GUNICORN, "--bind", f"127.0.0.1:{port}"]
    child = start("gunicorn", command, log=log, environment=environment)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not accepts(port):
            if time.monotonic() > deadline:
                raise SystemExit(f"gunicorn did not start. Its last lines:\n{child.log_tail()}")
            time.sleep(0.1)
        yield
    finally:
        stop([child])
