"""Who can take it, how much everyone has, and the limits that are said and never enforced."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.models import CalendarWindow, Interview, Interviewer
from scheduling.queries import loads
from scheduling.services import availability
from tests.factories import (
    CandidateFactory,
    ConnectionFactory,
    EventTypeFactory,
    InterviewerFactory,
    make_interview,
)


@pytest.fixture
def people(db: None) -> list[Interviewer]:
    """Three interviewers of one event type, free from nine to five in UTC next week."""
    connection = ConnectionFactory()
    event_type = EventTypeFactory(connection=connection, name="Technical interview")
    for name in ("Ada", "Bob", "Cleo"):
        event_type.hosts.add(InterviewerFactory(connection=connection, name=name, timezone="UTC"))
    found = list(event_type.hosts.all())
    know(found)
    return found


def know(people: list[Interviewer]) -> None:
    """Let everything about these people have been read just now: nine to five, nothing in the way."""
    now = timezone.now()
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    interval = {"start": "09:00", "end": "17:00"}
    rules = [{"type": "wday", "wday": day, "intervals": [interval]} for day in days]
    for person in people:
        for kind in (CalendarWindow.Kind.HOURS, CalendarWindow.Kind.BUSY):
            whose = availability.stretches(kind, person.pk, person.connection_id or 0, now, now + timedelta(days=21))
            for one in whose:
                row = one.row(now)
                row.wanted_at, row.read_at = None, now
                row.content = (
                    [{"uri": "x", "default": True, "timezone": "UTC", "rules": rules}]
                    if kind == CalendarWindow.Kind.HOURS
                    else []
                )
                row.save()


def monday() -> datetime:
    """Next week's, at ten in UTC."""
    now = timezone.now().astimezone(UTC)
    day = now + timedelta(days=7 - now.weekday())
    return day.replace(hour=10, minute=0, second=0, microsecond=0)


def meet(person: Interviewer, start: datetime, **facts: Any) -> Interview:
    interview = make_interview(CandidateFactory(), starts_at=start, ends_at=start + timedelta(minutes=45), **facts)
    attempt = interview.attempts.get()
    attempt.interviewers.set([person])
    interview.interviewers.set([person])
    return interview


def busy(person: Interviewer, start: datetime, minutes: int) -> None:
    for row in CalendarWindow.objects.filter(interviewer=person, kind="busy", starts_at__lte=start, ends_at__gt=start):
        row.content = [[int(start.timestamp()), int(start.timestamp()) + minutes * 60]]
        row.save()


def ask(client: Client, **query: Any) -> Any:
    defaults = {"on": f"{monday():%Y-%m-%d}", "at": "10:00", "minutes": "45", "zone": "UTC"}
    return client.get("/availability/who/", {**defaults, **query})


def test_names_who_is_free_least_loaded_first(alice: Client, people: list[Interviewer]) -> None:
    ada, bob, cleo = people
    busy(ada, monday(), 30)
    for hour in (12, 13):
        meet(bob, monday().replace(hour=hour))
    meet(cleo, monday().replace(hour=12))

    answers = ask(alice).context["answers"]

    assert [(answer.calendar.host.name, answer.verdict) for answer in answers] == [
        ("Cleo", "can"),
        ("Bob", "can"),
        ("Ada", "busy"),
    ]
    assert [answer.has_most for answer in answers] == [False, True, False]


def test_puts_who_is_at_a_limit_after_who_is_not(alice: Client, people: list[Interviewer]) -> None:
    ada, bob, _ = people
    Interviewer.objects.filter(pk=ada.pk).update(max_per_week=1)
    meet(ada, monday().replace(hour=14))
    for hour in (12, 13):
        meet(bob, monday().replace(hour=hour))

    page = ask(alice)

    assert [answer.calendar.host.name for answer in page.context["answers"]] == ["Cleo", "Bob", "Ada"]
    assert "1 of 1" in page.content.decode()
    assert "At the limit" in page.content.decode()


def test_finds_a_time_in_a_range(alice: Client, people: list[Interviewer]) -> None:
    ada, *_ = people
    busy(ada, monday(), 60)

    page = ask(alice, until="12:00")

    states = {answer.calendar.host.name: answer.state for answer in page.context["answers"]}
    assert states == {"Ada": "partly", "Bob": "open", "Cleo": "open"}
    assert [(run.start.hour, run.end.hour) for run in page.context["together"]] == [(11, 12)]


def test_says_outside_hours_and_unknown(alice: Client, people: list[Interviewer]) -> None:
    ada, *_ = people
    CalendarWindow.objects.filter(interviewer=ada, kind="busy").update(problem="calendar")

    early = {answer.calendar.host.name: answer.state for answer in ask(alice, at="07:00").context["answers"]}
    page = ask(alice)

    assert early["Bob"] == "outside"
    assert {answer.calendar.host.name: answer.state for answer in page.context["answers"]}["Ada"] == "unknown"
    assert "Calendly cannot read this calendar" in page.content.decode()


