"""Several figures from one query: each is a subquery of a row that is always there."""

from typing import Any

from django.db.models import F, Func, IntegerField, QuerySet, Subquery


def count_of(rows: "QuerySet[Any]") -> Subquery:
    """How many there are, as a value of another query."""
    # A plain function is no aggregate to Django, so that it does not group the rows it is to count.
    count = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return Subquery(rows.order_by().annotate(count=count).values("count"))
