from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from candidates.forms import OwnerForm
from candidates.models import Tag
from scheduling.forms.links import LinkForm
from scheduling.models import BookingLink
from scheduling.queries import (
    board,
    candidate_search,
    candidates,
    connections,
    interviews,
    links,
    loads,
    plans,
    search,
    timeline,
)
from scheduling.queries.parameters import row_id
from scheduling.queries.standings import Ordered
from scheduling.queries.tables import CANDIDATES
from scheduling.views import live
from scheduling.views.pages import tables

# Offered while a tag is typed.
MOST_TAGS = 200


@require_safe
@permission_required("candidates.view_candidate", raise_exception=True)
def candidate_list(request: HttpRequest) -> HttpResponse:
    """All candidates, by state, position, tag and search; as a list or as a board of states."""
    if address := tables.opening_address(request, CANDIDATES):
        return redirect(address)

    def context() -> dict[str, Any]:
        now, viewer = timezone.now(), live.viewer(request)
        found = tables.read(request, CANDIDATES)
        first = board.CHOSEN if is_board else Ordered(tuple(found.order))
        asked = candidate_search.Search(found.query, viewer, now, first=first)
        counts = asked.counts
        state = str(found.query.get("state") or "")
        if is_board:
            columns = board.laid_out(asked, state=state, viewer=viewer, now=now)
            shown: dict[str, Any] = {"columns_of_board": columns}
        else:
            shown = {
                "page": tables.slice_of(
                    request, found, now, listed=asked.listed(), count=counts.of(state), first=asked.first_ids()
                )
            }
        return {
            **shown,
            **tables.context_of(request, found),
            "is_board": is_board,
            "states": [(state, words, counts.words(state)) for state, words in candidates.STATES.items()],
            "total": counts.words(),
        }

    is_board = request.GET.get("layout") == "board"
    partial = "scheduling/_candidate_board.html" if is_board else "scheduling/_candidate_list.html"
    return live.respond(request, page="scheduling/candidate_list.html", partial=partial, context=context)


@require_safe
@permission_required("candidates.view_candidate", raise_exception=True)
def names(request: HttpRequest) -> JsonResponse:
    """Who is meant by what was typed, as a field that takes a candidate writes them."""
    people = search.people(search.tidy(request.GET.get("q", "")))
    response = JsonResponse({"names": [f"{person.name} <{person.email}>" for person in people]})
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_safe
@permission_required("candidates.view_candidate", raise_exception=True)
def candidate(request: HttpRequest, pk: int) -> HttpResponse:
    """One candidate: where they stand, what happened, what comes next."""
    return show_candidate(request, pk)


def show_candidate(request: HttpRequest, pk: int, form: LinkForm | None = None) -> HttpResponse:
    """The page, perhaps with a link form that came back with errors."""
    now = timezone.now()
    person = candidates.one(pk, now)
    if person is None:
        raise Http404

    def context() -> dict[str, Any]:
        chosen = row_id(request.GET, "event_type")
        last_used = BookingLink.objects.filter(candidate=person).values_list("event_type", flat=True).first()
        return {
            "candidate": person,
            "timeline": timeline.of_candidate(person, viewer=live.viewer(request), now=now),
            "upcoming": list(interviews.upcoming_of(person, now)),
            "next_steps": plans.next_of(person),
            "progress": plans.progress(person, now),
            "links": links.of_candidate(person.pk, now),
            "is_connected": connections.is_connected(),
            "form": form or LinkForm(person, preferred=chosen or last_used, position=row_id(request.GET, "position")),
            "new_link": BookingLink.objects.filter(candidate=person, pk=row_id(request.GET, "link") or 0).first(),
            "limit_notes": loads.warnings(now=now),
            "known_tags": Tag.objects.all()[:MOST_TAGS],
            "owner_form": OwnerForm(person),
            "now": now,
        }

    return live.respond(
        request,
        page="scheduling/candidate.html",
        partial="scheduling/_candidate.html",
        context=context,
        progress=timeline.notes_stamp(person),
    )
