from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.views.decorators.http import require_safe

from candidates.imports import plan
from candidates.imports.columns import FIELDS
from candidates.imports.plan import Decision
from candidates.models import CandidateImport
from scheduling.forms.imports import ColumnsForm, UploadForm
from scheduling.queries import imports
from scheduling.services import imports as keeping
from scheduling.views import live
from scheduling.views.pages.paging import page_of

may_import = permission_required("candidates.add_candidate", raise_exception=True)


@require_safe
@may_import
def import_list(request: HttpRequest) -> HttpResponse:
    """Choose a file; below, the imports there were."""
    return show_list(request, UploadForm())


def show_list(request: HttpRequest, form: UploadForm) -> HttpResponse:
    context = {"form": form, "page": page_of(request, imports.listed()), "fields": FIELDS.values()}
    return render(request, "scheduling/import_list.html", context, status=422 if form.errors else 200)


@require_safe
@may_import
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview of an import that waits, else how far it has come and what became of its rows."""
    row = get_object_or_404(CandidateImport.objects.select_related("created_by", "undone_by"), pk=pk)
    if row.is_open:
        keeping.look_again(row)
        return show_preview(request, row, ColumnsForm(row, imports.head(row)))
    return _show_progress(request, row)


def show_preview(request: HttpRequest, row: CandidateImport, form: ColumnsForm) -> HttpResponse:
    """The columns and choices, perhaps with errors, and what they would do."""
    is_ready = row.state == CandidateImport.State.MAPPED
    shown = [name for name in FIELDS if name in row.mapping and name not in ("first_name", "last_name")]
    if not {"name"} & set(shown):
        shown.insert(0, "name")
    context = {
        "import": row,
        "form": form,
        "is_ready": is_ready,
        "expected": row.expected,
        "digest": plan.digest(row.expected),
        "columns": [FIELDS[name] for name in shown],
        "rows": [_cells(row, found, shown) for found in imports.preview(row)] if is_ready else [],
    }
    return render(request, "scheduling/import_preview.html", context, status=422 if form.errors else 200)


def _cells(row: CandidateImport, found: Decision, shown: list[str]) -> dict[str, Any]:
    """A row of the preview: each cell as it is in the file, with what is wrong with it."""
    problems = found.checked.problems
    cells = found.checked.row.cells

    def text(name: str) -> str:
        columns = [row.mapping[part] for part in _parts(row, name)]
        return " ".join(cells[column].strip() for column in columns if column < len(cells)).replace("\0", "�").strip()

    return {
        "number": found.checked.row.number,
        "state": found.state,
        "candidate": found.candidate,
        "why": found.problem if not problems else str(problems.get("row", "")),
        "cells": [(FIELDS[name], text(name), problems.get(name)) for name in shown],
    }


def _parts(row: CandidateImport, name: str) -> list[str]:
    names = ["first_name", "last_name"] if name == "name" and "name" not in row.mapping else [name]
    return [part for part in names if part in row.mapping]


def _show_progress(request: HttpRequest, row: CandidateImport) -> HttpResponse:
    state = request.GET.get("state", "")

    def context() -> dict[str, Any]:
        return {
            "import": row,
            "state": state,
            "states": imports.counts(row),
            "page": page_of(request, imports.results(row, state)),
        }

    return live.respond(
        request,
        page="scheduling/import.html",
        partial="scheduling/_import.html",
        context=context,
        progress=f"{row.state}-{row.reached}-{row.error}",
    )


@require_safe
@may_import
def rejected_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rejected rows as a CSV file, each with its reason."""
    row = get_object_or_404(CandidateImport, pk=pk)
    if not row.rejected_count:
        raise Http404
    name = get_valid_filename(f"rejected-{row.name.rsplit('.', 1)[0][:80]}.csv")
    response = StreamingHttpResponse(imports.rejected_lines(row), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
