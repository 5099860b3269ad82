from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.queries import insights as query
from scheduling.queries.tallies import HOW
from scheduling.views import live
from scheduling.views.pages.interviews import may_view


@require_safe
@may_view
def insights(request: HttpRequest) -> HttpResponse:
    """How the interviews of the last weeks went, and what became of their links."""
    found, now = query.asked(request.GET), timezone.now()
    context = {
        "asked": found,
        "periods": query.WEEKS,
        "period_words": query.WEEKS[str(found.query["starts"])],
        "insights": query.read(found, viewer=live.viewer(request), now=now),
        "how": HOW,
        "narrowing": query.narrowing(found),
        "ignored": found.ignored,
    }
    return render(request, "scheduling/insights.html", context)
