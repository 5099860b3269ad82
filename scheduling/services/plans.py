"""A position's plan of interviews, and what follows an interview that was held."""

import logging
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from candidates.models import Position
from scheduling.calendly import errors
from scheduling.calendly.budget import Priority
from scheduling.models import BookingLink, Connection, EventType, Interview, NextStep, PlanStep, TimelineEntry
from scheduling.queries import connections, plans
from scheduling.services import links, messages, timeline, tokens
from scheduling.services.problems import RECONNECT, explain

logger = logging.getLogger(__name__)

State = NextStep.State
# A slip of the finger is noticed by then, and nobody has a mail yet.
SEND_AFTER = timedelta(minutes=5)
# Longer than a link may take, waiting for the budget included.
CLAIM = timedelta(minutes=3)
RETRY = timedelta(minutes=2)
MAX_ATTEMPTS = 5
LINK_LIFE = timedelta(days=14)
LONGEST = 20


class NotPossible(Exception):
    """The plan cannot be changed like this; the text is for the recruiter."""


@transaction.atomic
def add_step(position: Position, event_type: EventType, *, rule: str) -> PlanStep:
    """Put an event type at the end of the plan. Raises `NotPossible` when it is there already or the plan is full."""
    steps = PlanStep.objects.filter(position=position)
    if steps.count() >= LONGEST:
        raise NotPossible(f"A plan has at most {LONGEST} interviews.")
    last = steps.aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            return PlanStep.objects.create(position=position, event_type=event_type, number=last + 1, rule=rule)
    except IntegrityError as error:
        raise NotPossible(f"{event_type} is in the plan already.") from error


@transaction.atomic
def remove_step(step: PlanStep) -> None:
    """Take it out of the plan; what was offered already stays offered."""
    later = PlanStep.objects.filter(position=step.position_id, number__gt=step.number)
    PlanStep.objects.filter(pk=step.pk).delete()
    later.update(number=F("number") - 1)


@transaction.atomic
def move_step(step: PlanStep, *, up: bool) -> None:
    """Exchange it with its neighbour; at the end of the plan nothing happens."""
    steps = list(PlanStep.objects.select_for_update().filter(position=step.position_id))
    here = next((index for index, row in enumerate(steps) if row.pk == step.pk), None)
    there = here + (-1 if up else 1) if here is not None else -1
    if here is None or not 0 <= there < len(steps):
        return
    steps[here], steps[there] = steps[there], steps[here]
    for number, row in enumerate(steps, start=1):
        row.number = number
    PlanStep.objects.bulk_update(steps, ["number"])


def change_rule(step: PlanStep, rule: str) -> None:
    """Decide how it follows the one before; what was offered or is on its way stays as it is."""
    PlanStep.objects.filter(pk=step.pk).update(rule=rule)


def follow(interview: Interview, *, by: User) -> None:
    """Write down what follows an interview that was held, within the transaction that says so; safe to repeat.

    Nothing follows without a plan, or when the candidate has that interview or a link for it already.
    """
    step = plans.step_after(interview)
    if step is None or interview.candidate is None or plans.has_already(interview.candidate, step.event_type):
        return
    is_sent = step.rule == PlanStep.Rule.SEND
    NextStep.objects.get_or_create(
        interview=interview,
        defaults={
            "candidate": interview.candidate,
            "position": step.position,
            "event_type": step.event_type,
            "state": State.WAITING if is_sent else State.OFFERED,
            "send_at": timezone.now() + SEND_AFTER,
            "created_by": by,
        },
    )


def unfollow(interview: Interview) -> None:
    """The interview was not held after all: take back what followed, as far as it has not left."""
    NextStep.objects.filter(interview=interview, state__in=NextStep.UNDOABLE).delete()


def send_now(row: NextStep, *, by: User) -> bool:
    """Have it sent at once, also one that failed or was put aside; returns whether it is going. The caller wakes."""
    ready = NextStep.objects.filter(pk=row.pk, state__in=NextStep.UNDOABLE)
    return bool(ready.update(state=State.WAITING, send_at=timezone.now(), created_by=by, attempts=0, problem=""))


