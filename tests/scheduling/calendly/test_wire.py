"""Answers no contract promises: what the client makes of a broken wire."""

import json
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from limits.storage import MemoryStorage

from scheduling.calendly import errors, oauth
from scheduling.calendly.budget import Budget, Priority
from scheduling.calendly.client import Client
from scheduling.calendly.resources import resource_id

Answer = Callable[[BaseHTTPRequestHandler], None]


class Token:
    """A token source that can renew once."""

    def __init__(self) -> None:
        self.renewed: list[str] = []

    def token(self) -> str:
        return "old"

    def renew(self, rejected: str) -> str:
        self.renewed.append(rejected)
        return "new"


class Wire:
    """A server that answers what the test says, one answer after the other, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.seen: list[tuple[str, str, str]] = []
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                super().handle_one_request()
                self.close_connection = True

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                wire.seen.append((self.command, self.path, self.headers.get("Authorization", "")))
                answer = wire.answers.pop(0) if len(wire.answers) > 1 else wire.answers[0]
                answer(self)

            do_GET = do_POST = answer

            def log_message(self, format: str, *args: object) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def say(status: int, body: object = None, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"resource": {"uri"')


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def silence(handler: BaseHTTPRequestHandler) -> None:
    """Longer than the client waits."""
    time.sleep(0.6)


ME = {
    "resource": {
        "uri": "https://api.calendly.com/users/U1",
        "name": "Harper Host",
        "email": "host@example.org",
        "current_organization": "https://api.calendly.com/organizations/O1",
    }
}


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    thread = Thread(target=wire.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield wire
    wire.server.shutdown()
    thread.join()
    wire.server.server_close()


@pytest.fixture
def client(wire: Wire) -> Client:
    return Client(wire.url, Token(), timeout_s=(1, 0.3))


def test_renews_a_refused_token_once(wire: Wire) -> None:
    token = Token()
    wire.answers = [say(401, {"title": "Unauthenticated", "message": "The access token expired"}), say(200, ME)]

    me = Client(wire.url, token).me()

    assert me.name == "Harper Host"
    assert [authorization for _, _, authorization in wire.seen] == ["Bearer old", "Bearer new"]
    assert token.renewed == ["old"]


def test_gives_up_when_the_new_token_is_refused_too(wire: Wire, client: Client) -> None:
    wire.answers = [say(401, {"title": "Unauthenticated", "message": "The access token is invalid"})]

    with pytest.raises(errors.Unauthorized):
        client.me()

    assert len(wire.seen) == 2


@pytest.mark.parametrize(
    "answer",
    [
        say(500, {"title": "Internal Server Error", "message": "…"}),
        say(502, b"<html>Bad gateway</html>"),
        say(200, b"<html>Maintenance</html>"),
        say(403, b"<html>Access denied</html>"),
        say(302, b"", Location="https://example.com/"),
        cut,
        reset,
        silence,
    ],
    ids=["500", "html 502", "html 200", "edge 403", "redirect", "cut", "reset", "silence"],
)
def test_tries_a_read_again_then_calls_calendly_unavailable(wire: Wire, client: Client, answer: Answer) -> None:
    wire.answers = [answer]

    with pytest.raises(errors.Unavailable):
        client.me()

    assert len(wire.seen) == 3


def test_recovers_when_a_later_try_succeeds(wire: Wire, client: Client) -> None:
    wire.answers = [reset, cut, say(200, ME)]

    assert client.me().uri.endswith("/U1")


@pytest.mark.parametrize("answer", [say(500, {}), cut, reset, silence], ids=["500", "cut", "reset", "silence"])
def test_never_sends_a_write_twice(wire: Wire, client: Client, answer: Answer) -> None:
    wire.answers = [answer]

    with pytest.raises(errors.Unavailable) as raised:
        client.create_scheduling_link("https://api.calendly.com/event_types/T1")

    assert len(wire.seen) == 1
    assert raised.value.maybe_done


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"title": "Invalid Argument", "message": "…", "details": [{"message": "no"}]}, errors.Rejected),
        (403, {"title": "Permission Denied", "message": "You do not have permission"}, errors.Forbidden),
        (
            403,
            {"title": "Permission Denied", "message": "Please upgrade to a paid Calendly account."},
            errors.PlanRequired,
        ),
        (
            403,
            {"title": "Insufficient scope", "message": "…", "required_scopes": ["users:read"]},
            errors.InsufficientScope,
        ),
        (404, {"title": "Resource Not Found", "message": "…"}, errors.NotFound),
        (409, {"title": "Already Exists", "message": "…"}, errors.Conflict),
        (424, {"title": "External Calendar Error", "message": "…"}, errors.CalendarUnreadable),
        (429, {"title": "Too Many Requests", "message": "…"}, errors.RateLimited),
    ],
)
def test_gives_each_refusal_its_own_reaction(
    wire: Wire, client: Client, status: int, body: object, error: type[errors.CalendlyError]
) -> None:
    wire.answers = [say(status, body)]

    with pytest.raises(error):
        client.me()

    assert len(wire.seen) == 1


def test_says_how_long_to_wait(wire: Wire, client: Client) -> None:
    wire.answers = [say(429, b"", X_RateLimit_Reset="17")]

    with pytest.raises(errors.RateLimited) as raised:
        client.me()

    assert raised.value.reset_s == 17


def test_waits_out_a_limit_when_nobody_waits_for_the_answer(wire: Wire) -> None:
    wire.answers = [say(429, {}, X_RateLimit_Reset="1"), say(200, ME)]

    budget = Budget(MemoryStorage(), user="U", window_s=1, priority=Priority.BACKGROUND)

    assert Client(wire.url, Token(), budget=budget).me().name == "Harper Host"


def test_pages_by_token_and_never_by_address(wire: Wire, client: Client) -> None:
    membership = {"uri": "https://api.calendly.com/organization_memberships/M", "role": "user", "user": ME["resource"]}
    elsewhere = {"next_page": "https://example.com/steal?page_token=two"}
    wire.answers = [
        say(200, {"collection": [membership], "pagination": elsewhere}),
        say(200, {"collection": [membership], "pagination": {"next_page": None}}),
    ]

    found = list(client.memberships(organization="https://api.calendly.com/organizations/O1"))

    assert len(found) == 2
    assert "page_token=two" in wire.seen[1][1]
    assert "organization=https%3A%2F%2Fapi.calendly.com%2Forganizations%2FO1" in wire.seen[1][1]


@pytest.mark.parametrize("body", [{"resource": {}}, {"resource": None}, {}])
def test_names_an_answer_that_does_not_fit(wire: Wire, client: Client, body: object) -> None:
    wire.answers = [say(200, body)]

    with pytest.raises(errors.UnexpectedAnswer):
        client.me()


@pytest.mark.parametrize("answer", [cut, reset, say(200, b"<html>")], ids=["cut", "reset", "html"])
def test_counts_a_grant_as_lost_when_its_answer_is(wire: Wire, answer: Answer) -> None:
    wire.answers = [answer]

    with pytest.raises(errors.GrantLost):
        oauth.OAuthApp(wire.url, "id", "secret").refresh("single use")

    assert len(wire.seen) == 1


def test_keeps_a_grant_that_was_never_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

    with pytest.raises(errors.Unavailable):
        oauth.OAuthApp(url, "id", "secret").refresh("single use")


def test_keeps_tokens_out_of_error_texts(wire: Wire) -> None:
    wire.answers = [say(200, {"refresh_token": "very secret"})]

    with pytest.raises(errors.GrantLost) as raised:
        oauth.OAuthApp(wire.url, "id", "secret").refresh("single use")

    trace = "".join(traceback.format_exception(raised.value))
    assert "very secret" not in trace


@pytest.mark.parametrize(
    "uri", ["", "https://api.calendly.com", "https://api.calendly.com/users/%2e%2e", "https://x/é"]
)
def test_refuses_what_is_no_resource_address(uri: str) -> None:
    with pytest.raises(ValueError, match="not a Calendly resource address"):
        resource_id(uri)


@pytest.mark.parametrize("identifier", ["GBGBDCAADAEDCRZ2", "11111111-1111-4111-8111-111111111111"])
def test_takes_the_id_from_both_forms_of_address(identifier: str) -> None:
    assert resource_id(f"https://api.calendly.com/users/{identifier}") == identifier


def test_says_which_scopes_are_missing() -> None:
    assert oauth.missing_scopes(" ".join(oauth.SCOPES)) == ()
    assert oauth.missing_scopes("default") == ()
    assert oauth.missing_scopes("users:read organizations:write") == (
        "event_types:read",
        "availability:read",
        "scheduled_events:write",
        "scheduling_links:write",
        "webhooks:write",
    )
