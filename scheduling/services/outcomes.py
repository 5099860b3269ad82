"""What a recruiter does to an interview: cancel it, say that it was held or who did not come, and take that back."""

from contextlib import suppress
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from scheduling.calendly import errors
from scheduling.calendly.budget import Priority
from scheduling.calendly.client import Client
from scheduling.calendly.resources import Cancellation
from scheduling.models import Attempt, Connection, Interview, TimelineEntry
from scheduling.services import connections, interviews, plans, timeline


class NotPossible(Exception):
    """The act does not fit the interview's state; the text is for the recruiter."""


def require_cancelable(interview: Interview, now: datetime) -> None:
    """Raise `NotPossible` when there is nothing to cancel any more."""
    if interview.state not in (Interview.State.BOOKED, Interview.State.HELD):
        raise NotPossible("This interview is not booked any more, so there is nothing to cancel.")
    if interview.ends_at is not None and interview.ends_at < now:
        raise NotPossible("This interview is over; Calendly cannot cancel it. Mark a no-show instead.")


def cancel(
    interview: Interview,
    *,
    reason: str,
    connection: Connection,
    by: User | None,
    priority: Priority = Priority.CLICK,
) -> bool:
    """Cancel at Calendly, for every seat of the event, and record it at once; `cancellations` sees to it that this
    happens once.

    Returns whether it was our doing; if it was canceled there already, what Calendly says is taken in, and it was not.
    The delivery that follows finds nothing left to tell. Raises `NotPossible`, or `CalendlyError` with the interview as
    it was.
    """
    require_cancelable(interview, timezone.now())
    attempt = interview.current
    client = connections.client_for(connection, priority=priority)
    try:
        cancellation = client.cancel_event(attempt.event_uri, reason)
    except (errors.Forbidden, errors.NotFound):
        if not _take_in(client, attempt):
            raise
        return False
    _record_cancellation(attempt.event_uri, cancellation, by=by)
    return True


def _take_in(client: Client, attempt: Attempt) -> bool:
    """Read the booking again; returns whether Calendly has it canceled, which we then have too."""
    event = client.scheduled_event(attempt.event_uri)
    told_at = timezone.now()
    for invitee in client.invitees(attempt.event_uri):
        interviews.record_invitee(invitee, event, told_at=told_at)
    attempt.refresh_from_db()
    return attempt.is_canceled


@transaction.atomic
def _record_cancellation(event_uri: str, cancellation: Cancellation, *, by: User | None) -> None:
    """Calendly cancels the whole event, so every seat we know of it is canceled."""
    canceled_at = cancellation.created_at or timezone.now()
    for attempt in Attempt.objects.select_for_update().filter(event_uri=event_uri, status=Attempt.Status.ACTIVE):
        attempt.status = Attempt.Status.CANCELED
        attempt.canceled_at = canceled_at
        attempt.canceled_by = cancellation.canceled_by or ""
        attempt.canceler_type = cancellation.canceler_type or "host"
        attempt.cancel_reason = cancellation.reason or ""
        attempt.save()
        interviews.settle(attempt.interview)
        timeline.record(
            TimelineEntry.Kind.CANCELED,
            key=f"canceled:{attempt.invitee_uri}",
            happened_at=canceled_at,
            candidate=attempt.interview.candidate,
            interview=attempt.interview,
            attempt=attempt,
            link=attempt.interview.link,
            actor=by,
            detail=attempt.cancel_reason,
        )


def mark_no_show(
    interview: Interview, *, connection: Connection, by: User, priority: Priority = Priority.CLICK
) -> None:
    """Mark the candidate as a no-show at Calendly and here. Marking twice is one mark.

    Raises `NotPossible` before the start or on a canceled interview, or `CalendlyError` with nothing changed.
    """
    attempt = interview.current
    if attempt.is_no_show:
        return
    if interview.state not in (Interview.State.BOOKED, Interview.State.HELD):
        raise NotPossible("Only a booked interview can be a no-show.")
    if interview.starts_at is None or interview.starts_at > timezone.now():
        raise NotPossible("A no-show can be marked once the interview has started.")
    client = connections.client_for(connection, priority=priority)
    try:
        mark = client.mark_no_show(attempt.invitee_uri)
    except (errors.Rejected, errors.Conflict, errors.Forbidden):
        # Nobody knows which of them answers a second mark. Somebody may have marked it at Calendly a moment ago: then
        # that mark is ours too.
        found = client.invitee(attempt.invitee_uri).no_show
        if found is None:
            raise
        mark = found
    with transaction.atomic():
        timeline.record(
            TimelineEntry.Kind.NO_SHOW_MARKED,
            key=f"no_show:{mark.uri}",
            happened_at=mark.created_at,
            candidate=interview.candidate,
            interview=interview,
            attempt=attempt,
            actor=by,
        )
        interviews.mark_no_show(attempt.invitee_uri, no_show_uri=mark.uri, marked_at=mark.created_at)


