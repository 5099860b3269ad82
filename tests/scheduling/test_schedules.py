"""Working hours as spans of time, also where the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from scheduling.calendly.resources import AvailabilityRule
from scheduling.queries.schedules import Span, common, expand, merged, without

EVERY_DAY = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def weekly(*intervals: tuple[str, str], days: tuple[str, ...] = EVERY_DAY) -> list[AvailabilityRule]:
    told = [{"from": start, "to": end} for start, end in intervals]
    return [AvailabilityRule.model_validate({"type": "wday", "wday": day, "intervals": told}) for day in days]


def dated(day: str, *intervals: tuple[str, str]) -> AvailabilityRule:
    told = [{"from": start, "to": end} for start, end in intervals]
    return AvailabilityRule.model_validate({"type": "date", "date": day, "intervals": told})


def on(day: str, zone: str, rules: list[AvailabilityRule]) -> list[str]:
    """The hours of one local day, as UTC."""
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone))
    end = datetime.combine(date.fromisoformat(day) + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    return [f"{opens:%d %H:%M}-{closes:%d %H:%M}" for opens, closes in expand(zone, rules, start, end)]


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Asia/Kathmandu", ("2026-10-30", "30 03:15-30 11:15"), ("2026-11-03", "03 03:15-03 11:15")),
        ("America/Phoenix", ("2026-10-30", "30 16:00-31 00:00"), ("2026-11-03", "03 16:00-04 00:00")),
        ("Pacific/Honolulu", ("2026-10-30", "30 19:00-31 03:00"), ("2026-11-03", "03 19:00-04 03:00")),
        ("America/New_York", ("2026-10-30", "30 13:00-30 21:00"), ("2026-11-03", "03 14:00-03 22:00")),
        ("Australia/Sydney", ("2026-10-02", "01 23:00-02 07:00"), ("2026-10-05", "04 22:00-05 06:00")),
        # Half an hour only, at two in the morning of 4 October 2026.
        ("Australia/Lord_Howe", ("2026-10-02", "01 22:30-02 06:30"), ("2026-10-05", "04 22:00-05 06:00")),
    ],
)
def test_keeps_the_clock_on_the_wall_when_the_clocks_change(
    zone: str, before: tuple[str, str], after: tuple[str, str]
) -> None:
    for day, span in (before, after):
        assert on(day, zone, weekly(("09:00", "17:00"))) == [span]


def test_moves_what_begins_in_a_gap_to_after_it() -> None:
    # On 14 March 2027 there is no time between 02:00 and 03:00.
    assert on("2027-03-14", "America/New_York", weekly(("02:30", "05:00"))) == ["14 07:30-14 09:00"]


def test_leaves_out_what_a_gap_swallows() -> None:
    # At Lord Howe the clocks go from 02:00 to 02:30, so 02:00 and 02:30 are one moment.
    assert on("2026-10-04", "Australia/Lord_Howe", weekly(("02:00", "02:30"))) == []


def test_takes_a_time_said_twice_as_its_first() -> None:
    # On 1 November 2026 it is 01:30 twice, first at 05:30 UTC.
    assert on("2026-11-01", "America/New_York", weekly(("01:30", "03:00"))) == ["01 05:30-01 08:00"]


def test_is_open_for_23_or_25_hours_when_a_day_has_so_many() -> None:
    spring = expand("Europe/Berlin", weekly(("00:00", "24:00"), days=("sunday",)), *day_of("2027-03-28"))
    autumn = expand("Europe/Berlin", weekly(("00:00", "24:00"), days=("sunday",)), *day_of("2026-10-25"))

    assert [end - start for start, end in spring + autumn] == [timedelta(hours=23), timedelta(hours=25)]


def day_of(day: str) -> tuple[datetime, datetime]:
    start = datetime.fromisoformat(f"{day}T00:00+00:00")
    return start, start + timedelta(days=1)


def test_takes_24_00_as_the_next_midnight() -> None:
    assert on("2026-11-23", "Asia/Kathmandu", weekly(("22:00", "24:00"), days=("monday",))) == ["23 16:15-23 18:15"]


def test_joins_nights_that_touch() -> None:
    start, end = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)

    found = expand("UTC", weekly(("00:00", "24:00")), start, end)

    assert len(found) == 1


def test_lets_a_dates_hours_stand_in_for_the_weekdays() -> None:
    rules = [*weekly(("09:00", "17:00")), dated("2026-11-24", ("13:00", "14:00"), ("16:00", "18:00"))]

    assert on("2026-11-23", "UTC", rules) == ["23 09:00-23 17:00"]
    assert on("2026-11-24", "UTC", rules) == ["24 13:00-24 14:00", "24 16:00-24 18:00"]


def test_is_closed_on_a_date_or_weekday_without_intervals() -> None:
    rules = [*weekly(("09:00", "17:00"), days=("monday", "tuesday")), *weekly(days=("wednesday",)), dated("2026-11-24")]

    assert [on(f"2026-11-{day}", "UTC", rules) for day in (23, 24, 25, 26)] == [["23 09:00-23 17:00"], [], [], []]


def test_knows_no_zone_that_is_none() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        expand("Mars/Olympus", weekly(("09:00", "17:00")), *day_of("2026-11-23"))


def spans(*hours: tuple[int, int]) -> list[Span]:
    return [(datetime(2026, 11, 23, a, tzinfo=UTC), datetime(2026, 11, 23, b, tzinfo=UTC)) for a, b in hours]


def test_merges_what_touches_or_overlaps() -> None:
    assert merged(spans((9, 10), (12, 14), (10, 11), (13, 15))) == spans((9, 11), (12, 15))


def test_finds_what_all_have_in_common() -> None:
    assert common([spans((9, 12), (13, 17)), spans((11, 14)), spans((8, 18))]) == spans((11, 12), (13, 14))


def test_takes_away_what_is_taken() -> None:
    assert without(spans((9, 17)), spans((8, 10), (12, 13), (16, 18))) == spans((10, 12), (13, 16))
