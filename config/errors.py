"""Friendly error pages also while DEBUG is on: nobody using the demo should meet Django's technical pages."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter
from django.views.defaults import page_not_found


class FriendlyErrorsMiddleware:
    """Answer 404 with our own page, for unknown addresses and for rows a view did not find; and browsers 405."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.DEBUG and response.status_code == 404 and request.resolver_match is None:
            return page_not_found(request, Http404())
        if response.status_code == 405 and "text/html" in request.headers.get("Accept", ""):
            return _not_a_page(request, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if settings.DEBUG and isinstance(exception, Http404):
            return page_not_found(request, exception)
        return None


def _not_a_page(request: HttpRequest, refusal: HttpResponse) -> HttpResponse:
    """What somebody sees who opens an address that only takes what forms send."""
    response = render(request, "405.html", status=405)
    response["Allow"] = refusal["Allow"]
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long or sent from elsewhere."""
    return render(request, "403_csrf.html", status=403)


class FriendlyExceptionReporter(ExceptionReporter):
    """Show the 500 page; the trace goes to the log, where `django.request` writes it anyway."""

    def get_traceback_html(self) -> SafeString:
        return render_to_string("500.html")
