"""Cancellations somebody asks for: held back some seconds so that they can be undone, then done at Calendly once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from scheduling.calendly.budget import Priority
from scheduling.calendly.errors import CalendlyError
from scheduling.models import BulkRun, CancelRequest, Interview, TimelineEntry
from scheduling.queries import cancellations, connections
from scheduling.services import locks, messages, outcomes, timeline
from scheduling.services.outcomes import NotPossible
from scheduling.services.problems import DEFECTS, RECONNECT, explain

logger = logging.getLogger(__name__)

State = CancelRequest.State
# Longer than a call to Calendly may take: an older claim belongs to a process that died.
CLAIM = timedelta(seconds=60)
# The same where the call waits for its turn in the budget.
PATIENT_CLAIM = timedelta(minutes=5)
ONE_OF_MANY = "a cancellation of many"
# A message that comes a moment early would find nothing due.
SLACK = timedelta(milliseconds=200)


class AlreadyAsked(NotPossible):
    """A cancellation of this interview is under way."""


@dataclass(frozen=True)
class Wish:
    """Why an interview is to be canceled: `reason` is for the candidate, `private_note` never leaves this site."""

    side: CancelRequest.Side
    reason: str = ""
    private_note: str = ""
    # Calendly tells the candidate in any case; with this, so do we, in the recruiters' words.
    sends_notice: bool = False

    def __str__(self) -> str:
        parts = [f"Side: {self.side.label.lower()}"]
        parts += [f"Reason: {self.reason}"] if self.reason else []
        parts += [f"Private note: {self.private_note}"] if self.private_note else []
        return "\n".join(parts)


def ask(interview: Interview, wish: Wish, *, by: User, run: BulkRun | None = None) -> CancelRequest:
    """Write down that this interview is to be canceled, perhaps as one of many.

    The caller wakes a worker for `wake_at`. Raises `NotPossible` when there is nothing to cancel, `AlreadyAsked` when
    it is under way.
    """
    now = timezone.now()
    outcomes.require_cancelable(interview, now)
    try:
        with transaction.atomic():
            request = CancelRequest.objects.create(
                interview=interview,
                event_uri=interview.current.event_uri,
                run=run,
                side=wish.side,
                reason=wish.reason,
                private_note=wish.private_note,
                sends_notice=wish.sends_notice,
                created_by=by,
                act_at=now + timedelta(seconds=settings.CANCEL_UNDO_SECONDS),
            )
            _tell(request, TimelineEntry.Kind.CANCEL_ASKED, by=by, detail=str(wish))
    except IntegrityError as error:
        raise AlreadyAsked("A cancellation of this interview is under way already.") from error
    return request


def ask_again(request: CancelRequest, *, by: User) -> CancelRequest:
    """Ask once more for what failed, with the same words, for the meeting as it is now."""
    wish = Wish(CancelRequest.Side(request.side), request.reason, request.private_note, request.sends_notice)
    return ask(request.interview, wish, by=by)


def wake_at(request: CancelRequest) -> datetime:
    """When a worker should look at it."""
    return request.act_at + SLACK


@transaction.atomic
def undo(request: CancelRequest, *, by: User) -> bool:
    """Take it back before Calendly hears of it; returns whether that came in time.

    Canceling one seat of a group event cancels the event, so whatever else waits for the same event is undone too.
    """
    waiting = CancelRequest.objects.filter(event_uri=request.event_uri, state=State.WAITING)
    undone = [row for row in waiting.order_by("pk") if waiting.filter(pk=row.pk).update(state=State.UNDONE)]
    for row in undone:
        _tell(row, TimelineEntry.Kind.CANCEL_UNDONE, by=by)
    return request.pk in {row.pk for row in undone}


@transaction.atomic
def drop(interview: Interview, *, by: User) -> bool:
    """Let an interview stand whose cancellation failed; returns whether there was one to drop."""
    last = cancellations.failed().filter(interview=interview).first()
    # Asking again meanwhile is a newer request, and this one says nothing any more.
    if last is None or not CancelRequest.objects.filter(pk=last.pk, state=State.FAILED).update(state=State.UNDONE):
        return False
    _tell(last, TimelineEntry.Kind.CANCEL_DROPPED, by=by)
    return True


def act(request_id: int) -> bool:
    """Cancel at Calendly what is due; safe to repeat and to run twice at once. Returns whether another may go now.

    1. Claim, by a conditional update, the request and what else is due for the same event.
    2. Leave what was moved meanwhile: nobody asked to cancel the new time.
    3. One call for the event; then each request says how it ended.

    Those of bulk acts go one at a time and wait for their turn in the budget, so that they keep one worker at most.
    """
    claimed = _claim(request_id)
    _act(claimed)
    return bool(claimed)


def _act(claimed: Sequence[CancelRequest]) -> None:
    moved = [row for row in claimed if row.interview.current.event_uri != row.event_uri]
    _fail(moved, MOVED)
    staying = [row for row in claimed if row not in moved]
    if not staying:
        return
    try:
        is_ours = _cancel(staying[0], priority=_priority(staying))
    except NotPossible as error:
        _fail(staying, str(error))
    except CalendlyError as error:
        logger.warning("cancellation %s failed: %s", staying[0].pk, error)
        _fail(staying, explain(error))
    # A defect of ours must not leave the recruiter believing that it is on its way.
    except DEFECTS:
        logger.exception("cancellation %s failed", staying[0].pk)
        _fail(staying, "Something went wrong on our side. Try again; if it stays so, tell your administrator.")
    else:
        _finish(staying, found_canceled=not is_ours)


MOVED = "The interview was moved meanwhile, so it was not canceled. Look at its new time first."


def _due(now: datetime) -> Q:
    return Q(state=State.WAITING, act_at__lte=now) | Q(state=State.ACTING, claimed_until__lte=now)


@transaction.atomic
def _claim(request_id: int) -> list[CancelRequest]:
    """The request and what else is due for its event, ours alone; nothing when another worker is at that event, or at
    one of a bulk act while this is of one too."""
    now = timezone.now()
    request = CancelRequest.objects.filter(pk=request_id).first()
    if request is None:
        return []
    is_one_of_many = request.run_id is not None
    locks.hold([f"cancel:{request.event_uri}", *([ONE_OF_MANY] if is_one_of_many else [])])
    of_event = CancelRequest.objects.filter(event_uri=request.event_uri)
    in_the_way = Q(event_uri=request.event_uri) | (Q(run__isnull=False) if is_one_of_many else Q())
    is_taken = CancelRequest.objects.filter(in_the_way, state=State.ACTING, claimed_until__gt=now).exists()
    if is_taken or not of_event.filter(_due(now), pk=request_id).exists():
        return []
    until = now + (PATIENT_CLAIM if is_one_of_many else CLAIM)
    of_event.filter(_due(now)).update(state=State.ACTING, claimed_until=until, attempts=F("attempts") + 1)
    ours = of_event.filter(state=State.ACTING, claimed_until=until).select_related(
        "interview__candidate", "interview__link", "interview__event_type__connection", "created_by"
    )
    return sorted(ours, key=lambda row: row.pk)


def _priority(claimed: Sequence[CancelRequest]) -> Priority:
    """A person's own click goes first; what is canceled as one of many leaves people their share of the budget."""
    return Priority.BACKGROUND if all(row.run_id for row in claimed) else Priority.CLICK


