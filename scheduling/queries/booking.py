"""The truth about a booking link, for the candidate who holds it."""

from dataclasses import dataclass
from datetime import datetime

from scheduling.models import BookingLink, Interview


@dataclass(frozen=True)
class Truth:
    """What the candidate's page says; `state` is book, booked, moving, canceled, expired, withdrawn or over."""

    state: str
    link: BookingLink
    interview: Interview | None

    @property
    def version(self) -> str:
        """Changes when the page would say something else."""
        interview = self.interview
        parts = [self.state, interview and interview.starts_at, interview and len(interview.attempts.all())]
        return "-".join(map(str, parts))

    @property
    def contact(self) -> str:
        """Whom to ask: who made the link."""
        maker = self.link.created_by
        return (maker.get_full_name() or maker.email) if maker else ""

    @property
    def contact_email(self) -> str:
        return self.link.created_by.email if self.link.created_by else ""


def truth(token: str, now: datetime) -> Truth | None:
    """What is true of this link now; None when there is no such link."""
    links = BookingLink.objects.select_related("candidate", "event_type", "created_by")
    link = links.filter(token=token).first()
    if link is None:
        return None
    found = Interview.objects.filter(link=link).prefetch_related("attempts", "interviewers").order_by("-pk").first()
    return Truth(_state(link, found, now), link, found)


def _state(link: BookingLink, interview: Interview | None, now: datetime) -> str:
    if interview is not None:
        return _interview_state(interview, now)
    if link.withdrawn_at is not None or link.candidate.is_archived:
        return "withdrawn"
    if (link.expires_at is not None and link.expires_at <= now) or not link.event_type.is_bookable:
        return "expired"
    return "book"


def _interview_state(interview: Interview, now: datetime) -> str:
    if interview.state in (Interview.State.CANCELED, Interview.State.MOVING):
        return str(interview.state)
    is_over = interview.ends_at is not None and interview.ends_at < now
    return "over" if is_over or interview.state != Interview.State.BOOKED else "booked"
