"""The demo: Anteroom, its worker and a sandbox Calendly on this machine, until Ctrl-C.

Environment: PORT (8000) and VAR_DIR (var). State is kept in `<VAR_DIR>/demo-<port>`: two ports run side by side.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.processes import Child, accepts, die_with_parent, start, stop

ROOT = Path(__file__).resolve().parent.parent
READY_LINE = "Ctrl-C stops everything."
READY_TIMEOUT_S = 180
POLL_S = 0.1


class CannotRun(Exception):
    """The demo cannot start or go on; the text says why and what to do."""


class StopRequested(Exception):
    """Somebody asked us to stop."""


class StopSignals:
    """Remembers a request to stop; raising from the handler could lose a child that was just being started."""

    received = False

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            is_nohup = number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN
            if not is_nohup:
                signal.signal(number, self._remember)

    def _remember(self, _number: int, _frame: object) -> None:
        self.received = True


@dataclass
class Demo:
    """One running demo: where its state is, its settings, its processes."""

    port: int
    folder: Path
    environment: Mapping[str, str]
    signals: StopSignals
    services: list[Child] = field(default_factory=list)
    step: Child | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def serve(self, name: str, *command: str) -> None:
        """Start a process that must live as long as the demo."""
        self.services.append(self._start(name, command))

    def run(self, name: str, *command: str) -> str:
        """Run a command to its end and return its output."""
        output = self.folder / "logs" / f"{name}.out"
        self.step = self._start(name, command, output=output)
        while self.step.process.poll() is None:
            self.pause()
        if self.step.process.returncode != 0:
            raise death_of(self.step)
        return output.read_text(errors="replace").rstrip()

    def pause(self) -> None:
        """Wait a moment; raise StopRequested when asked to stop, CannotRun when a service died."""
        if self.signals.received:
            raise StopRequested
        for service in self.services:
            if service.process.poll() is not None:
                raise death_of(service)
        time.sleep(POLL_S)

    def stop(self) -> None:
        stop([*self.services, *([self.step] if self.step else [])])

    def _start(self, name: str, command: Sequence[str], *, output: Path | None = None) -> Child:
        log = self.folder / "logs" / f"{name}.log"
        return start(name, [sys.executable, *command], log=log, output=output, environment=self.environment)


def death_of(child: Child) -> CannotRun:
    status = child.process.returncode
    how = f"was killed ({signal.Signals(-status).name})" if status < 0 else f"stopped (status {status})"
    return CannotRun(f"The {child.name} process {how}. Its last lines:\n{child.log_tail()}")


def main() -> int:
    signals = StopSignals()
    signals.listen()
    if "DEMO_DIES_WITH_PARENT" in os.environ:
        die_with_parent(signal.SIGTERM)
    try:
        run_demo(chosen_port(os.environ.get("PORT", "8000")), signals)
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 1
    except StopRequested:
        print("\nStopped.")
    return 0


def run_demo(port: int, signals: StopSignals) -> None:
    """Start everything, then watch it; always ends by stopping every process and raising why."""
    require_free(port)
    folder = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve() / f"demo-{port}"
    folder.mkdir(parents=True, exist_ok=True)
    demo = Demo(port, folder, demo_environment(os.environ, port=port, folder=folder), signals)
    with only_user_of(folder):
        try:
            bring_up(demo)
            while True:
                demo.pause()
        finally:
            demo.stop()


def bring_up(demo: Demo) -> None:
    """1. Databases. 2. Processes. 3. History, made over HTTP like any other. 4. Tell the address."""
    finished = demo.folder / "finished"
    if not finished.exists():
        discard_unfinished(demo.folder)
        say("First run: making the databases and a sandbox Calendly.")
    demo.run("databases", "-m", "scripts.databases")
    start_processes(demo)
    wait_until_ready(demo)
    if not finished.exists():
        say("First run: filling in ninety days of interviews.")
    sign_ins = demo.run("demo-data", "manage.py", "demo_data", "--if-empty")
    finished.touch()
    say(banner(demo, sign_ins))


def start_processes(demo: Demo) -> None:
    # One web process: pages and sandbox call each other over HTTP, so each act takes two of its threads.
    demo.serve(
        "web",
        *("-m", "gunicorn", "config.wsgi", "--workers", "1", "--worker-class", "gthread", "--threads", "16"),
        *("--timeout", "60", "--graceful-timeout", "3", "--keep-alive", "5"),
        *("--log-level", "warning", "--no-control-socket"),
        *(option for address in listen_addresses(demo.port) for option in ("--bind", address)),
    )
    demo.serve(
        "worker",
        *("-m", "celery", "-A", "config", "worker", "--beat", "--schedule", str(demo.folder / "beat")),
        *("--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )
    demo.serve("courier", "manage.py", "sandbox_courier")


def wait_until_ready(demo: Demo) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not is_ready(demo.port):
        demo.pause()
        if time.monotonic() > deadline:
            web_log = next(child for child in demo.services if child.name == "web").log_tail()
            raise CannotRun(f"No answer on {demo.url} for {READY_TIMEOUT_S} s. The web log ends with:\n{web_log}")


def is_ready(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def banner(demo: Demo, sign_ins: str) -> str:
    return f"""
