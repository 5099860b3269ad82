"""One act for many rows: written down first, done one by one in the background, each row with its own result."""

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from candidates.models import Tag
from scheduling.calendly import errors
from scheduling.calendly.budget import Priority
from scheduling.models import BulkItem, BulkRun, CancelRequest, Connection, EventType
from scheduling.queries import bulk_acts, bulk_runs, connections
from scheduling.queries import links as link_queries
from scheduling.services import cancellations, candidates, links, messages, outcomes, tokens
from scheduling.services.problems import DEFECTS, RECONNECT, explain

logger = logging.getLogger(__name__)

# Then others' work may come in between, and the next message goes on.
TURN = timedelta(seconds=10)
# So many may be at one run; the others are left for what people wait for.
WORKERS = 2
# What a click waits for before it shows how far it has come.
FIRST_TURN = timedelta(seconds=1.5)
# Longer than one call to Calendly may take, waiting for the budget included.
CLAIM = timedelta(minutes=3)
MAX_ATTEMPTS = 3
# What may go well the next time; after the last try the rest would fail likewise.
PASSING = (errors.Unavailable, errors.RateLimited)
ROW = {"candidates": "candidate", "links": "link", "interviews": "interview"}


@dataclass(frozen=True)
class Order:
    """What a run wants done to a row: as it was filled in, and by whom; `key` names what is made for the row, once."""

    run: BulkRun
    wish: Mapping[str, Any]
    by: User
    key: uuid.UUID | None

    @property
    def link_key(self) -> uuid.UUID:
        if self.key is None:
            raise ValueError("a link needs a key")
        return self.key


# Does it to a row; returns what is to be told of it although it is done.
Deed = Callable[[Any, Order], str | None]


class LeftOut(Exception):
    """There is nothing to do for this row; the text says why."""


class Stopped(Exception):
    """The rest would fail likewise, so it is not tried; the text says why."""


def start(
    act: bulk_acts.Act, pks: Iterable[int], *, wish: Mapping[str, Any], chosen: str, request_key: uuid.UUID, by: User
) -> BulkRun:
    """Write down what is to be done to which rows; the same `request_key` again is the same run.

    The caller has the first turn taken, or wakes a worker.
    """
    row = ROW[act.table.name]
    try:
        with transaction.atomic():
            run = BulkRun.objects.create(
                act=act.name, wish=dict(wish), chosen=chosen[:500], created_by=by, request_key=request_key
            )
            makes = act.name == BulkRun.Act.INVITE
            items = [BulkItem(run=run, request_key=uuid.uuid4() if makes else None, **{f"{row}_id": pk}) for pk in pks]
            BulkItem.objects.bulk_create(items, batch_size=500)
    except IntegrityError:
        return BulkRun.objects.get(request_key=request_key)
    return run


def take_first_turn(run: BulkRun) -> None:
    """Do at once what needs no network, for as long as a click may take."""
    if run.act in LOCAL:
        advance(run.pk, turn=FIRST_TURN)


def advance(run_id: int, *, turn: timedelta = TURN) -> int:
    """Go through the rows until none waits, the run is stopped, enough others are at it, or the turn is over.

    Returns how many it went through.

    Each row is claimed by a conditional update. What only writes here is one transaction with its result; what calls
    Calendly may be repeated there without a second effect, or is known by the row's key when it was made already. So
    going on after a crash does nothing twice.
    """
    until, count = timezone.now() + turn, 0
    while timezone.now() < until and advance_one(run_id):
        count += 1
    return count


def advance_one(run_id: int) -> bool:
    """Do the next row that waits; returns whether to go on."""
    item = _claim_next(run_id)
    if item is None:
        return False
    try:
        _do(item)
    except Stopped as error:
        _release(item, str(error))
        stop(item.run, reason=str(error))
        return False
    except (LeftOut, outcomes.NotPossible, messages.NotPossible) as error:
        _end(item, BulkItem.State.SKIPPED, problem=str(error))
    # A worker that died held its claim on the link for less than a minute.
    except links.StillBeingMade:
        _release(item, "The link is still being made.")
    except (errors.Unavailable, errors.RateLimited, errors.InsufficientScope, errors.PlanRequired) as error:
        _release(item, explain(error))
        if isinstance(error, PASSING) and item.attempts < MAX_ATTEMPTS:
            return True
        stop(item.run, reason=explain(error))
        return False
    except errors.CalendlyError as error:
        logger.warning("item %s of run %s failed: %s", item.pk, run_id, error)
        _end(item, BulkItem.State.FAILED, problem=explain(error))
    # One row that meets a defect of ours must not keep the others waiting.
    except DEFECTS:
        logger.exception("item %s of run %s failed", item.pk, run_id)
        _end(item, BulkItem.State.FAILED, problem="Something went wrong on our side; it is in the log.")
    return True


