"""What all pages of a candidate's address have in common: who is not signed in, their language, their zone."""

import logging
import re
from collections.abc import Callable
from functools import wraps
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation

from scheduling.models import BookingLink
from scheduling.queries.booking import Truth, truth
from scheduling.services import budgets
from scheduling.views.addresses import path_of, shown_at
from scheduling.views.zones import CHOSEN, DETECTED, KNOWN, YEAR_S

logger = logging.getLogger(__name__)

GUESSES, GUESSES_WITHIN_S = 30, 60
# What one link's candidate may send in a while: messages, refused times, bookings.
ACTS, ACTS_WITHIN_S = 20, 600
LANGUAGE_COOKIE = "language"
LANGUAGES = dict(settings.LANGUAGES)
# Programs that look at addresses people send each other: previews, mail scanners, search engines, monitors.
PROGRAMS = re.compile(
    r"bot\b|crawl|spider|slurp|preview|scanner|fetcher|monitor|curl/|wget|python|java/|okhttp|go-http|libwww|"
    r"facebookexternalhit|whatsapp|embedly|vkshare|barracuda|proofpoint|mimecast|safelinks|microsoft office|ms-office|"
    r"google-read-aloud|googleimageproxy",
    re.IGNORECASE,
)
Page = Callable[[HttpRequest, Truth], HttpResponse]


def page(view: Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """Hand the view what is true of the token's link, in the visitor's language and zone.

    A token nobody has leads to the one page for all of them.
    """

    @wraps(view)
    def dressed(request: HttpRequest, token: str) -> HttpResponse:
        language = language_of(request)
        with translation.override(language):
            found = truth(token, timezone.now())
            if found is None:
                return missing(request)
            _activate_zone(request, found.link)
            response = private(view(request, found))
        return spoken(request, response, language)

    return login_not_required(dressed)


def spoken(request: HttpRequest, response: HttpResponse, language: str) -> HttpResponse:
    """Say the answer's language, and remember one that was just chosen."""
    response["Content-Language"] = language
    if request.GET.get("lang") in LANGUAGES:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, samesite="Lax", secure=secure)
    return response


def act(view: Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """Like `page`, for what is sent; whoever comes to its address otherwise is led to the page itself."""

    @wraps(view)
    def sent(request: HttpRequest, found: Truth) -> HttpResponse:
        shown_at(request, found.link.get_absolute_url())
        if request.method != "POST":
            return HttpResponseRedirect(path_of(request))
        return view(request, found)

    return page(sent)


def language_of(request: HttpRequest) -> str:
    """The language just chosen, else the one chosen before, else the browser's."""
    for code in (request.GET.get("lang"), request.COOKIES.get(LANGUAGE_COOKIE)):
        if code in LANGUAGES:
            return str(code)
    return translation.get_language_from_request(request)


def _activate_zone(request: HttpRequest, link: BookingLink) -> None:
    """Without a word from the browser, the zone the candidate is known to live in."""
    said = {request.COOKIES.get(CHOSEN), request.COOKIES.get(DETECTED)} & KNOWN
    if not said and link.candidate.timezone in KNOWN:
        timezone.activate(ZoneInfo(link.candidate.timezone))


def is_person(request: HttpRequest) -> bool:
    """Whether a person seems to be at it: no look ahead by a browser, and no program that follows addresses."""
    headers = request.headers
    purposes = " ".join(headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    if "prefetch" in purposes.lower() or "preview" in purposes.lower():
        return False
    return request.method != "HEAD" and not PROGRAMS.search(headers.get("User-Agent", ""))


def may_act(link: BookingLink) -> bool:
    """Whether this link has not sent too much lately."""
    return budgets.take_turn(f"acts/{link.pk}", limit=ACTS, span_s=ACTS_WITHIN_S)


def too_often(request: HttpRequest) -> HttpResponse:
    return private(render(request, "scheduling/booking_too_often.html", status=429))


def missing(request: HttpRequest) -> HttpResponse:
    """One page for every address that is no link, with no hint whether it ever was; guessing is slowed down.

    Links that exist keep working for everybody behind the same address.
    """
    address = request.META.get("REMOTE_ADDR", "")
    is_guessing = not budgets.take_turn(f"guesses/{address}", limit=GUESSES, span_s=GUESSES_WITHIN_S)
    # Told once a minute, so that a flood does not fill the log.
    if is_guessing and cache.add(f"guessing:{address}", True, GUESSES_WITHIN_S):
        logger.warning("booking links are being guessed from %s", address)
    with translation.override(language_of(request)):
        return private(render(request, "scheduling/booking_missing.html", status=429 if is_guessing else 404))


def private(response: HttpResponse) -> HttpResponse:
    """Not for search engines and caches; that other sites never see the address is Django's referrer policy."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response
