from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.queries import links
from scheduling.queries.tables import LINKS
from scheduling.views import live
from scheduling.views.pages import tables


@require_safe
@permission_required("scheduling.view_bookinglink", raise_exception=True)
def link_list(request: HttpRequest) -> HttpResponse:
    """All booking links and what became of them."""
    if address := tables.opening_address(request, LINKS):
        return redirect(address)

    def context() -> dict[str, Any]:
        found = tables.read(request, LINKS)
        return {
            "page": tables.slice_of(request, found, timezone.now()),
            **tables.context_of(request, found),
            "states": links.STATES,
        }

    return live.respond(
        request, page="scheduling/link_list.html", partial="scheduling/_link_list.html", context=context
    )
