"""What candidates ask of the recruiter from their page; Today shows it until somebody has done something for them."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from scheduling.models import BookingLink, Interview, TimelineEntry
from scheduling.services import timeline

Kind = TimelineEntry.Kind


@transaction.atomic
def refuse_times(link: BookingLink, *, words: str, times: Sequence[datetime], zone: ZoneInfo) -> None:
    """None of the open times suit the candidate; what would is kept in words, times with their zone. Safe to repeat."""
    suggested = [f"{_spelled(moment, zone)}" for moment in times]
    lines = [*(["Suggests:", *suggested] if suggested else []), words.strip()]
    _tell(Kind.TIMES_REFUSED, link, None, "\n".join(filter(None, lines)))


@transaction.atomic
def ask_change(link: BookingLink, interview: Interview, *, words: str) -> None:
    """The candidate would like to change or cancel and may not do so by themselves any more. Safe to repeat."""
    _tell(Kind.CHANGE_ASKED, link, interview, words.strip())


def _tell(kind: Kind, link: BookingLink, interview: Interview | None, detail: str) -> None:
    now = timezone.now()
    digest = hashlib.sha256(detail.encode()).hexdigest()[:16]
    timeline.record(
        kind,
        # The same words on the same day are one wish, however often they are sent.
        key=f"{kind}:{link.pk}:{now:%Y-%m-%d}:{digest}",
        happened_at=now,
        candidate=link.candidate,
        interview=interview,
        link=link,
        actor_name=link.candidate.name,
        detail=detail,
    )


def _spelled(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {zone.key}"