def undo_no_show(interview: Interview, *, connection: Connection, by: User) -> None:
    """Delete exactly the mark we know at Calendly, and here. Raises `CalendlyError` with nothing changed."""
    attempt = interview.current
    if not attempt.is_no_show:
        return
    # A mark that is already gone at Calendly is the state we want.
    with suppress(errors.NotFound):
        connections.client_for(connection).unmark_no_show(attempt.no_show_uri)
    now = timezone.now()
    with transaction.atomic():
        timeline.record(
            TimelineEntry.Kind.NO_SHOW_UNDONE,
            key=f"no_show_undone:{attempt.no_show_uri}",
            happened_at=now,
            candidate=interview.candidate,
            interview=interview,
            attempt=attempt,
            actor=by,
        )
        interviews.clear_no_show(attempt.invitee_uri, cleared_at=now, no_show_uri=attempt.no_show_uri)


@transaction.atomic
def mark_held(interview: Interview, *, by: User) -> None:
    """Say that the interview took place; ours alone, Calendly has no word for it. What the plan has next follows.

    Twice is once, whoever said it first.
    """
    now = timezone.now()
    if interview.state == Interview.State.HELD:
        return
    if interview.state != Interview.State.BOOKED or interview.starts_at is None or interview.starts_at > now:
        raise NotPossible("Only a booked interview that has started can be marked as held.")
    interview.held_at, interview.held_by = now, by
    interview.save(update_fields=["held_at", "held_by"])
    _settle_and_tell(interview, TimelineEntry.Kind.HELD, key=f"held:{interview.pk}:{now.isoformat()}", by=by)
    plans.follow(interview, by=by)


@transaction.atomic
def undo_held(interview: Interview, *, by: User) -> None:
    """Take back that it was held, and what would have followed."""
    if interview.held_at is None:
        return
    interview.held_at, interview.held_by = None, None
    interview.save(update_fields=["held_at", "held_by"])
    key = f"held_undone:{interview.pk}:{timezone.now().isoformat()}"
    _settle_and_tell(interview, TimelineEntry.Kind.HELD_UNDONE, key=key, by=by)
    plans.unfollow(interview)


@transaction.atomic
def mark_interviewer_no_show(interview: Interview, *, by: User) -> None:
    """Say that the interviewer did not come; ours alone, Calendly knows no-shows of invitees only. Twice is once."""
    now = timezone.now()
    if interview.state == Interview.State.INTERVIEWER_NO_SHOW:
        return
    if interview.state not in (Interview.State.BOOKED, Interview.State.HELD):
        raise NotPossible("Only a booked interview can be a no-show.")
    if interview.starts_at is None or interview.starts_at > now:
        raise NotPossible("A no-show can be marked once the interview has started.")
    interview.interviewer_no_show_at, interview.interviewer_no_show_by = now, by
    interview.save(update_fields=["interviewer_no_show_at", "interviewer_no_show_by"])
    key = f"absence_marked:{interview.pk}:{now.isoformat()}"
    _settle_and_tell(interview, TimelineEntry.Kind.ABSENCE_MARKED, key=key, by=by)


@transaction.atomic
def undo_interviewer_no_show(interview: Interview, *, by: User) -> None:
    """Take that mark back, and nothing else: what was said before is true again."""
    if interview.interviewer_no_show_at is None:
        return
    interview.interviewer_no_show_at, interview.interviewer_no_show_by = None, None
    interview.save(update_fields=["interviewer_no_show_at", "interviewer_no_show_by"])
    key = f"absence_undone:{interview.pk}:{timezone.now().isoformat()}"
    _settle_and_tell(interview, TimelineEntry.Kind.ABSENCE_UNDONE, key=key, by=by)


def _settle_and_tell(interview: Interview, kind: TimelineEntry.Kind, *, key: str, by: User) -> None:
    interviews.settle(interview)
    timeline.record(
        kind,
        key=key,
        happened_at=timezone.now(),
        candidate=interview.candidate,
        interview=interview,
        actor=by,
    )
