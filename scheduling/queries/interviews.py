"""Interviews for lists and pages."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import QueryDict

from candidates.models import Candidate
from scheduling.models import Attempt, Interview
from scheduling.queries.parameters import row_id

State = Interview.State
VIEWS = {
    "upcoming": "Upcoming",
    "past": "Past",
    "unmarked": "To mark",
    "no_show": "No-shows",
    "canceled": "Canceled",
    "all": "All",
}


def with_rows(interviews: QuerySet[Interview]) -> QuerySet[Interview]:
    """Everything a row shows, in a fixed number of queries."""
    related = interviews.select_related("candidate", "position", "event_type", "link")
    return related.prefetch_related("attempts", "interviewers")


def listed(query: QueryDict, *, now: datetime) -> QuerySet[Interview]:
    """The interviews page: `view`, `interviewers`, `event_type`, `position`, search `q`; unknown ones are ignored."""
    view = query.get("view", "")
    interviews = with_rows(_view(view if view in VIEWS else "upcoming", now))
    for name in ("interviewers", "event_type", "position"):
        if chosen := row_id(query, name):
            interviews = interviews.filter(**{name: chosen})
    if text := query.get("q", "").strip():
        interviews = interviews.filter(matches(text)).distinct()
    return interviews


def matches(text: str) -> Q:
    return (
        Q(candidate__name__icontains=text)
        | Q(candidate__email__icontains=text)
        | Q(attempts__invitee_name__icontains=text)
        | Q(attempts__invitee_email__icontains=text)
    )


def _view(view: str, now: datetime) -> QuerySet[Interview]:
    """One tab's interviews in its order: what comes first first, what was last first."""
    interviews = Interview.objects.all()
    match view:
        case "upcoming":
            return interviews.filter(state__in=[State.BOOKED, State.MOVING], ends_at__gte=now).order_by(
                "starts_at", "pk"
            )
        case "past":
            return interviews.filter(ends_at__lt=now).exclude(state=State.CANCELED).order_by("-starts_at", "-pk")
        case "unmarked":
            return unmarked(now)
        case "no_show" | "canceled":
            return interviews.filter(state=view).order_by("-starts_at", "-pk")
    return interviews.order_by("-starts_at", "-pk")


def unmarked(now: datetime) -> QuerySet[Interview]:
    """Over, and nobody has said how it went."""
    return Interview.objects.filter(state=State.BOOKED, ends_at__lt=now).order_by("-starts_at", "-pk")


def upcoming_of(candidate: Candidate, now: datetime) -> QuerySet[Interview]:
    """A candidate's interviews that are still to come or under way."""
    interviews = candidate.interviews.filter(state__in=[State.BOOKED, State.MOVING])
    ahead = interviews.filter(Q(ends_at__gte=now) | Q(ends_at=None))
    return with_rows(ahead).order_by("starts_at", "pk")


def unmatched() -> QuerySet[Interview]:
    """Bookings nobody is matched to, soonest first."""
    return with_rows(Interview.objects.filter(candidate=None)).order_by("starts_at", "pk")


def unmatched_count() -> int:
    return Interview.objects.filter(candidate=None).count()


def suggestions(rows: Iterable[Interview]) -> dict[int, Candidate]:
    """Who each unmatched booking may belong to: the same address but for a plus part, else the same name; one query."""
    attempts = {row.pk: row.current for row in rows}
    names = {attempt.invitee_name for attempt in attempts.values()} - {""}
    found = Q(name__in=names)
    for attempt in attempts.values():
        local, domain = _plain(attempt.invitee_email)
        found |= Q(email__startswith=local, email__endswith=f"@{domain}")
    people = list(Candidate.objects.filter(found).order_by("pk")[:500])
    guesses = {pk: _resembling(attempt, people) for pk, attempt in attempts.items()}
    return {pk: candidate for pk, candidate in guesses.items() if candidate is not None}


def _resembling(attempt: Attempt, people: list[Candidate]) -> Candidate | None:
    by_address = (person for person in people if _plain(person.email) == _plain(attempt.invitee_email))
    by_name = (person for person in people if person.name == attempt.invitee_name)
    return next(by_address, None) or next(by_name, None)


def _plain(email: str) -> tuple[str, str]:
    """The address in small letters without its plus part: `(local, domain)`."""
    local, _, domain = email.lower().partition("@")
    return local.partition("+")[0], domain


def other_seats(interview: Interview) -> int:
    """How many more people a group event's cancellation would hit."""
    current = interview.current
    return (
        Attempt.objects.filter(event_uri=current.event_uri, status=Attempt.Status.ACTIVE).exclude(pk=current.pk).count()
    )
