"""The tray: bookings nobody is matched to, and who each may belong to."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db.models import BinaryField, QuerySet

from candidates.models import Candidate, SearchWord
from candidates.words import sort_name
from scheduling.models import Attempt, Interview
from scheduling.queries import by_ids, words
from scheduling.queries.compiled import CompiledRows, Given
from scheduling.queries.keyset import MOST_COUNTED

# Of those who may be meant so many are looked at; a tray of strangers is no reason to read everybody.
MOST_ALIKE = 500


def ids() -> "QuerySet[Interview, int]":
    """Those of bookings nobody is matched to, soonest first."""
    return Interview.objects.filter(candidate=None).order_by("starts_at", "pk").values_list("pk", flat=True)


def counted() -> QuerySet[Interview]:
    """These bookings, no more than `MOST_COUNTED`: to be counted."""
    some = Interview.objects.filter(candidate=None).order_by().values("pk")[:MOST_COUNTED]
    return Interview.objects.filter(pk__in=some)


def suggestions(rows: Iterable[Interview]) -> dict[int, Candidate]:
    """Who each unmatched booking may belong to: the same address but for a plus part, else the same name; one query."""
    attempts = {row.pk: row.current for row in rows}
    if not attempts:
        return {}
    names = sorted({attempt.invitee_name for attempt in attempts.values()} - {""})
    addresses = sorted({_plain(attempt.invitee_email) for attempt in attempts.values()})
    count = by_ids.size(len(attempts))
    given = {f"name_{place}": sort_name(names[place]) if place < len(names) else None for place in range(count)}
    people = _alike(count).ask(**given, **words.addresses(addresses, count))
    guesses = {pk: _resembling(attempt, people) for pk, attempt in attempts.items()}
    return {pk: candidate for pk, candidate in guesses.items() if candidate is not None}


@cache
def _alike(count: int) -> CompiledRows[Candidate]:
    """Who has one of so many addresses or names."""

    def build() -> QuerySet[Candidate]:
        names: list[Any] = [Given(f"name_{place}", BinaryField()) for place in range(count)]
        found = [
            SearchWord.objects.filter(words.address_places(count)).order_by().values("candidate")[:MOST_ALIKE],
            Candidate.objects.filter(sort_name__in=names, archived_at=None).order_by().values("pk")[:MOST_ALIKE],
        ]
        by_address, by_name = (Candidate.objects.filter(pk__in=ids).order_by().values("pk") for ids in found)
        return Candidate.objects.filter(pk__in=by_address.union(by_name)).only("name", "email").order_by("pk")

    return CompiledRows(build)


def _resembling(attempt: Attempt, people: list[Candidate]) -> Candidate | None:
    by_address = (person for person in people if _plain(person.email) == _plain(attempt.invitee_email))
    name = sort_name(attempt.invitee_name)
    by_name = (person for person in people if name and sort_name(person.name) == name)
    return next(by_address, None) or next(by_name, None)


def _plain(email: str) -> tuple[str, str]:
    """The address in small letters without its plus part: `(local, domain)`."""
    local, _, domain = email.lower().partition("@")
    return local.partition("+")[0], domain
