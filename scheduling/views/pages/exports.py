"""Lists to take away: exactly the rows of a list's filter, as CSV or JSON, streamed."""

import csv
import io
import json
from collections.abc import Iterator

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.queries import candidates, exports, interviews, links
from scheduling.queries.imports import guarded
from scheduling.views import live

Rows = Iterator[dict[str, str]]


@require_safe
@permission_required("candidates.view_candidate", raise_exception=True)
def export_candidates(request: HttpRequest, form: str) -> StreamingHttpResponse:
    rows = candidates.listed(request.GET, viewer=live.viewer(request), now=timezone.now())
    return _streamed("candidates", form, exports.plain(rows, exports.CANDIDATES), exports.CANDIDATES)


@require_safe
@permission_required("scheduling.view_bookinglink", raise_exception=True)
def export_links(request: HttpRequest, form: str) -> StreamingHttpResponse:
    rows = links.listed(request.GET, viewer=live.viewer(request), now=timezone.now())
    return _streamed("links", form, exports.plain(rows, exports.LINKS), exports.LINKS)


@require_safe
@permission_required("scheduling.view_interview", raise_exception=True)
def export_interviews(request: HttpRequest, form: str) -> StreamingHttpResponse:
    rows = interviews.listed(request.GET, now=timezone.now())
    return _streamed("interviews", form, exports.plain(rows, exports.INTERVIEWS), exports.INTERVIEWS)


def _streamed(name: str, form: str, rows: Rows, columns: exports.Columns) -> StreamingHttpResponse:
    forms = {"csv": ("text/csv; charset=utf-8", _csv), "json": ("application/json", _json)}
    if form not in forms:
        raise Http404
    content_type, write = forms[form]
    response = StreamingHttpResponse(write(rows, list(columns)), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.{form}"'
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
