"""Keyboard shortcuts: everybody may switch theirs off, for this browser."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from scheduling.views.zones import YEAR_S, next_url

COOKIE = "shortcuts"
OFF = "off"


def shortcuts_of(request: HttpRequest) -> str:
    """`on` or `off`."""
    return OFF if request.COOKIES.get(COOKIE) == OFF else "on"


@require_POST
def choose_shortcuts(request: HttpRequest) -> HttpResponse:
    """Remember in a cookie that they are off; anything else switches them on."""
    response = HttpResponseRedirect(next_url(request, "/settings/"))
    if request.POST.get("shortcuts") == OFF:
        response.set_cookie(COOKIE, OFF, max_age=YEAR_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
        messages.success(request, "Keyboard shortcuts are off.")
    else:
        response.delete_cookie(COOKIE)
        messages.success(request, "Keyboard shortcuts are on.")
    return response
