"""Taking in what Calendly says about a booking.

Deliveries come twice, late and in any order, so every function here makes the rows a function of the *set* of things
said: facts are those with the newest time stamp, a cancellation never goes away, and the halves of a reschedule meet
through the addresses they name each other by.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from scheduling.calendly.resources import Invitee, ScheduledEvent
from scheduling.models import Attempt, AttemptAnswer, CancelRequest, Interview, NextStep, TimelineEntry
from scheduling.models.event_type import EventType
from scheduling.services import booking_words, interviewers, locks, matching, routing, standings, timeline


@transaction.atomic
def record_invitee(invitee: Invitee, event: ScheduledEvent | None, *, told_at: datetime | None) -> Attempt:
    """Take in one invitee as told at `told_at` (Calendly's time), or, with None, as just read: that is the newest.

    Safe to repeat, in any order.

    1. Hold the addresses and the reference this story may be known by.
    2. Find the interview it belongs to, joining two that turn out to be one.
    3. Merge the facts, settle the interview, match it to a candidate, tell the time line.
    """
    reference = invitee.tracking.utm_content if invitee.tracking else None
    locks.hold(filter(None, [invitee.uri, invitee.old_invitee, invitee.new_invitee, reference]))
    interview = _story_of(invitee)
    attempt = _merge(interview, invitee, event, told_at=told_at)
    settle(interview)
    matching.match(interview)
    # The match may have written the same row through another object.
    attempt.interview.refresh_from_db()
    _tell(attempt)
    routing.join_booking(attempt)
    return attempt


@transaction.atomic
def record_read(invitee: Invitee, event: ScheduledEvent) -> None:
    """Take in an invitee just read from the API, with its no-show mark.

    A mark is told from another by its address, never by our clock, which may be off: a mark that is gone is that very
    mark, and one that is there outlives whatever removal came before.
    """
    attempt = record_invitee(invitee, event, told_at=None)
    mark = invitee.no_show
    if mark is not None:
        after = attempt.no_show_cleared_at
        marked_at = max(mark.created_at, after + timedelta(microseconds=1)) if after else mark.created_at
        mark_no_show(invitee.uri, no_show_uri=mark.uri, marked_at=marked_at)
    elif attempt.is_no_show and attempt.no_show_marked_at is not None:
        clear_no_show(invitee.uri, cleared_at=attempt.no_show_marked_at, no_show_uri=attempt.no_show_uri)


@transaction.atomic
def mark_no_show(invitee_uri: str, *, no_show_uri: str, marked_at: datetime) -> None:
    """Take in a no-show mark; an older one than the newest known changes nothing."""
    attempt = Attempt.objects.select_for_update().get(invitee_uri=invitee_uri)
    if attempt.no_show_marked_at is None or attempt.no_show_marked_at < marked_at:
        attempt.no_show_uri = no_show_uri
        attempt.no_show_marked_at = marked_at
        attempt.save(update_fields=["no_show_uri", "no_show_marked_at"])
    settle(attempt.interview)
    _tell_mark(attempt, TimelineEntry.Kind.NO_SHOW_MARKED, key=f"no_show:{no_show_uri}", happened_at=marked_at)


@transaction.atomic
def clear_no_show(invitee_uri: str, *, cleared_at: datetime, no_show_uri: str = "") -> None:
    """Take in that a no-show mark is gone; with `no_show_uri` that very mark never comes back."""
    attempt = Attempt.objects.select_for_update().get(invitee_uri=invitee_uri)
    was_marked = attempt.is_no_show
    if no_show_uri:
        attempt.no_show_cleared_uri = no_show_uri
    attempt.no_show_cleared_at = max(filter(None, [attempt.no_show_cleared_at, cleared_at]))
    attempt.save(update_fields=["no_show_cleared_uri", "no_show_cleared_at"])
    settle(attempt.interview)
    if was_marked and not attempt.is_no_show:
        key = f"no_show_undone:{attempt.no_show_uri}"
        _tell_mark(attempt, TimelineEntry.Kind.NO_SHOW_UNDONE, key=key, happened_at=cleared_at)


def settle(interview: Interview) -> None:
    """Read the attempts again and write the interview's facts from the one that counts now."""
    current = _fresh_story(interview)[-1]
    interview.name = current.event_name
    interview.starts_at = current.starts_at
    interview.ends_at = current.ends_at
    interview.event_type = EventType.objects.filter(uri=current.event_type_uri).first()
    interview.state = _state(interview, current)
    interview.canceled_at = current.canceled_at
    interview.is_missed = interview.state in (Interview.State.NO_SHOW, Interview.State.INTERVIEWER_NO_SHOW)
    facts = ["name", "starts_at", "ends_at", "event_type", "state", "canceled_at", "is_missed"]
    interview.save(update_fields=facts)
    interview.interviewers.set(current.interviewers.all())
    booking_words.keep(interview)
    standings.refresh(candidates=[interview.candidate_id], links=[interview.link_id])


def _state(interview: Interview, current: Attempt) -> Interview.State:
    if current.is_canceled and current.was_rescheduled:
        return Interview.State.MOVING
    if current.is_canceled:
        return Interview.State.CANCELED
    if current.is_no_show:
        return Interview.State.NO_SHOW
    if _is_about(current, interview.interviewer_no_show_at):
        return Interview.State.INTERVIEWER_NO_SHOW
    return Interview.State.HELD if _is_about(current, interview.held_at) else Interview.State.BOOKED


def _is_about(current: Attempt, marked_at: datetime | None) -> bool:
    """Whether a mark of ours is about this attempt: one made before its start was about an earlier time."""
    return marked_at is not None and (current.starts_at is None or current.starts_at <= marked_at)


def _fresh_story(interview: Interview) -> list[Attempt]:
    """The attempts as the database has them now, whatever was prefetched."""
    return sorted(Attempt.objects.filter(interview=interview), key=lambda attempt: (attempt.booked_at, attempt.pk))


def _story_of(invitee: Invitee) -> Interview:
    """The interview this invitee belongs to; new when nothing is known that names it or is named by it."""
    named = [uri for uri in (invitee.uri, invitee.old_invitee, invitee.new_invitee) if uri]
    related = Attempt.objects.filter(Q(invitee_uri__in=named) | Q(next_uri=invitee.uri) | Q(previous_uri=invitee.uri))
    interviews = list(
        Interview.objects.select_for_update(of=("self",)).filter(pk__in=related.values("interview")).order_by("pk")
    )
    if not interviews:
        return Interview.objects.create(state=Interview.State.BOOKED)
    # A recruiter's choice of candidate outlives the join, then the older row.
    interviews.sort(key=lambda interview: (interview.attached_at is None, interview.pk))
    kept, *others = interviews
    for other in others:
        _join(kept, other)
    return kept


def _join(kept: Interview, other: Interview) -> None:
    """Two halves turned out to be one story: move everything over and drop the empty row."""
    other.attempts.update(interview=kept)
    other.timeline.update(interview=kept)
    for mark in ("held", "interviewer_no_show"):
        if getattr(kept, f"{mark}_at") is None and getattr(other, f"{mark}_at") is not None:
            setattr(kept, f"{mark}_at", getattr(other, f"{mark}_at"))
            setattr(kept, f"{mark}_by", getattr(other, f"{mark}_by"))
            kept.save(update_fields=[f"{mark}_at", f"{mark}_by"])
    _join_cancel_requests(kept, other)
    if not NextStep.objects.filter(interview=kept).exists():
        NextStep.objects.filter(interview=other).update(interview=kept)
    other.delete()
    standings.refresh(candidates=[other.candidate_id], links=[other.link_id])


def _join_cancel_requests(kept: Interview, other: Interview) -> None:
    """One interview has one open request: when both halves had one, the other half's ends here."""
    open_ones = other.cancel_requests.filter(state__in=CancelRequest.OPEN)
    if kept.cancel_requests.filter(state__in=CancelRequest.OPEN).exists():
        open_ones.update(state=CancelRequest.State.UNDONE)
    other.cancel_requests.update(interview=kept)


def _merge(
    interview: Interview, invitee: Invitee, event: ScheduledEvent | None, *, told_at: datetime | None
) -> Attempt:
    """Write the newest facts to the attempt; what only ever becomes true stays true."""
    attempt = Attempt.objects.filter(invitee_uri=invitee.uri).first()
    now = timezone.now()
    told = told_at or (max(now, attempt.told_at) if attempt else now)
    if attempt is None:
        attempt = Attempt(invitee_uri=invitee.uri, interview=interview, told_at=told, booked_at=invitee.created_at)
        is_newest = True
    else:
        # At the same second a cancellation tells more than the booking it ends.
        is_newest = (attempt.told_at, attempt.is_canceled) <= (told, invitee.status == "canceled")
    if is_newest:
        _write_facts(attempt, invitee)
        attempt.told_at = told
    tells_event = is_newest or attempt.starts_at is None
    if event is not None and tells_event:
        _write_event(attempt, event)
    _write_ending(attempt, invitee)
    attempt.save()
    if event is not None and tells_event:
        attempt.interviewers.set(interviewers.for_hosts(event.event_memberships))
    if is_newest:
        _write_answers(attempt, invitee)
    return attempt


def _write_facts(attempt: Attempt, invitee: Invitee) -> None:
    attempt.event_uri = invitee.event
    attempt.invitee_name = (invitee.name or " ".join(filter(None, [invitee.first_name, invitee.last_name])))[:255]
    attempt.invitee_email = invitee.email[:254]
    attempt.invitee_timezone = (invitee.timezone or "")[:64]
    attempt.reference = (invitee.tracking.utm_content or "")[:255] if invitee.tracking else ""
    attempt.submission_uri = invitee.routing_form_submission or ""
    attempt.cancel_url = invitee.cancel_url or ""
    attempt.reschedule_url = invitee.reschedule_url or ""


def _write_event(attempt: Attempt, event: ScheduledEvent) -> None:
    attempt.event_name = (event.name or "")[:255]
    attempt.event_type_uri = event.event_type or ""
    attempt.starts_at = event.start_time
    attempt.ends_at = event.end_time
    attempt.seat_limit = max(event.invitees_counter.limit, 1) if event.invitees_counter else 1
    attempt.location_kind = event.location.kind[:40] if event.location else ""
    attempt.location_text = (event.location.text or "") if event.location else ""
    attempt.join_url = (event.location.join_url or "") if event.location else ""


def _write_ending(attempt: Attempt, invitee: Invitee) -> None:
    """Moves and cancellations: facts that never go away once told."""
    attempt.previous_uri = invitee.old_invitee or attempt.previous_uri
    attempt.next_uri = invitee.new_invitee or attempt.next_uri
    attempt.was_rescheduled = attempt.was_rescheduled or bool(invitee.rescheduled)
    if invitee.status != "canceled":
        return
    attempt.status = Attempt.Status.CANCELED
    if invitee.cancellation is not None:
        attempt.canceled_by = (invitee.cancellation.canceled_by or "")[:255]
        attempt.canceler_type = (invitee.cancellation.canceler_type or "")[:20]
        attempt.cancel_reason = invitee.cancellation.reason or ""
        attempt.canceled_at = invitee.cancellation.created_at or attempt.canceled_at
    attempt.canceled_at = attempt.canceled_at or invitee.updated_at


def _write_answers(attempt: Attempt, invitee: Invitee) -> None:
    attempt.answers.all().delete()
    AttemptAnswer.objects.bulk_create(
        AttemptAnswer(attempt=attempt, position=answer.position, question=answer.question, answer=answer.answer)
        for answer in invitee.questions_and_answers
    )


def _tell(attempt: Attempt) -> None:
    """Put what this attempt shows on the time line; facts already told stay as they are."""
    who = attempt.invitee_name or attempt.invitee_email
    is_move = bool(attempt.previous_uri)
    timeline.record(
        TimelineEntry.Kind.MOVED if is_move else TimelineEntry.Kind.BOOKED,
        key=f"booked:{attempt.invitee_uri}",
        happened_at=attempt.booked_at,
        candidate=attempt.interview.candidate,
        interview=attempt.interview,
        attempt=attempt,
        link=attempt.interview.link,
        actor_name=who,
    )
    if attempt.is_canceled and not attempt.was_rescheduled:
        timeline.record(
            TimelineEntry.Kind.CANCELED,
            key=f"canceled:{attempt.invitee_uri}",
            happened_at=attempt.canceled_at or attempt.told_at,
            candidate=attempt.interview.candidate,
            interview=attempt.interview,
            attempt=attempt,
            link=attempt.interview.link,
            actor_name=attempt.canceled_by or who,
            detail=attempt.cancel_reason,
        )


def _tell_mark(attempt: Attempt, kind: TimelineEntry.Kind, *, key: str, happened_at: datetime) -> None:
    timeline.record(
        kind,
        key=key,
        happened_at=happened_at,
        candidate=attempt.interview.candidate,
        interview=attempt.interview,
        attempt=attempt,
        actor_name="Calendly",
    )
