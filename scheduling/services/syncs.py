"""Comparing our bookings with Calendly's: the first reading, the regular look, and the thorough one.

Lists carry no invitees and there is no "changed since" filter, so a look costs the pages of its span plus one call for
each event that is new or changed. What an event's own facts do not show, a no-show mark, only a thorough look finds: it
asks for the invitees of every event that has begun lately.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from scheduling.calendly.budget import Priority
from scheduling.calendly.calls import PAGE_SIZE
from scheduling.calendly.client import Client
from scheduling.calendly.errors import CalendlyError, Unauthorized
from scheduling.calendly.resources import Invitee, ScheduledEvent
from scheduling.models import Attempt, Connection, EventSnapshot, Subscription, SyncRun, TimelineEntry
from scheduling.services import connections, interviews, timeline, tokens

logger = logging.getLogger(__name__)

# How far back each kind looks; ahead all look to the end.
PAST = {
    SyncRun.Kind.BACKFILL: timedelta(days=90),
    SyncRun.Kind.RECONCILE: timedelta(days=7),
    SyncRun.Kind.DEEP: timedelta(days=30),
}
# A run gives way after so long and goes on in a task of its own; well under the queue's time limit.
TURN = timedelta(minutes=4)
# A claim that is not renewed for so long belongs to a process that died.
CLAIM = timedelta(minutes=2)
RETRY_AFTER = timedelta(minutes=1)
# While deliveries do not get through, the API is asked this often instead.
EVERY_WITHOUT_DELIVERIES = timedelta(minutes=2)
# A change younger than this may still have its delivery under way: it is taken in, but not counted as drift.
GRACE = timedelta(minutes=2)
SNAPSHOTS_KEPT = timedelta(days=120)


def start(connection: Connection, kind: SyncRun.Kind, *, heals: Subscription | None = None) -> SyncRun:
    """The run to advance: a new one, or the one under way when it looks at least as thoroughly."""
    now = timezone.now()
    with transaction.atomic():
        # Holding the connection's row, two workers do not start two.
        Connection.objects.select_for_update().get(pk=connection.pk)
        running = SyncRun.objects.filter(connection=connection, finished_at=None)
        for run in running:
            if heals is None and kind in (run.kind, SyncRun.Kind.RECONCILE):
                return run
        running.update(finished_at=now, error="given up for another comparison")
        since = now - PAST[kind]
        Connection.objects.filter(pk=connection.pk).update(reconcile_due_at=now + every(connection))
        return SyncRun.objects.create(
            connection=connection, kind=kind, starts_from=since, reached=since, started_at=now, heals=heals
        )


def advance(run_id: int) -> bool:
    """Go on with a run for one turn; returns whether it is finished. Safe to repeat and to run twice at once.

    1. Claim the run; a claim lasts while pages keep coming.
    2. Page by page: skip what did not change, read the invitees of the rest, record them, note how far it got.
    3. An error of Calendly's is kept to be shown; the sweep goes on later from where it stopped.
    """
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    if not SyncRun.objects.filter(free, pk=run_id, finished_at=None).update(claimed_until=now + CLAIM):
        return False
    run = SyncRun.objects.select_related("connection", "heals").get(pk=run_id)
    try:
        is_finished = _turn(run, until=now + TURN)
    except Unauthorized as error:
        tokens.mark_lost(run.connection, str(error))
        _stop(run, error)
        return False
    except CalendlyError as error:
        logger.warning("comparison %s goes on later: %s", run.pk, error)
        _stop(run, error)
        return False
    if is_finished:
        _finish(run)
    else:
        SyncRun.objects.filter(pk=run.pk).update(claimed_until=None, error="")
    return is_finished


def _stop(run: SyncRun, error: CalendlyError) -> None:
    later = timezone.now() + RETRY_AFTER
    SyncRun.objects.filter(pk=run.pk).update(claimed_until=later, error=str(error)[:300])


def _turn(run: SyncRun, *, until: datetime) -> bool:
    client = connections.client_for(run.connection, priority=Priority.BACKGROUND)
    for page in _pages(_events(run, client)):
        _compare(run, page, client)
        run.reached = page[-1].start_time
        SyncRun.objects.filter(pk=run.pk).update(
            reached=run.reached,
            events_read=F("events_read") + len(page),
            claimed_until=timezone.now() + CLAIM,
            error="",
        )
        if len(page) == PAGE_SIZE and timezone.now() >= until:
            return False
    return True


def _events(run: SyncRun, client: Client) -> Iterator[ScheduledEvent]:
    connection = run.connection
    return client.scheduled_events(
        organization=connection.organization_uri if connection.sees_organization else None,
        user=None if connection.sees_organization else connection.user_uri,
        min_start=run.reached,
    )


def _pages(events: Iterator[ScheduledEvent]) -> Iterator[list[ScheduledEvent]]:
    while page := list(islice(events, PAGE_SIZE)):
        yield page


def _compare(run: SyncRun, page: list[ScheduledEvent], client: Client) -> None:
    known = dict(EventSnapshot.objects.filter(uri__in=[e.uri for e in page]).values_list("uri", "digest"))
    stale = [event for event in page if _must_read(run, event, known.get(event.uri))]
    for event, invitees in client.invitees_of(stale):
        drift = _record(event, invitees, started_at=run.started_at)
        counts_drift = run.kind != SyncRun.Kind.BACKFILL
        SyncRun.objects.filter(pk=run.pk).update(
            invitees_read=F("invitees_read") + len(invitees), drift=F("drift") + (drift if counts_drift else 0)
        )


def _must_read(run: SyncRun, event: ScheduledEvent, digest: str | None) -> bool:
    if digest != _digest(event):
        return True
    return run.kind == SyncRun.Kind.DEEP and event.start_time <= timezone.now()


def _digest(event: ScheduledEvent) -> str:
    """Everything the list says of an event; `updated_at` alone is not moved by a new seat of a group event."""
    return hashlib.sha256(event.model_dump_json().encode()).hexdigest()


def _record(event: ScheduledEvent, invitees: Iterable[Invitee], *, started_at: datetime) -> int:
    """Take in one event's invitees with its snapshot; returns how many had changed without our knowing."""
    with transaction.atomic():
        drift = sum(_take_in(invitee, event, started_at=started_at) for invitee in invitees)
        EventSnapshot.objects.update_or_create(
            uri=event.uri, defaults={"digest": _digest(event), "starts_at": event.start_time}
        )
    return drift


