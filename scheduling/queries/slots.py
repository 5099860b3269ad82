"""An event type's open slots, by day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import TypeAdapter

from scheduling.calendly.resources import AvailableTime
from scheduling.models import CalendarWindow
from scheduling.queries.calendars import why

_SLOTS = TypeAdapter(list[AvailableTime])


@dataclass(frozen=True)
class SlotDay:
    """One day's open slots."""

    day: datetime
    slots: list[AvailableTime]


@dataclass(frozen=True)
class Slots:
    """An event type's open slots by day; `is_known` is False while nothing has been read for some of the days."""

    days: list[SlotDay]
    is_known: bool
    problem: str
    read_at: datetime | None

    @property
    def count(self) -> int:
        return sum(len(day.slots) for day in self.days)

    @property
    def starts(self) -> list[datetime]:
        return [slot.start_time for day in self.days for slot in day.slots]


def laid_out(rows: Iterable[CalendarWindow], days: Sequence[datetime], *, now: datetime) -> Slots:
    """Slots under the local day they begin on; days without one are there too."""
    of_type = [row for row in rows if row.kind == CalendarWindow.Kind.SLOTS]
    by_day: dict[date, list[AvailableTime]] = {day.date(): [] for day in days[:-1]}
    start, end, zone = max(days[0].astimezone(UTC), now), days[-1].astimezone(UTC), days[0].tzinfo
    for row in of_type:
        for slot in _SLOTS.validate_python(row.content if row.is_known else []):
            if start <= slot.start_time < end:
                by_day[slot.start_time.astimezone(zone).date()].append(slot)
    return Slots(
        days=[SlotDay(day, sorted(by_day[day.date()], key=lambda slot: slot.start_time)) for day in days[:-1]],
        is_known=bool(of_type) and all(row.is_known for row in of_type),
        problem="; ".join(dict.fromkeys(why(row) for row in of_type if row.problem)),
        read_at=min((row.read_at for row in of_type if row.read_at), default=None),
    )
