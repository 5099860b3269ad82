"""What can go wrong at Calendly: one class per reaction, with text that is safe for a log line."""

from __future__ import annotations


class CalendlyError(Exception):
    """Base of all, with the operation and the answer's status, if any. Holds no token and no personal data."""

    def __init__(self, message: str, *, operation: str, status: int | None = None) -> None:
        super().__init__(f"{operation}: {message}" + (f" ({status})" if status else ""))
        self.message = message
        self.operation = operation
        self.status = status


class Unauthorized(CalendlyError):
    """The token is refused even after one renewal: the connection must be made again."""


class GrantLost(Unauthorized):
    """The refresh token or code is spent, or the answer that held its successor got lost: connect again."""


class InsufficientScope(CalendlyError):
    """The token lacks scopes: connect again with them."""

    def __init__(self, message: str, *, operation: str, required_scopes: tuple[str, ...], status: int = 403) -> None:
        super().__init__(message, operation=operation, status=status)
        self.required_scopes = required_scopes


class PlanRequired(CalendlyError):
    """The account's plan does not include this: tell the user."""


class Forbidden(CalendlyError):
    """Calendly does not allow it; `message` is Calendly's own text: tell the user."""


class NotFound(CalendlyError):
    """Unknown there, or malformed id."""


class Conflict(CalendlyError):
    """It exists already."""


class CalendarUnreadable(CalendlyError):
    """The user's external calendar cannot be read: others are not affected."""


class RateLimited(CalendlyError):
    """Too many requests: wait `reset_s` seconds."""

    def __init__(self, message: str, *, operation: str, reset_s: int) -> None:
        super().__init__(message, operation=operation, status=429)
        self.reset_s = reset_s


class Rejected(CalendlyError):
    """The request does not fit: fix our code or the input. `details` hold (parameter, message, code)."""

    def __init__(
        self,
        message: str,
        *,
        operation: str,
        status: int | None = 400,
        details: tuple[tuple[str | None, str, str | None], ...] = (),
    ) -> None:
        super().__init__(message, operation=operation, status=status)
        self.details = details


class SlotTaken(CalendlyError):
    """The time can no longer be booked: read the available times again and offer others."""


class Unavailable(CalendlyError):
    """No usable answer: try again later. `maybe_done` when the request may have been carried out all the same."""

    def __init__(self, message: str, *, operation: str, status: int | None = None, maybe_done: bool = False) -> None:
        super().__init__(message, operation=operation, status=status)
        self.maybe_done = maybe_done


class UnexpectedAnswer(CalendlyError):
    """Valid JSON that does not fit the contract: fix our code."""
