"""Child processes that never outlive us: in groups of their own, stopped by id, on Linux stopped when we are killed."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
GRACE_S = 5.0


@dataclass(frozen=True)
class Child:
    """A started process and what it takes to stop it."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of its log, indented for a message."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        tail = text.strip().splitlines()[-lines:]
        return "\n".join(f"    {line}" for line in tail) or "    (its log is empty)"


def start(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    output: Path | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    user: str | None = None,
) -> Child:
    """Start a command in a process group of its own, its output in `log`, or apart from its errors in `output`.

    Call from the main thread only: Linux sends the death signal when the *thread* that started the child ends.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as errors, output.open("wb") if output else contextlib.nullcontext(errors) as results:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=results,
            stderr=errors,
            env=environment,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            preexec_fn=_dying_with_parent(stop_signal),  # noqa: PLW1509 - we start children before any thread exists
        )
    return Child(name, process, log, stop_signal)


def stop(children: Sequence[Child], *, grace_s: float = GRACE_S) -> None:
    """Ask each main process to stop, last started first, and kill what is left of each group after `grace_s`.

    The signal goes to the main process alone: a Celery worker whose children are signalled beside it can hang.
    """
    for child in reversed(children):
        if child.process.poll() is None:
            child.process.send_signal(child.stop_signal)
    deadline = time.monotonic() + grace_s
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        _kill_group(child)


def _kill_group(child: Child) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()


def die_with_parent(death_signal: signal.Signals) -> None:
    """Have Linux signal this process when its parent ends, even by SIGKILL; elsewhere do nothing."""
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, int(death_signal))


def _dying_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    parent = os.getpid()

    def arrange() -> None:
        _prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # the parent died before the request was in place
            os._exit(1)

    return arrange


# Looked up before forking: loading a library between fork and exec is not safe.
_prctl: Callable[[int, int], int] = ctypes.CDLL(None).prctl if sys.platform == "linux" else lambda _option, _value: 0


def free_port() -> int:
    """A loopback port nobody listens on; another process may still take it first, which its user then reports."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def accepts(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens on this loopback port."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5):
        return True
    return False
