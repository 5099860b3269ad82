from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from candidates.forms import CandidateForm, OwnerForm, TagForm
from candidates.models import Candidate, Tag
from scheduling.queries import links
from scheduling.services import candidates
from scheduling.views import live, notices


@require_POST
@permission_required("candidates.change_candidate", raise_exception=True)
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    count = links.open_of([pk], timezone.now()).count()
    candidates.archive(candidate, by=live.viewer(request))
    notices.done(
        request, f"{candidate.name} is archived.{_closed(count)}", undo=reverse("candidate_restore", args=[pk])
    )
    return redirect("candidate", pk=pk)


def _closed(count: int) -> str:
    """What that means for their open links."""
    if count == 0:
        return ""
    return " Their link no longer leads anywhere." if count == 1 else f" Their {count} links no longer lead anywhere."


@require_POST
@permission_required("candidates.change_candidate", raise_exception=True)
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    candidates.restore(candidate, by=live.viewer(request))
    messages.success(request, f"{candidate.name} is back among the candidates.")
    return redirect("candidate", pk=pk)


@require_POST
@permission_required("candidates.change_candidate", raise_exception=True)
def add_tag(request: HttpRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate, pk=pk)
    form = TagForm(request.POST)
    if form.is_valid():
        tag = candidates.add_tag(candidate, form.cleaned_data["name"], by=live.viewer(request))
        messages.success(request, f"{candidate.name} is tagged “{tag}”.")
    else:
        messages.error(request, " ".join(map(str, form.errors["name"])))
    return redirect("candidate", pk=pk)


@require_POST
@permission_required("candidates.change_candidate", raise_exception=True)
def remove_tag(request: HttpRequest, pk: int, tag_pk: int) -> HttpResponse:
    candidate, tag = get_object_or_404(Candidate, pk=pk), get_object_or_404(Tag, pk=tag_pk)
    candidates.remove_tag(candidate, tag, by=live.viewer(request))
    undo = reverse("tag_restore", args=[pk, tag_pk])
    notices.done(request, f"{candidate.name} is no longer tagged “{tag}”.", undo=undo)
    return redirect("candidate", pk=pk)


@require_POST
@permission_required("candidates.change_candidate", raise_exception=True)
def restore_tag(request: HttpRequest, pk: int, tag_pk: int) -> HttpResponse:
    """Undo that a tag was taken away."""
    candidate, tag = get_object_or_404(Candidate, pk=pk), get_object_or_404(Tag, pk=tag_pk)
    candidates.add_tag(candidate, tag.name, by=live.viewer(request))
    messages.success(request, f"{candidate.name} is tagged “{tag}” again.")
    return redirect("candidate", pk=pk)


@require_POST
@permission_required("candidates.change_candidate", raise_exception=True)
def change_owner(request: HttpRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(Candidate.objects.select_related("owner"), pk=pk)
    form = OwnerForm(candidate, request.POST)
    if form.is_valid():
        candidates.change_owner(candidate, form.cleaned_data["owner"], by=live.viewer(request))
        messages.success(request, f"The owner of {candidate.name} is saved.")
    else:
        messages.error(request, " ".join(map(str, form.errors["owner"])))
    return redirect("candidate", pk=pk)


@require_http_methods(["GET", "POST"])
@permission_required("candidates.add_candidate", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """The empty form, and what it sends."""
    form = CandidateForm(request.POST or None, initial={"owner": request.user.pk})
    if request.method == "POST" and form.is_valid():
        candidate = form.save()
        candidates.note_added(candidate, by=live.viewer(request))
        messages.success(request, f"{candidate.name} is added. Send them a booking link.")
        return redirect("candidate", pk=candidate.pk)
    return _show(request, form)


@require_http_methods(["GET", "POST"])
@permission_required("candidates.change_candidate", raise_exception=True)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The filled-in form, and what it sends."""
    form = CandidateForm(request.POST or None, instance=get_object_or_404(Candidate, pk=pk))
    if request.method == "POST" and form.is_valid():
        candidate = form.save()
        if changed := form.changes():
            candidates.note_edited(candidate, changed=changed, by=live.viewer(request))
        messages.success(request, f"{candidate.name} is saved.")
        return redirect("candidate", pk=pk)
    return _show(request, form)


def _show(request: HttpRequest, form: CandidateForm) -> HttpResponse:
    return render(request, "candidates/candidate_form.html", {"form": form}, status=422 if form.errors else 200)
