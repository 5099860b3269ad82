"""Rate budgets that all processes share: in Redis, or in rows where there is none."""

import time
from functools import lru_cache
from threading import Lock

from django.conf import settings
from django.db import DatabaseError, transaction
from limits.storage import MovingWindowSupport, RedisStorage

from scheduling.calendly.budget import FREE_LIMIT, MARGIN_S, PAID_LIMIT, Budget, Priority
from scheduling.calendly.errors import RateLimited
from scheduling.models import Connection, RateWindow

# Calendly hands out so many tokens a user and minute.
TOKENS = 8
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
