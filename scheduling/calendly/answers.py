"""From an HTTP answer to JSON, or to the error class whose reaction it asks for (contract of November 2026)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from scheduling.calendly.errors import (
    CalendarUnreadable,
    CalendlyError,
    Conflict,
    Forbidden,
    InsufficientScope,
    NotFound,
    PlanRequired,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)

DEFAULT_RESET_S = 60


def read(response: requests.Response, *, operation: str) -> dict[str, Any]:
    """The JSON object of a good answer; raises the error of any other. An empty 204 is an empty object."""
    if response.status_code == 204:
        return {}
    body = _json(response, operation=operation)
    if response.ok:
        return body
    raise error_of(response, body, operation=operation)


def date(header: str) -> datetime:
    """The moment of a Date header (RFC 9110); now for one that cannot be read."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)


def error_of(response: requests.Response, body: dict[str, Any], *, operation: str) -> CalendlyError:
    """The error of an answer that is JSON but no success."""
    status = response.status_code
    message = str(body.get("message") or body.get("title") or "no message")[:300]
    if status == 403:
        return _forbidden(body, message, operation=operation)
    if status == 429:
        return RateLimited("rate limit", operation=operation, reset_s=_reset_s(response))
    if status >= 500:
        return Unavailable("server error", operation=operation, status=status, maybe_done=True)
    plain = {401: Unauthorized, 404: NotFound, 409: Conflict, 424: CalendarUnreadable}
    if status in plain:
        return plain[status](message, operation=operation, status=status)
    return Rejected(message, operation=operation, status=status, details=_details(body))


def _json(response: requests.Response, *, operation: str) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError as error:
        if response.status_code == 429:
            raise RateLimited("rate limit", operation=operation, reset_s=_reset_s(response)) from error
        raise Unavailable(
            "the answer is not JSON", operation=operation, status=response.status_code, maybe_done=_maybe_done(response)
        ) from error
    if not isinstance(body, dict):
        raise Unavailable("the answer is no object", operation=operation, status=response.status_code, maybe_done=True)
    return body


def _maybe_done(response: requests.Response) -> bool:
    """A 2xx or 5xx may have done it; the edge's HTML 4xx pages never reached the application."""
    return not 400 <= response.status_code < 500


def _forbidden(body: dict[str, Any], message: str, *, operation: str) -> CalendlyError:
    scopes = body.get("required_scopes")
    if isinstance(scopes, list):
        return InsufficientScope(message, operation=operation, required_scopes=tuple(map(str, scopes)))
    # The one text to match on: plans have no code of their own.
    if "upgrade" in message.lower():
        return PlanRequired(message, operation=operation, status=403)
    return Forbidden(message, operation=operation, status=403)


def _details(body: dict[str, Any]) -> tuple[tuple[str | None, str, str | None], ...]:
    details = body.get("details")
    if not isinstance(details, list):
        return ()
    return tuple(
        (detail.get("parameter"), str(detail.get("message", "")), detail.get("code"))
        for detail in details
        if isinstance(detail, dict)
    )


def _reset_s(response: requests.Response) -> int:
    try:
        return max(1, int(response.headers.get("X-RateLimit-Reset", DEFAULT_RESET_S)))
    except ValueError:
        return DEFAULT_RESET_S
