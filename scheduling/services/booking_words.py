"""Keeping the words an interview is found by beside its candidate's."""

from collections.abc import Iterable

from candidates import words
from scheduling.models import BookingWord, Interview


def keep(interview: Interview) -> None:
    """Index what its invitees called themselves, as far as its candidate is not found by that; safe to repeat."""
    wanted: set[bytes] = set()
    for name, email in interview.attempts.values_list("invitee_name", "invitee_email"):
        wanted |= words.of_person(name, email).keys()
    if (person := interview.candidate) is not None:
        wanted -= words.of_person(person.name, person.email, str(person.phone)).keys()
    known = {bytes(word) for word in interview.booking_words.values_list("word", flat=True)}
    if gone := known - wanted:
        interview.booking_words.filter(word__in=gone).delete()
    BookingWord.objects.bulk_create(
        (BookingWord(interview=interview, word=word) for word in sorted(wanted - known)), ignore_conflicts=True
    )


def keep_all(interviews: Iterable[Interview]) -> None:
    for interview in interviews:
        keep(interview)
