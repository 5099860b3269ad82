"""Interviews that are over, counted by how they went, with the list of those behind each count."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from scheduling.queries import interviews
from scheduling.queries.figures import rate

# How an interview that is over went, as far as anybody said, in the order it is told.
HOW = {**interviews.OUTCOMES, "unmarked": "Not marked"}


@dataclass(frozen=True)
class Cell:
    """How many interviews went one way, and the list of them, if there is one."""

    how: str
    words: str
    count: int
    address: str


@dataclass(frozen=True)
class Tally:
    """Interviews that are over by how they went; `query` asks the list for them, and is empty where it cannot."""

    words: str
    counts: Counter[str]
    query: Mapping[str, str]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def came_or_not(self) -> int:
        """Of how many is known whether the candidate came to an interviewer who did."""
        return self.counts["held"] + self.counts["no_show"]

    @property
    def no_show_rate(self) -> str:
        return rate(self.counts["no_show"], self.came_or_not)

    @property
    def address(self) -> str:
        return _address(self.query) if self.query else ""

    @property
    def cells(self) -> list[Cell]:
        return [Cell(how, words, self.counts[how], self.address_of(how)) for how, words in HOW.items()]

    def address_of(self, how: str) -> str:
        """The list of those that went so."""
        if not self.query:
            return ""
        return _address({**self.query, "view": "unmarked"} if how == "unmarked" else {**self.query, "outcome": how})


@dataclass(frozen=True)
class Grouped:
    """The same interviews by one thing they differ in; `words` say what a row is."""

    words: str
    rows: list[Tally]

    @property
    def title(self) -> str:
        return f"By {self.words.lower()}"

    @property
    def most(self) -> int:
        """How many the longest row has."""
        return max((row.total for row in self.rows), default=0)


def _address(query: Mapping[str, str]) -> str:
    return f"{reverse('interview_list')}?{urlencode({name: value for name, value in query.items() if value})}"
