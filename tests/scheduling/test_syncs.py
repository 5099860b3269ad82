"""Comparing with Calendly: what it costs, what it finds, and that it goes on where it stopped."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.models import Attempt, Connection, EventSnapshot, Interview, Subscription, SyncRun, TimelineEntry
from scheduling.services import syncs
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver

pytestmark = pytest.mark.django_db

BACKFILL, RECONCILE, DEEP = SyncRun.Kind.BACKFILL, SyncRun.Kind.RECONCILE, SyncRun.Kind.DEEP


def compare(connection: Connection, kind: SyncRun.Kind = RECONCILE) -> SyncRun:
    run = syncs.start(connection, kind)
    syncs.advance(run.pk)
    run.refresh_from_db()
    return run


def starts(hours: float) -> str:
    moment = (timezone.now() + timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
    return moment.isoformat()


def calls(sandbox: Sandbox, since: int = 0) -> dict[str, int]:
    made = [request["operation"] for request in sandbox.requests()][since:]
    return {name: made.count(name) for name in ("scheduled_events.list", "invitees.list")}


def make_old(sandbox: Sandbox) -> None:
    """Let what was done be past the grace in which a delivery may still be under way."""
    sandbox.option(clock_offset_s=-600)


def test_takes_in_what_no_delivery_told(sandbox: Sandbox, connection: Connection) -> None:
    make_old(sandbox)
    sandbox.book(start=starts(30))

    run = compare(connection)

    assert (run.drift, run.events_read, Interview.objects.count()) == (1, 1, 1)
    assert TimelineEntry.objects.get(kind="drift_healed").detail == "1 booking"


def test_counts_no_drift_where_deliveries_came(sandbox: Sandbox, connection: Connection) -> None:
    make_old(sandbox)
    sandbox.book(start=starts(30))
    sandbox.option(clock_offset_s=0)
    deliver(sandbox)

    run = compare(connection)

    assert (run.drift, run.invitees_read) == (0, 1)
    assert not TimelineEntry.objects.filter(kind="drift_healed").exists()


def test_counts_no_drift_while_a_delivery_may_be_under_way(sandbox: Sandbox, connection: Connection) -> None:
    sandbox.book(start=starts(30))

    assert compare(connection).drift == 0
    assert Interview.objects.count() == 1


def test_asks_only_for_invitees_of_what_changed(sandbox: Sandbox, connection: Connection) -> None:
    booked = [sandbox.book(start=starts(24 + 2 * n), email=f"p{n}@example.com") for n in range(5)]
    compare(connection)
    before = len(sandbox.requests())

    compare(connection)
    assert calls(sandbox, before) == {"scheduled_events.list": 1, "invitees.list": 0}

    sandbox.cancel(booked[3]["uri"])
    compare(connection)
    assert calls(sandbox, before) == {"scheduled_events.list": 2, "invitees.list": 1}
    assert Attempt.objects.get(invitee_uri=booked[3]["uri"]).is_canceled


def test_notices_a_new_seat_of_a_group(sandbox: Sandbox, connection: Connection) -> None:
    group = sandbox.event_type("info-session")
    for n in range(2):
        sandbox.book(event_type=group, start=starts(30), email=f"p{n}@example.com")
        compare(connection)

    assert Interview.objects.count() == 2


def test_finds_a_mark_only_when_thorough(sandbox: Sandbox, connection: Connection) -> None:
    invitee = sandbox.book(start=starts(-26))["uri"]
    compare(connection)
    sandbox.no_show(invitee, marked=True)

    compare(connection)
    assert Interview.objects.get().state == "booked"

    compare(connection, DEEP)
    assert Interview.objects.get().state == "no_show"

    sandbox.no_show(invitee, marked=False)
    compare(connection, DEEP)
    assert Interview.objects.get().state == "booked"


def test_pages_within_five_hundredths_of_the_least_calls(sandbox: Sandbox, connection: Connection) -> None:
    acts = [{"act": "book", "event_type": sandbox.event_type(), "start": 24 + 2 * n} for n in range(230)]
    sandbox.play(acts, step_s=0)
    before = len(sandbox.requests())

    run = compare(connection)

    made = sum(calls(sandbox, before).values())
    least = -(-run.events_read // 100) + run.events_read
    assert run.events_read > 200
    assert made <= 1.05 * least


def test_goes_on_where_it_stopped(sandbox: Sandbox, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.play(
        [{"act": "book", "event_type": sandbox.event_type(), "start": 24 + 2 * n} for n in range(120)], step_s=0
    )
    monkeypatch.setattr(syncs, "TURN", timedelta(0))
    run = syncs.start(connection, BACKFILL)
    before = len(sandbox.requests())

    turns = 1
    while not syncs.advance(run.pk):
        turns += 1

    run.refresh_from_db()
    assert turns == 2
    assert run.finished_at is not None
    assert calls(sandbox, before)["invitees.list"] == Interview.objects.count() == 120


def test_goes_on_after_an_outage(sandbox: Sandbox, connection: Connection) -> None:
    sandbox.book(start=starts(30))
    sandbox.switch("invitees.list", "500", times=4)

    run = compare(connection)
    assert (run.finished_at, run.error != "") == (None, True)
    assert syncs.start_due(now=timezone.now()) == []

    later = timezone.now() + syncs.RETRY_AFTER
    assert syncs.start_due(now=later) == [run.pk]
    SyncRun.objects.update(claimed_until=None)
    assert syncs.advance(run.pk)
    assert Interview.objects.count() == 1


@pytest.mark.parametrize("behaviour", ["html", "html_502", "cut", "reset", "500", "slow:0.2"])
def test_survives_broken_answers(sandbox: Sandbox, connection: Connection, behaviour: str) -> None:
    sandbox.book(start=starts(30))
    sandbox.switch("scheduled_events.list", behaviour, times=1)
    sandbox.switch("invitees.list", behaviour, times=1)

    run = compare(connection)

    assert (run.finished_at is not None, Interview.objects.count()) == (True, 1)


def test_leaves_one_run_under_way(connection: Connection) -> None:
    first = syncs.start(connection, DEEP)

    assert syncs.start(connection, RECONCILE) == first
    assert syncs.start(connection, DEEP) == first


def test_is_not_advanced_by_two_at_once(connection: Connection) -> None:
    run = syncs.start(connection, RECONCILE)
    SyncRun.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))

    assert not syncs.advance(run.pk)
    run.refresh_from_db()
    assert run.finished_at is None


def test_compares_every_quarter_of_an_hour_and_thoroughly_once_a_day(connection: Connection) -> None:
    now = timezone.now()
    assert syncs.start_due(now=now) == []

    (due,) = syncs.start_due(now=now + timedelta(minutes=16))
    assert SyncRun.objects.get(pk=due).kind == RECONCILE

    SyncRun.objects.update(finished_at=now, started_at=now - timedelta(days=2))
    Connection.objects.update(reconcile_due_at=now)
    (due,) = syncs.start_due(now=now)
    assert SyncRun.objects.get(pk=due).kind == DEEP


def test_compares_often_while_no_delivery_gets_through(connection: Connection) -> None:
    assert syncs.every(connection) == timedelta(minutes=15)

    Subscription.objects.update(retry_started_at=timezone.now())

    assert syncs.every(connection) == timedelta(minutes=2)


def test_sees_only_their_own_as_an_ordinary_member(sandbox: Sandbox, connection: Connection) -> None:
    member = sandbox.user("user")
    granted = sandbox.tokens("user")
    mine = Connection.objects.create(
        user_uri=member["uri"],
        organization_uri=sandbox.organization,
        name=member["name"],
        email=member["email"],
        role="user",
        access_token=granted["access_token"],
        refresh_token=granted["refresh_token"],
        expires_at=timezone.now() + timedelta(hours=2),
        connected_at=timezone.now(),
    )
    sandbox.book(start=starts(30))
    theirs = sandbox.book(event_type=sandbox.event_type("phone-screen"), start=starts(33), email="b@example.com")

    compare(mine)

    hosted = [host["user"] for host in theirs["scheduled_event"]["event_memberships"]]
    assert Interview.objects.count() == (1 if member["uri"] in hosted else 0)


def test_shows_how_far_it_is(connection: Connection, bob: Client) -> None:
    SyncRun.objects.filter(pk=syncs.start(connection, DEEP).pk).update(events_read=1234)

    page = bob.get("/settings/calendly/").content.decode()

    assert "Thorough comparison: 1234 bookings compared" in page


def test_forgets_old_snapshots(connection: Connection) -> None:
    EventSnapshot.objects.create(
        uri="https://api.calendly.com/scheduled_events/E", digest="d", starts_at=timezone.now()
    )

    syncs.prune(now=timezone.now() + timedelta(days=121))

    assert not EventSnapshot.objects.exists()
