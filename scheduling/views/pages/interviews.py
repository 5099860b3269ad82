from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from candidates.models import Position
from scheduling.forms.interviews import AttachForm, CancelForm
from scheduling.models import Interview
from scheduling.queries import cancellations, interview_search, loads, timeline, tray, weeks
from scheduling.queries import interviews as query
from scheduling.queries.tables import INTERVIEWS, Asked
from scheduling.views import live
from scheduling.views.pages import tables
from scheduling.views.pages.paging import page_of

may_view = permission_required("scheduling.view_interview", raise_exception=True)


@require_safe
@may_view
def interview_list(request: HttpRequest) -> HttpResponse:
    """All interviews, by tab, outcome, interviewer, event type, position and search; as a list or as a week."""
    if address := tables.opening_address(request, INTERVIEWS):
        return redirect(address)

    def context() -> dict[str, Any]:
        now = timezone.now()
        found = tables.read(request, INTERVIEWS)
        shown = _week(request, found, now) if is_week else {"page": tables.slice_of(request, found, now)}
        return {
            **shown,
            **tables.context_of(request, found),
            "is_week": is_week,
            "views": interview_search.VIEWS,
            "view": interview_search.chosen_view(found.query),
            "view_words": interview_search.VIEWS[interview_search.chosen_view(found.query)],
            "outcomes": query.OUTCOMES,
            "periods": interview_search.PERIODS,
            "now": now,
        }

    is_week = request.GET.get("layout") == "week"
    partial = "scheduling/_interview_week.html" if is_week else "scheduling/_interview_list.html"
    return live.respond(request, page="scheduling/interview_list.html", partial=partial, context=context)


def _week(request: HttpRequest, found: Asked, now: datetime) -> dict[str, Any]:
    """The asked rows of one week; a week that is none is told."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    text, today = request.GET.get("week", ""), timezone.localdate()
    if text and weeks.named(text) is None:
        found.ignored.append(f"week={text[:40]}")
    rows = found.rows(viewer=live.viewer(request), now=now)
    calendar = weeks.laid_out(rows, weeks.parse(text, today=today), zone, order=INTERVIEWS.sorts["starts"])
    return {"calendar": calendar, "today": today}


@require_safe
@may_view
def interview(request: HttpRequest, pk: int) -> HttpResponse:
    """One interview with its whole story."""
    return show_interview(request, pk)


def show_interview(request: HttpRequest, pk: int, form: CancelForm | None = None) -> HttpResponse:
    """The page, perhaps with a cancel form that came back with errors."""
    rows = query.with_rows(Interview.objects.select_related("interviewer_no_show_by", "held_by"))
    found = get_object_or_404(rows.prefetch_related("attempts__answers"), pk=pk)

    def context() -> dict[str, Any]:
        now = timezone.now()
        other_seats = query.other_seats(found)
        asked = cancellations.current_of(found)
        return {
            "interview": found,
            "current": found.current,
            "timeline": timeline.of_interview(found),
            "other_seats": other_seats,
            "form": form or CancelForm(other_seats=other_seats),
            "asked": asked,
            "seconds_left": cancellations.seconds_left(asked, now) if asked else 0,
            "book_again_url": query.book_again_url(found),
            "over_limit": loads.of_interview(found),
            **_possible(found, now),
            "now": now,
        }

    return live.respond(
        request, page="scheduling/interview.html", partial="scheduling/_interview.html", context=context
    )


def _possible(found: Interview, now: datetime) -> dict[str, bool]:
    """Which acts fit the interview now."""
    has_started = found.starts_at is not None and found.starts_at <= now
    is_over = found.ends_at is not None and found.ends_at <= now
    is_standing = found.state in (Interview.State.BOOKED, Interview.State.HELD)
    return {
        # The room of a canceled booking, or of one that was moved away, is nobody's.
        "can_join": found.state not in (Interview.State.CANCELED, Interview.State.MOVING),
        "can_cancel": found.state == Interview.State.BOOKED and not is_over,
        "can_mark": is_standing and has_started,
        "can_hold": found.state == Interview.State.BOOKED and has_started,
        "can_book_again": found.state in (Interview.State.CANCELED, *query.NO_SHOWS),
    }


@require_safe
@may_view
def unmatched(request: HttpRequest) -> HttpResponse:
    """The tray: bookings that belong to no candidate yet."""
    return show_unmatched(request)


def show_unmatched(request: HttpRequest, refused: tuple[int, AttachForm] | None = None) -> HttpResponse:
    """The tray, perhaps with one row's form that came back with errors."""
    page = page_of(request, tray.ids())
    found = query.dressed(list(page))
    guesses = tray.suggestions(found)
    # Only a form that came back tells something that the row does not.
    returned = dict([refused]) if refused else {}
    rows = [(row, guesses.get(row.pk), returned.get(row.pk)) for row in found]
    positions = [(position.pk, str(position)) for position in Position.objects.filter(closed_at=None)]
    context = {"page": page, "rows": rows, "positions": positions, "form": refused[1] if refused else None}
    return render(request, "scheduling/unmatched.html", context)
