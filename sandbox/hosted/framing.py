"""Booking pages inside another page, as Calendly's inline widget shows them."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

ASKED = "embed_domain"
View = Callable[..., HttpResponse]


def may_be_framed(view: View) -> View:
    """Let the page be framed by this site when its address says that it is the widget's; else it stays alone."""

    @wraps(view)
    def framed(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if ASKED in request.GET:
            response.xframe_options_exempt = True
            response._csp_replace = {"frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]  # as django-csp's does
        return response

    return framed
