"""The outbox: messages are written down first, and leave in a task of their own, once.

One message at a time is on its way, whatever the number of workers: a mail server that hangs holds one of them and
never those that receive bookings, and what waits behind it waits together.
"""

import logging
import smtplib
from datetime import datetime, timedelta
from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, QuerySet
from django.utils import timezone

from scheduling.models import BookingLink, Interview, Message, TimelineEntry
from scheduling.queries import calendar_files, preferences
from scheduling.queries.links import current_interview
from scheduling.queries.messages import UNDER_WAY, lately
from scheduling.services import confirmations, locks, mail_server, message_templates, timeline
from scheduling.services.mail_server import Trouble

logger = logging.getLogger(__name__)

# Longer than a conversation with a slow server takes; an older claim belongs to a worker that died.
CLAIM = timedelta(minutes=2)
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)
MAX_ATTEMPTS = 12
CONFIRMATION_PAUSE = timedelta(minutes=10)
ERROR_LENGTH = 500
ONE_AT_A_TIME = "the mail server"

State = Message.State
Kind = Message.Kind
TOLD = {
    State.FAILED: TimelineEntry.Kind.MAIL_FAILED,
    State.BOUNCED: TimelineEntry.Kind.MAIL_BOUNCED,
    State.UNKNOWN: TimelineEntry.Kind.MAIL_UNKNOWN,
}

SENT = {
    Kind.INVITATION: TimelineEntry.Kind.INVITATION_SENT,
    Kind.NUDGE: TimelineEntry.Kind.REMINDER_SENT,
    Kind.CANCELLATION: TimelineEntry.Kind.NOTICE_SENT,
    Kind.CONFIRMATION: TimelineEntry.Kind.CONFIRMATION_SENT,
}


class NotPossible(Exception):
    """The message does not fit the link's state; the text is for the recruiter."""


def queue_invitation(link: BookingLink, *, by: User | None) -> Message:
    """Write the invitation down to be sent; a link has one, so asking again returns it. The caller wakes a worker.

    Raises `NotPossible`.
    """
    with transaction.atomic():
        link = _held(link)
        existing = link.messages.filter(kind=Kind.INVITATION).first()
        return existing or _queue(Kind.INVITATION, link, by=by)


def queue_nudge(link: BookingLink, *, by: User | None) -> Message | None:
    """Write a reminder down to be sent; None when the candidate got another mail about the link a moment ago.

    Raises `NotPossible`.
    """
    with transaction.atomic():
        link = _held(link)
        came = link.messages.filter(UNDER_WAY | lately(timezone.now()))
        return None if came.exists() else _queue(Kind.NUDGE, link, by=by)


def queue_confirmation(link: BookingLink, interview: Interview) -> Message | None:
    """Write the interview's facts and calendar file down to be sent to its candidate, in the language that is active.

    None when one left a moment ago. Raises `NotPossible` while there is nothing to confirm. The caller wakes a worker.
    """
    with transaction.atomic():
        link = _held(link)
        if interview.state != Interview.State.BOOKED or link.candidate.is_archived:
            raise NotPossible("There is no booking to confirm.")
        lately = link.messages.filter(kind=Kind.CONFIRMATION, created_at__gt=timezone.now() - CONFIRMATION_PAUSE)
        if lately.exists():
            return None
        mail = confirmations.compose(link, interview)
        return Message.objects.create(
            kind=Kind.CONFIRMATION,
            candidate=link.candidate,
            link=link,
            to=link.candidate.email,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            calendar=calendar_files.of_interview(interview, address=link.address),
            message_id=_new_id(),
            created_by=link.created_by,
        )


def queue_notice(interview: Interview, *, reason: str, by: User | None) -> Message:
    """Write down that an interview is canceled, to be sent to its candidate, within the transaction that says so.

    The caller wakes a worker. Raises `NotPossible` while nobody is matched to the booking.
    """
    if interview.candidate is None:
        raise NotPossible("The booking belongs to no candidate.")
    facts = message_templates.facts_of_cancellation(interview, reason=reason, sender=by)
    mail = message_templates.compose(Kind.CANCELLATION, facts)
    return Message.objects.create(
        kind=Kind.CANCELLATION,
        candidate=interview.candidate,
        interview=interview,
        to=interview.candidate.email,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        message_id=_new_id(),
        created_by=by,
    )


def queue_wish(wish: TimelineEntry, mail: message_templates.Mail, *, to: User) -> Message | None:
    """Write down that one of us is told of a candidate's wish; None when it is written down already."""
    message, is_new = Message.objects.get_or_create(
        wish=wish,
        defaults={
            "kind": Kind.WISH,
            "candidate": wish.candidate,
            "to": to.email,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "message_id": _new_id(),
            "created_by": to,
        },
    )
    return message if is_new else None


