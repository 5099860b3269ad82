"""Search over everything: people, interviews, open links and what one can do. At most five queries."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When

from candidates.models import Candidate
from scheduling.models import BookingLink, Interview
from scheduling.queries import acts, connections, links
from scheduling.queries.acts import Act

MOST = 8
# So many people are offered a link; the rest of the acts must not be crowded out.
MOST_INVITED = 3
# Nothing we keep is longer, and nobody types more words to find it.
LONGEST = 200
MOST_WORDS = 8
MIN_DIGITS = 3
# "send link to Zoë" looks for Zoë.
_INVITING = re.compile(r"^(?:send|invite)\s+(?:a\s+)?(?:(?:booking\s+)?link\s+)?(?:to\s+)?(?=\S)", re.IGNORECASE)
_PHONE = re.compile(r"[\d\s+()./-]+")


@dataclass(frozen=True)
class Found:
    """At most `MOST` of each kind; `invitable` are the people a link can be sent to now."""

    people: Sequence[Candidate] = ()
    interviews: Sequence[Interview] = ()
    links: Sequence["links.LinkWithState"] = ()
    invitable: Sequence[Candidate] = ()
    acts: list[Act] = field(default_factory=list)


def tidy(text: str) -> str:
    """What is looked for: one space between words, nothing a database refuses."""
    return " ".join(text.replace("\0", " ").split()[:MOST_WORDS])[:LONGEST]


def find(text: str, *, user: User, now: datetime) -> Found:
    """What matches of what the user may see and do; for a text of nothing only acts."""
    text = tidy(text)
    if not text:
        return Found(acts=acts.for_user(user, ""))
    about = _INVITING.sub("", text)
    people = list(_people(about)) if user.has_perm("candidates.view_candidate") else []
    return Found(
        people=people,
        interviews=list(_interviews(about, now)) if user.has_perm("scheduling.view_interview") else [],
        links=list(_links(about, now)) if user.has_perm("scheduling.view_bookinglink") else [],
        invitable=_invitable(people, user),
        acts=acts.for_user(user, text),
    )


def _every_word(text: str, *names: str) -> Q:
    """Each word is in one of the fields."""
    condition = Q()
    for word in text.split():
        condition &= Q(*[(f"{name}__icontains", word) for name in names], _connector=Q.OR)
    return condition


def _people(text: str) -> QuerySet[Candidate]:
    """By name, address or the digits of a phone number; whose name begins so first, the archive last."""
    condition = _every_word(text, "name", "email")
    # Numbers are kept with their country's code; at home people write a zero in its place.
    digits = re.sub(r"\D", "", text, flags=re.ASCII).lstrip("0")
    if _PHONE.fullmatch(text) and len(digits) >= MIN_DIGITS:
        condition |= Q(phone__contains=digits)
    is_archived = Case(When(archived_at=None, then=Value(0)), default=Value(1))
    begins = Case(When(name__istartswith=text, then=Value(0)), default=Value(1))
    return Candidate.objects.filter(condition).order_by(is_archived, begins, "name", "pk")[:MOST]


def _interviews(text: str, now: datetime) -> QuerySet[Interview]:
    """By candidate, invitee or event type: those ahead first, the next one first, then the newest."""
    fields = ("candidate__name", "candidate__email", "name", "attempts__invitee_name", "attempts__invitee_email")
    matching = Interview.objects.filter(_every_word(text, *fields)).values("pk")
    is_ahead = Q(state__in=[Interview.State.BOOKED, Interview.State.MOVING], ends_at__gte=now)
    rows = Interview.objects.filter(pk__in=matching).annotate(
        is_ahead=Case(When(is_ahead, then=Value(True)), default=Value(False), output_field=BooleanField())
    )
    soonest = Case(When(is_ahead=True, then=F("starts_at")))
    rows = rows.order_by("-is_ahead", soonest, "-starts_at", "pk")
    return rows.select_related("candidate").prefetch_related("attempts")[:MOST]


def _links(text: str, now: datetime) -> "QuerySet[links.LinkWithState]":
    """Links that can still be booked through, newest first."""
    matching = BookingLink.objects.filter(_every_word(text, "candidate__name", "candidate__email", "event_type__name"))
    still_open = links.with_state(matching, now).filter(state__in=["invited", "opened"])
    return still_open.select_related("candidate", "event_type").order_by("-created_at", "-pk")[:MOST]


def _invitable(people: Sequence[Candidate], user: User) -> list[Candidate]:
    able = [candidate for candidate in people if not candidate.is_archived][:MOST_INVITED]
    if not able or not user.has_perm("scheduling.add_bookinglink") or not connections.is_connected():
        return []
    return able