def _claim_next(run_id: int) -> BulkItem | None:
    """The next item that waits, ours alone; None when there is none, the run was stopped, or enough are at it."""
    while True:
        now = timezone.now()
        if _taken(now).filter(run=run_id).count() >= WORKERS:
            return None
        pk = _waiting(now).filter(run=run_id).values_list("pk", flat=True).first()
        if pk is None:
            return None
        # Conditions of the row alone: PostgreSQL checks no other table anew when it had to wait for the row.
        if _free(now).filter(pk=pk).update(claimed_until=now + CLAIM, attempts=F("attempts") + 1):
            return BulkItem.objects.select_related("run__created_by").get(pk=pk)


def _free(now: datetime) -> QuerySet[BulkItem]:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return BulkItem.objects.filter(unclaimed, state=BulkItem.State.WAITING)


def _waiting(now: datetime) -> QuerySet[BulkItem]:
    return _free(now).filter(run__stopped_at=None).order_by("pk")


def _taken(now: datetime) -> QuerySet[BulkItem]:
    return BulkItem.objects.filter(state=BulkItem.State.WAITING, claimed_until__gt=now)


def _do(item: BulkItem) -> None:
    run, now = item.run, timezone.now()
    by = run.created_by
    act = bulk_acts.ACTS[run.act]
    if by is None or not by.is_active or not by.has_perm(act.permission):
        raise Stopped("Whoever asked for it may not do this any more.")
    row = bulk_acts.rows(act, [getattr(item, f"{ROW[act.table.name]}_id")], now).first()
    if row is None:
        raise LeftOut("It is not there any more.")
    if why := act.why_not(row, now):
        raise LeftOut(why)
    order = Order(run, run.wish, by, item.request_key)
    with transaction.atomic() if run.act in LOCAL else nullcontext():
        note = DEEDS[run.act](row, order)
        _end(item, BulkItem.State.DONE, problem=note or "")


def _invite(candidate: Any, order: Order) -> str | None:
    event_type, expires_at = _wanted_of(order)
    others = link_queries.open_of([candidate.pk], timezone.now()).exclude(request_key=order.link_key)
    if order.wish["leaves_out"] and others.filter(event_type=event_type).exists():
        raise LeftOut("Has an open link for it already.")
    with _through(connections.serving(event_type)) as connection:
        request = links.LinkRequest(
            candidate=candidate,
            event_type=event_type,
            connection=connection,
            request_key=order.link_key,
            position=candidate.positions.first(),
            expires_at=expires_at,
        )
        link = links.create_link(request, by=order.by, priority=Priority.BACKGROUND)
    if order.wish["sends_mail"]:
        try:
            messages.queue_invitation(link, by=order.by)
        except messages.NotPossible as error:
            return f"No e-mail was sent: {error}"
    return None


def _wanted_of(order: Order) -> tuple[EventType, datetime | None]:
    """The event type and the end of the links, both of which a run may outlive."""
    event_type = EventType.objects.select_related("connection").filter(pk=order.wish["event_type"]).first()
    if event_type is None or not event_type.is_bookable:
        raise Stopped("This event type is no longer offered.")
    ends = order.wish["expires_at"]
    expires_at = datetime.fromisoformat(ends) if ends else None
    if expires_at is not None and expires_at <= timezone.now():
        raise Stopped("The last day to book is over.")
    return event_type, expires_at


@contextmanager
def _through(connection: Connection | None) -> Iterator[Connection]:
    """Act through a connection; without one, or when Calendly no longer accepts it, the rest need not be tried."""
    if connection is None:
        raise Stopped(f"Calendly is not connected. {RECONNECT}")
    try:
        yield connection
    except errors.Unauthorized as error:
        tokens.mark_lost(connection, str(error))
        raise Stopped(explain(error)) from error


def _nudge(link: Any, order: Order) -> None:
    if messages.queue_nudge(link, by=order.by) is None:
        raise LeftOut("They got a mail about it a moment ago.")


def _withdraw(link: Any, order: Order) -> None:
    if not links.withdraw(link, by=order.by):
        raise LeftOut("The link is withdrawn.")


def _cancel(interview: Any, order: Order) -> None:
    wish = order.wish
    asked = cancellations.Wish(
        CancelRequest.Side(wish["side"]),
        reason=wish.get("reason", ""),
        private_note=wish.get("private_note", ""),
        sends_notice=wish.get("sends_notice", False),
    )
    cancellations.ask(interview, asked, by=order.by, run=order.run)


def _mark_no_show(interview: Any, order: Order) -> None:
    with _through(connections.serving_interview(interview)) as connection:
        outcomes.mark_no_show(interview, connection=connection, by=order.by, priority=Priority.BACKGROUND)