def _take_in(invitee: Invitee, event: ScheduledEvent, *, started_at: datetime) -> bool:
    before = _facts(invitee.uri)
    interviews.record_read(invitee, event)
    changed_at = max(invitee.updated_at, invitee.no_show.created_at) if invitee.no_show else invitee.updated_at
    return before != _facts(invitee.uri) and changed_at < started_at - GRACE


@dataclass(frozen=True)
class _Facts:
    status: str
    is_no_show: bool
    next_uri: str


def _facts(invitee_uri: str) -> _Facts | None:
    attempt = Attempt.objects.filter(invitee_uri=invitee_uri).first()
    return _Facts(attempt.status, attempt.is_no_show, attempt.next_uri) if attempt else None


@transaction.atomic
def _finish(run: SyncRun) -> None:
    now = timezone.now()
    SyncRun.objects.filter(pk=run.pk).update(finished_at=now, claimed_until=None, error="")
    run.refresh_from_db()
    Connection.objects.filter(pk=run.connection_id).update(synced_at=now, reconcile_due_at=now + every(run.connection))
    if run.heals is not None:
        Subscription.objects.filter(pk=run.heals.pk).update(recovered=run.drift)
    if run.drift:
        detail = f"{run.drift} booking{'' if run.drift == 1 else 's'}"
        timeline.record(TimelineEntry.Kind.DRIFT_HEALED, key=f"drift:{run.pk}", happened_at=now, detail=detail)


def every(connection: Connection) -> timedelta:
    """How often a connection is compared: often while no delivery gets through, else by the setting."""
    live = connection.subscriptions.filter(state=Subscription.State.ACTIVE, retry_started_at=None).exclude(uri="")
    return timedelta(minutes=settings.RECONCILE_MINUTES) if live.exists() else EVERY_WITHOUT_DELIVERIES


def start_due(*, now: datetime) -> list[int]:
    """Start the comparisons that are due, the first of a day as a thorough one; returns the runs to advance."""
    due = Connection.objects.filter(state=Connection.State.CONNECTED, setup_due_at=None, reconcile_due_at__lte=now)
    for connection in due:
        thorough = SyncRun.Kind.DEEP, SyncRun.Kind.BACKFILL
        lately = connection.syncs.filter(kind__in=thorough, started_at__gt=now - timedelta(days=1))
        start(connection, SyncRun.Kind.RECONCILE if lately.exists() else SyncRun.Kind.DEEP)
    waiting = SyncRun.objects.filter(Q(claimed_until=None) | Q(claimed_until__lte=now), finished_at=None)
    return list(waiting.filter(connection__state=Connection.State.CONNECTED).values_list("pk", flat=True))


def prune(*, now: datetime) -> None:
    """Forget snapshots of events long past, and runs of the last quarter."""
    EventSnapshot.objects.filter(starts_at__lt=now - SNAPSHOTS_KEPT).delete()
    SyncRun.objects.filter(finished_at__lt=now - timedelta(days=90)).delete()
