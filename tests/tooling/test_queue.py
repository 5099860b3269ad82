"""The queue of files: several write while one reads, and nothing is read half or lost."""

import subprocess
import sys
import time
from pathlib import Path

from kombu import Connection

from config.celery import app

WRITERS = 3
MESSAGES = 400
PUT = f"""
import sys
from kombu import Connection
from config.queue import Transport
folders = {{"data_folder_in": sys.argv[1], "data_folder_out": sys.argv[1], "control_folder": sys.argv[2]}}
with Connection(transport=Transport, transport_options=folders) as connection:
    queue = connection.SimpleQueue("work")
    for number in range({MESSAGES}):
        queue.put([sys.argv[3], number])
"""


def test_loses_no_message_and_reads_none_half(tmp_path: Path) -> None:
    folders = [tmp_path / "messages", tmp_path / "control"]
    for folder in folders:
        folder.mkdir()
    writers = [
        subprocess.Popen([sys.executable, "-c", PUT, *map(str, folders), str(writer)]) for writer in range(WRITERS)
    ]

    got = read_until_done(folders, writers)

    assert [writer.returncode for writer in writers] == [0] * WRITERS
    for writer in range(WRITERS):
        numbers = [number for by, number in got if by == str(writer)]
        assert numbers == list(range(MESSAGES))
    assert list(folders[0].iterdir()) == []


def test_is_what_a_filesystem_address_means() -> None:
    with app.connection("filesystem://") as connection:
        assert connection.get_transport_cls().__module__ == "config.queue"


def read_until_done(folders: list[Path], writers: list[subprocess.Popen[bytes]]) -> list[list[object]]:
    """Read without a pause, so that every moment of a write is met."""
    options = {"data_folder_in": str(folders[0]), "data_folder_out": str(folders[0]), "control_folder": str(folders[1])}
    got: list[list[object]] = []
    deadline = time.monotonic() + 60
    with Connection(transport="config.queue:Transport", transport_options=options) as connection:
        queue = connection.SimpleQueue("work")
        while time.monotonic() < deadline:
            is_done = all(writer.poll() is not None for writer in writers)
            try:
                message = queue.get(block=False)
            except queue.Empty:
                if is_done:
                    break
            else:
                message.ack()
                got.append(message.payload)
    return got