def _mark_held(interview: Any, order: Order) -> None:
    outcomes.mark_held(interview, by=order.by)


def _archive(candidate: Any, order: Order) -> None:
    candidates.archive(candidate, by=order.by)


def _restore(candidate: Any, order: Order) -> None:
    candidates.restore(candidate, by=order.by)


def _hand_over(candidate: Any, order: Order) -> None:
    owner = User.objects.filter(pk=order.wish.get("owner") or 0, is_active=True).first()
    if order.wish.get("owner") and owner is None:
        raise Stopped("Whoever was to have them has left.")
    if candidate.owner_id == (owner.pk if owner is not None else None):
        raise LeftOut("That is the owner already." if owner is not None else "It has no owner.")
    candidates.change_owner(candidate, owner, by=order.by)


def _add_tag(candidate: Any, order: Order) -> None:
    if candidate.tags.filter(name__iexact=order.wish["tag"]).exists():
        raise LeftOut("Has the tag already.")
    candidates.add_tag(candidate, order.wish["tag"], by=order.by)


def _remove_tag(candidate: Any, order: Order) -> None:
    tag = Tag.objects.filter(pk=order.wish["tag_id"], candidates=candidate).first()
    if tag is None:
        raise LeftOut("Has not got the tag.")
    candidates.remove_tag(candidate, tag, by=order.by)


DEEDS: dict[str, Deed] = {
    BulkRun.Act.INVITE: _invite,
    BulkRun.Act.NUDGE: _nudge,
    BulkRun.Act.WITHDRAW: _withdraw,
    BulkRun.Act.CANCEL: _cancel,
    BulkRun.Act.NO_SHOW: _mark_no_show,
    BulkRun.Act.HELD: _mark_held,
    BulkRun.Act.ARCHIVE: _archive,
    BulkRun.Act.RESTORE: _restore,
    BulkRun.Act.OWNER: _hand_over,
    BulkRun.Act.TAG: _add_tag,
    BulkRun.Act.UNTAG: _remove_tag,
}
# Acts that only write here: what they have others do later, such as mails, is in rows of its own.
LOCAL = frozenset(DEEDS) - {BulkRun.Act.INVITE, BulkRun.Act.NO_SHOW}


def _end(item: BulkItem, state: BulkItem.State, *, problem: str = "") -> None:
    BulkItem.objects.filter(pk=item.pk).update(state=state, problem=problem[:300], claimed_until=None)


def _release(item: BulkItem, problem: str) -> None:
    """Leave it waiting; what went wrong is shown until it goes well."""
    BulkItem.objects.filter(pk=item.pk).update(claimed_until=None, problem=problem[:300])


def stop(run: BulkRun, *, reason: str = "") -> None:
    """Do no more of it; what is done stays."""
    BulkRun.objects.filter(pk=run.pk, stopped_at=None).update(stopped_at=timezone.now(), stop_reason=reason[:300])


def resume(run: BulkRun) -> None:
    """Go on where it stopped, and try again what failed. The caller wakes a worker."""
    with transaction.atomic():
        BulkRun.objects.filter(pk=run.pk).update(stopped_at=None, stop_reason="")
        again = run.items.filter(state__in=[BulkItem.State.FAILED, BulkItem.State.WAITING])
        free = Q(claimed_until=None) | Q(claimed_until__lte=timezone.now())
        again.filter(free).update(state=BulkItem.State.WAITING, attempts=0, problem="", claimed_until=None)


def undo_cancellations(run: BulkRun, *, by: User) -> int:
    """Ask for no more of them and take back those Calendly has not heard of; returns how many."""
    stop(run, reason="Undone.")
    asked = list(bulk_runs.undoable(run, timezone.now()).select_related("interview__candidate"))
    for request in asked:
        # One seat's undo takes the others of its event along.
        cancellations.undo(request, by=by)
    ours = CancelRequest.objects.filter(pk__in=[request.pk for request in asked])
    return ours.filter(state=CancelRequest.State.UNDONE).count()


def due(*, now: datetime) -> list[int]:
    """Runs with items that wait for a worker, unless enough are at it."""
    waiting = _waiting(now).filter(run=OuterRef("pk"))
    taken = Count("items", filter=Q(items__in=_taken(now)))
    rows = BulkRun.objects.filter(Exists(waiting)).annotate(taken=taken).filter(taken__lt=WORKERS)
    return list(rows.values_list("pk", flat=True))


def prune(*, now: datetime, keep_for: timedelta = timedelta(days=90)) -> int:
    """Forget runs nobody looks at any more; returns how many."""
    old = BulkRun.objects.filter(created_at__lt=now - keep_for)
    count = old.count()
    old.delete()
    return count