def test_asks_only_those_chosen(alice: Client, people: list[Interviewer]) -> None:
    page = ask(alice, who=[people[1].pk])

    assert [answer.calendar.host.name for answer in page.context["answers"]] == ["Bob"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"on": "2001-01-01"}, "This day is over"),
        ({"on": "9999-12-31"}, "nothing that far ahead"),
        ({"on": "soon"}, "Enter a valid date"),
        ({"at": "25:00"}, "Enter a valid time"),
        ({"until": "09:00"}, "not enough time between"),
        ({"minutes": "0"}, "greater than or equal to 5"),
        ({"minutes": "9999"}, "less than or equal to 720"),
        ({"zone": "Mars/Olympus"}, "<code>zone=Mars/Olympus</code>"),
    ],
)
def test_says_what_is_wrong(alice: Client, people: list[Interviewer], query: dict[str, str], words: str) -> None:
    response = ask(alice, **query)

    assert response.status_code == 200
    assert words in response.content.decode()


def test_costs_the_same_for_many(
    alice: Client, people: list[Interviewer], django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    event_type = people[0].hosted_event_types.get()
    for _ in range(60):
        event_type.hosts.add(InterviewerFactory(connection=people[0].connection))
    know(list(event_type.hosts.exclude(pk__in=[person.pk for person in people])))

    with django_assert_max_num_queries(12):
        assert len(ask(alice).context["answers"]) == 63


def test_counts_what_was_held_and_booked(alice: Client, people: list[Interviewer]) -> None:
    ada, bob, _ = people
    meet(ada, monday())
    held = meet(ada, monday().replace(hour=12))
    Interview.objects.filter(pk=held.pk).update(state="held")
    meet(bob, monday().replace(hour=13))
    meet(bob, monday().replace(hour=15), canceled=True)
    year, week, _ = monday().isocalendar()

    rows = alice.get(f"/availability/load/?week={year}-W{week:02}").context["rows"]

    counted = {one.host.name: (one.held, one.booked, one.total, one.share) for one, *_ in rows}
    assert counted == {"Ada": (1, 1, 2, 67), "Bob": (0, 1, 1, 33), "Cleo": (0, 0, 0, 0)}


def test_counts_the_seats_of_a_group_event_once(people: list[Interviewer]) -> None:
    ada, *_ = people
    for _ in range(3):
        meet(ada, monday())

    (load,) = loads.of_week([loads.as_host(ada)], loads.monday_of(monday().date()))

    assert load.total == 1


def test_counts_days_and_weeks_where_the_interviewer_is(people: list[Interviewer]) -> None:
    ada, *_ = people
    Interviewer.objects.filter(pk=ada.pk).update(timezone="Pacific/Honolulu")
    ada.refresh_from_db()
    # Monday, nine in UTC, is Sunday, eleven in the evening, there.
    meet(ada, monday().replace(hour=9))

    (this_week,) = loads.of_week([loads.as_host(ada)], loads.monday_of(monday().date()))
    (week_before,) = loads.of_week([loads.as_host(ada)], loads.monday_of(monday().date()) - timedelta(days=7))

    assert (this_week.total, week_before.total) == (0, 1)
    assert week_before.fullest_day == (monday().date() - timedelta(days=1), 1)


def test_keeps_limits(alice: Client, people: list[Interviewer]) -> None:
    ada, bob, cleo = people

    response = alice.post(
        "/availability/load/limits/", {f"day_{ada.pk}": "2", f"week_{ada.pk}": "6", f"week_{bob.pk}": ""}, follow=True
    )

    ada.refresh_from_db()
    assert (ada.max_per_day, ada.max_per_week) == (2, 6)
    assert "Limits kept; 1 changed." in response.content.decode()
    assert (bob.max_per_week, cleo.max_per_week) == (None, None)


@pytest.mark.parametrize("wrong", ["0", "-1", "1000", "many", "2.5"])
def test_keeps_no_limit_that_is_none(alice: Client, people: list[Interviewer], wrong: str) -> None:
    response = alice.post("/availability/load/limits/", {f"week_{people[0].pk}": wrong})

    people[0].refresh_from_db()
    assert response.status_code == 422
    assert "Nothing was kept" in response.content.decode()
    assert people[0].max_per_week is None


def test_not_for_charlie(charlie: Client, people: list[Interviewer]) -> None:
    page = charlie.get("/availability/load/")

    assert page.status_code == 200
    assert "Keep limits" not in page.content.decode()
    assert charlie.post("/availability/load/limits/", {f"week_{people[0].pk}": "1"}).status_code == 403


def this_monday() -> datetime:
    return monday() - timedelta(days=7)


def test_warns_before_a_link_is_sent(alice: Client, people: list[Interviewer]) -> None:
    bob = people[1]
    Interviewer.objects.filter(pk=bob.pk).update(max_per_week=1)
    meet(bob, this_monday())
    candidate = CandidateFactory()

    page = alice.get(f"/candidates/{candidate.pk}/").content.decode()

    assert "Bob has 1 of 1 this week." in page


def test_says_nothing_of_limits_nobody_reached(alice: Client, people: list[Interviewer]) -> None:
    Interviewer.objects.update(max_per_week=2)
    meet(people[1], this_monday())
    candidate = CandidateFactory()

    assert "this week." not in alice.get(f"/candidates/{candidate.pk}/").content.decode()


def test_tells_after_a_booking_who_is_over(alice: Client, people: list[Interviewer]) -> None:
    bob = people[1]
    Interviewer.objects.filter(pk=bob.pk).update(max_per_day=1, max_per_week=5)
    meet(bob, monday())
    second = meet(bob, monday().replace(hour=14))

    interview = alice.get(f"/interviews/{second.pk}/").content.decode()
    today = alice.get("/").content.decode()

    assert "Bob has 2 interviews on" in interview
    assert "over the limit of 1 a day" in interview
    assert "over the limit of 1 a day" in today


def test_is_content_with_what_is_within_the_limit(alice: Client, people: list[Interviewer]) -> None:
    Interviewer.objects.update(max_per_day=1, max_per_week=1)
    only = meet(people[0], monday())

    assert "over the limit" not in alice.get(f"/interviews/{only.pk}/").content.decode()
    assert "over the limit" not in alice.get("/").content.decode()


def at(day: int, hour: int, minute: int) -> datetime:
    """In UTC, in November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "which"),
    [
        # Sunday 23:59 and Monday 00:00 there.
        ("Australia/Sydney", at(22, 12, 59), "next week"),
        ("Australia/Sydney", at(22, 13, 0), "this week"),
        ("Pacific/Honolulu", at(23, 9, 59), "next week"),
        ("Pacific/Honolulu", at(23, 10, 0), "this week"),
        ("UTC", at(22, 23, 59), "next week"),
        ("UTC", at(23, 0, 0), "this week"),
    ],
)
# The first and the last hour of that week in both.
@pytest.mark.parametrize("hour", [0, 7 * 24 - 1])
def test_begins_the_week_where_the_interviewer_is(
    people: list[Interviewer], zone: str, now: datetime, which: str, hour: int
) -> None:
    ada, *_ = people
    Interviewer.objects.filter(pk=ada.pk).update(timezone=zone, max_per_week=1)
    meet(ada, datetime(2026, 11, 23, tzinfo=ZoneInfo(zone)).astimezone(UTC) + timedelta(hours=hour))

    assert [words for _, words in loads.warnings(now=now)] == [f"Ada has 1 of 1 {which}."]


@pytest.mark.parametrize(
    ("now", "honolulu", "sydney"),
    [
        (at(22, 12, 59), ["2026-11-23"], ["2026-11-23"]),
        # Sydney's Monday has begun, and its next week with it; Honolulu's ends with its Sunday.
        (at(22, 13, 0), ["2026-11-23"], ["2026-11-23", "2026-11-30"]),
        (at(23, 9, 59), ["2026-11-23"], ["2026-11-23", "2026-11-30"]),
        (at(23, 10, 0), ["2026-11-23", "2026-11-30"], ["2026-11-23", "2026-11-30"]),
    ],
)
def test_looks_at_two_weeks_of_everyones_own_at_once(
    people: list[Interviewer],
    now: datetime,
    honolulu: list[str],
    sydney: list[str],
    django_assert_num_queries: Any,
) -> None:
    for person, zone in zip(people, ("Pacific/Honolulu", "Australia/Sydney"), strict=False):
        Interviewer.objects.filter(pk=person.pk).update(timezone=zone, max_per_week=1)
        for monday in (23, 30):
            # Two in the week's last hour.
            start = datetime(2026, 11, monday, tzinfo=ZoneInfo(zone)) + timedelta(days=6, hours=23)
            for minute in (0, 30):
                meet(person, start.astimezone(UTC) + timedelta(minutes=minute))

    with django_assert_num_queries(2):
        found = loads.over_limit(now=now)

    over: dict[str, list[str]] = {"Ada": [], "Bob": []}
    for load, _ in found:
        over[load.host.name].append(f"{load.monday}")
    assert over == {"Ada": honolulu, "Bob": sydney}


@pytest.mark.parametrize(("now", "which"), [(at(22, 12, 59), "next week"), (at(22, 13, 0), "this week")])
def test_warns_by_the_interviewers_week_before_a_link_is_sent(
    alice: Client, people: list[Interviewer], monkeypatch: pytest.MonkeyPatch, now: datetime, which: str
) -> None:
    Interviewer.objects.filter(pk=people[0].pk).update(timezone="Australia/Sydney", max_per_week=1)
    meet(people[0], at(25, 0, 0))
    candidate = CandidateFactory()
    monkeypatch.setattr(timezone, "now", lambda: now)

    page = alice.get(f"/candidates/{candidate.pk}/").content.decode()

    assert f"Ada has 1 of 1 {which}." in page
