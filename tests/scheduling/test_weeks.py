"""The week view: days by the viewer's clock, also where the clocks change."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from scheduling.models import Interview, Preference
from scheduling.queries import weeks
from scheduling.queries.tables import INTERVIEWS
from scheduling.queries.weeks import Week
from tests.factories import CandidateFactory, InterviewerFactory, make_interview

BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")


def at(moment: datetime, minutes: int = 45) -> Interview:
    """An interview that starts then."""
    return make_interview(CandidateFactory(), starts_at=moment, ends_at=moment + timedelta(minutes=minutes))


def laid_out(monday: date, zone: ZoneInfo) -> weeks.Calendar:
    return weeks.laid_out(Interview.objects.all(), Week(monday), zone, order=INTERVIEWS.sorts["starts"])


def columns(calendar: weeks.Calendar) -> list[list[int]]:
    return [[block.interview.pk for block in day.blocks] for day in calendar.days]


@pytest.mark.parametrize(
    ("text", "monday"),
    [
        ("2026-W48", date(2026, 11, 23)),
        ("2026-W53", date(2026, 12, 28)),
        ("2027-W53", date(2026, 11, 16)),
        ("2026-W00", date(2026, 11, 16)),
        ("9999-W52", date(2026, 11, 16)),
        ("²⁰²⁶-W48", date(2026, 11, 16)),
        ("", date(2026, 11, 16)),
    ],
)
def test_knows_weeks_by_their_iso_names(text: str, monday: date) -> None:
    week = weeks.parse(text, today=date(2026, 11, 21))

    assert week == Week(monday)
    assert weeks.parse(str(week.later), today=date(2020, 1, 1)).earlier == week


def test_puts_the_days_at_the_viewers_midnight(db: None) -> None:
    late, early = at(datetime(2026, 11, 24, 22, 45, tzinfo=UTC)), at(datetime(2026, 11, 24, 23, 15, tzinfo=UTC))

    calendar = laid_out(date(2026, 11, 23), BERLIN)

    assert columns(calendar) == [[], [late.pk], [early.pk], [], [], [], []]
    assert (calendar.hours[0], calendar.hours[-1]) == (0, 23)


@pytest.mark.parametrize(
    ("zone", "monday", "hours"),
    [
        (BERLIN, date(2026, 3, 23), 23),
        (BERLIN, date(2026, 10, 19), 25),
        (LORD_HOWE, date(2026, 9, 28), 23.5),
        (LORD_HOWE, date(2026, 3, 30), 24.5),
    ],
)
def test_has_one_longer_or_shorter_day_where_the_clocks_change(
    db: None, zone: ZoneInfo, monday: date, hours: float
) -> None:
    calendar = laid_out(monday, zone)

    lengths = [
        (day.ends_at.astimezone(UTC) - day.starts_at.astimezone(UTC)) / timedelta(hours=1) for day in calendar.days
    ]
    assert lengths == [24] * 6 + [hours]


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        (BERLIN, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (BERLIN, datetime(2026, 10, 25, 1, tzinfo=UTC)),
        (LORD_HOWE, datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
        (LORD_HOWE, datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ],
)
def test_loses_and_doubles_nothing_around_a_clock_change(
    db: None, monkeypatch: pytest.MonkeyPatch, zone: ZoneInfo, change: datetime
) -> None:
    monkeypatch.setattr(weeks, "MOST_A_DAY", 60)
    moments = [change + timedelta(minutes=30 * step) for step in range(-60, 60)]
    rows = [at(moment, minutes=30) for moment in moments]
    sunday = change.astimezone(zone).date()
    monday = sunday - timedelta(days=6)

    calendars = [laid_out(first, zone) for first in (monday, monday + timedelta(days=7))]

    seen = [pk for calendar in calendars for pks in columns(calendar) for pk in pks]
    assert seen == [row.pk for row in rows]
    for calendar in calendars:
        for day in calendar.days:
            for block in day.blocks:
                assert block.interview.starts_at is not None
                local = block.interview.starts_at.astimezone(zone)
                assert (local.date(), local.hour) == (day.date, calendar.hours[block.hour])


def test_shows_more_hours_when_there_are_interviews_in_them(db: None) -> None:
    at(datetime(2026, 11, 24, 5, 20, tzinfo=UTC), minutes=50)
    at(datetime(2026, 11, 24, 18, 30, tzinfo=UTC), minutes=90)

    calendar = laid_out(date(2026, 11, 23), BERLIN)
    first, last = calendar.days[1].blocks

    assert calendar.hours == list(range(6, 21))
    assert (first.hour, first.quarter, first.quarters) == (0, 1, 4)
    assert (last.hour, last.quarter, last.quarters) == (13, 2, 6)


def test_ends_a_block_with_the_day(db: None) -> None:
    at(datetime(2026, 11, 24, 22, 30, tzinfo=UTC), minutes=120)

    assert laid_out(date(2026, 11, 23), BERLIN).days[1].blocks[0].quarters == 2


def test_shows_the_week_the_viewer_asks_for_with_the_lists_filter(alice: Client) -> None:
    alice.cookies["zone"] = "Europe/Berlin"
    host = InterviewerFactory(name="Mia Member")
    shown, other = (at(datetime(2026, 11, 24, hour, tzinfo=UTC)) for hour in (9, 11))
    shown.interviewers.add(host)

    address = f"/interviews/?view=all&layout=week&week=2026-W48&interviewers={host.pk}"
    page = alice.get(address).content.decode()

    assert shown.who in page
    assert other.who not in page
    assert "10:00 CET" in page
    assert "Tuesday 24 November" in page
    for week in ("2026-W47", "2026-W49"):
        assert f"layout=week&amp;week={week}" in page


def test_draws_the_first_of_a_full_day_and_leads_to_the_rest(alice: Client) -> None:
    alice.cookies["zone"] = "Europe/Berlin"
    monday, tuesday = (datetime(2026, 11, day, 8, tzinfo=UTC) for day in (23, 24))
    full = [at(monday + timedelta(minutes=10 * number)) for number in range(weeks.MOST_A_DAY + 3)]
    beside = at(tuesday)

    page = alice.get("/interviews/?view=all&layout=week&week=2026-W48")
    drawn = columns(page.context["calendar"])
    rest = re.findall(r'calendar__rest"><a href="([^"]+)"', page.content.decode())
    listed = alice.get(f"/interviews/{unescape(rest[0])}").context["page"].rows

    assert [drawn[0], drawn[1]] == [[row.pk for row in full[: weeks.MOST_A_DAY]], [beside.pk]]
    assert len(rest) == 1
    assert [row.pk for row in listed] == [*(row.pk for row in full[weeks.MOST_A_DAY :]), beside.pk]


def test_says_why_a_day_is_empty_and_which_week_is_none(alice: Client) -> None:
    upcoming = alice.get("/interviews/?layout=week").content.decode()
    every = alice.get("/interviews/?layout=week&view=all").content.decode()
    unknown = alice.get("/interviews/?layout=week&week=2026-99-99").content.decode()

    assert "Nothing under “Upcoming”" in upcoming
    assert "No interviews" in every
    assert "week=2026-99-99" in unknown


def test_writes_its_hours_by_the_viewers_clock(alice: Client, recruiter: User) -> None:
    Preference.objects.create(user=recruiter, clock=Preference.Clock.H12)

    page = alice.get("/interviews/?layout=week").content.decode()

    assert "<li>9:00 am</li>" in page
    assert "<li>09:00</li>" not in page


def test_marks_today(alice: Client) -> None:
    page = alice.get("/interviews/?layout=week").content.decode()

    assert page.count("calendar__day--today") == 1
    assert "calendar__day--today" not in alice.get("/interviews/?layout=week&week=2020-W02").content.decode()


def test_lists_todays_interviews_by_the_viewers_day(alice: Client) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    alice.cookies["zone"] = zone.key
    noon = timezone.now().astimezone(zone).replace(hour=12, minute=0, second=0, microsecond=0)
    for days in (-1, 0, 1):
        make_interview(
            CandidateFactory(name=f"Day {days}"), starts_at=noon + timedelta(days=days), location_kind="zoom"
        )

    page = alice.get("/interviews/?view=today").content.decode()

    assert "Day 0" in page
    assert "Day 1" not in page
    assert "Day -1" not in page
    assert "Zoom" in page


def test_prints_the_day_with_phone_numbers(alice: Client) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    make_interview(CandidateFactory(phone="+493012345678"), starts_at=noon)
    make_interview(CandidateFactory(), starts_at=noon)
    make_interview(starts_at=noon)

    today, everything = (alice.get(f"/interviews/?view={view}").content.decode() for view in ("today", "all"))

    assert re.findall(r'<span class="print-only">(\+[^<]*)</span>', today) == ["+49 30 12345678"]
    assert "+49 30 12345678" not in everything
