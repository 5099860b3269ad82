from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from candidates.forms import OwnerForm
from candidates.models import Position, Tag
from scheduling.forms.links import LinkForm
from scheduling.models import BookingLink
from scheduling.queries import candidates, connections, interviews, links, timeline
from scheduling.queries.parameters import ignored, is_set, row_id
from scheduling.views import live
from scheduling.views.pages.paging import page_of

# Offered while a tag is typed.
MOST_TAGS = 200


@require_safe
@permission_required("candidates.view_candidate", raise_exception=True)
def candidate_list(request: HttpRequest) -> HttpResponse:
    """All candidates, by state, position, tag and search."""

    def context() -> dict[str, Any]:
        now, viewer = timezone.now(), live.viewer(request)
        counts = candidates.counts(request.GET, viewer=viewer, now=now)
        positions, tags = list(Position.objects.all()), list(candidates.used_tags())
        position, tag = row_id(request.GET, "position"), row_id(request.GET, "tag")
        return {
            "page": page_of(request, candidates.listed(request.GET, viewer=viewer, now=now)),
            "states": [(state, words, counts.get(state, 0)) for state, words in candidates.STATES.items()],
            "total": sum(counts.values()),
            "positions": positions,
            "position": next((row for row in positions if row.pk == position), None),
            "tags": tags,
            "tag": next((row for row in tags if row.pk == tag), None),
            "ignored": ignored(request.GET, candidates.FILTERS),
            "is_filtered": is_set(request.GET, "state", "position", "tag", "mine", "q"),
        }

    return live.respond(
        request, page="scheduling/candidate_list.html", partial="scheduling/_candidate_list.html", context=context
    )


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
            "upcoming": interviews.upcoming_of(person, now),
            "links": links.of_candidate(person.pk, now),
            "is_connected": connections.is_connected(),
            "form": form or LinkForm(person, preferred=chosen or last_used, position=row_id(request.GET, "position")),
            "new_link": BookingLink.objects.filter(candidate=person, pk=row_id(request.GET, "link") or 0).first(),
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
