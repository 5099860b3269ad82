"""What is done with candidates: archiving, which stops their links and keeps their history; tags; the owner."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from candidates import indexing
from candidates.models import Candidate, Tag
from scheduling.models import TimelineEntry
from scheduling.services import booking_words, standings, timeline


@transaction.atomic
def archive(candidate: Candidate, *, by: User) -> None:
    """Put a candidate away; safe to repeat."""
    now = timezone.now()
    if Candidate.objects.filter(pk=candidate.pk, archived_at=None).update(archived_at=now):
        _tell(candidate, TimelineEntry.Kind.CANDIDATE_ARCHIVED, by)


@transaction.atomic
def restore(candidate: Candidate, *, by: User) -> None:
    """Bring a candidate back; safe to repeat."""
    if Candidate.objects.filter(pk=candidate.pk).exclude(archived_at=None).update(archived_at=None):
        _tell(candidate, TimelineEntry.Kind.CANDIDATE_RESTORED, by)


@transaction.atomic
def note_added(candidate: Candidate, *, by: User) -> None:
    """Put the adding on the time line, once, and let the candidate be found."""
    indexing.index([candidate])
    standings.refresh(candidates=[candidate.pk])
    timeline.record(
        TimelineEntry.Kind.CANDIDATE_ADDED,
        key=f"candidate_added:{candidate.pk}",
        happened_at=candidate.created_at,
        candidate=candidate,
        actor=by,
    )


@transaction.atomic
def note_edited(candidate: Candidate, *, changed: list[str], by: User) -> None:
    """Put an edit on the time line, naming the fields, and let the candidate be found by what they are called now."""
    indexing.index([candidate])
    standings.refresh(candidates=[candidate.pk])
    booking_words.keep_all(candidate.interviews.all())
    _tell(candidate, TimelineEntry.Kind.CANDIDATE_EDITED, by, detail=", ".join(changed))


@transaction.atomic
def add_tag(candidate: Candidate, name: str, *, by: User) -> Tag:
    """Give the candidate a tag, which is made when there is none of that name; safe to repeat."""
    tag = _tag(name)
    if not candidate.tags.filter(pk=tag.pk).exists():
        candidate.tags.add(tag)
        _tell(candidate, TimelineEntry.Kind.CANDIDATE_EDITED, by, detail=f"tags, added “{tag}”")
    return tag


def _tag(name: str) -> Tag:
    known = Tag.objects.filter(name__iexact=name).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return Tag.objects.create(name=name)
    except IntegrityError:
        # Somebody made it a moment ago.
        return Tag.objects.get(name__iexact=name)


@transaction.atomic
def remove_tag(candidate: Candidate, tag: Tag, *, by: User) -> None:
    """Take a tag away; safe to repeat."""
    if candidate.tags.filter(pk=tag.pk).exists():
        candidate.tags.remove(tag)
        _tell(candidate, TimelineEntry.Kind.CANDIDATE_EDITED, by, detail=f"tags, removed “{tag}”")


@transaction.atomic
def change_owner(candidate: Candidate, owner: User | None, *, by: User) -> None:
    """Let somebody else look after the candidate, or nobody; safe to repeat."""
    if candidate.owner == owner:
        return
    candidate.owner = owner
    candidate.save(update_fields=["owner", "updated_at"])
    name = (owner.get_full_name() or owner.email) if owner is not None else "nobody"
    _tell(candidate, TimelineEntry.Kind.CANDIDATE_EDITED, by, detail=f"owner, now {name}")


def _tell(candidate: Candidate, kind: TimelineEntry.Kind, by: User, detail: str = "") -> None:
    now = timezone.now()
    timeline.record(
        kind,
        key=f"{kind}:{candidate.pk}:{now.isoformat()}",
        happened_at=now,
        candidate=candidate,
        actor=by,
        detail=detail,
    )
