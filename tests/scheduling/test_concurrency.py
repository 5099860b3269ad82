"""Several workers at once, on PostgreSQL: one exchange, one link, one story, one mail, one cancellation."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TypeVar
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection as database
from django.utils import timezone

from scheduling.calendly.errors import RateLimited, Unauthorized
from scheduling.models import (
    BookingLink,
    CancelRequest,
    Connection,
    Delivery,
    EventType,
    Interview,
    Message,
    MessageTemplate,
)
from scheduling.queries.bulk_acts import ACTS
from scheduling.services import (
    bookings,
    budgets,
    bulk,
    cancellations,
    connections,
    inbox,
    links,
    messages,
    replacements,
)
from scheduling.services.cancellations import Wish
from tests import post_office
from tests.deliveries import payload_file
from tests.factories import CandidateFactory, LinkFactory, MessageFactory, SubscriptionFactory
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver, expire

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres_url")]

WORKERS = 20
Result = TypeVar("Result")


def at_once(*works: Callable[[], Result]) -> list[Result]:
    """Do everything in threads that start together; each closes its own database connection."""
    start = Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result:
        start.wait()
        try:
            return work()
        finally:
            database.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_runs_on_postgresql() -> None:
    assert database.vendor == "postgresql"


@pytest.mark.parametrize("forms", [1, 5])
def test_books_once_for_many_tabs(sandbox: Sandbox, connection: Connection, forms: int) -> None:
    event_type = EventType.objects.get(connection=connection, slug="technical-interview")
    candidate = CandidateFactory()
    link = links.create_link(links.LinkRequest(candidate, event_type, connection, uuid4()), by=None)
    times = [slot.start_time for slot in bookings.open_times(event_type).value or []][20 : 20 + forms]
    wanted = [bookings.Wanted(link, uuid4(), start, "UTC", "zoom_conference") for start in times]

    def book(one: bookings.Wanted) -> str:
        try:
            return bookings.book(one, by=None).state
        except bookings.NothingToBook:
            return "booked before"

    states = at_once(*[lambda one=one: book(one) for one in wanted for _ in range(WORKERS // forms)])

    assert set(states) <= {"booked", "booked before"}
    assert len(sandbox.requests("invitees.create")) == 1
    assert Interview.objects.count() == 1


def test_replaces_a_dead_link_once(sandbox: Sandbox, connection: Connection) -> None:
    event_type = EventType.objects.get(connection=connection, slug="technical-interview")
    link = links.create_link(links.LinkRequest(CandidateFactory(), event_type, connection, uuid4()), by=None)
    long_ago = timezone.now() - timedelta(days=91)
    BookingLink.objects.update(created_at=long_ago, expires_at=long_ago + timedelta(days=90))

    asked = at_once(*[lambda: replacements.ask(link)] * WORKERS)
    at_once(*[lambda: replacements.act(link.pk)] * WORKERS)

    assert sum(asked) == 1
    assert link.timeline.filter(kind="link_replaced").count() == 1
    assert len(sandbox.requests("shares.create")) == 2


def test_exchanges_an_expired_token_once(sandbox: Sandbox, connection: Connection) -> None:
    expire(connection)

    def ask() -> str:
        return connections.client_for(connection).me().name

    names = at_once(*[ask] * WORKERS)

    assert names == ["Olive Owner"] * WORKERS
    assert [request["status"] for request in sandbox.requests("oauth.token")] == [200]


def test_takes_no_more_calls_than_the_budget_has(connection: Connection) -> None:
    Connection.objects.update(rate_limit=25)
    connection.refresh_from_db()
    spent = budgets.of_connection(connection).standing().used

    def ask() -> bool:
        try:
            budgets.of_connection(connection).take("users.me")
        except RateLimited:
            return False
        return True

    taken = at_once(*[ask] * (WORKERS + 10))

    assert sum(taken) == max(0, 25 - spent)


def test_loses_a_grant_once(sandbox: Sandbox, connection: Connection) -> None:
    connection.refresh_token = "spent"
    connection.expires_at = timezone.now() - timedelta(hours=1)
    connection.save()

    def ask() -> str:
        try:
            return connections.client_for(connection).me().name
        except Unauthorized:
            return "refused"

    assert at_once(*[ask] * WORKERS) == ["refused"] * WORKERS
    assert len(sandbox.requests("oauth.token")) == 1
    connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_RECONNECT


def test_makes_one_link_for_two_clicks(sandbox: Sandbox, connection: Connection) -> None:
    sandbox.switch("shares.create", "slow:0.5")
    request = links.LinkRequest(
        candidate=CandidateFactory(),
        event_type=EventType.objects.get(slug="technical-interview"),
        connection=connection,
        request_key=uuid4(),
    )
    by = User.objects.create_user("alice@example.org")

    made = at_once(*[lambda: links.create_link(request, by=by).pk] * 4)

    assert len(set(made)) == BookingLink.objects.count() == 1
    assert len(sandbox.requests("shares.create")) == 1


def test_makes_each_link_of_a_run_once_with_several_workers(sandbox: Sandbox, connection: Connection) -> None:
    event_type = EventType.objects.get(slug="technical-interview")
    people = [CandidateFactory() for _ in range(6)]
    run = bulk.start(
        ACTS["invite"],
        [person.pk for person in people],
        wish={"event_type": event_type.pk, "expires_at": None, "leaves_out": True, "sends_mail": False},
        chosen="",
        request_key=uuid4(),
        by=User.objects.create_superuser("alice@example.org"),
    )

    at_once(*[lambda: bulk.advance(run.pk, turn=timedelta(minutes=2))] * 4)

    assert set(run.items.values_list("state", "attempts")) == {("done", 1)}
    assert BookingLink.objects.count() == len(sandbox.requests("shares.create")) == 6


def test_cancels_one_of_many_at_a_time(sandbox: Sandbox, connection: Connection) -> None:
    for name in ("ann", "ben", "cem"):
        sandbox.book(email=f"{name}@example.com")
    deliver(sandbox)
    by = User.objects.create_superuser("alice@example.org")
    rows = list(Interview.objects.values_list("pk", flat=True))
    wish = {"side": CancelRequest.Side.COMPANY.value}
    run = bulk.start(ACTS["cancel"], rows, wish=wish, chosen="", request_key=uuid4(), by=by)
    bulk.advance(run.pk)
    CancelRequest.objects.update(act_at=timezone.now())

    claimed = at_once(*[lambda pk=pk: len(cancellations._claim(pk)) for pk in cancellations.due(now=timezone.now())])

    assert sorted(claimed) == [0, 0, 1]


def test_stores_and_tells_a_repeated_delivery_once() -> None:
    subscription = SubscriptionFactory()
    body = payload_file("docs_invitee.created.json")

    stored = at_once(*[lambda: inbox.store(subscription, body, now=timezone.now())] * WORKERS)
    delivery = Delivery.objects.get()
    at_once(*[lambda: inbox.process(delivery.pk)] * WORKERS)

    delivery.refresh_from_db()
    assert sum(found is not None for found in stored) == 1
    assert (delivery.state, delivery.attempts, Interview.objects.count()) == ("processed", 1, 1)


@pytest.mark.parametrize("repeat", range(5))
def test_joins_the_halves_of_a_move_handled_at_once(repeat: int) -> None:
    subscription = SubscriptionFactory()
    names = ("reschedule_1_invitee.canceled_old_half.json", "reschedule_2_invitee.created_new_half.json")
    halves = [inbox.store(subscription, payload_file(name), now=timezone.now()) for name in names]

    at_once(*[lambda half=half: inbox.process(half.pk) for half in halves if half])

    interview = Interview.objects.get()
    assert (interview.state, interview.moves) == ("booked", 1)


def test_sends_one_mail_with_several_workers(settings: LazySettings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    rows = [MessageFactory() for _ in range(4)]

    with post_office.opened() as office:
        settings.EMAIL_PORT, office.slowness_s = office.port, 0.2
        for _ in rows:
            at_once(*[lambda row=row: messages.send(row.pk) for row in rows for _ in range(3)])

        names = [mail["Message-ID"] for mail in office.mails]

    assert sorted(names) == sorted(row.message_id for row in rows)
    assert office.busiest == 1
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_writes_one_mail_for_two_clicks() -> None:
    # The data of migrations is gone once a test has emptied all tables.
    for kind in MessageTemplate.Kind.values:
        MessageTemplate.objects.get_or_create(kind=kind, defaults={"subject": "Hello", "body": "{link}"})
    link, reminded = LinkFactory(), LinkFactory()

    asked = at_once(*[lambda: messages.queue_invitation(link, by=None).pk] * WORKERS)
    nudges = at_once(*[lambda: messages.queue_nudge(reminded, by=None)] * WORKERS)

    assert len(set(asked)) == 1
    assert sum(nudge is not None for nudge in nudges) == 1
    assert Message.objects.count() == 2


@pytest.fixture
def asked(sandbox: Sandbox, connection: Connection) -> CancelRequest:
    """A cancellation whose time to undo is over."""
    sandbox.book()
    deliver(sandbox)
    by = User.objects.create_user("alice@example.org")
    request = cancellations.ask(Interview.objects.get(), Wish(CancelRequest.Side.COMPANY), by=by)
    CancelRequest.objects.update(act_at=timezone.now())
    return request


def test_cancels_once_for_two_workers(sandbox: Sandbox, asked: CancelRequest) -> None:
    sandbox.switch("scheduled_events.cancel", "slow:0.5")

    at_once(*[lambda: cancellations.act(asked.pk)] * 6)

    asked.refresh_from_db()
    assert (asked.state, asked.attempts, Interview.objects.get().state) == ("done", 1, "canceled")
    assert len(sandbox.requests("scheduled_events.cancel")) == 1


@pytest.mark.parametrize("repeat", range(5))
def test_either_undoes_or_cancels(sandbox: Sandbox, asked: CancelRequest, repeat: int) -> None:
    def undo() -> bool:
        assert asked.created_by is not None
        return cancellations.undo(asked, by=asked.created_by)

    def act() -> bool:
        cancellations.act(asked.pk)
        return False

    won = any(at_once(undo, act))

    asked.refresh_from_db()
    ended = (asked.state, Interview.objects.get().state, len(sandbox.requests("scheduled_events.cancel")))
    assert ended == (("undone", "booked", 0) if won else ("done", "canceled", 1))
