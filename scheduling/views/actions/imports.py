from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from candidates.imports import plan
from candidates.imports.reading import Unreadable
from candidates.models import CandidateImport
from scheduling import tasks
from scheduling.forms.imports import ColumnsForm, UploadForm
from scheduling.queries import imports as query
from scheduling.services import imports
from scheduling.views import live
from scheduling.views.pages.imports import show_list, show_preview

may_import = permission_required("candidates.add_candidate", raise_exception=True)


@require_POST
@may_import
def upload(request: HttpRequest) -> HttpResponse:
    """Keep the file and show what it would do; nothing is imported yet."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            return redirect(imports.upload(file.name, file.read(), by=live.viewer(request)))
        except Unreadable as error:
            form.add_error("file", str(error))
    return show_list(request, form)


@require_POST
@may_import
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file as chosen and show what that would do."""
    row = get_object_or_404(CandidateImport, pk=pk)
    answer, _ = _choose(request, row)
    return answer or redirect(row)


@require_POST
@may_import
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Import what the preview showed; what nobody has seen, of other choices or as of now, is previewed first."""
    row = get_object_or_404(CandidateImport, pk=pk)
    answer, is_other = _choose(request, row)
    if answer is not None:
        return answer
    if is_other:
        messages.info(request, "Nothing is imported yet: this is what it would do with your last changes.")
        return redirect(row)
    imports.look_again(row)
    if request.POST.get("digest") != plan.digest(row.expected):
        messages.info(
            request, "Nothing is imported yet: something changed here meanwhile. This is what it would do now."
        )
        return redirect(row)
    if imports.start(row):
        tasks.wake(tasks.advance_import, row.pk)
    return redirect(row)


def _choose(request: HttpRequest, row: CandidateImport) -> tuple[HttpResponse | None, bool]:
    """Take the form's choices: an answer when something is wrong with them, and whether they are other than before."""
    if not row.is_open:
        return redirect(row), False
    form = ColumnsForm(row, query.head(row), request.POST)
    if form.is_valid():
        try:
            return None, imports.choose(row, **form.choices())
        except Unreadable as error:
            form.add_error(None, str(error))
            row.refresh_from_db()
    return show_preview(request, row, form), False


@require_POST
@may_import
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with an import that stopped."""
    row = get_object_or_404(CandidateImport, pk=pk)
    if imports.resume(row):
        tasks.wake(tasks.advance_import, row.pk)
    return redirect(row)


@require_POST
@may_import
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what an import did."""
    row = get_object_or_404(CandidateImport, pk=pk)
    if imports.undo(row, by=live.viewer(request)):
        tasks.wake(tasks.advance_import, row.pk)
    return redirect(row)


@require_POST
@may_import
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a file that was not imported."""
    row = get_object_or_404(CandidateImport, pk=pk)
    if not row.is_open:
        return redirect(row)
    imports.discard(row)
    messages.success(request, f"{row.name} is forgotten. Nothing was imported.")
    return redirect("import_list")
