"""People, and a desk that is connected to the sandbox."""

from datetime import timedelta
from html import unescape
from re import findall, search
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from scheduling.models import CancelRequest, Connection, Delivery, EventType, Interview
from scheduling.services import cancellations, inbox, setup
from tests.factories import make_user
from tests.sandbox_process import Sandbox


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def recruiter(db: None) -> User:
    return make_user("alice", "Recruiter")


@pytest.fixture
def alice(recruiter: User) -> Client:
    """A recruiter's browser."""
    return signed_in(recruiter)


@pytest.fixture
def bob(db: None) -> Client:
    """An administrator's browser."""
    return signed_in(make_user("bob", "Admin"))


@pytest.fixture
def charlie(db: None) -> Client:
    """The browser of somebody who may look, and nothing else."""
    return signed_in(make_user("charlie", "Viewer"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def connection(sandbox: Sandbox, db: None) -> Connection:
    """Connected as the organisation's owner, set up, with real tokens of the sandbox."""
    owner, granted = sandbox.user("owner"), sandbox.tokens("owner")
    connection = Connection.objects.create(
        user_uri=owner["uri"],
        organization_uri=sandbox.organization,
        name=owner["name"],
        email=owner["email"],
        role="owner",
        scopes="default",
        access_token=granted["access_token"],
        refresh_token=granted["refresh_token"],
        expires_at=timezone.now() + timedelta(hours=2),
        connected_at=timezone.now(),
        setup_due_at=timezone.now(),
    )
    setup.run(connection.pk)
    connection.refresh_from_db()
    assert connection.setup_error == ""
    return connection


@pytest.fixture
def event_type(connection: Connection) -> EventType:
    return EventType.objects.get(connection=connection, slug="technical-interview")


def deliver(sandbox: Sandbox) -> list[int]:
    """Carry what the sandbox holds back to our door, as its courier would, and let the worker act."""
    answers = [post_delivery(delivery) for delivery in sandbox.deliveries()]
    for delivery_id in Delivery.objects.filter(state=Delivery.State.NEW).values_list("pk", flat=True):
        inbox.process(delivery_id)
    return answers


def post_delivery(delivery: dict[str, Any]) -> int:
    """Carry one delivery to our door, as the courier would; returns the answer's status."""
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in delivery["headers"].items()}
    path = urlsplit(delivery["url"]).path
    response = Client().generic("POST", path, delivery["body"].encode(), "application/json", **headers)
    return response.status_code


def ask_to_cancel(client: Client, interview: Interview, **fields: str) -> str:
    """Ask for a cancellation on the company's side; returns the page that follows."""
    path = f"/interviews/{interview.pk}/cancel/"
    response = client.post(path, {"side": "company", **fields}, follow=True)
    return str(response.content.decode())


def let_cancellations_act() -> None:
    """Let the time to undo pass, and the worker act on what is due."""
    now = timezone.now()
    CancelRequest.objects.filter(state=CancelRequest.State.WAITING).update(act_at=now)
    for request_id in cancellations.due(now=now):
        cancellations.act(request_id)


def cancel(client: Client, interview: Interview, **fields: str) -> str:
    """Ask for a cancellation, let it go to Calendly, and return the interview's page as it is then."""
    page = ask_to_cancel(client, interview, **fields)
    let_cancellations_act()
    interview.refresh_from_db()
    return page + str(client.get(f"/interviews/{interview.pk}/").content.decode())


def expire(connection: Connection) -> None:
    """Let the access token look old, so that the next call renews it."""
    Connection.objects.filter(pk=connection.pk).update(expires_at=timezone.now())


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send from the preview of an act on many rows."""
    form = page[page.index('action="/bulk/') :]
    inputs = [
        (search(r'name="([^"]*)"', text), search(r'value="([^"]*)"', text), text)
        for text in findall(r"<input[^>]*>", form[: form.index("</form>")])
    ]
    sent: dict[str, Any] = {}
    for name, value, text in inputs:
        if name is not None and ("checkbox" not in text or "checked" in text) and "radio" not in text:
            sent.setdefault(name[1], []).append(unescape(value[1]) if value else "on")
    return sent


def preview(client: Client, act: str, **chosen: Any) -> str:
    return client.get(f"/bulk/{act}/", chosen).content.decode()


def do(client: Client, act: str, *, filled: dict[str, Any] | None = None, **chosen: Any) -> str:
    """Choose, look, and say yes; returns the page that follows."""
    sent = {**fields_of(preview(client, act, **chosen)), **(filled or {})}
    return client.post(f"/bulk/{act}/start/", sent, follow=True).content.decode()
