"""Pages of a table."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from scheduling.queries.keyset import SIZES
from scheduling.queries.parameters import row_id


def page_of(request: HttpRequest, rows: "QuerySet[Any]") -> "Page[Any]":
    """The asked page, 25 rows unless 50 or 100 are asked for; what does not exist becomes the nearest that does."""
    asked = request.GET.get("rows", "")
    size = int(asked) if asked.isdecimal() and int(asked) in SIZES else SIZES[0]
    return Paginator(rows, size).get_page(row_id(request.GET, "page") or 1)
