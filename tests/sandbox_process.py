"""Running a sandbox beside the tests, and steering it over its control API."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from scripts.processes import free_port

ROOT = Path(__file__).parent.parent
START_TIMEOUT_S = 30
Json = dict[str, Any]


class Sandbox:
    """A running sandbox; every method is one call of its control API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api_url = f"{url}/sandbox/api"
        self.auth_url = f"{url}/sandbox/auth"
        self.world: Json = {}

    def reset(self, world: str = "small") -> None:
        """A new world, nothing broken, deliveries held back."""
        self.world = self._call("POST", "reset", world=world)
        self.option(courier="hold", duplicates_percent=0)

    @property
    def organization(self) -> str:
        return str(self.world["organization"])

    def user(self, role: str = "owner") -> Json:
        """The first user with this role."""
        return next(user for user in self.world["users"] if user["role"] == role)

    def event_type(self, slug: str = "technical-interview") -> str:
        """An event type's address."""
        return next(str(row["uri"]) for row in self.world["event_types"] if row["slug"] == slug)

    def routing_form(self) -> Json:
        """The first routing form: its `uri` and the `page_url` for visitors."""
        return dict(self.world["routing_forms"][0])

    def tokens(self, role: str = "owner", **asked: Any) -> Json:
        """Tokens without the dance: `scopes`, `expires_in`, `kind`."""
        return self._call("POST", "tokens", user=self.user(role)["uri"], **asked)

    def book(self, *, name: str = "Ann Applicant", email: str = "ann@example.com", **facts: Any) -> Json:
        """Book as a candidate; returns the invitee as webhooks tell it."""
        facts.setdefault("event_type", self.event_type())
        return self._call("POST", "book", name=name, email=email, **facts)

    def play(self, acts: list[Json], *, step_s: float = 1) -> list[Json]:
        """Forget all bookings, do all this, and return every invitee there is afterwards, as webhooks tell them."""
        answer = self._call("POST", "play", acts=acts, step_s=step_s)
        invitees: list[Json] = answer["invitees"]
        return invitees

    def submit_form(self, answers: dict[str, str], **facts: Any) -> Json:
        """Fill in a routing form, the first unless `form` names one; returns the submission."""
        return self._call("POST", "submit-form", answers=answers, **facts)

    def reschedule(self, invitee: str, **facts: Any) -> Json:
        return self._call("POST", "reschedule", invitee=invitee, **facts)

    def cancel(self, invitee: str, **facts: Any) -> Json:
        return self._call("POST", "cancel", invitee=invitee, **facts)

    def no_show(self, invitee: str, *, marked: bool) -> Json:
        return self._call("POST", "no-show", invitee=invitee, marked=marked)

    def switch(self, operation: str, behaviour: str, times: int | None = None) -> None:
        """Break an operation, for so many calls or until the next reset."""
        self._call("POST", "switches", operation=operation, behaviour=behaviour, times=times)

    def mend(self) -> None:
        """Nothing is broken any more."""
        self._call("DELETE", "switches")

    def option(self, **options: Any) -> None:
        self._call("POST", "options", **options)

    def requests(self, operation: str = "") -> list[Json]:
        """What was asked of it since the reset."""
        return [request for request in self._listed("requests") if operation in ("", request["operation"])]

    def deliveries(self) -> list[Json]:
        """What it sends or holds back: `url`, `headers` signed just now, `body`."""
        return self._listed("deliveries")

    def subscriptions(self) -> list[Json]:
        return self._listed("subscriptions")

    def gateway(self, role: str | None = None) -> Json:
        """The gateway's `api_key` and, for a role, the `connection_id` of an active connection."""
        return self._call("POST", "gateway-keys", **({"connect": role} if role else {}))

    def mails(self) -> list[Json]:
        """What was sent to its mailbox: headers, `subject`, `text`, `html`, `links`."""
        return self._listed("mails")

    def send_all(self) -> int:
        """Send everything due, though the courier be held; returns how many were tried."""
        return int(self._call("POST", "courier")["tried"])

    def clear_deliveries(self) -> None:
        self._call("POST", "deliveries/clear")

    def _listed(self, path: str) -> list[Json]:
        response = requests.get(f"{self.url}/sandbox/control/{path}", timeout=20)
        response.raise_for_status()
        answer: list[Json] = response.json()
        return answer

    def _call(self, method: str, path: str, **body: Any) -> Json:
        response = requests.request(method, f"{self.url}/sandbox/control/{path}", json=body or None, timeout=20)
        response.raise_for_status()
        answer: Json = response.json()
        return answer


@contextmanager
def running(folder: Path) -> Iterator[Sandbox]:
    """Start a sandbox with its state in the folder; it ends with the block."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "CALENDLY_SANDBOX": "True",
        "CALENDLY_API_URL": f"{url}/sandbox/api",
        "CALENDLY_AUTH_URL": f"{url}/sandbox/auth",
        "DATABASE_URL": f"sqlite:///{folder / 'unused.sqlite3'}",
        "DEBUG": "True",
        "LOG_LEVEL": "WARNING",
        "SITE_URL": url,
        "VAR_DIR": str(folder),
    }
    # Its own app only: the others have no tables there, and would take twice as long to find that out.
    migrate = [sys.executable, "manage.py", "migrate", "sandbox", "--database", "sandbox"]
    subprocess.run([*migrate, "--verbosity", "0", "--skip-checks"], cwd=ROOT, env=environment, check=True)
    gunicorn = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"]
    gunicorn += ["--worker-class", "gthread", "--threads", "8", "--log-level", "warning"]
    with (folder / "gunicorn.log").open("w") as log:
        process = subprocess.Popen(gunicorn, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait(url, process, folder / "gunicorn.log")
        yield Sandbox(url)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{url}/sandbox/control/world", timeout=5)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the sandbox did not start:\n{log.read_text()}")
