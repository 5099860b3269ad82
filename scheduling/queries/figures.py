"""Several figures from one query: each is a subquery of a row that is always there."""

from typing import Any

from django.db.models import F, Func, IntegerField, QuerySet, Subquery


def count_of(rows: "QuerySet[Any]") -> Subquery:
    """How many there are, as a value of another query."""
    # A plain function is no aggregate to Django, so that it does not group the rows it is to count.
    count = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return Subquery(rows.order_by().annotate(count=count).values("count"))


class BoundedCount(Subquery):
    """How many there are, as a value of another query, never looking at more than `most` of them."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: "QuerySet[Any]", *, most: int) -> None:
        super().__init__(rows.order_by().values("pk")[:most])