def _cancel(request: CancelRequest, *, priority: Priority) -> bool:
    """Have it canceled at Calendly and here; returns whether that was our doing."""
    interview = request.interview
    if interview.state == Interview.State.CANCELED:
        return _was_ours(request)
    connection = connections.serving_interview(interview)
    if connection is None:
        raise NotPossible(f"Calendly is not connected. {RECONNECT}")
    is_ours = outcomes.cancel(
        interview, reason=request.reason, connection=connection, by=request.created_by, priority=priority
    )
    interview.refresh_from_db()
    if interview.state != Interview.State.CANCELED:
        raise NotPossible(MOVED)
    return is_ours or _was_ours(request)


def _was_ours(request: CancelRequest) -> bool:
    """Whether a cancellation we find is ours: of another seat's request, or of a worker that died before it said so."""
    siblings = CancelRequest.objects.filter(event_uri=request.event_uri, state=State.DONE, found_canceled=False)
    if siblings.exists():
        return True
    attempt = request.interview.current
    return request.attempts > 1 and attempt.canceler_type == "host" and attempt.cancel_reason == request.reason


@transaction.atomic
def _finish(claimed: Sequence[CancelRequest], *, found_canceled: bool) -> None:
    for request in claimed:
        if not _end(request, state=State.DONE, found_canceled=found_canceled, error=""):
            continue
        if found_canceled:
            _tell(request, TimelineEntry.Kind.CANCEL_FOUND)
        elif request.sends_notice and request.interview.candidate is not None:
            messages.queue_notice(request.interview, reason=request.reason, by=request.created_by)


@transaction.atomic
def _fail(claimed: Sequence[CancelRequest], problem: str) -> None:
    for request in claimed:
        if _end(request, state=State.FAILED, error=problem):
            _tell(request, TimelineEntry.Kind.CANCEL_FAILED, detail=problem)


def _end(request: CancelRequest, **facts: object) -> int:
    """Write how it ended, unless our claim ran out and somebody else took it over."""
    ours = CancelRequest.objects.filter(pk=request.pk, state=State.ACTING, claimed_until=request.claimed_until)
    return ours.update(claimed_until=None, **facts)


def _tell(request: CancelRequest, kind: TimelineEntry.Kind, *, by: User | None = None, detail: str = "") -> None:
    timeline.record(
        kind,
        key=f"{kind}:{request.pk}",
        happened_at=timezone.now(),
        candidate=request.interview.candidate,
        interview=request.interview,
        attempt=request.interview.current,
        actor=by,
        actor_name="" if by else "Anteroom",
        detail=detail,
    )


def due(*, now: datetime, limit: int = 200) -> list[int]:
    """Requests whose time to undo is over, and those whose worker died; those somebody clicked alone come first."""
    rows = CancelRequest.objects.filter(_due(now)).order_by(F("run").asc(nulls_first=True), "act_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])