def queue_test(mail: message_templates.Mail, *, kind: str, to: User) -> Message:
    """Write down a message that goes to whoever tries the words out. The caller wakes a worker."""
    return Message.objects.create(
        kind=kind,
        to=to.email,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        message_id=_new_id(),
        created_by=to,
    )


def _held(link: BookingLink) -> BookingLink:
    """The link's row, ours to the end of the transaction, so that two clicks find each other's message."""
    rows = BookingLink.objects.select_for_update(of=("self",)).select_related("candidate", "event_type", "position")
    return rows.get(pk=link.pk)


def _queue(kind: Kind, link: BookingLink, *, by: User | None) -> Message:
    if reason := why_not(link):
        raise NotPossible(reason)
    message = Message(kind=kind, candidate=link.candidate, link=link, created_by=by, message_id=_new_id())
    _write(message, link, by=by)
    message.save(force_insert=True)
    return message


def _write(message: Message, link: BookingLink, *, by: User | None) -> None:
    mail = message_templates.compose(message.kind, message_templates.facts_of(link, sender=by))
    message.to = link.candidate.email
    message.subject, message.text, message.html = mail.subject, mail.text, mail.html


def _new_id() -> str:
    return make_msgid(domain=urlsplit(settings.SITE_URL).hostname)


def why_not(link: BookingLink) -> str:
    """Why nothing should be sent about this link any more, or nothing."""
    if link.candidate.is_archived:
        return f"{link.candidate.name} is archived."
    if link.withdrawn_at is not None:
        return "The link is withdrawn."
    if current_interview(link) is not None:
        return "The link has been booked."
    if link.expires_at is not None and link.expires_at <= timezone.now():
        return "The link has run out. Make a new one."
    return ""


def send(message_id: int) -> bool:
    """Send one message; safe to repeat and to run twice at once. Returns whether another could be sent now.

    1. Claim it while nothing else is on its way: "waiting" becomes "sending", committed before the server is called.
    2. Connect. Nothing has been handed over yet: what fails here for now goes back to "waiting".
    3. Hand it over. An answer says how it went; without an answer nobody knows, and it is "unknown".
    4. Save what came of it together with its time line entry.
    """
    message = _claim(message_id)
    if message is None:
        return False
    if reason := _why_not_now(message):
        _end(message, State.SKIPPED, error=reason)
        return True
    try:
        mail_server.hand_over(message)
    except Trouble as trouble:
        logger.warning("message %s was not taken: %s", message.pk, trouble)
        return _not_taken(message, trouble)
    except (OSError, smtplib.SMTPException) as error:
        # The server had it in its hands and said nothing.
        logger.warning("message %s may have been sent: %s", message.pk, type(error).__name__)
        _end(message, State.UNKNOWN, error=f"The mail server did not answer ({type(error).__name__}).")
        _hold_back(timezone.now() + FIRST_RETRY)
        return False
    _end(message, State.SENT)
    return True


def _why_not_now(message: Message) -> str:
    """Why it should not leave any more, or nothing; a test and a confirmation are about no open link."""
    if message.kind == Kind.WISH:
        return _why_not_told(message)
    if message.interview is not None and message.interview.state != Interview.State.CANCELED:
        return "The interview is not canceled any more."
    if message.link is None or message.kind == Kind.CONFIRMATION:
        return ""
    return why_not(message.link)


def _why_not_told(message: Message) -> str:
    """Why one of us should not be told of a wish any more, or nothing."""
    if message.candidate is None or message.candidate.is_archived:
        return "The candidate is archived."
    reader = message.created_by
    return preferences.why_no_wishes(reader) if reader else "The account is deleted."


def _claim(message_id: int) -> Message | None:
    now = timezone.now()
    with transaction.atomic():
        locks.hold([ONE_AT_A_TIME])
        under_way = Message.objects.filter(state=State.SENDING, claimed_until__gt=now)
        free = Message.objects.filter(~Exists(under_way), pk=message_id, state=State.WAITING, next_try_at__lte=now)
        if not free.update(state=State.SENDING, claimed_until=now + CLAIM, attempts=F("attempts") + 1):
            return None
    rows = Message.objects.select_related("candidate", "link__candidate", "interview", "wish__link")
    return rows.select_related("created_by__preference").get(pk=message_id)


def _not_taken(message: Message, trouble: Trouble) -> bool:
    """Wait and try again where that may help, everything else behind the same server too; returns whether to go on."""
    if not trouble.is_for_now:
        _end(message, State.FAILED, error=str(trouble))
        return not trouble.is_servers
    if message.attempts >= MAX_ATTEMPTS:
        _end(message, State.FAILED, error=f"Given up after {message.attempts} tries. {trouble}")
        return False
    later = timezone.now() + min(FIRST_RETRY * (1 << (message.attempts - 1)), LAST_RETRY)
    with transaction.atomic():
        _ours(message).update(state=State.WAITING, next_try_at=later, error=str(trouble)[:ERROR_LENGTH])
        if trouble.is_servers:
            _hold_back(later)
    return not trouble.is_servers


