"""Make `.venv` hold what requirements/<set>.txt pins, checking every hash; do nothing when it already does.

Usage: python bootstrap.py base|dev. Runs before anything is installed, on any Python from 3.11.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
INCLUDED_SETS = {"base": ("base",), "dev": ("base", "dev")}


class CannotInstall(Exception):
    """Setting up failed; the text says why and what to do."""


def main() -> int:
    requirement_set = sys.argv[1]
    try:
        with one_at_a_time():
            prepare(requirement_set)
    except CannotInstall as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def prepare(requirement_set: str) -> None:
    if is_current(requirement_set):
        return
    uv = shutil.which("uv")
    if not runs():
        make_environment(uv)
    count = len(re.findall(r"^[\w.-]+==", requirements(requirement_set).read_text(), re.MULTILINE))
    print(f"Installing {count} pinned packages into .venv; later runs skip this.", flush=True)
    install(requirement_set, uv)
    make_importable()
    for included in INCLUDED_SETS[requirement_set]:
        stamp(included).write_text(digest(included))


def requirements(requirement_set: str) -> Path:
    return ROOT / "requirements" / f"{requirement_set}.txt"


def stamp(requirement_set: str) -> Path:
    return VENV / f"installed-{requirement_set}"


def digest(requirement_set: str) -> str:
    return hashlib.sha256(requirements(requirement_set).read_bytes()).hexdigest()


def is_current(requirement_set: str) -> bool:
    """Whether the environment works and was filled from this very file."""
    written = stamp(requirement_set)
    return written.exists() and written.read_text() == digest(requirement_set) and runs()


def runs() -> bool:
    """Whether the environment's Python starts; it does not once the Python it was made from is gone."""
    try:
        return subprocess.run([PYTHON, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_environment(uv: str | None) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"First run: making a virtual environment in .venv with Python {version}.", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    tool = [uv, "venv", "--quiet", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    made = subprocess.run([*tool, str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    minor = "{}.{}".format(*sys.version_info)
    if "ensurepip" in made.stdout + made.stderr or "No module named venv" in made.stderr:
        raise CannotInstall(
            f"Python {minor} lacks its venv module: on Debian and Ubuntu, sudo apt-get install python{minor}-venv."
        )
    raise CannotInstall(f"Python {minor} could not make a virtual environment: {last_line(made.stderr)}")


def install(requirement_set: str, uv: str | None) -> None:
    """Install with uv where present, else with pip; raise CannotInstall with one sentence about the cause."""
    command = [
        *installer(uv),
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "--requirement",
        str(requirements(requirement_set)),
    ]
    with LOG.open("wb") as log:
        installed = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
            env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        )
    if installed.returncode != 0:
        raise CannotInstall(f"{cause(LOG.read_text(errors='replace'))} Details: {LOG}")


def installer(uv: str | None) -> list[str]:
    if uv is None:
        return [str(PYTHON), "-m", "pip", "install", "--no-input"]
    # Compiled here as pip does it, once, instead of on the first start of each process.
    return [uv, "pip", "install", "--compile-bytecode", "--python", str(PYTHON)]


def make_importable() -> None:
    """Let `.venv/bin/pytest` import the project as `python -m pytest` does; it loads our plugins first of all."""
    for packages in VENV.glob("lib/python*/site-packages"):
        (packages / "anteroom.pth").write_text(f"{ROOT}\n")


# The first pattern found in the installer's output names the cause.
CAUSES = (
    (
        r"(?i)\b(gcc|cc|clang|c\+\+)\b.*(not found|no such file|failed)|find a compiler|can't find rust|rustc",
        "A package has no ready-made build for this machine and there is no compiler to make one: install a C compiler"
        " (Debian and Ubuntu: sudo apt-get install build-essential python3-dev; macOS: xcode-select --install).",
    ),
    (r"(?i)no space left", "The disk is full: free some space and run again."),
    (
        r"(?i)do not match the hashes|hash mismatch",
        "A downloaded package is not the one that was pinned (its hash differs): nothing was installed.",
    ),
    (
        r"(?i)resolve host|name resolution|connection|timed out|network is unreachable|dns error|error sending request",
        "The packages could not be downloaded: check this machine's network or proxy settings and run again.",
    ),
    (r"(?i)no matching distribution", "A pinned package does not exist for this Python or this machine."),
)


def cause(output: str) -> str:
    """One sentence saying why an installer failed, from what it printed."""
    for pattern, sentence in CAUSES:
        if re.search(pattern, output):
            return sentence
    return f"The packages could not be installed: {last_line(output)}"


def last_line(output: str) -> str:
    lines = output.strip().splitlines()
    return lines[-1].strip() if lines else "no reason given."


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second command started meanwhile wait for the first one's installation."""
    with requirements("base").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
