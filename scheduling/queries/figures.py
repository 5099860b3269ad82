"""Several figures from one query, each a subquery of a row that is always there; and parts of a whole."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Func, IntegerField, QuerySet, Subquery
from django.db.models.expressions import Combinable

from scheduling.queries.compiled import Compiled, Given


def percent(part: int, whole: int) -> int:
    """Which part that is of the whole; of nothing, none."""
    return round(100 * part / whole) if whole else 0


def rate(part: int, whole: int) -> str:
    """The same as people read it; of nothing there is no rate."""
    return f"{percent(part, whole)} %" if whole else "–"


def count_of(rows: "QuerySet[Any]") -> Subquery:
    """How many there are, as a value of another query."""
    # A plain function is no aggregate to Django, so that it does not group the rows it is to count.
    # Of no column, so that an index is enough.
    count = Func(template="COUNT(*)", output_field=IntegerField())
    return Subquery(rows.order_by().annotate(count=count).values("count"))


class BoundedCount(Subquery):
    """How many rows there are, or values of one column, as a value of another query, never looking at more than `most`
    of them."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: "QuerySet[Any, Any]", *, most: int, column: str = "pk") -> None:
        super().__init__(rows.order_by().values(column)[:most])


class FigureQuery:
    """Figures by name of which only the `Given` values change; flags are 1 or 0, as not every database has them."""

    def __init__(self, columns: Callable[[], Mapping[str, Combinable]]) -> None:
        self._columns = columns
        self._names: list[str] = []
        self._compiled = Compiled(self._of_viewer)

    def read(self, viewer_id: int, **given: Any) -> dict[str, int]:
        """One query, of the viewer's row."""
        rows = self._compiled.ask(viewer=viewer_id, **given)
        return {name: int(value) for row in rows for name, value in zip(self._names, row, strict=True)}

    def _of_viewer(self) -> "list[QuerySet[Any, Any]]":
        columns = self._columns()
        self._names = list(columns)
        viewer = User.objects.filter(pk=Given("viewer", IntegerField()))
        return [viewer.order_by().annotate(**columns).values_list(*columns)]
