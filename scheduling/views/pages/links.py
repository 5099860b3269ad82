from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.queries import links
from scheduling.queries.parameters import ignored, is_set
from scheduling.views import live
from scheduling.views.pages.paging import page_of


@require_safe
@permission_required("scheduling.view_bookinglink", raise_exception=True)
def link_list(request: HttpRequest) -> HttpResponse:
    """All booking links and what became of them."""

    def context() -> dict[str, Any]:
        now = timezone.now()
        return {
            "page": page_of(request, links.listed(request.GET, viewer=live.viewer(request), now=now)),
            "states": links.STATES,
            "event_types": links.used_event_types(),
            "ignored": ignored(request.GET, links.FILTERS),
            "is_filtered": is_set(request.GET, "state", "event_type", "mine", "q"),
        }

    return live.respond(
        request, page="scheduling/link_list.html", partial="scheduling/_link_list.html", context=context
    )
