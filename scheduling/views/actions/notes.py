from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from candidates.forms import NoteForm
from candidates.models import Candidate, Note
from scheduling.services import notes
from scheduling.views import live
from scheduling.views.addresses import sent_from

may_note = permission_required("candidates.change_candidate", raise_exception=True)


@sent_from("candidate", "pk")
@may_note
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a note; one that cannot be kept comes back in its form."""
    candidate = get_object_or_404(Candidate, pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _show(request, form, candidate)
    notes.add(candidate, form.cleaned_data["text"], by=live.viewer(request))
    messages.success(request, "The note is added.")
    return redirect("candidate", pk=pk)


@require_http_methods(["GET", "POST"])
@may_note
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The note in a form, and what it sends."""
    note = _note(request, pk)
    form = NoteForm(request.POST or None, instance=note)
    if request.method == "POST" and form.is_valid():
        notes.edit(note, form.cleaned_data["text"])
        messages.success(request, "The note is saved.")
        return redirect("candidate", pk=note.candidate_id)
    return _show(request, form, note.candidate)


@require_POST
@may_note
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    note = _note(request, pk)
    notes.delete(note)
    messages.success(request, "The note is deleted. You can undo that on the time line for an hour.")
    return redirect("candidate", pk=note.candidate_id)


@require_POST
@may_note
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    note = _note(request, pk)
    notes.restore(note)
    messages.success(request, "The note is back.")
    return redirect("candidate", pk=note.candidate_id)


def _note(request: HttpRequest, pk: int) -> Note:
    """The note, when the viewer may change it."""
    note = get_object_or_404(Note.objects.select_related("candidate"), pk=pk)
    if not note.may_be_changed_by(live.viewer(request)):
        raise PermissionDenied
    return note


def _show(request: HttpRequest, form: NoteForm, candidate: Candidate) -> HttpResponse:
    context = {"form": form, "candidate": candidate}
    return render(request, "candidates/note_form.html", context, status=422 if form.errors else 200)
