"""Showing a recruiter that Calendly did not do what was asked, in the words of `services.problems`."""

from django.contrib import messages
from django.http import HttpRequest

from scheduling.calendly import errors
from scheduling.services.problems import RECONNECT, explain

__all__ = ["explain", "tell", "tell_not_connected"]


def tell(request: HttpRequest, error: errors.CalendlyError, *, kept: str) -> None:
    """Show the explanation with what was kept, such as "No link was made."."""
    messages.error(request, f"{kept} {explain(error)}")


def tell_not_connected(request: HttpRequest) -> None:
    messages.error(request, f"Calendly is not connected, so nothing was changed. {RECONNECT}")
