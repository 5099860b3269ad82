"""One act for many interviews: each row succeeds or says why not."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from scheduling.calendly import errors
from scheduling.forms.interviews import CancelForm
from scheduling.models import Interview
from scheduling.queries import connections
from scheduling.services import cancellations, outcomes
from scheduling.services.problems import RECONNECT, explain
from scheduling.views import live
from scheduling.views.actions.cancellations import wake
from scheduling.views.pages.interviews import chosen_rows, others_hit, show_chosen
from scheduling.views.zones import next_url

may_change = permission_required("scheduling.change_interview", raise_exception=True)
# So many problems are told one by one; the rest is a number.
TOLD = 10


class Stopped(Exception):
    """The rest would fail likewise, so it is not tried; the text says why."""


@require_POST
@may_change
def cancel(request: HttpRequest) -> HttpResponse:
    """Ask for all these cancellations, with one reason; they are undone together or one by one."""
    rows = chosen_rows(request.POST)
    form = CancelForm(request.POST, other_seats=others_hit(rows))
    if not form.is_valid():
        return show_chosen(request, "cancel", rows, form)
    viewer = live.viewer(request)

    def ask(interview: Interview) -> None:
        wake(cancellations.ask(interview, form.wish(), by=viewer))

    return _each(request, rows, ask, done="")


@require_POST
@may_change
def mark_no_show(request: HttpRequest) -> HttpResponse:
    """Mark these candidates as no-shows at Calendly, one after the other; stop when Calendly is away."""
    viewer = live.viewer(request)

    def mark(interview: Interview) -> None:
        connection = connections.serving_interview(interview)
        if connection is None:
            raise Stopped(f"Calendly is not connected. {RECONNECT}")
        try:
            outcomes.mark_no_show(interview, connection=connection, by=viewer)
        except (errors.Unauthorized, errors.Unavailable, errors.RateLimited) as error:
            raise Stopped(explain(error)) from error

    return _each(request, chosen_rows(request.POST), mark, done="marked as candidate no-show")


@require_POST
@may_change
def mark_held(request: HttpRequest) -> HttpResponse:
    viewer = live.viewer(request)

    def mark(interview: Interview) -> None:
        outcomes.mark_held(interview, by=viewer)

    return _each(request, chosen_rows(request.POST), mark, done="marked as held")


def _each(request: HttpRequest, rows: list[Interview], act: Callable[[Interview], None], *, done: str) -> HttpResponse:
    """Do it for each, then say how many and, by name, what went wrong."""
    if not rows:
        messages.error(request, "Choose at least one interview.")
    count, problems = 0, []
    for position, row in enumerate(rows):
        try:
            act(row)
        except outcomes.NotPossible as error:
            problems.append(f"{row.who}: {error}")
        except errors.CalendlyError as error:
            problems.append(f"{row.who}: {explain(error)}")
        except Stopped as error:
            problems.append(f"Stopped with {len(rows) - position} of {len(rows)} not done. {error}")
            break
        else:
            count += 1
    if count and done:
        messages.success(request, f"{count} interview{'' if count == 1 else 's'} {done}.")
    for problem in problems[:TOLD]:
        messages.error(request, problem)
    if len(problems) > TOLD:
        messages.error(request, f"And {len(problems) - TOLD} more could not be done.")
    return redirect(next_url(request, reverse("interview_list")))
