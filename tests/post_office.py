"""A real SMTP server for tests, which answers as the test says."""

import socketserver
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Lock, Thread

SILENCE, HANG_UP = "silence", "hang up"
# What it says when nothing else was asked of it; "." is the end of a mail.
USUAL = {
    "hello": "220 post.example.com",
    "EHLO": "250 post.example.com",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 taken",
    "QUIT": "221 bye",
}
SILENCE_S = 3.0


class PostOffice:
    """Its mails in the order they were taken; `answers` replaces what it says to a command."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.busiest = 0
        self.slowness_s = 0.0
        self._visitors = 0
        self._lock = Lock()
        office = self

        class Counter(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with office._lock:
                    office._visitors += 1
                    office.busiest = max(office.busiest, office._visitors)
                try:
                    office._serve(self)
                except OSError:
                    """The visitor left."""
                finally:
                    with office._lock:
                        office._visitors -= 1

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            # Nobody waits for a thread that keeps silent.
            block_on_close = False

        self.server = Server(("127.0.0.1", 0), Counter)
        self.port = int(self.server.server_address[1])

    def _serve(self, visitor: socketserver.StreamRequestHandler) -> None:
        if not self._say(visitor, "hello"):
            return
        while line := visitor.rfile.readline().decode():
            command = line.split(maxsplit=1)[0].upper().partition(":")[0] if line.strip() else ""
            if command == "RCPT":
                self.recipients.append(line.split("<", 1)[1].split(">", 1)[0])
            if not self._say(visitor, command) or command == "QUIT":
                return
            if command == "DATA" and self._words("DATA").startswith("354") and not self._take(visitor):
                return

    def _take(self, visitor: socketserver.StreamRequestHandler) -> bool:
        lines = []
        while (line := visitor.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        time.sleep(self.slowness_s)
        if not self._words(".")[:1].isdigit() or self._words(".").startswith("2"):
            self.mails.append(message_from_bytes(b"".join(lines), _class=EmailMessage, policy=policy.default))
        return self._say(visitor, ".")

    def _words(self, command: str) -> str:
        return self.answers.get(command, USUAL.get(command, "250 ok"))

    def _say(self, visitor: socketserver.StreamRequestHandler, command: str) -> bool:
        words = self._words(command)
        if words == SILENCE:
            time.sleep(SILENCE_S)
        if words in (SILENCE, HANG_UP):
            return False
        visitor.wfile.write(f"{words}\r\n".encode())
        return True


@contextmanager
def opened() -> Iterator[PostOffice]:
    """An office that is open to the end of the block."""
    office = PostOffice()
    Thread(target=office.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield office
    finally:
        office.server.shutdown()
        office.server.server_close()
