"""`manage.py sandbox_courier`: send the sandbox's webhooks until told to stop."""

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from sandbox import courier

POLL_S = 0.2


class Command(BaseCommand):
    help = "Send the sandbox's webhooks until SIGTERM or SIGINT."

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        while not stopped.is_set():
            if not courier.send_due():
                stopped.wait(POLL_S)
        connections.close_all()
