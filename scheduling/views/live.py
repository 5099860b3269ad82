"""Pages that update by themselves: the same view answers the whole page and, polled with `?live=1`, its moving part."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from scheduling.queries import frames, live
from scheduling.views import clocks
from scheduling.views.addresses import path_of


def respond(
    request: HttpRequest,
    *,
    page: str,
    partial: str,
    context: Callable[[], dict[str, Any]],
    progress: str = "",
    version: str | None = None,
) -> HttpResponse:
    """Render `page`, or for a poll `partial`, or 304 when nothing happened since the poll's `If-None-Match`.

    Both templates get the same context plus `live_url`, the address to poll, and `live_etag`, what to compare with.
    `progress` is whatever else the page shows moving. `context` is only called when something is rendered, so an idle
    poll costs the version's one query; a page of rows that are no part of that `version` gives its own.
    """
    way = (timezone.get_current_timezone_name(), clocks.current())
    etag = _etag(version or live.version(timezone.now(), pulse_of(request)), request.user.pk, way, progress)
    if "live" not in request.GET:
        query = request.GET.copy()
        query["live"] = "1"
        address = f"{path_of(request)}?{query.urlencode()}"
        return render(request, page, {**context(), "live_url": address, "live_etag": etag})
    response: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = render(request, partial, context())
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


def pulse_of(request: HttpRequest) -> live.Pulse:
    """The pulse this request began with; a poll, which has no frame, asks for it alone."""
    if "live" not in request.GET:
        return frame_of(request).pulse
    seen: live.Pulse | None = getattr(request, "pulse", None)
    if seen is None:
        seen = request.pulse = live.pulse()  # type: ignore[attr-defined]  # ours
    return seen


def frame_of(request: HttpRequest) -> frames.Frame:
    """What this request's frame shows: the version needs some of it first, and it is asked once."""
    seen: frames.Frame | None = getattr(request, "frame", None)
    if seen is None:
        seen = request.frame = frames.read(viewer(request).pk, timezone.now())  # type: ignore[attr-defined]  # ours
    return seen


def _etag(*parts: object) -> str:
    # Weak, as the answer is compressed on its way.
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}"'


def viewer(request: HttpRequest) -> User:
    """Who is signed in; views behind the login wall can rely on it."""
    if not isinstance(request.user, User):
        raise TypeError("this view needs a signed-in user")
    return request.user
