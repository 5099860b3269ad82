from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from candidates.models import Candidate, Position
from scheduling.forms.interviews import AttachForm, CancelForm, MakeCandidateForm
from scheduling.models import EventType, Interview, Interviewer
from scheduling.queries import interviews as query
from scheduling.queries.parameters import is_set
from scheduling.views import live
from scheduling.views.pages.paging import page_of


@require_safe
@permission_required("scheduling.view_interview", raise_exception=True)
def interview_list(request: HttpRequest) -> HttpResponse:
    """All interviews, by tab, interviewer, event type, position and search."""

    def context() -> dict[str, Any]:
        now = timezone.now()
        return {
            "page": page_of(request, query.listed(request.GET, now=now)),
            "views": query.VIEWS,
            "view": request.GET.get("view") if request.GET.get("view") in query.VIEWS else "upcoming",
            "interviewers": Interviewer.objects.filter(is_member=True),
            "event_types": EventType.objects.filter(deleted_at=None),
            "positions": Position.objects.all(),
            "is_filtered": is_set(request.GET, "interviewers", "event_type", "position", "q"),
            "now": now,
        }

    return live.respond(
        request, page="scheduling/interview_list.html", partial="scheduling/_interview_list.html", context=context
    )


@require_safe
@permission_required("scheduling.view_interview", raise_exception=True)
def interview(request: HttpRequest, pk: int) -> HttpResponse:
    """One interview with its whole story."""
    return show_interview(request, pk)


def show_interview(request: HttpRequest, pk: int, form: CancelForm | None = None) -> HttpResponse:
    """The page, perhaps with a cancel form that came back with errors."""
    rows = query.with_rows(Interview.objects.all()).prefetch_related("attempts__answers")
    found = get_object_or_404(rows, pk=pk)

    def context() -> dict[str, Any]:
        now = timezone.now()
        other_seats = query.other_seats(found)
        has_started = found.starts_at is not None and found.starts_at <= now
        is_over = found.ends_at is not None and found.ends_at <= now
        return {
            "interview": found,
            "current": found.current,
            "timeline": found.timeline.select_related("actor", "attempt"),
            "other_seats": other_seats,
            "form": form or CancelForm(other_seats=other_seats),
            "can_cancel": found.state == Interview.State.BOOKED and not is_over,
            "can_mark": found.state in (Interview.State.BOOKED, Interview.State.HELD) and has_started,
            "can_hold": found.state == Interview.State.BOOKED and has_started,
            "has_started": has_started,
            "now": now,
        }

    return live.respond(
        request, page="scheduling/interview.html", partial="scheduling/_interview.html", context=context
    )


@require_safe
@permission_required("scheduling.view_interview", raise_exception=True)
def unmatched(request: HttpRequest) -> HttpResponse:
    """The tray: bookings that belong to no candidate yet."""
    return show_unmatched(request)


def show_unmatched(request: HttpRequest, refused: tuple[int, AttachForm] | None = None) -> HttpResponse:
    """The tray, perhaps with one row's form that came back with errors."""
    page = page_of(request, query.unmatched())
    guesses = query.suggestions(page)
    rows = [(row, guesses.get(row.pk), _form_for(row, refused)) for row in page]
    people = Candidate.objects.filter(archived_at=None).order_by("name")[:2000]
    context = {"page": page, "rows": rows, "make_form": MakeCandidateForm(), "people": people}
    return render(request, "scheduling/unmatched.html", context)


def _form_for(row: Interview, refused: tuple[int, AttachForm] | None) -> AttachForm:
    if refused is not None and refused[0] == row.pk:
        return refused[1]
    return AttachForm(auto_id=f"attach_{row.pk}_%s")