def dismiss(row: NextStep) -> bool:
    """Put it aside; returns whether that came in time."""
    return bool(NextStep.objects.filter(pk=row.pk, state__in=NextStep.UNDOABLE).update(state=State.DISMISSED))


def due(*, now: datetime) -> list[int]:
    """What is to be sent now, and what a worker died with."""
    return list(NextStep.objects.filter(_due(now)).order_by("send_at").values_list("pk", flat=True)[:100])


def _due(now: datetime) -> Q:
    return Q(state=State.WAITING, send_at__lte=now) | Q(state=State.SENDING, claimed_until__lte=now)


def send(row_id: int) -> bool:
    """Make the link and write its invitation down; safe to repeat and to run twice at once.

    Returns whether a message waits now. The link carries the row's key, so a claim that is taken over finds it.
    """
    row = _claim(row_id)
    if row is None:
        return False
    if reason := _why_not(row):
        _end(row, State.SKIPPED, problem=reason)
        return False
    connection = connections.serving(row.event_type)
    if connection is None:
        _end(row, State.FAILED, problem=f"Calendly is not connected. {RECONNECT}")
        return False
    link = _link(row, connection)
    return link is not None and _finish(row, link)


def _claim(row_id: int) -> NextStep | None:
    now = timezone.now()
    until = now + CLAIM
    ours = NextStep.objects.filter(_due(now), pk=row_id)
    if not ours.update(state=State.SENDING, claimed_until=until, attempts=F("attempts") + 1):
        return None
    rows = NextStep.objects.select_related("interview", "candidate", "position", "event_type__connection", "created_by")
    return rows.get(pk=row_id)


def _why_not(row: NextStep) -> str:
    if row.interview.state != Interview.State.HELD:
        return "The interview before it does not count as held any more."
    if row.candidate.is_archived:
        return f"{row.candidate.name} is archived."
    made = BookingLink.objects.filter(request_key=row.request_key).exists()
    if not made and plans.has_already(row.candidate, row.event_type):
        return f"{row.candidate.name} has a link or an interview of this kind already."
    return ""


def _link(row: NextStep, connection: Connection) -> BookingLink | None:
    request = links.LinkRequest(
        candidate=row.candidate,
        event_type=row.event_type,
        connection=connection,
        request_key=row.request_key,
        position=row.position,
        expires_at=timezone.now() + LINK_LIFE,
    )
    try:
        return links.create_link(request, by=row.created_by, priority=Priority.BACKGROUND)
    except errors.Unauthorized as error:
        tokens.mark_lost(connection, str(error))
        _end(row, State.FAILED, problem=explain(error))
    except links.StillBeingMade:
        _again(row, "Somebody else is making this link.")
    except (errors.Unavailable, errors.RateLimited) as error:
        _again(row, explain(error))
    except errors.CalendlyError as error:
        logger.warning("next step %s failed: %s", row.pk, error)
        _end(row, State.FAILED, problem=explain(error))
    return None


@transaction.atomic
def _finish(row: NextStep, link: BookingLink) -> bool:
    """Keep the link and write the invitation down with it: both or neither."""
    if not _end(row, State.SENT, link=link):
        return False
    timeline.record(
        TimelineEntry.Kind.NEXT_OFFERED,
        key=f"next_offered:{row.pk}",
        happened_at=timezone.now(),
        candidate=row.candidate,
        interview=row.interview,
        link=link,
        actor=row.created_by,
        detail=row.event_type.name,
    )
    try:
        messages.queue_invitation(link, by=row.created_by)
    except messages.NotPossible as error:
        NextStep.objects.filter(pk=row.pk).update(problem=f"No e-mail was sent: {error}"[:300])
        return False
    return True


def _again(row: NextStep, problem: str) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        _end(row, State.FAILED, problem=problem)
    else:
        _end(row, State.WAITING, problem=problem, send_at=timezone.now() + RETRY)


def _end(row: NextStep, state: State, *, problem: str = "", **facts: object) -> int:
    """Write how it ended, unless our claim ran out and somebody else took it over."""
    ours = NextStep.objects.filter(pk=row.pk, state=State.SENDING, claimed_until=row.claimed_until)
    return ours.update(state=state, claimed_until=None, problem=problem[:300], **facts)
