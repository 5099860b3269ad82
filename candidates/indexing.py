"""Keeping the words candidates are found by."""

from collections.abc import Iterable

from django.db import transaction

from candidates import words
from candidates.models import Candidate, SearchWord

BATCH = 2000


@transaction.atomic
def index(candidates: Iterable[Candidate]) -> int:
    """Make these candidates' words what their name, address and phone number say; returns how many had others.

    Safe to repeat, and safe beside another that does the same.
    """
    wanted = {row.pk: placed(row.name, row.email, str(row.phone)) for row in candidates}
    known: dict[int, dict[bytes, int]] = {pk: {} for pk in wanted}
    for row in SearchWord.objects.filter(candidate__in=wanted):
        known[row.candidate_id][bytes(row.word)] = row.place
    changed = [pk for pk in wanted if wanted[pk] != known[pk]]
    if any(known[pk] for pk in changed):
        SearchWord.objects.filter(candidate__in=changed).delete()
    SearchWord.objects.bulk_create(
        [SearchWord(candidate_id=pk, word=word, place=place) for pk in changed for word, place in wanted[pk].items()],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    return len(changed)


def placed(name: str, email: str, phone: str) -> dict[bytes, int]:
    """Every word a person is found by -> its `SearchWord.Place`."""
    return {word: _place(word, is_first) for word, is_first in words.of_person(name, email, phone).items()}


def _place(word: bytes, is_first: bool) -> int:
    if words.is_address(word):
        return SearchWord.Place.ADDRESS
    return SearchWord.Place.FIRST if is_first else SearchWord.Place.ELSEWHERE
