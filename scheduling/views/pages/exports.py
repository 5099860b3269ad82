"""Lists to take away: exactly the rows of a list's filter, as CSV or JSON, streamed."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.queries import exports
from scheduling.queries.imports import guarded
from scheduling.queries.parameters import row_ids
from scheduling.queries.tables import CANDIDATES, INTERVIEWS, LINKS, Asked, Table, asked
from scheduling.views import live

Rows = Iterator[dict[str, str]]


@require_safe
@permission_required("candidates.view_candidate", raise_exception=True)
def export_candidates(request: HttpRequest, form: str) -> HttpResponseBase:
    return _answer(request, CANDIDATES, form, exports.CANDIDATES)


@require_safe
@permission_required("scheduling.view_bookinglink", raise_exception=True)
def export_links(request: HttpRequest, form: str) -> HttpResponseBase:
    return _answer(request, LINKS, form, exports.LINKS)


@require_safe
@permission_required("scheduling.view_interview", raise_exception=True)
def export_interviews(request: HttpRequest, form: str) -> HttpResponseBase:
    return _answer(request, INTERVIEWS, form, exports.INTERVIEWS)


def _answer(request: HttpRequest, table: Table, form: str, columns: exports.Columns) -> HttpResponseBase:
    """The file, or a page that says why there is none: it would hold more rows than were asked for."""
    if form not in FORMS:
        raise Http404
    found = asked(table, request.GET)
    if found.lost:
        return render(request, "scheduling/export_refused.html", {"asked": found, "table": table}, status=400)
    return _streamed(request, found, form, columns)


def _rows(request: HttpRequest, found: Asked) -> "QuerySet[Any]":
    """The rows of the list's filter in its order; only those ticked, where some are."""
    table, now = found.table, timezone.now()
    rows = found.rows(viewer=live.viewer(request), now=now)
    ticked = row_ids(request.GET, table.parameter)
    if ticked and not request.GET.get("all"):
        rows = rows.filter(pk__in=ticked)
    return table.with_rows(rows, now).order_by(*(key.ordering() for key in found.order))


def _streamed(request: HttpRequest, found: Asked, form: str, columns: exports.Columns) -> StreamingHttpResponse:
    content_type, write = FORMS[form]
    rows = exports.plain(_rows(request, found), columns)
    response = StreamingHttpResponse(write(rows, list(columns)), content_type=content_type)
    name = f"{found.table.name}-{timezone.localdate():%Y-%m-%d}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv(rows: Rows, columns: list[str]) -> Iterator[str]:
    """With a byte order mark, by which spreadsheets know UTF-8; no cell is taken for a formula."""
    yield "\ufeff" + _line(columns)
    for row in rows:
        yield _line([guarded(row[column]) for column in columns])


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _json(rows: Rows, columns: list[str]) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n" + json.dumps(row, ensure_ascii=False)
    yield "\n]\n"


FORMS = {"csv": ("text/csv; charset=utf-8", _csv), "json": ("application/json", _json)}
