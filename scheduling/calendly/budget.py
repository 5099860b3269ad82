"""How many calls may be made as one Calendly user: a moving window that every process shares.

Calendly counts requests per user and minute, over all tokens and integrations of that user, and says with every answer
how many are left (contract of November 2026, rate limits). Waiting here is cheaper than a 429 there.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import requests
from limits.storage import MovingWindowSupport

from scheduling.calendly.errors import RateLimited

# Until an answer says otherwise, by the plan's stage.
PAID_LIMIT = 500
FREE_LIMIT = 50
WINDOW_S = 60
# Calendly counts a request when it arrives, we when we send it.
MARGIN_S = 1
# The share of the window background work leaves to people who wait for an answer.
RESERVED_SHARE = 0.05
CLICK_WAIT_S = 2.0
LONGEST_NAP_S = 1.0


@dataclass(frozen=True)
class BookingWindow:
    """So many bookings a user may make through the API within a span."""

    limit: int
    span_s: int


DAY_S = 24 * 3600
TRIAL_BOOKINGS = (BookingWindow(5, DAY_S),)
PAID_BOOKINGS = (BookingWindow(100, DAY_S), BookingWindow(50, 3600), BookingWindow(10, 60))
ENTERPRISE_BOOKINGS = (BookingWindow(500, 60),)


def booking_windows(*, plan: str, stage: str) -> tuple[BookingWindow, ...]:
    """The limits POST /invitees has of its own; the free plan's is not published and taken to be the trial's."""
    if stage in ("free", "trial"):
        return TRIAL_BOOKINGS
    return ENTERPRISE_BOOKINGS if plan == "enterprise" else PAID_BOOKINGS


class Priority(Enum):
    """Who waits: a person who clicked, for two seconds at most, or work nobody looks at, for as long as it takes.

    What an open page shows once it is read leaves people who click their share, but gives up as soon as they would: the
    page says so, and the row behind it knows when to ask again.
    """

    CLICK = "click"
    PAGE = "page"
    BACKGROUND = "background"


@dataclass(frozen=True)
class Standing:
    """How a window stands: `used` of `limit` calls; the oldest is forgotten in `reset_s` seconds."""

    limit: int
    used: int
    reset_s: float

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass
class Budget:
    """The calls left to one Calendly user.

    `windows` is a storage of the `limits` library that all processes share, `limit` what is known of the user's plan;
    `on_limit` is told when an answer names another limit.
    """

    windows: MovingWindowSupport
    user: str
    limit: int = PAID_LIMIT
    window_s: int = WINDOW_S
    priority: Priority = Priority.CLICK
    on_limit: Callable[[int], None] = lambda limit: None

    def take(self, operation: str) -> None:
        """Wait until one more call fits. Raises `RateLimited` when somebody would wait too long."""
        patience_s = math.inf if self.priority is Priority.BACKGROUND else CLICK_WAIT_S
        deadline = time.monotonic() + patience_s
        while not self.windows.acquire_entry(self._key, self._allowance, self._expiry, 1):
            wait_s = self.standing().reset_s
            if time.monotonic() + wait_s > deadline:
                raise RateLimited("our own budget is spent", operation=operation, reset_s=math.ceil(wait_s))
            time.sleep(min(wait_s, LONGEST_NAP_S))

    def learn(self, response: requests.Response) -> None:
        """Take over what an answer says: another limit, and calls that other integrations of this user made."""
        limit = _number(response.headers.get("X-RateLimit-Limit"))
        remaining = _number(response.headers.get("X-RateLimit-Remaining"))
        if limit and limit != self.limit:
            self.limit = limit
            self.on_limit(limit)
        if response.status_code == 429:
            remaining = 0
        if remaining is None:
            return
        foreign = self.limit - remaining - self.standing().used
        if foreign > 0:
            self.windows.acquire_entry(self._key, self.limit, self._expiry, foreign)

    def standing(self) -> Standing:
        """How much is used now, by us and, as far as answers told, by others."""
        oldest, used = self.windows.get_moving_window(self._key, self.limit, self._expiry)
        reset_s = max(0.05, oldest + self._expiry - time.time()) if used else 0.0
        return Standing(self.limit, used, reset_s)

    @property
    def _key(self) -> str:
        return f"calendly/{self.user}"

    @property
    def _expiry(self) -> int:
        return self.window_s + MARGIN_S

    @property
    def _allowance(self) -> int:
        if self.priority is Priority.CLICK:
            return self.limit
        return self.limit - max(1, round(self.limit * RESERVED_SHARE))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None
