"""Notes about candidates: written, edited, deleted and brought back."""

from django.contrib.auth.models import User
from django.utils import timezone

from candidates.models import Candidate, Note


def add(candidate: Candidate, text: str, *, by: User) -> Note:
    """Keep what somebody wrote."""
    return Note.objects.create(candidate=candidate, author=by, text=text)


def edit(note: Note, text: str) -> None:
    """Replace the text; the same text leaves the note as it is."""
    Note.objects.filter(pk=note.pk).exclude(text=text).update(text=text, edited_at=timezone.now())


def delete(note: Note) -> None:
    """Take a note off the time line; safe to repeat."""
    Note.objects.filter(pk=note.pk, deleted_at=None).update(deleted_at=timezone.now())


def restore(note: Note) -> None:
    """Bring a deleted note back; safe to repeat."""
    Note.objects.filter(pk=note.pk).update(deleted_at=None)
