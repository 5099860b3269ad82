"""Whether the viewer reads 14:00 or 2:00 pm; like the zone, it holds for one request."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from scheduling.models import Preference

_current: ContextVar[str] = ContextVar("clock", default=Preference.Clock.H24)


@contextmanager
def override(clock: str) -> Iterator[None]:
    """Show times by this clock until the block ends."""
    token = _current.set(clock)
    try:
        yield
    finally:
        _current.reset(token)


def activate(clock: str) -> None:
    """Show times by this clock until the surrounding `override` ends."""
    _current.set(clock)


def current() -> str:
    return _current.get()


def hands(local: datetime) -> str:
    """`14:00`, or `2:00 pm`; midnight is `12:00 am` and noon `12:00 pm`. Says nothing of the zone: its callers do."""
    if current() != Preference.Clock.H12:
        return f"{local:%H:%M}"
    return f"{(local.hour + 11) % 12 + 1}:{local:%M} {'am' if local.hour < 12 else 'pm'}"
