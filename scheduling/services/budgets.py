"""Rate budgets that all processes share: in Redis, or in rows where there is none."""

import math
import time
from datetime import timedelta
from functools import lru_cache
from threading import Lock

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from limits.storage import MovingWindowSupport, RedisStorage

from scheduling.calendly.budget import FREE_LIMIT, MARGIN_S, PAID_LIMIT, Budget, Priority, booking_windows
from scheduling.calendly.errors import RateLimited
from scheduling.models import Connection, RateWindow

# Calendly hands out so many tokens a user and minute.
TOKENS = 8
# What keys of people who are not signed in begin with.
VISITOR = "visitor/"
_making = Lock()


class RowWindows(MovingWindowSupport):
    """The moving windows of the `limits` library, kept in `RateWindow` rows."""

    # What the library's wrapper around each method asks for.
    base_exceptions = (DatabaseError,)
    wrap_exceptions = False

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        with transaction.atomic():
            row, _ = RateWindow.objects.select_for_update().get_or_create(key=key)
            now = time.time()
            recent = [moment for moment in row.calls if moment > now - expiry]
            if len(recent) + amount > limit:
                return False
            row.calls = [now] * amount + recent
            row.save(update_fields=["calls"])
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        now = time.time()
        row = RateWindow.objects.filter(key=key).first()
        recent = [moment for moment in row.calls if moment > now - expiry] if row else []
        return (recent[-1] if recent else now), len(recent)


@lru_cache
def _redis(url: str) -> RedisStorage:
    return RedisStorage(url, key_prefix="anteroom")


def windows() -> MovingWindowSupport:
    """Where the windows are."""
    if not settings.REDIS_URL:
        return RowWindows()
    # The library looks for its driver when a storage is made, and threads that do so at once trip over each other.
    with _making:
        return _redis(settings.REDIS_URL)


def of_connection(connection: Connection, priority: Priority = Priority.CLICK) -> Budget:
    """The budget of the Calendly user behind a connection."""

    def keep(limit: int) -> None:
        Connection.objects.filter(pk=connection.pk).update(rate_limit=limit)

    return Budget(
        windows=windows(),
        user=connection.user_uri,
        limit=connection.rate_limit or (FREE_LIMIT if connection.stage == "free" else PAID_LIMIT),
        window_s=settings.CALENDLY_RATE_WINDOW_S,
        priority=priority,
        on_limit=keep,
    )


def take_exchange(connection: Connection) -> None:
    """Count one exchange of tokens. Raises `RateLimited` when there have been eight within the minute."""
    expiry = settings.CALENDLY_RATE_WINDOW_S + MARGIN_S
    if not windows().acquire_entry(f"calendly-tokens/{connection.user_uri}", TOKENS, expiry):
        raise RateLimited("too many tokens", operation="oauth.refresh", reset_s=expiry)


def take_booking(connection: Connection) -> None:
    """Count one booking through the API. Raises `RateLimited` at once: whoever books has Calendly's page instead.

    The longest window comes first, so that a spent day costs the shorter ones nothing.
    """
    now = timezone.now()
    if connection.booking_limited_until is not None and now < connection.booking_limited_until:
        reset_s = math.ceil((connection.booking_limited_until - now).total_seconds())
        raise RateLimited("bookings are limited", operation="invitees.create", reset_s=reset_s)
    for window in booking_windows(plan=connection.plan, stage=connection.stage):
        key = f"calendly-bookings/{connection.user_uri}/{window.span_s}"
        if not windows().acquire_entry(key, window.limit, window.span_s + MARGIN_S):
            raise RateLimited("our own bookings are spent", operation="invitees.create", reset_s=window.span_s)


def keep_booking_limit(connection: Connection, error: RateLimited) -> None:
    """Remember for all processes until when Calendly takes no more bookings."""
    until = timezone.now() + timedelta(seconds=error.reset_s)
    Connection.objects.filter(pk=connection.pk).update(booking_limited_until=until)


def take_turn(key: str, *, limit: int, span_s: int) -> bool:
    """Count one act of somebody who is not signed in; False when there were too many within the span.

    Looking costs no lock, so that a flood is refused cheaply.
    """
    found, name = windows(), f"{VISITOR}{key}"
    if found.get_moving_window(name, limit, span_s)[1] >= limit:
        return False
    return found.acquire_entry(name, limit, span_s)


def prune() -> None:
    """Forget the windows of visitors; those of Calendly's users are few and kept."""
    RateWindow.objects.filter(key__startswith=VISITOR).delete()
