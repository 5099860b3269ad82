"""Keeping the words candidates are found by, and where their names stand."""

from collections.abc import Iterable

from django.db import transaction

from candidates import words
from candidates.models import Candidate, SearchWord

BATCH = 2000


@transaction.atomic
def index(candidates: Iterable[Candidate]) -> int:
    """Make these candidates' words, and their place among names, what their name, address and phone number say; returns
    how many had others.

    Safe to repeat, and safe beside another that does the same.
    """
    wanted = differing(candidates)
    SearchWord.objects.filter(candidate__in=wanted).delete()
    SearchWord.objects.bulk_create(
        [
            SearchWord(candidate=row, word=word, place=place)
            for row, found in wanted.items()
            for word, place in found.items()
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    moved = [row for row in wanted if _is_moved(row)]
    for row in moved:
        row.sort_name = words.sort_name(row.name)
    Candidate.objects.bulk_update(moved, ["sort_name"])
    return len(wanted)


def differing(candidates: Iterable[Candidate]) -> dict[Candidate, dict[bytes, int]]:
    """Those of whom something else is kept, with the words they should have, as `placed`; one query."""
    wanted = {row: placed(row.name, row.email, str(row.phone)) for row in candidates}
    known: dict[int, dict[bytes, int]] = {row.pk: {} for row in wanted}
    for word in SearchWord.objects.filter(candidate__in=wanted):
        known[word.candidate_id][bytes(word.word)] = word.place
    return {row: found for row, found in wanted.items() if found != known[row.pk] or _is_moved(row)}


def _is_moved(row: Candidate) -> bool:
    return bytes(row.sort_name) != words.sort_name(row.name)


def placed(name: str, email: str, phone: str) -> dict[bytes, int]:
    """Every word a person is found by -> its `SearchWord.Place`."""
    return {word: _place(word, is_first) for word, is_first in words.of_person(name, email, phone).items()}


def _place(word: bytes, is_first: bool) -> int:
    if words.is_address(word):
        return SearchWord.Place.ADDRESS
    return SearchWord.Place.FIRST if is_first else SearchWord.Place.ELSEWHERE
