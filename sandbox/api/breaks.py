"""Breaking operations on purpose, by the switches of the control panel.

A switch's behaviour is one of: `400` `401` `403` (plan) `403_scope` `404` `409` `424` `429` `500` `503`, `html` (an
HTML page with 200), `html_429`, `html_502`, `cut` (JSON that ends in the middle), `slow:<seconds>` (then answers as
usual), `silent:<seconds>` (then nothing usable), `reset` (the connection is reset instead of an answer) and `lost` (the
operation is carried out, then the connection is reset).
"""

import os
import socket
import struct
import time
from collections.abc import Callable

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse

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
LOST = "lost"
PAGES = {"html": 200, "html_429": 429, "html_502": 502, "silent": 502}
HTML = "<!doctype html><title>Calendly</title><h1>Something went wrong</h1>"


def apply(request: HttpRequest, operation: str) -> HttpResponse | None:
    """The broken answer for this call, or None to go on as usual."""
    switch = _take(_matching(operation).exclude(behaviour=LOST))
    if switch is None:
        return None
    kind, _, seconds = switch.behaviour.partition(":")
    if kind in ("slow", "silent"):
        time.sleep(float(seconds or 1))
    if kind == "slow":
        return None
    if kind in ERRORS:
        return ERRORS[kind]().response()
    if kind == "reset":
        return reset(request)
    if kind == "cut":
        return _cut()
    return HttpResponse(HTML, status=PAGES.get(kind, 200))


def lose(request: HttpRequest, response: HttpResponse, operation: str) -> HttpResponse:
    """The response, unless a switch loses the answer of what was just carried out."""
    if response.status_code >= 400 or _take(_matching(operation).filter(behaviour=LOST)) is None:
        return response
    return reset(request)


def reset(request: HttpRequest) -> HttpResponse:
    """Reset the connection; the response is for servers other than gunicorn, which do not show it."""
    connection: socket.socket | None = request.META.get("gunicorn.socket")
    if connection is not None:
        _abort(connection)
    return HttpResponse(status=502)


def _abort(connection: socket.socket) -> None:
    """Close at once without lingering, which is a TCP RST.

    A closed pair takes the descriptor's place, so that gunicorn's own writes and its close fail as for any client gone.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    here, there = socket.socketpair()
    with here:
        there.close()
        os.dup2(here.fileno(), connection.fileno(), inheritable=False)


def _matching(operation: str) -> "QuerySet[Switch]":
    return Switch.objects.filter(Q(operation=operation) | Q(operation="*")).exclude(remaining=0)


def _take(matching: "QuerySet[Switch]") -> Switch | None:
    """The first of the switches; it has one call less left."""
    switch = matching.order_by("pk").first()
    if switch is not None and switch.remaining is not None:
        Switch.objects.filter(pk=switch.pk).update(remaining=F("remaining") - 1)
    return switch


def _cut() -> HttpResponse:
    """Promises more than it sends, as a connection that breaks off does."""
    return HttpResponse('{"resource": {"uri": "https://api.calen', content_type="application/json")
