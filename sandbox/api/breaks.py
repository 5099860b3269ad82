"""Breaking operations on purpose, by the switches of the control panel.

A switch's behaviour is one of: `400` `401` `403` (plan) `403_scope` `404` `409` `424` `429` `500` `503`, `html` (an
HTML page with 200), `html_502`, `cut` (JSON that ends in the middle), `slow:<seconds>` (then answers as usual) and
`silent:<seconds>` (then nothing usable).
"""

import time
from collections.abc import Callable

from django.db.models import F, Q
from django.http import HttpResponse

from sandbox.api import problems
from sandbox.models import Switch

ERRORS: dict[str, Callable[[], problems.ApiError]] = {
    "400": problems.invalid,
    "401": problems.unauthenticated,
    "403": lambda: problems.forbidden("Please upgrade to a paid Calendly account."),
    "403_scope": lambda: problems.insufficient_scope("scheduled_events:write"),
    "404": problems.not_found,
    "409": problems.exists,
    "424": problems.calendar_unreadable,
    "429": problems.too_many,
    "500": problems.broken,
    "503": lambda: problems.ApiError(503, "Service Unavailable", "Try again later."),
}
HTML = "<!doctype html><title>Calendly</title><h1>Something went wrong</h1>"


def apply(operation: str) -> HttpResponse | None:
    """The broken answer for this call, or None to go on as usual."""
    switch = _take(operation)
    if switch is None:
        return None
    kind, _, seconds = switch.behaviour.partition(":")
    if kind in ("slow", "silent"):
        time.sleep(float(seconds or 1))
    if kind == "slow":
        return None
    if kind in ERRORS:
        return ERRORS[kind]().response()
    if kind == "cut":
        return _cut()
    return HttpResponse(HTML, status=502 if kind in ("html_502", "silent") else 200)


def _take(operation: str) -> Switch | None:
    """The switch for this operation, if one is set and has calls left."""
    matching = Switch.objects.filter(Q(operation=operation) | Q(operation="*")).exclude(remaining=0)
    switch = matching.order_by("pk").first()
    if switch is not None and switch.remaining is not None:
        Switch.objects.filter(pk=switch.pk).update(remaining=F("remaining") - 1)
    return switch


def _cut() -> HttpResponse:
    """Promises more than it sends, as a connection that breaks off does."""
    return HttpResponse('{"resource": {"uri": "https://api.calen', content_type="application/json")
