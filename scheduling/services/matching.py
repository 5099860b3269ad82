"""Whose booking is this? By our reference, else by e-mail, else the tray where a recruiter says.

References and addresses are typed or carried by the visitor, so both may be forged. A reference counts for the first
booking that brings it, of the link's own event type, and only while it does not speak against the e-mail address: what
contradicts itself is a person's to decide.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from candidates.models import Candidate, Position
from scheduling.models import Attempt, BookingLink, Interview, TimelineEntry
from scheduling.services import booking_words, candidates, standings, timeline


def match(interview: Interview) -> None:
    """Find the link and the candidate of an interview; a recruiter's own choice is never changed.

    The outcome depends on the bookings there are, not on the order they were told in: when an earlier one with the same
    reference turns up, the later one loses the link.
    """
    attempts = list(Attempt.objects.filter(interview=interview).order_by("booked_at", "pk"))
    link = _link_of(attempts)
    if link is not None:
        # What brought another reference of the link was booked before or after it was replaced: that stays.
        brought = _references(attempts)
        for other in link.interviews.exclude(pk=interview.pk):
            others = list(other.attempts.order_by("booked_at", "pk"))
            if brought & _references(others):
                _settle(other, None, others)
    _settle(interview, link, attempts)


def _settle(interview: Interview, link: BookingLink | None, attempts: list[Attempt]) -> None:
    before = interview.candidate_id, interview.link_id
    owner = _owner_of_address(attempts)
    contradicts = link is not None and owner is not None and owner != link.candidate
    # Who was found by the address stays, should the candidate's address be edited later.
    found_before = interview.candidate if interview.link_id is None and not contradicts else None
    interview.link = None if contradicts else link
    if interview.attached_at is None:
        by_reference = interview.link.candidate if interview.link else None
        interview.candidate = None if contradicts else by_reference or owner or found_before
    interview.position = interview.position or (link.position if link else None) or _only_position(interview.candidate)
    interview.save(update_fields=["link", "position", "candidate"])
    if before != (interview.candidate_id, interview.link_id):
        booking_words.keep(interview)
        standings.refresh(candidates=[before[0], interview.candidate_id], links=[before[1], interview.link_id])
    if interview.candidate is not None:
        interview.timeline.exclude(candidate=interview.candidate).update(candidate=interview.candidate)


def _references(attempts: list[Attempt]) -> set[str]:
    return {attempt.reference for attempt in attempts if attempt.reference}


def _link_of(attempts: list[Attempt]) -> BookingLink | None:
    """The link whose reference, present or former, came back, if these attempts are the first to bring it."""
    references = _references(attempts)
    links = BookingLink.objects.select_related("candidate", "position", "event_type")
    by_reference = Q(reference__in=references) | Q(former_references__reference__in=references)
    link = links.filter(by_reference).distinct().order_by("pk").first() if references else None
    if link is None:
        return None
    types = {attempt.event_type_uri for attempt in attempts if attempt.event_type_uri}
    if types and link.event_type.uri not in types and link.reference in references:
        return None
    own = references & {link.reference, *link.former_references.values_list("reference", flat=True)}
    bringing = Attempt.objects.filter(reference__in=own, event_type_uri__in=types or [""])
    first = bringing.order_by("booked_at", "invitee_uri").first()
    return link if first is None or first.pk in {attempt.pk for attempt in attempts} else None


def _owner_of_address(attempts: list[Attempt]) -> Candidate | None:
    """The candidate with exactly this address; candidates' addresses are kept in lower case."""
    emails = {attempt.invitee_email.lower() for attempt in attempts}
    return Candidate.objects.filter(email__in=emails).order_by("pk").first()


@transaction.atomic
def attach(interview: Interview, candidate: Candidate, *, position: Position | None, by: User) -> None:
    """Say whose booking this is; later deliveries leave it so."""
    before = interview.candidate_id
    interview.candidate = candidate
    interview.position = position or _only_position(candidate)
    interview.attached_at = timezone.now()
    interview.save(update_fields=["candidate", "position", "attached_at"])
    timeline.record(
        TimelineEntry.Kind.ATTACHED,
        key=f"attached:{interview.pk}:{interview.attached_at.isoformat()}",
        happened_at=interview.attached_at,
        candidate=candidate,
        interview=interview,
        actor=by,
    )
    interview.timeline.update(candidate=candidate)
    booking_words.keep(interview)
    standings.refresh(candidates=[before, candidate.pk])


@transaction.atomic
def make_candidate(interview: Interview, *, position: Position | None, by: User) -> Candidate:
    """Make a candidate of an unmatched booking's invitee and attach it, or attach to who has that address already."""
    current = interview.current
    email = current.invitee_email.lower()
    candidate, is_new = Candidate.objects.get_or_create(
        email=email,
        defaults={
            "name": current.invitee_name or email,
            "timezone": current.invitee_timezone,
            "owner": by,
        },
    )
    if position is not None:
        candidate.positions.add(position)
    if is_new:
        candidates.note_added(candidate, by=by)
    attach(interview, candidate, position=position, by=by)
    return candidate


def _only_position(candidate: Candidate | None) -> Position | None:
    """The one position a candidate is considered for, when it is clear which."""
    positions = list(candidate.positions.all()[:2]) if candidate is not None else []
    return positions[0] if len(positions) == 1 else None
