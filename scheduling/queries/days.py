"""Days and weeks where the viewer is."""

from datetime import datetime, time, timedelta

from django.utils import timezone


def midnights(now: datetime, *, days: int, times: int) -> list[datetime]:
    """Where so many spans of days begin, oldest first, and where the last ends, which is when today does; all of them
    where the viewer is."""
    zone = timezone.get_current_timezone()
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    return [datetime.combine(tomorrow - timedelta(days=days * back), time(), zone) for back in range(times, -1, -1)]


def day_bounds(now: datetime) -> tuple[datetime, datetime]:
    """Midnight to midnight around `now` in the viewer's zone; 23 or 25 hours where the clocks change."""
    zone = timezone.get_current_timezone()
    today = timezone.localtime(now).date()
    start, end = (datetime.combine(day, time(), zone) for day in (today, today + timedelta(days=1)))
    return start, end
