"""Slots in words, for an e-mail: each has its weekday, date, clock and zone."""

from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from scheduling.queries.shared_times import token_of
from scheduling.templatetags.times import full, zone_letters
from scheduling.views import clocks


def lines(starts: Sequence[datetime], zone: ZoneInfo) -> str:
    """A line a day: `Thursday 26 November 2026: 14:00, 14:30 CET`; the letters again where they change."""
    by_day: dict[date, list[datetime]] = {}
    for start in starts:
        local = start.astimezone(zone)
        by_day.setdefault(local.date(), []).append(local)
    told = [f"{day:%A} {day.day} {day:%B %Y}: {_times(times)}" for day, times in by_day.items()]
    return "\n".join([f"Times in {zone.key}", *told])


def _times(times: list[datetime]) -> str:
    letters = [zone_letters(local) for local in times]
    if len(set(letters)) == 1:
        return f"{', '.join(clocks.hands(local) for local in times)} {letters[0]}"
    return ", ".join(f"{clocks.hands(local)} {name}" for local, name in zip(times, letters, strict=True))


def links(starts: Sequence[datetime], zone: ZoneInfo, address: str) -> str:
    """A line a slot, with the address that leads to it."""
    told = [f"{full(start, zone)}: {address}?{urlencode({'start': token_of(start)})}" for start in starts]
    return "\n".join([f"Times in {zone.key}", *told])
