"""The truth about a booking link, for the candidate who holds it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.calendly.resources import AvailableTime
from scheduling.models import BookingLink, BookingRequest, CandidatePolicy, Interview
from scheduling.queries import lifetimes, policies
from scheduling.queries.links import current_interview, is_open

# So many days that have a time are shown at once.
DAYS = 7


@dataclass(frozen=True)
class Truth:
    """What the candidate's page says.

    `state` is book, checking (perhaps booked), booked, moving, over, canceled, renewing, expired or withdrawn.
    """

    state: str
    link: BookingLink
    interview: Interview | None
    policy: CandidatePolicy
    may_move: bool = False
    may_cancel: bool = False
    # Whether opening the page may bring the link back to life.
    may_renew: bool = False

    @property
    def version(self) -> str:
        """Changes when the page would say something else."""
        interview = self.interview
        story = [interview.starts_at, len(interview.attempts.all())] if interview else []
        parts = [self.state, self.link.reference, *story, self.may_move, self.may_cancel]
        return "-".join(map(str, parts))

    @property
    def contact(self) -> str:
        """Whom to ask: who made the link."""
        maker = self.link.created_by
        return (maker.get_full_name() or maker.email) if maker else ""

    @property
    def contact_email(self) -> str:
        return self.link.created_by.email if self.link.created_by else ""

    @property
    def was_canceled(self) -> bool:
        """Whether a booking of this link was canceled before it was replaced."""
        return self.state == "book" and self.link.replaced_at is not None and self.link.interviews.exists()


@dataclass(frozen=True)
class Day:
    """One day's open times, in the visitor's zone."""

    day: datetime
    times: list[AvailableTime]


@dataclass(frozen=True)
class Days:
    """A page of days that have times, and where the pages before and after begin."""

    days: list[Day]
    earlier: date | None
    later: date | None


def truth(token: str, now: datetime) -> Truth | None:
    """What is true of this link now; None when there is no such link."""
    links = BookingLink.objects.select_related("candidate", "event_type__connection", "created_by")
    link = links.filter(token=token).first()
    return None if link is None else truth_of(link, now)


def truth_of(link: BookingLink, now: datetime) -> Truth:
    """The same for a link at hand; reads its candidate, event type and maker."""
    found = current_interview(link)
    policy = policies.current()
    state = _state(link, found, now)
    may_renew = state in ("book", "canceled", "expired") and lifetimes.is_possible(policy, link, found, now)
    if may_renew and link.replace_attempts == 0:
        state = "renewing"
    if state != "booked" or found is None:
        return Truth(state, link, found, policy, may_renew=may_renew)
    may_move, may_cancel = policies.may_move(policy, found, now), policies.may_cancel(policy, found, now)
    return Truth(state, link, found, policy, may_move=may_move, may_cancel=may_cancel)


def _state(link: BookingLink, interview: Interview | None, now: datetime) -> str:
    if interview is not None:
        return _interview_state(interview, now)
    if link.withdrawn_at is not None or link.candidate.is_archived:
        return "withdrawn"
    if not is_open(link, now):
        return "expired"
    is_asked = BookingRequest.objects.filter(link=link, state__in=BookingRequest.OPEN).exists()
    return "checking" if is_asked else "book"


def _interview_state(interview: Interview, now: datetime) -> str:
    if interview.state in (Interview.State.CANCELED, Interview.State.MOVING):
        return str(interview.state)
    is_over = interview.ends_at is not None and interview.ends_at < now
    return "over" if is_over or interview.state != Interview.State.BOOKED else "booked"


def days_of(times: Iterable[AvailableTime], zone: ZoneInfo, since: date | None) -> Days:
    """The days from `since` on that have times, a page of them."""
    by_day: dict[date, list[AvailableTime]] = {}
    for slot in times:
        by_day.setdefault(slot.start_time.astimezone(zone).date(), []).append(slot)
    every = sorted(by_day)
    begin = next((place for place, day in enumerate(every) if since is None or day >= since), 0)
    shown, rest = every[begin : begin + DAYS], every[begin + DAYS :]
    days = [Day(datetime.combine(day, datetime.min.time(), zone) + timedelta(hours=12), by_day[day]) for day in shown]
    earlier = every[max(begin - DAYS, 0)] if begin else None
    return Days(days, earlier, rest[0] if rest else None)
