"""Whose booking is this? By our reference, else by e-mail, else the tray where a recruiter says."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate, Position
from scheduling.models import Attempt, BookingLink, Interview, TimelineEntry
from scheduling.services import candidates, timeline


def match(interview: Interview) -> None:
    """Find the link and the candidate of an interview; a recruiter's own choice is never changed."""
    link = _link_of(interview)
    if link is not None and interview.link_id is None:
        interview.link = link
        interview.position = interview.position or link.position
    if interview.attached_at is None:
        interview.candidate = link.candidate if link is not None else interview.candidate or _by_email(interview)
    interview.position = interview.position or _only_position(interview.candidate)
    interview.save(update_fields=["link", "position", "candidate"])
    if interview.candidate is not None:
        interview.timeline.filter(candidate=None).update(candidate=interview.candidate)


@transaction.atomic
def attach(interview: Interview, candidate: Candidate, *, position: Position | None, by: User) -> None:
    """Say whose booking this is; later deliveries leave it so."""
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


def _link_of(interview: Interview) -> BookingLink | None:
    """The booking link whose reference came back in any attempt, first booking first."""
    references = list(
        Attempt.objects.filter(interview=interview).exclude(reference="").values_list("reference", flat=True)
    )
    return BookingLink.objects.select_related("candidate", "position").filter(reference__in=references).first()


def _by_email(interview: Interview) -> Candidate | None:
    emails = Attempt.objects.filter(interview=interview).values_list("invitee_email", flat=True)
    return Candidate.objects.filter(email__in={email.lower() for email in emails}).order_by("pk").first()


def _only_position(candidate: Candidate | None) -> Position | None:
    """The one position a candidate is considered for, when it is clear which."""
    positions = list(candidate.positions.all()[:2]) if candidate is not None else []
    return positions[0] if len(positions) == 1 else None