def _hold_back(until: datetime) -> None:
    """Let everything wait that would meet the same server."""
    Message.objects.filter(state=State.WAITING, next_try_at__lt=until).update(next_try_at=until)


def _ours(message: Message) -> QuerySet[Message]:
    """The row, while it is still what we claimed; the sweep may have given us up meanwhile."""
    return Message.objects.filter(
        pk=message.pk, claimed_until=message.claimed_until, state__in=[State.SENDING, State.UNKNOWN]
    )


def _end(message: Message, state: State, *, error: str = "") -> None:
    now = timezone.now()
    with transaction.atomic():
        sent_at = now if state == State.SENT else None
        if _ours(message).update(state=state, error=error[:ERROR_LENGTH], sent_at=sent_at):
            message.error = error[:ERROR_LENGTH]
            _tell(message, state, now=now)


def _tell(message: Message, state: State, *, now: datetime, by: User | None = None) -> None:
    """Put it on the candidate's time line, once for each time it was on its way."""
    kind = SENT.get(Kind(message.kind)) if state == State.SENT else TOLD.get(state)
    if kind is None or message.is_test:
        return
    claim = message.claimed_until.isoformat() if message.claimed_until else ""
    # A confirmation is the candidate's own wish, though answers to it go to the recruiter.
    is_theirs = message.kind == Kind.CONFIRMATION
    # A mail to one of us has no actor: nobody has answered the wish by it.
    is_to_us = message.wish is not None
    error = f"To {message.to}, about the wish: {message.error}" if is_to_us else message.error
    timeline.record(
        kind,
        key=f"{kind}:{message.pk}:{claim}",
        happened_at=now,
        candidate=message.candidate,
        link=message.wish.link if message.wish else message.link,
        interview=message.interview,
        actor=by or (None if is_theirs or is_to_us else message.created_by),
        actor_name=message.candidate.name if is_theirs and message.candidate else "Anteroom" if is_to_us else "",
        detail=error if state == State.FAILED else message.to,
    )


def give_up(*, now: datetime) -> int:
    """Turn what a worker died with into "unknown"; nobody can tell whether it was sent. Returns how many."""
    count = 0
    lost = Message.objects.filter(state=State.SENDING, claimed_until__lte=now)
    for message in lost.select_related("candidate", "link", "wish__link"):
        with transaction.atomic():
            text = "The worker stopped while it was sending."
            rows = Message.objects.filter(pk=message.pk, state=State.SENDING, claimed_until=message.claimed_until)
            if rows.update(state=State.UNKNOWN, error=text):
                _tell(message, State.UNKNOWN, now=now)
                count += 1
    return count


def resend(message: Message, *, by: User) -> bool:
    """Write it anew, to the candidate's present address, and queue it; returns whether that was done. The caller wakes.

    What was perhaps sent keeps its Message-ID, by which many mail programs show two copies as one. Two clicks are one.
    Raises `NotPossible`.
    """
    if message.is_test:
        raise NotPossible("A test is not sent again. Ask for a new one.")
    if message.kind == Kind.WISH:
        raise NotPossible("What a candidate asks stands on their page; the mail about it is not sent again.")
    if message.kind == Kind.CONFIRMATION:
        raise NotPossible("A confirmation is sent from the candidate’s page.")
    with transaction.atomic():
        link = _held(message.link) if message.link else None
        if reason := (why_not(link) if link else ""):
            raise NotPossible(f"{reason} Nothing was sent.")
        fresh = Message.objects.select_for_update(of=("self",)).select_related("candidate").get(pk=message.pk)
        if not fresh.may_go_again:
            return False
        if fresh.state != State.UNKNOWN:
            fresh.message_id = _new_id()
        if link:
            _write(fresh, link, by=by)
        elif fresh.candidate:
            fresh.to = fresh.candidate.email
        fresh.state, fresh.attempts, fresh.error = State.WAITING, 0, ""
        fresh.next_try_at, fresh.claimed_until, fresh.created_by = timezone.now(), None, by
        fresh.save()
    return True


@transaction.atomic
def mark_bounced(message: Message, *, by: User) -> bool:
    """Note that the mail came back; returns whether it did so now. Safe to repeat."""
    rows = Message.objects.filter(pk=message.pk, state__in=[State.SENT, State.UNKNOWN]).exclude(candidate=None)
    rows = rows.filter(wish=None)
    if not rows.update(state=State.BOUNCED, error=""):
        return False
    _tell(message, State.BOUNCED, now=timezone.now(), by=by)
    return True


def due(*, now: datetime, limit: int = 1) -> list[int]:
    """Messages whose time has come, oldest first; few, because each sender looks for the next."""
    rows = Message.objects.filter(state=State.WAITING, next_try_at__lte=now).order_by("next_try_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])
