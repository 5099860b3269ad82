"""Setting up: one clear sentence for each way it can fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: command 'gcc' failed: No such file or directory", "there is no compiler"),
        ("unable to execute 'x86_64-linux-gnu-gcc': gcc: command not found", "there is no compiler"),
        ("Failed to establish a new connection: Temporary failure in name resolution", "could not be downloaded"),
        ("error: Failed to fetch: dns error: failed to lookup address information", "could not be downloaded"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "its hash differs"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for django==5.2.19", "does not exist for this Python"),
        ("first\nsomething new", "could not be installed: something new"),
        ("", "could not be installed: no reason given"),
    ],
)
def test_names_the_cause_in_one_sentence(output: str, sentence: str) -> None:
    assert sentence in bootstrap.cause(output)


def fake_python(folder: Path, name: str, *, version: str) -> None:
    """A program that answers like a Python of this version, and tells its name when told to run a script."""
    is_old = int(version < "3.11")
    program = folder / name
    program.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then exit {is_old}; fi\necho "{name} $*"\n')
    program.chmod(0o755)


def run_python_sh(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "scripts/python.sh", "script.py", "base"],
        cwd=ROOT,
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_passes_over_a_python_that_is_too_old(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", version="3.10")
    fake_python(tmp_path, "python3.12", version="3.12")

    assert run_python_sh(tmp_path).stdout == "python3.12 script.py base\n"


def test_prefers_the_python_that_was_asked_for(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", version="3.11")
    fake_python(tmp_path, "mine", version="3.13")

    assert run_python_sh(tmp_path, PYTHON="mine").stdout == "mine script.py base\n"


def test_says_in_one_sentence_that_there_is_no_python(tmp_path: Path) -> None:
    done = run_python_sh(tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith("Anteroom needs Python 3.11 or newer and found none:")
    assert done.stderr.count("\n") == 1


def test_says_in_one_sentence_that_venv_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_venv = tmp_path / "python"
    without_venv.write_text("#!/bin/sh\necho 'No module named venv' >&2\nexit 1\n")
    without_venv.chmod(0o755)
    monkeypatch.setattr(sys, "executable", os.fspath(without_venv))
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / "venv")

    with pytest.raises(bootstrap.CannotInstall, match=r"lacks its venv module: .*apt-get install python3\.\d+-venv"):
        bootstrap.make_environment(uv=None)
