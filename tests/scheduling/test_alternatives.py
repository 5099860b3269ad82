"""The desk gets along with everything nobody knows about Calendly, whichever way it turns out.

One journey with each unknown decided the other way, one at a time; then, for unknowns the journey does not meet and for
those with more than two answers, the act that meets them. `docs/calendly.md` has the same table in words.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
import requests
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate
from scheduling.calendly import calls
from scheduling.calendly.oauth import OPTIONAL_SCOPES, SCOPES
from scheduling.models import (
    Attempt,
    BookingLink,
    Connection,
    Delivery,
    EventType,
    Interview,
    RateWindow,
    Subscription,
    SyncRun,
)
from scheduling.services import availability, connections, doctor, inbox, links, setup, subscriptions, syncs
from scripts.processes import free_port
from tests.factories import CandidateFactory
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import cancel, deliver, expire, post_delivery
from tests.test_docs import sandbox_options

Json = dict[str, Any]
OUR_SCOPES = " ".join([*SCOPES, *OPTIONAL_SCOPES])

# What every unknown may be instead of its default; the journey takes the first.
ALTERNATIVES = {
    "halves": ("old_first", "new_first"),
    "duplicates_percent": ("100",),
    "retry_pace": ("1440",),
    "retry_signature": ("same",),
    "late_created_percent": ("100",),
    "envelope_seconds": ("micro",),
    "event_type_html": ("present",),
    "location_at_first": ("null",),
    "sample_style": ("v1",),
    "conflict_rule": ("url_scope_owner",),
    "https_rule": ("any",),
    "max_subscriptions": ("1",),
    "app_signing_key": ("wins",),
    "hooks_after_revoke": ("keep",),
    "refresh_grace_s": ("60",),
    "invalid_grant_status": ("401",),
    "retry_after": ("present",),
    "limit_body": ("html", "empty"),
    "taken_status": ("404", "409"),
    "paid_booking": ("allow",),
    "unknown_fields": ("rejected",),
    "paging_style": ("old",),
    "available_times_scope": ("event_types:read", "both"),
    "window_error": ("message",),
    "times_precision": ("micro",),
    "link_life_days": ("1",),
    "link_revival": ("yes",),
    "tracking_on_move": ("dropped",),
    "blank_reason": ("empty",),
    "mark_twice": ("403", "409"),
    "mark_early": ("403", "allow"),
}
# These say how the sandbox runs; nothing of Calendly's stands behind them.
STEERING = {"courier", "clock_offset_s", "signature_skew_s", "rate_limit", "rate_window_s"}


@dataclass(frozen=True)
class Alternative:
    """One unknown, decided."""

    option: str
    value: str

    def __str__(self) -> str:
        return f"{self.option}={self.value}"


def others(option: str) -> list[Alternative]:
    """Every alternative of one unknown."""
    return [Alternative(option, value) for value in ALTERNATIVES[option]]


def either(option: str) -> list[Alternative]:
    """The default and every alternative of one unknown."""
    return [Alternative(option, sandbox_options()[option]), *others(option)]


def decided(*alternatives: Alternative) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("alternative", alternatives, ids=str)


@pytest.fixture(autouse=True)
def quick_passwords(settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def sandbox(sandbox: Sandbox, alternative: Alternative) -> Sandbox:
    """The sandbox, with the unknown decided before anybody connects."""
    sandbox.option(**{alternative.option: alternative.value})
    return sandbox


@pytest.fixture
def connection(connection: Connection, sandbox: Sandbox) -> Connection:
    """Goes on with exactly the scopes we ask for."""
    granted = sandbox.tokens("owner", scopes=OUR_SCOPES)
    connection.access_token, connection.refresh_token = granted["access_token"], granted["refresh_token"]
    connection.scopes = OUR_SCOPES
    connection.save()
    return connection


@pytest.fixture
def candidate(db: None) -> Candidate:
    return CandidateFactory(name="Ann Applicant", email="ann@example.com")


def test_decides_every_unknown_of_the_sandbox() -> None:
    defaults = sandbox_options()

    assert set(ALTERNATIVES) | STEERING == set(defaults)
    assert [option for option, values in ALTERNATIVES.items() if defaults[option] in values] == []


@decided(*(others(option)[0] for option in ALTERNATIVES))
def test_keeps_step_with_calendly(
    sandbox: Sandbox,
    alternative: Alternative,
    connection: Connection,
    event_type: EventType,
    alice: Client,
    candidate: Candidate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if alternative.option == "paging_style":
        monkeypatch.setattr(calls, "PAGE_SIZE", 1)

    link = make_link(alice, candidate, event_type)
    first = book_through(sandbox, link, email="ann.private@example.com")
    hear(sandbox, connection, first, alternative)
    interview = Interview.objects.get()
    assert (interview.link, interview.candidate, interview.state) == (link, candidate, "booked")

    second = sandbox.reschedule(first["uri"])
    hear(sandbox, connection, second, alternative)
    interview = Interview.objects.get()
    assert (interview.link, interview.candidate, interview.state) == (link, candidate, "booked")
    assert (interview.moves, interview.current.invitee_uri) == (1, second["uri"])

    expire(connection)
    cancel(alice, interview, reason="The panel changed")
    carry(sandbox)
    assert (state_of(interview), there(sandbox, connection, second)["status"]) == ("canceled", "canceled")
    assert interview.timeline.filter(kind="canceled").count() == 1

    missed = book_past(sandbox, hours=3)
    hear(sandbox, connection, missed, alternative)
    interview = Interview.objects.exclude(pk=interview.pk).get()
    act(alice, interview, "no-show")
    carry(sandbox)
    assert (state_of(interview), there(sandbox, connection, missed)["no_show"] is not None) == ("no_show", True)

    expire(connection)
    act(alice, interview, "no-show/undo")
    carry(sandbox)
    assert (state_of(interview), there(sandbox, connection, missed)["no_show"] is not None) == ("booked", False)

    compare(connection, SyncRun.Kind.DEEP)
    assert ours() == theirs(sandbox, connection)
    assert Attempt.objects.filter(join_url="").count() == 0
    assert Delivery.objects.exclude(state=Delivery.State.PROCESSED).count() == 0
    assert sandbox.requests("invitees.create") == []


@decided(*others("event_type_html"))
def test_takes_in_a_changed_event_type(
    sandbox: Sandbox, alternative: Alternative, connection: Connection, event_type: EventType
) -> None:
    control(sandbox, "event-type", event_type=event_type.uri, name="Renamed")

    deliver(sandbox)

    event_type.refresh_from_db()
    assert event_type.name == "Renamed"


@decided(*either("halves"))
def test_tells_a_chain_of_moves_as_one_interview(
    sandbox: Sandbox, alternative: Alternative, connection: Connection
) -> None:
    invitee = sandbox.book()
    for _ in range(3):
        invitee = sandbox.reschedule(invitee["uri"])

    deliver(sandbox)

    interview = Interview.objects.get()
    assert (interview.moves, interview.state, interview.current.invitee_uri) == (3, "booked", invitee["uri"])


@decided(*either("mark_twice"))
def test_takes_over_a_mark_made_at_calendly(
    sandbox: Sandbox, alternative: Alternative, connection: Connection, alice: Client
) -> None:
    missed = book_past(sandbox, hours=3)
    deliver(sandbox)
    sandbox.no_show(missed["uri"], marked=True)

    told = act(alice, Interview.objects.get(), "no-show")

    assert told == ["Ann Applicant is marked as a no-show."]
    assert Interview.objects.get().state == "no_show"


@decided(*either("mark_early"))
def test_marks_what_calendly_lets_it_mark(
    sandbox: Sandbox, alternative: Alternative, connection: Connection, alice: Client
) -> None:
    book_past(sandbox, hours=1)
    deliver(sandbox)
    sandbox.option(clock_offset_s=-2 * 3600)

    told = act(alice, Interview.objects.get(), "no-show")

    is_let = alternative.value == "allow"
    assert told[0].startswith("Ann Applicant is marked" if is_let else "Nothing was marked. Calendly ")
    assert Interview.objects.get().state == ("no_show" if is_let else "booked")


@decided(*either("limit_body"), *others("retry_after"))
def test_says_to_slow_down_and_goes_on_after_the_window(
    sandbox: Sandbox, alternative: Alternative, event_type: EventType, alice: Client, candidate: Candidate
) -> None:
    sandbox.switch("shares.create", "429", times=1)

    told = send_form(alice, candidate, event_type)
    assert told[0].startswith("No link was made. Calendly asks us to slow down. Try again in ")
    assert BookingLink.objects.count() == 0

    RateWindow.objects.all().delete()
    assert make_link(alice, candidate, event_type).share_uri


@decided(*others("available_times_scope"), *others("times_precision"))
def test_shows_open_slots(
    sandbox: Sandbox, alternative: Alternative, connection: Connection, event_type: EventType, alice: Client
) -> None:
    alice.get("/availability/", {"event_type": event_type.pk})
    availability.read_wanted(connection.pk)

    slots = alice.get("/availability/", {"event_type": event_type.pk}).context["slots"]

    assert slots.problem == ""
    assert slots.count > 100


@decided(*either("window_error"))
def test_says_that_a_window_was_refused(
    sandbox: Sandbox, alternative: Alternative, connection: Connection, alice: Client
) -> None:
    sandbox.option(clock_offset_s=1800)

    alice.get("/availability/")
    availability.read_wanted(connection.pk)

    page = alice.get("/availability/")

    assert page.status_code == 200
    assert "Calendly refused the request" in page.context["slots"].problem


@decided(*either("refresh_grace_s"), *others("invalid_grant_status"))
def test_asks_to_reconnect_unless_calendly_gives_the_newer_pair(
    sandbox: Sandbox, alternative: Alternative, connection: Connection, alice: Client, candidate: Candidate
) -> None:
    event_type = EventType.objects.get(slug="technical-interview")
    spent = connection.refresh_token
    refresh_elsewhere(sandbox, spent)
    expire(connection)

    told = send_form(alice, candidate, event_type)

    connection.refresh_from_db()
    is_given = alternative.value == "60"
    assert connection.state == ("connected" if is_given else "needs_reconnect")
    assert ("Reconnect it under Settings" in told[0], BookingLink.objects.exists()) == (not is_given, is_given)


@decided(*either("refresh_grace_s"))
def test_never_sends_a_refresh_again_whose_answer_was_lost(
    sandbox: Sandbox, alternative: Alternative, connection: Connection, alice: Client, candidate: Candidate
) -> None:
    sandbox.switch("oauth.token", "lost", times=1)
    expire(connection)

    told = send_form(alice, candidate, EventType.objects.get(slug="technical-interview"))

    connection.refresh_from_db()
    assert (connection.state, len(sandbox.requests("oauth.token"))) == ("needs_reconnect", 1)
    assert "Reconnect it under Settings" in told[0]


@decided(*either("conflict_rule"))
def test_has_one_subscription_after_subscribing_anew(
    sandbox: Sandbox, alternative: Alternative, connection: Connection, bob: Client
) -> None:
    left_behind = "http://localhost:8000/webhooks/calendly/of-an-earlier-installation/"
    client = connections.client_for(connection)
    for scope, user in (("user", connection.user_uri), ("organization", None)):
        if alternative.value == "url_scope_owner" or scope == "user":
            client.create_webhook_subscription(
                left_behind, subscriptions.EVENTS, organization=sandbox.organization, scope=scope, user=user
            )

    bob.post(f"/settings/calendly/{connection.pk}/resubscribe/")

    assert [row["uri"] for row in sandbox.subscriptions()] == [live(connection).uri]
    sandbox.book()
    assert deliver(sandbox) == [200]


@decided(*others("max_subscriptions"))
def test_replaces_a_subscription_that_stopped(
    sandbox: Sandbox, alternative: Alternative, connection: Connection
) -> None:
    stopped = live(connection)
    control(sandbox, "subscriptions", uri=stopped.uri, state="disabled")
    missed = sandbox.book()

    subscriptions.check(stopped)

    assert [(row["uri"], row["state"]) for row in sandbox.subscriptions()] == [(live(connection).uri, "active")]
    assert syncs.advance(SyncRun.objects.get(finished_at=None).pk)
    assert [attempt.invitee_uri for attempt in Attempt.objects.all()] == [missed["uri"]]


@decided(*others("max_subscriptions"))
def test_keeps_the_live_subscription_when_there_is_room_for_no_other(
    sandbox: Sandbox, alternative: Alternative, connection: Connection, bob: Client
) -> None:
    before = live(connection)

    page = bob.post(f"/settings/calendly/{connection.pk}/resubscribe/", follow=True).content.decode()

    assert "The subscription is as it was." in page
    assert live(connection) == before
    sandbox.book()
    assert deliver(sandbox) == [200]


@decided(*either("app_signing_key"))
def test_learns_of_bookings_through_a_gateway(
    sandbox: Sandbox, alternative: Alternative, recruiter: User, settings: LazySettings
) -> None:
    keys = sandbox.gateway("owner")
    connection = connections.adopt_gateway(keys["api_key"], keys["connection_id"], by=recruiter)
    setup.run(connection.pk)
    booked = sandbox.book()

    answers = deliver(sandbox)
    compare(connection, SyncRun.Kind.RECONCILE)

    # Signed with the key of the gateway's application, which nobody has told us.
    assert answers == [200 if alternative.value == "wins" else 403]
    assert [attempt.invitee_uri for attempt in Attempt.objects.all()] == [booked["uri"]]


@decided(*either("hooks_after_revoke"))
def test_catches_up_after_the_grant_was_taken_back(
    sandbox: Sandbox, alternative: Alternative, connection: Connection
) -> None:
    control(sandbox, "revoke", access_token=connection.access_token)
    meanwhile = sandbox.book()
    deliver(sandbox)
    assert Attempt.objects.count() == (1 if alternative.value == "keep" else 0)

    subscriptions.check(live(connection))
    connection.refresh_from_db()
    assert connection.state == "needs_reconnect"

    connect_again(sandbox, connection)
    assert [(row["uri"], row["state"]) for row in sandbox.subscriptions()] == [(live(connection).uri, "active")]
    assert [attempt.invitee_uri for attempt in Attempt.objects.all()] == [meanwhile["uri"]]


@decided(*either("retry_signature"))
def test_reads_what_a_late_retry_could_not_tell(
    sandbox: Sandbox, alternative: Alternative, settings: LazySettings, request: pytest.FixtureRequest
) -> None:
    settings.SITE_URL = f"http://localhost:{free_port()}"
    connection: Connection = request.getfixturevalue("connection")
    sandbox.option(signature_skew_s=-600)
    booked = sandbox.book()
    sandbox.send_all()
    sandbox.option(signature_skew_s=0)

    answers = deliver(sandbox)
    compare(connection, SyncRun.Kind.RECONCILE)

    assert answers == [403 if alternative.value == "same" else 200]
    assert [attempt.invitee_uri for attempt in Attempt.objects.all()] == [booked["uri"]]


@decided(*others("retry_pace"))
def test_heals_whenever_calendly_gives_up(
    sandbox: Sandbox, alternative: Alternative, settings: LazySettings, request: pytest.FixtureRequest
) -> None:
    settings.SITE_URL = f"http://localhost:{free_port()}"
    connection: Connection = request.getfixturevalue("connection")
    stopped = live(connection)
    booked = sandbox.book()
    sandbox.send_all()
    sandbox.option(clock_offset_s=timedelta(hours=25).total_seconds() / float(alternative.value))
    sandbox.send_all()
    assert [row["state"] for row in sandbox.subscriptions()] == ["disabled"]

    subscriptions.check(stopped)
    assert syncs.advance(SyncRun.objects.get(finished_at=None).pk)

    assert [(row["uri"], row["state"]) for row in sandbox.subscriptions()] == [(live(connection).uri, "active")]
    assert [attempt.invitee_uri for attempt in Attempt.objects.all()] == [booked["uri"]]


@decided(*either("link_revival"))
def test_tells_a_second_booking_through_the_link_as_another_interview(
    sandbox: Sandbox,
    alternative: Alternative,
    connection: Connection,
    event_type: EventType,
    alice: Client,
    candidate: Candidate,
) -> None:
    link = make_link(alice, candidate, event_type)
    first = book_through(sandbox, link)
    sandbox.cancel(first["uri"])
    if alternative.value == "no":
        assert requests.get(link.booking_url, timeout=10).status_code == 404
        return
    second = book_through(sandbox, link)

    deliver(sandbox)

    found = {row.current.invitee_uri: (row.state, row.candidate, row.link) for row in Interview.objects.all()}
    assert found == {first["uri"]: ("canceled", candidate, link), second["uri"]: ("booked", candidate, None)}


@decided(*either("link_life_days"))
def test_withdraws_a_link_whatever_became_of_it_at_calendly(
    sandbox: Sandbox,
    alternative: Alternative,
    connection: Connection,
    event_type: EventType,
    alice: Client,
    candidate: Candidate,
) -> None:
    link = make_link(alice, candidate, event_type)
    sandbox.option(clock_offset_s=timedelta(days=2).total_seconds())
    is_over = requests.get(link.booking_url, timeout=10).status_code == 404
    assert is_over == (alternative.value == "1")

    alice.post(f"/links/{link.pk}/withdraw/")
    links.delete_share(link.pk)

    link.refresh_from_db()
    assert (link.withdrawn_at is not None, link.share_delete_due_at) == (True, None)


@decided(*others("blank_reason"))
def test_shows_no_reason_where_none_was_given(
    sandbox: Sandbox, alternative: Alternative, connection: Connection, alice: Client
) -> None:
    sandbox.book()
    deliver(sandbox)

    cancel(alice, Interview.objects.get())
    deliver(sandbox)

    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.cancel_reason, attempt.canceler_type) == ("canceled", "", "host")


@decided(*others("sample_style"))
def test_warns_of_a_sample_it_cannot_read(
    sandbox: Sandbox, alternative: Alternative, settings: LazySettings, request: pytest.FixtureRequest
) -> None:
    settings.SITE_URL = f"http://localhost:{free_port()}"
    connection: Connection = request.getfixturevalue("connection")
    sandbox.book()

    findings = {finding.name: finding.health for finding in doctor.examine(connection)}

    assert findings["Shape of deliveries"] == doctor.Health.WARNING


@dataclass(frozen=True)
class Facts:
    """What of an invitee has to be the same here and there."""

    status: str
    is_no_show: bool
    moved_from: str
    moved_to: str
    starts_at: float


def ours() -> dict[str, Facts]:
    return {
        attempt.invitee_uri: Facts(
            status=attempt.status,
            is_no_show=attempt.is_no_show,
            moved_from=attempt.previous_uri,
            moved_to=attempt.next_uri,
            starts_at=attempt.starts_at.timestamp() if attempt.starts_at else 0,
        )
        for attempt in Attempt.objects.all()
    }


def theirs(sandbox: Sandbox, connection: Connection) -> dict[str, Facts]:
    """Read from the API without our client."""
    found = {}
    for event in read(sandbox, connection, f"/scheduled_events?count=100&organization={sandbox.organization}"):
        for invitee in read(sandbox, connection, f"{urlsplit(event['uri']).path}/invitees?count=100"):
            found[invitee["uri"]] = Facts(
                status=invitee["status"],
                is_no_show=invitee["no_show"] is not None,
                moved_from=invitee["old_invitee"] or "",
                moved_to=invitee["new_invitee"] or "",
                starts_at=datetime.fromisoformat(event["start_time"]).timestamp(),
            )
    return found


def there(sandbox: Sandbox, connection: Connection, invitee: Json) -> Json:
    """The invitee as it is at Calendly now."""
    found: Json = read(sandbox, connection, urlsplit(invitee["uri"]).path)
    return found


def read(sandbox: Sandbox, connection: Connection, path: str) -> Any:
    connection.refresh_from_db()
    headers = {"Authorization": f"Bearer {connection.access_token}"}
    response = requests.get(sandbox.api_url + path, headers=headers, timeout=10)
    response.raise_for_status()
    answer = response.json()
    return answer["collection"] if "collection" in answer else answer["resource"]


def hear(sandbox: Sandbox, connection: Connection, invitee: Json, alternative: Alternative) -> None:
    """Let deliveries tell of a booking; one that is held back is found by a comparison."""
    if alternative.option != "late_created_percent":
        carry(sandbox)
        return
    assert [row["state"] for row in sandbox.deliveries() if row["event"] == "invitee.created"][-1] == "late"
    compare(connection, SyncRun.Kind.RECONCILE)
    assert Attempt.objects.filter(invitee_uri=invitee["uri"]).exists()


def carry(sandbox: Sandbox) -> None:
    """Carry what is new to our door, newest first, and let the worker act: what was held back comes after the rest."""
    known = set(Delivery.objects.values_list("digest", flat=True))
    due = [row for row in sandbox.deliveries() if row["state"] != "late"]
    fresh = [row for row in due if hashlib.sha256(row["body"].encode()).hexdigest() not in known]
    assert {post_delivery(row) for row in reversed(fresh)} == {200}
    for delivery_id in Delivery.objects.filter(state=Delivery.State.NEW).order_by("pk").values_list("pk", flat=True):
        inbox.process(delivery_id)


def compare(connection: Connection, kind: SyncRun.Kind) -> None:
    assert syncs.advance(syncs.start(connection, kind).pk)


def make_link(recruiter: Client, candidate: Candidate, event_type: EventType) -> BookingLink:
    send_form(recruiter, candidate, event_type)
    return BookingLink.objects.get()


def send_form(recruiter: Client, candidate: Candidate, event_type: EventType) -> list[str]:
    """Ask for a link; returns what the recruiter is told."""
    data = {"request_key": str(uuid4()), "event_type": event_type.pk, "expires_on": ""}
    response = recruiter.post(f"/candidates/{candidate.pk}/links/", data)
    assert response.status_code == 302
    return [str(message) for message in get_messages(response.wsgi_request)]


def book_through(sandbox: Sandbox, link: BookingLink, **facts: Any) -> Json:
    """Book as the candidate does, with what the link carries."""
    tracking = {name: value for name, value in parse_qsl(urlsplit(link.prefilled_url).query) if name.startswith("utm_")}
    return sandbox.book(booking_url=link.booking_url, tracking=tracking, **facts)


def act(recruiter: Client, interview: Interview, what: str, **fields: str) -> list[str]:
    """Press a button; returns what the recruiter is told."""
    response = recruiter.post(f"/interviews/{interview.pk}/{what}/", fields)
    assert response.status_code == 302
    return [str(message) for message in get_messages(response.wsgi_request)]


def state_of(interview: Interview) -> str:
    interview.refresh_from_db()
    return interview.state


def live(connection: Connection) -> Subscription:
    return connection.subscriptions.get(state=Subscription.State.ACTIVE)


def connect_again(sandbox: Sandbox, connection: Connection) -> None:
    granted = sandbox.tokens("owner", scopes=OUR_SCOPES)
    connection.access_token, connection.refresh_token = granted["access_token"], granted["refresh_token"]
    connection.state = Connection.State.CONNECTED
    connection.setup_due_at = timezone.now()
    connection.save()
    setup.run(connection.pk)


def refresh_elsewhere(sandbox: Sandbox, refresh_token: str) -> None:
    """Spend a refresh token, as a second installation with a copy of our rows would."""
    response = requests.post(
        f"{sandbox.auth_url}/oauth/token",
        data={"grant_type": "refresh_token", "refresh_token": refresh_token},
        auth=("anteroom-sandbox", "anteroom-sandbox-secret"),
        timeout=10,
    )
    response.raise_for_status()


def control(sandbox: Sandbox, path: str, **body: Any) -> None:
    """A control call the sandbox's client has no method for."""
    requests.post(f"{sandbox.url}/sandbox/control/{path}", json=body, timeout=10).raise_for_status()


def book_past(sandbox: Sandbox, *, hours: int) -> Json:
    """A booking that began so many full hours ago."""
    moment = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
    return sandbox.book(start=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
