"""The queue of an installation without Redis: files in a folder.

Kombu's own transport gives a message's file its name before it writes it, and a table of bindings likewise, so that a
worker may find either empty, and die of it. Here what has a name is whole.
"""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Puts whole messages only, in the order of the clock; reads and writes a table of bindings one at a time."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        folder = Path(self.data_folder_out)
        name = f"{time.time_ns()}_{uuid4()}.{queue}.msg"
        unfinished = folder / f".{name}"
        unfinished.write_text(dumps(payload))
        unfinished.rename(folder / name)

    def get_table(self, exchange: str) -> list[Any]:
        with self._bindings():
            table: list[Any] = super().get_table(exchange)
        return table

    def _queue_bind(self, *binding: Any) -> None:
        with self._bindings():
            super()._queue_bind(*binding)

    @contextlib.contextmanager
    def _bindings(self) -> Iterator[None]:
        with (self.control_folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """For `filesystem://` addresses."""

    Channel = Channel
