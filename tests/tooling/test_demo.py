"""The demo's supervisor: what it refuses in one sentence, what it never lets through, what it leaves behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import demo

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def run_demo(var_dir: Path, *, port: int | str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PORT": str(port), "VAR_DIR": str(var_dir)}
    command = [sys.executable, "-m", "scripts.demo"]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_says_in_one_sentence_that_the_port_is_taken(taken_port: int, tmp_path: Path) -> None:
    done = run_demo(tmp_path, port=taken_port)

    assert done.returncode == 1
    assert done.stderr == (
        f"Port {taken_port} is taken: stop what listens there, or choose another: PORT={taken_port + 1} make demo.\n"
    )
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "abc", "0", "-1", "65536", "80 80", "٣"])
def test_refuses_what_is_no_port(text: str) -> None:
    with pytest.raises(demo.CannotRun, match="must be a number from 1 to 65535"):
        demo.chosen_port(text)


def test_takes_a_port() -> None:
    assert demo.chosen_port("9001") == 9001


def test_refuses_a_folder_another_demo_uses(tmp_path: Path) -> None:
    with demo.only_user_of(tmp_path), pytest.raises(demo.CannotRun, match="Another demo uses"):  # noqa: SIM117
        with demo.only_user_of(tmp_path):
            pytest.fail("two demos in one folder")


def test_keeps_settings_of_a_real_installation_out(tmp_path: Path) -> None:
    real = {
        "CALENDLY_API_URL": "https://api.calendly.com",
        "CALENDLY_CLIENT_ID": "real",
        "DATABASE_URL": "postgres://db.example.com/real",
        "EMAIL_URL": "smtp://mail.example.com",
        "HOME": "/home/alice",
    }

    environment = demo.demo_environment(real, port=9001, folder=tmp_path)

    assert environment["CALENDLY_API_URL"] == "http://localhost:9001/sandbox/api"
    assert environment["CALENDLY_CLIENT_ID"] == "anteroom-sandbox"
    assert environment["DATABASE_URL"] == f"sqlite:///{tmp_path}/anteroom.sqlite3"
    assert environment["EMAIL_URL"] == ""
    assert environment["HOME"] == "/home/alice"


def test_starts_over_after_a_first_run_that_was_cut_short(tmp_path: Path) -> None:
    (tmp_path / "anteroom.sqlite3").touch()
    (tmp_path / "anteroom.sqlite3-wal").touch()
    (tmp_path / "queue" / "messages").mkdir(parents=True)
    (tmp_path / "notes.txt").touch()

    demo.discard_unfinished(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def demo_of(folder: Path, signals: demo.StopSignals) -> demo.Demo:
    return demo.Demo(port=1, folder=folder, environment=os.environ, signals=signals)


def test_tells_which_process_died_and_its_last_words(tmp_path: Path) -> None:
    stage = demo_of(tmp_path, demo.StopSignals())
    stage.serve("web", "-c", "print('out of cheese'); raise SystemExit(3)")
    stage.services[0].process.wait()

    with pytest.raises(demo.CannotRun, match=r"web process stopped \(status 3\)(?s:.)*out of cheese"):
        stage.pause()


def test_tells_that_a_process_was_killed(tmp_path: Path) -> None:
    stage = demo_of(tmp_path, demo.StopSignals())
    stage.serve("courier", "-c", "import os; os.kill(os.getpid(), 9)")
    stage.services[0].process.wait()

    with pytest.raises(demo.CannotRun, match=r"courier process was killed \(SIGKILL\)"):
        stage.pause()


def test_gives_a_steps_output(tmp_path: Path) -> None:
    assert demo_of(tmp_path, demo.StopSignals()).run("step", "-c", "print('done')") == "done"


def test_tells_why_a_step_failed(tmp_path: Path) -> None:
    with pytest.raises(demo.CannotRun, match="step process stopped"):
        demo_of(tmp_path, demo.StopSignals()).run("step", "-c", "raise SystemExit('no')")


def test_stops_in_the_middle_of_a_step(tmp_path: Path) -> None:
    signals = demo.StopSignals()
    stage = demo_of(tmp_path, signals)
    signals.received = True

    with pytest.raises(demo.StopRequested):
        stage.run("step", "-c", "import time; time.sleep(60)")
    stage.stop()

    assert stage.step
    assert stage.step.process.returncode == -signal.SIGTERM
