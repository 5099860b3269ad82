"""What candidates ask of the recruiter from their page; Today shows it until somebody has done something for them."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from scheduling.models import BookingLink, Interview, Message, TimelineEntry
from scheduling.services import timeline, wish_notices

Kind = TimelineEntry.Kind


@transaction.atomic
def refuse_times(link: BookingLink, *, words: str, times: Sequence[datetime], zone: ZoneInfo) -> Message | None:
    """None of the open times suit the candidate; what would is kept in words, times with their zone. Safe to repeat.

    Returns the mail that tells the recruiter, when one is to leave; the caller wakes a worker.
    """
    suggested = [f"{_spelled(moment, zone)}" for moment in times]
    lines = [*(["Suggests:", *suggested] if suggested else []), words.strip()]
    wish = _tell(Kind.TIMES_REFUSED, link, None, "\n".join(filter(None, lines)))
    return wish_notices.queue(wish, link, interview=None, words=words, times=times, zone=zone.key)


@transaction.atomic
def ask_change(link: BookingLink, interview: Interview, *, words: str) -> Message | None:
    """The candidate would like to change or cancel and may not do so by themselves any more. Safe to repeat.

    Returns the mail that tells the recruiter, when one is to leave; the caller wakes a worker.
    """
    wish = _tell(Kind.CHANGE_ASKED, link, interview, words.strip())
    return wish_notices.queue(
        wish, link, interview=interview, words=words, times=[], zone=interview.current.invitee_timezone
    )


def _tell(kind: Kind, link: BookingLink, interview: Interview | None, detail: str) -> TimelineEntry:
    now = timezone.now()
    digest = hashlib.sha256(detail.encode()).hexdigest()[:16]
    # The same words on the same day are one wish, however often they are sent.
    key = f"{kind}:{link.pk}:{now:%Y-%m-%d}:{digest}"
    timeline.record(
        kind,
        key=key,
        happened_at=now,
        candidate=link.candidate,
        interview=interview,
        link=link,
        actor_name=link.candidate.name,
        detail=detail,
    )
    return TimelineEntry.objects.get(key=key)


def _spelled(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {zone.key}"
