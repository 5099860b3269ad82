"""The candidate's page: the current truth about their link, without a login."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from scheduling.queries.booking import truth
from scheduling.services import links

GUESSES_PER_MINUTE = 30


@login_not_required
@require_safe
def booking(request: HttpRequest, token: str) -> HttpResponse:
    """What is true of this link now. Looking does not count as opening: mail scanners look too."""
    found = truth(token, timezone.now())
    if found is None:
        return missing(request)
    etag = f'W/"{found.version}-{timezone.get_current_timezone_name()}"'
    if "live" not in request.GET:
        return private(render(request, "scheduling/booking.html", {"truth": found, "live_etag": etag}))
    response: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = render(request, "scheduling/_booking.html", {"truth": found})
    response["ETag"] = etag
    return private(response)


@login_not_required
@require_POST
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The page's own script says that a person sees it."""
    found = truth(token, timezone.now())
    if found is None:
        return missing(request)
    if found.state == "book":
        links.record_opened(found.link)
    return HttpResponse(status=204)


@login_not_required
@require_safe
def continue_to_calendly(request: HttpRequest, token: str) -> HttpResponse:
    """On to Calendly's prefilled page, while there is something to book."""
    found = truth(token, timezone.now())
    if found is None:
        return missing(request)
    if found.state != "book":
        return HttpResponseRedirect(found.link.get_absolute_url())
    if request.method == "GET":
        links.record_opened(found.link)
    return private(HttpResponseRedirect(found.link.prefilled_url))


@login_not_required
def nowhere(request: HttpRequest) -> HttpResponse:
    """Addresses below /b/ that no token can have."""
    return missing(request)


def missing(request: HttpRequest) -> HttpResponse:
    """One page for every address that is no link, with no hint whether it ever was; guessing is slowed down."""
    key = f"guesses:{request.META.get('REMOTE_ADDR', '')}:{timezone.now():%H%M}"
    cache.add(key, 0, timeout=120)
    is_guessing = cache.incr(key) > GUESSES_PER_MINUTE
    return private(render(request, "scheduling/booking_missing.html", status=429 if is_guessing else 404))


def private(response: HttpResponse) -> HttpResponse:
    """Not for search engines and caches; that other sites never see the address is Django's referrer policy."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response
