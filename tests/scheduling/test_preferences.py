"""Times as each person reads them: their zone, their clock, and hours that happen twice or never."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from scheduling.models import Preference
from scheduling.queries import zone_names
from scheduling.templatetags import times
from scheduling.views import clocks
from tests.factories import CandidateFactory, LinkFactory, make_interview

H12 = Preference.Clock.H12


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("zone", "moment", "h24", "h12"),
    [
        # No zone of a whole hour.
        ("Asia/Kathmandu", at(2026, 11, 26, 18, 15), "Fri 27 Nov 2026, 00:00 UTC+5:45", "12:00 am UTC+5:45"),
        ("Asia/Kathmandu", at(2026, 11, 26, 6, 15), "Thu 26 Nov 2026, 12:00 UTC+5:45", "12:00 pm UTC+5:45"),
        # No daylight saving time: the same in July and January.
        ("America/Phoenix", at(2026, 7, 1, 19, 0), "Wed 1 Jul 2026, 12:00 MST", "12:00 pm MST"),
        ("America/Phoenix", at(2027, 1, 1, 7, 0), "Fri 1 Jan 2027, 00:00 MST", "12:00 am MST"),
        ("Pacific/Honolulu", at(2026, 7, 2, 0, 30), "Wed 1 Jul 2026, 14:30 HST", "2:30 pm HST"),
        ("Pacific/Honolulu", at(2027, 1, 2, 0, 30), "Fri 1 Jan 2027, 14:30 HST", "2:30 pm HST"),
        # The gap: from 2:00 to 3:00 on the first Sunday of October.
        ("Australia/Sydney", at(2026, 10, 3, 15, 59), "Sun 4 Oct 2026, 01:59 AEST", "1:59 am AEST"),
        ("Australia/Sydney", at(2026, 10, 3, 16, 0), "Sun 4 Oct 2026, 03:00 AEDT", "3:00 am AEDT"),
        # The fold: half past two comes twice on the first Sunday of April.
        ("Australia/Sydney", at(2027, 4, 3, 15, 30), "Sun 4 Apr 2027, 02:30 AEDT", "2:30 am AEDT"),
        ("Australia/Sydney", at(2027, 4, 3, 16, 30), "Sun 4 Apr 2027, 02:30 AEST", "2:30 am AEST"),
        # A gap and a fold of half an hour.
        ("Australia/Lord_Howe", at(2026, 10, 3, 15, 29), "Sun 4 Oct 2026, 01:59 UTC+10:30", "1:59 am UTC+10:30"),
        ("Australia/Lord_Howe", at(2026, 10, 3, 15, 30), "Sun 4 Oct 2026, 02:30 UTC+11", "2:30 am UTC+11"),
        ("Australia/Lord_Howe", at(2027, 4, 3, 14, 45), "Sun 4 Apr 2027, 01:45 UTC+11", "1:45 am UTC+11"),
        ("Australia/Lord_Howe", at(2027, 4, 3, 15, 15), "Sun 4 Apr 2027, 01:45 UTC+10:30", "1:45 am UTC+10:30"),
    ],
)
def test_tells_every_time_apart(zone: str, moment: datetime, h24: str, h12: str) -> None:
    with clocks.override(H12):
        twelve = times.full(moment, ZoneInfo(zone))

    assert times.full(moment, ZoneInfo(zone)) == h24
    assert twelve == f"{h24.partition(',')[0]}, {h12}"


@pytest.mark.parametrize("hour", range(24))
def test_writes_no_two_hours_of_a_day_alike(hour: int) -> None:
    moments = [at(2026, 6, 1, other) for other in range(24)]

    with clocks.override(H12):
        texts = [clocks.hands(moment) for moment in moments]

    assert texts.count(texts[hour]) == 1
    assert datetime.strptime(texts[hour], "%I:%M %p").replace(tzinfo=UTC).hour == hour


def test_names_the_zone_of_every_span_and_both_when_they_differ() -> None:
    with timezone.override(ZoneInfo("Australia/Lord_Howe")), clocks.override(H12):
        plain = times.span(at(2026, 11, 26, 22, 0), at(2026, 11, 27, 6, 0))
        across = times.span(at(2026, 10, 3, 15, 0), at(2026, 10, 3, 16, 0))

    assert plain == "9:00 am–5:00 pm UTC+11"
    assert across == "1:30 am UTC+10:30–3:00 am UTC+11"


@pytest.mark.parametrize(
    ("zone", "now", "then", "is_warned"),
    [
        ("Australia/Lord_Howe", at(2026, 10, 2), at(2026, 10, 3, 15, 29), False),
        ("Australia/Lord_Howe", at(2026, 10, 2), at(2026, 10, 3, 15, 30), True),
        ("Australia/Sydney", at(2027, 4, 1), at(2027, 4, 3, 16, 30), True),
        ("America/Phoenix", at(2026, 3, 1), at(2026, 3, 20), False),
        ("Pacific/Honolulu", at(2026, 10, 25), at(2026, 11, 10), False),
        ("Asia/Kathmandu", at(2026, 3, 1), at(2026, 11, 10), False),
    ],
)
def test_warns_where_the_clocks_change(
    zone: str, now: datetime, then: datetime, is_warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now)

    assert bool(times.clock_change(then, zone)) is is_warned


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        # America goes first in spring and last in autumn.
        (
            "Europe/Berlin",
            "America/New_York",
            "America/New_York is then 5 h behind Europe/Berlin; today it is 6 h behind.",
        ),
        (
            "America/New_York",
            "America/Phoenix",
            "America/Phoenix is then 3 h behind America/New_York; today it is 2 h behind.",
        ),
        (
            "America/Phoenix",
            "America/New_York",
            "America/New_York is then 3 h ahead of America/Phoenix; today it is 2 h ahead.",
        ),
        (
            "America/Phoenix",
            "America/Denver",
            "America/Denver is then 1 h ahead of America/Phoenix; today both have the same time.",
        ),
        (
            "America/Los_Angeles",
            "America/Phoenix",
            "America/Phoenix and America/Los_Angeles then have the same time; today America/Phoenix is 1 h ahead.",
        ),
        (
            "Asia/Kathmandu",
            "America/New_York",
            "America/New_York is then 9 h 45 min behind Asia/Kathmandu; today it is",
        ),
        ("America/New_York", "America/New_York", ""),
        ("America/New_York", "America/Toronto", ""),
    ],
)
def test_says_how_far_apart_two_zones_are_then(
    ours: str, theirs: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: at(2027, 3, 10))

    with timezone.override(ZoneInfo(ours)):
        warning = times.clock_change(at(2027, 3, 16, 15, 0), theirs)

    assert "The clocks change in" in warning
    assert words in warning
    assert ("then" in warning) is bool(words)


def test_names_both_zones_whose_clocks_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: at(2027, 3, 10))

    with timezone.override(ZoneInfo("America/New_York")):
        warning = times.clock_change(at(2027, 4, 16, 15, 0), "Europe/Berlin")

    assert "The clocks change in America/New_York and Europe/Berlin before this interview.<" in warning


def prefer(client: Client, **fields: str) -> str:
    return client.post("/settings/you/", {"timezone": "", "clock": "24h", **fields}, follow=True).content.decode()


def test_shows_times_as_the_viewer_prefers(alice: Client, charlie: Client) -> None:
    interview = make_interview(CandidateFactory(), starts_at=at(2099, 6, 1, 6, 15), ends_at=at(2099, 6, 1, 7, 0))
    path = f"/interviews/{interview.pk}/"

    page = prefer(alice, timezone="Asia/Kathmandu", clock="12h")

    assert "Saved." in page
    assert "Mon 1 Jun 2099, 12:00 pm UTC+5:45" in alice.get(path).content.decode()
    assert "Mon 1 Jun 2099, 06:15 UTC" in charlie.get(path).content.decode()


def test_lets_the_clock_of_one_request_end_with_it(alice: Client) -> None:
    prefer(alice, clock="12h", timezone="Asia/Kathmandu")

    alice.get("/")

    assert clocks.current() == "24h"
    assert timezone.get_current_timezone_name() == "UTC"


def test_prefers_the_kept_zone_to_the_browsers(alice: Client) -> None:
    alice.cookies["zone"] = "Europe/Berlin"
    first = alice.get("/").content.decode()

    prefer(alice, timezone="Australia/Lord_Howe")
    second = alice.get("/").content.decode()
    prefer(alice, timezone="")
    third = alice.get("/").content.decode()

    shown = [page.partition('data-zone="')[2].partition('"')[0] for page in (first, second, third)]
    assert shown == ["Europe/Berlin", "Australia/Lord_Howe", "Europe/Berlin"]


def test_keeps_a_zone_chosen_in_the_top_bar_where_one_is_kept(alice: Client, recruiter: User) -> None:
    prefer(alice, timezone="Asia/Kathmandu")

    response = alice.post("/settings/zone/", {"zone": "Australia/Sydney", "next": "/"})

    assert Preference.objects.get(user=recruiter).timezone == "Australia/Sydney"
    assert response.cookies["zone_choice"].value == ""


def test_chooses_a_zone_for_this_browser_where_none_is_kept(alice: Client) -> None:
    response = alice.post("/settings/zone/", {"zone": "Australia/Sydney", "next": "/"})

    assert response.cookies["zone_choice"].value == "Australia/Sydney"
    assert not Preference.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("timezone", "Mars/Olympus"), ("clock", "25h"), ("clock", "")])
def test_keeps_nothing_it_does_not_know(alice: Client, field: str, value: str) -> None:
    response = alice.post("/settings/you/", {"timezone": "", "clock": "24h", field: value})

    assert response.status_code == 422
    assert not Preference.objects.exists()


def test_switches_single_keys_off(alice: Client) -> None:
    before = alice.get("/").content.decode()

    prefer(alice)
    off = alice.get("/").content.decode()
    prefer(alice, shortcuts="on")
    on = alice.get("/").content.decode()

    assert ['data-shortcuts="on"' in page for page in (before, off, on)] == [True, False, True]


def test_changes_nobody_elses_preference(alice: Client, charlie: Client, recruiter: User) -> None:
    prefer(charlie, timezone="Asia/Kathmandu", clock="12h", user=str(recruiter.pk))

    assert not Preference.objects.filter(user=recruiter).exists()
    assert Preference.objects.get().user.username == "charlie@example.org"
    assert Client().get("/settings/you/").status_code == 302


def test_renews_a_polled_page_when_the_clock_changes(alice: Client) -> None:
    make_interview(CandidateFactory(), starts_in=timedelta(hours=2))
    etag = alice.get("/?live=1")["ETag"]

    prefer(alice, clock="12h")

    assert alice.get("/?live=1", headers={"if-none-match": etag}).status_code == 200


def test_shows_candidates_their_own_way_whoever_looks(alice: Client) -> None:
    link = LinkFactory()
    make_interview(link.candidate, link=link, starts_at=at(2099, 6, 1, 6, 15), ends_at=at(2099, 6, 1, 7, 0))
    prefer(alice, timezone="Asia/Kathmandu", clock="12h")

    page = alice.get(f"/b/{link.token}/").content.decode()

    assert "06:15 UTC" in page
    assert "pm UTC" not in page


def test_calls_a_zone_by_its_name_of_today(alice: Client) -> None:
    alice.cookies["zone"] = "Asia/Katmandu"

    page = alice.get("/").content.decode()

    assert 'data-zone="Asia/Kathmandu"' in page
    assert "Katmandu" not in page


def test_keeps_a_zone_under_its_name_of_today(alice: Client, recruiter: User) -> None:
    prefer(alice, timezone="Europe/Berlin")
    alice.post("/settings/zone/", {"zone": "Europe/Kiev", "next": "/"})

    assert Preference.objects.get(user=recruiter).timezone == "Europe/Kyiv"


def test_still_offers_a_zone_that_was_kept_under_its_older_name(alice: Client, recruiter: User) -> None:
    prefer(alice, timezone="Europe/Berlin")
    Preference.objects.update(timezone="Asia/Calcutta")

    page = alice.get("/settings/you/").content.decode()

    assert '<option value="Asia/Kolkata" selected>' in page
    assert "Calcutta" not in page


def test_knows_todays_name_of_every_zone_browsers_call_otherwise() -> None:
    assert zone_names.RENAMED.keys() <= times.KNOWN_ZONES
    assert set(zone_names.RENAMED.values()) <= times.KNOWN_ZONES - zone_names.RENAMED.keys()
