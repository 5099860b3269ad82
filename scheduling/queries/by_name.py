"""Who has a word that thousands have, in the order of names."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet

from candidates.models import Candidate, SearchWord
from scheduling.queries.by_ids import AmongRows
from scheduling.queries.compiled import Compiled
from scheduling.queries.orders import Order
from scheduling.queries.standings import MOST_FIRST
from scheduling.queries.words import Kind, Shape, beginning, places

Place = SearchWord.Place


def is_for(words: Shape, order: Order) -> bool:
    """Whether one word is asked for that can begin a name, in the order of names."""
    return words in (((Kind.SHORT,),), ((Kind.LONG,),)) and order[0].field == "sort_name"


class ByName:
    """The first candidates who have a word, by their name.

    Whose name begins with it stand side by side in an index of names, of which the first are enough; only who has it
    elsewhere are looked up each. `rows` are all who may be meant, the word is given.
    """

    def __init__(self, rows: "Callable[[], QuerySet[Candidate]]", words: Shape, order: Order) -> None:
        self._rows, self._order = rows, order
        ((self._word,),) = places(words)
        self._parts = Compiled(self._written)

    def read(self, **given: Any) -> tuple[Counter[str], list[int]]:
        """No counts, and the ids."""
        # Who is named in both parts is one.
        found = {(bytes(name), pk) for name, pk in self._parts.ask(**given)}
        return Counter(), [pk for _, pk in sorted(found, reverse=self._order[0].is_descending)][:MOST_FIRST]

    def _written(self) -> "Iterator[QuerySet[Any, Any]]":
        word = self._word.value
        elsewhere = SearchWord.objects.filter(beginning(word), place=Place.ELSEWHERE).order_by()
        for part in (
            self._rows().filter(beginning(word, "sort_name")),
            self._rows().filter(AmongRows("pk", elsewhere.values("candidate"))),
        ):
            yield part.order_by(*(key.ordering() for key in self._order)).values_list("sort_name", "pk")[:MOST_FIRST]