Anteroom is running:  {demo.url}
Sandbox Calendly:     {demo.url}/sandbox/
Its mailbox:          {demo.url}/sandbox/mailbox/
Logs:                 {demo.folder / "logs"}

Sign in as one of:
{sign_ins}

{READY_LINE}"""


def demo_environment(inherited: Mapping[str, str], *, port: int, folder: Path) -> dict[str, str]:
    """The inherited environment with every setting the demo depends on fixed.

    A real installation's exported variables or .env file must not reach the demo: it would write to its database and
    talk to its Calendly. What is set here wins over both.
    """
    site = f"http://localhost:{port}"
    return {
        **inherited,
        "DEBUG": "True",
        "SITE_URL": site,
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'anteroom.sqlite3'}",
        "REDIS_URL": "",
        "CELERY_BROKER_URL": "filesystem://",
        # The sandbox's mailbox.
        "EMAIL_URL": "",
        "CALENDLY_SANDBOX": "True",
        "CALENDLY_API_URL": f"{site}/sandbox/api",
        "CALENDLY_AUTH_URL": f"{site}/sandbox/auth",
        "CALENDLY_CLIENT_ID": "anteroom-sandbox",
        "CALENDLY_CLIENT_SECRET": "anteroom-sandbox-secret",
        "CALENDLY_WEBHOOK_SIGNING_KEY": "anteroom-sandbox-signing-key",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }


def discard_unfinished(folder: Path) -> None:
    """Remove what a first run left that was cut short: half a history would look like a fault of the product."""
    for file in folder.glob("*.sqlite3*"):
        file.unlink()
    shutil.rmtree(folder / "queue", ignore_errors=True)


def chosen_port(text: str) -> int:
    """The port as a number; raise CannotRun when it is none."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise CannotRun(f"PORT must be a number from 1 to 65535, not {text!r}: try PORT=9001 make demo.")


def require_free(port: int) -> None:
    """Raise CannotRun when we could not listen on the port."""
    # macOS lets a second process bind 127.0.0.1 beside one that listens on every address, so ask both ways.
    taken = CannotRun(f"Port {port} is taken: stop what listens there, or choose another: PORT={port + 1} make demo.")
    if accepts(port):
        raise taken
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise CannotRun(f"Port {port} needs root: choose one above 1023, as in PORT=9001 make demo.") from error
        except OSError as error:
            raise taken from error


def listen_addresses(port: int) -> list[str]:
    """Both loopback addresses where the machine has both: "localhost" may mean either."""
    addresses = [f"127.0.0.1:{port}"]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("::1", port))
        addresses.append(f"[::1]:{port}")
    return addresses


@contextlib.contextmanager
def only_user_of(folder: Path) -> Iterator[None]:
    """Hold the state folder for ourselves; raise CannotRun when another demo does."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotRun(f"Another demo uses {folder}: stop it first, or choose another port.") from error
        yield


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
