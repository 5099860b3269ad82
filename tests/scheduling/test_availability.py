"""Calendars side by side: what is read, what is told apart, and what goes wrong for one interviewer alone."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.calendly.questions import ask_busy_times, ask_schedules
from scheduling.models import CalendarWindow, Connection, EventType, Interviewer, RateWindow
from scheduling.services import availability, connections
from tests.factories import CandidateFactory, ConnectionFactory, EventTypeFactory, InterviewerFactory
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver

BUSY, SLOTS, HOURS = "user_busy_times.list", "event_type_available_times.list", "user_availability_schedules.list"


def read(client: Client, path: str = "/availability/") -> str:
    """The page once the worker has read what it shows."""
    client.get(path)
    for connection in Connection.objects.all():
        availability.read_wanted(connection.pk)
    return client.get(path).content.decode()


def hosts_page(rows: int, *, busy_a_day: int = 3) -> tuple[Connection, str]:
    """So many interviewers whose two weeks have been read just now, without a Calendly."""
    connection = ConnectionFactory()
    event_type = EventTypeFactory(connection=connection)
    people = [InterviewerFactory(connection=connection, timezone="Europe/Berlin") for _ in range(rows)]
    event_type.hosts.set(people)
    now = timezone.now()
    start, end = now, now + timedelta(days=16)
    asked = list(availability.stretches(CalendarWindow.Kind.SLOTS, event_type.pk, connection.pk, start, end))
    for person in people:
        for kind in (CalendarWindow.Kind.HOURS, CalendarWindow.Kind.BUSY):
            asked += availability.stretches(kind, person.pk, connection.pk, start, end)
    windows = [one.row(now) for one in asked]
    for window in windows:
        window.wanted_at, window.read_at = None, now
        window.content = content(window, busy_a_day)
    CalendarWindow.objects.bulk_create(windows)
    return connection, "/availability/?span=fortnight"


def content(window: CalendarWindow, busy_a_day: int) -> list[Any]:
    if window.kind == CalendarWindow.Kind.HOURS:
        days = ("monday", "tuesday", "wednesday", "thursday", "friday")
        told = [{"type": "wday", "wday": day, "intervals": [{"start": "09:00", "end": "17:00"}]} for day in days]
        return [{"uri": "x", "default": True, "timezone": "Europe/Berlin", "rules": told}]
    if window.starts_at is None or window.kind == CalendarWindow.Kind.SLOTS:
        return []
    begins = [window.starts_at + timedelta(days=day, hours=9 + 2 * n) for day in range(7) for n in range(busy_a_day)]
    return [[int(moment.timestamp()), int(moment.timestamp()) + 3600] for moment in begins]


def test_paints_at_once_and_fills_when_the_worker_has_read(
    sandbox: Sandbox, connection: Connection, alice: Client
) -> None:
    cold = alice.get("/availability/").content.decode()
    asked_before = [sandbox.requests(operation) for operation in (BUSY, SLOTS, HOURS)]
    availability.read_wanted(connection.pk)
    warm = alice.get("/availability/").content.decode()

    assert asked_before == [[], [], []]
    assert "Reading 4 calendars from Calendly" in cold
    assert "not read yet" in cold
    assert "Reading 4 calendars" not in warm
    assert "strip__run--open" in warm
    assert "not read yet" not in warm


def test_asks_once_for_what_everyone_looks_at(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    read(alice)
    read(alice, "/availability/?zone=Pacific/Honolulu")

    people = Interviewer.objects.filter(hosted_event_types__isnull=False).distinct().count()
    assert len(sandbox.requests(HOURS)) == people
    # What is shown touches one window of four weeks, or two.
    asked = [request["query"] for request in sandbox.requests(SLOTS)]
    assert 1 <= len(asked) <= 2
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        ("424", "Calendly cannot read this calendar"),
        ("403", "Calendly’s plan does not include it"),
        ("403_scope", "the connection lacks"),
        ("429", "waiting for Calendly’s rate limit"),
        ("503", "Calendly cannot be reached right now"),
    ],
)
def test_says_why_one_interviewer_is_unknown_and_leaves_the_others_alone(
    sandbox: Sandbox, connection: Connection, alice: Client, behaviour: str, why: str
) -> None:
    alice.get("/availability/")
    availability.read_wanted(connection.pk)
    person = Interviewer.objects.get(name="Mia Member")
    CalendarWindow.objects.filter(interviewer=person, kind="busy").delete()
    sandbox.switch(BUSY, behaviour, times=2)

    page = read(alice)

    assert page.count(why) >= 1
    assert page.count('<span class="spans__why">Unknown') == 1
    assert page.count("strip__run--open") > 10


def test_calls_a_calendar_unknown_that_can_no_longer_be_read(
    sandbox: Sandbox, connection: Connection, alice: Client
) -> None:
    read(alice)
    mine = CalendarWindow.objects.filter(interviewer__name="Mia Member", kind="busy").order_by("-starts_at")
    CalendarWindow.objects.filter(pk=mine[0].pk).update(
        problem="calendar", again_at=timezone.now() + timedelta(hours=1)
    )

    page = alice.get("/availability/").content.decode()

    assert "Unknown: Calendly cannot read this calendar" in page
    assert "Perhaps out of date" not in page


def test_does_not_let_a_slow_calendar_hold_up_the_others(sandbox: Sandbox, connection: Connection) -> None:
    start = timezone.now() + timedelta(hours=1)
    uris = [person.user_uri for person in Interviewer.objects.all()]
    slow, others = ask_schedules(uris[0]), [ask_busy_times(uri, start, start + timedelta(days=6)) for uri in uris]
    sandbox.switch(HOURS, "slow:2")

    landed = [index for index, _ in connections.client_for(connection).ask([slow, *others])]

    assert sorted(landed) == [0, 1, 2, 3, 4]
    assert landed[-1] == 0


def test_shows_the_last_known_slots_when_calendly_is_away(
    sandbox: Sandbox, connection: Connection, alice: Client
) -> None:
    read(alice)
    CalendarWindow.objects.update(read_at=timezone.now() - timedelta(minutes=20))
    sandbox.switch(SLOTS, "503")

    page = read(alice)

    assert "Calendly cannot be reached right now" in page
    assert "This is what we knew" in page
    assert 'name="start"' in page


def test_reads_again_by_the_button(sandbox: Sandbox, connection: Connection, alice: Client, charlie: Client) -> None:
    read(alice)
    before = len(sandbox.requests(BUSY))
    CalendarWindow.objects.update(read_at=timezone.now() - timedelta(seconds=30))

    response = charlie.post("/availability/refresh/?span=week")
    availability.read_wanted(connection.pk)

    assert response["Location"] == "/availability/?span=week"
    assert len(sandbox.requests(BUSY)) == 2 * before


def test_does_not_read_twice_for_an_impatient_finger(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    read(alice)
    before = len(sandbox.requests())

    alice.post("/availability/refresh/")
    availability.read_wanted(connection.pk)

    assert len(sandbox.requests()) == before


def test_reads_again_what_a_booking_changed(
    sandbox: Sandbox, connection: Connection, event_type: EventType, alice: Client
) -> None:
    path = f"/availability/?event_type={event_type.pk}&span=fortnight"
    page = read(alice, path)
    sandbox.book(event_type=event_type.uri)
    start = sandbox.requests()  # the booking is there before its delivery
    assert deliver(sandbox)
    alice.get(f"{path}&live=1")

    availability.read_wanted(connection.pk)
    fresh = alice.get(path)

    asked = sandbox.requests()[len(start) :]
    assert {row["operation"] for row in asked} == {BUSY, SLOTS}
    assert fresh.context["slots"].count < page.count('name="start"')
    assert "strip__run--busy" in fresh.content.decode()


def test_leaves_old_readings_alone_while_a_page_is_only_open(
    sandbox: Sandbox, connection: Connection, alice: Client
) -> None:
    read(alice)
    CalendarWindow.objects.update(read_at=timezone.now() - timedelta(hours=1))

    alice.get("/availability/?live=1")

    assert not CalendarWindow.objects.filter(wanted_at__isnull=False).exists()


def test_stays_within_the_rate_budget(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    sandbox.option(plan="basic", stage="free")
    Connection.objects.update(rate_limit=50, stage="free")
    RateWindow.objects.update(calls=[timezone.now().timestamp()] * 45)
    before = len(sandbox.requests())

    page = read(alice, "/availability/?span=fortnight")

    assert len(sandbox.requests()) - before <= 3
    assert "waiting for Calendly’s rate limit" in page
    assert not [row for row in sandbox.requests() if row["status"] == 429]


def test_goes_on_by_itself_when_the_limit_is_over(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    sandbox.switch(BUSY, "429")
    read(alice)
    sandbox.mend()
    RateWindow.objects.all().delete()
    CalendarWindow.objects.exclude(problem="").update(again_at=timezone.now())

    alice.get("/availability/?live=1")
    availability.read_wanted(connection.pk)

    assert not CalendarWindow.objects.exclude(problem="").exists()


def test_uses_an_event_types_own_hours(
    sandbox: Sandbox, connection: Connection, event_type: EventType, charlie: Client
) -> None:
    host = event_type.hosts.get()
    read(charlie, f"/availability/?event_type={event_type.pk}")
    # Of today the hour may be over.
    tomorrow = f"{timezone.now().astimezone(UTC) + timedelta(days=1):%A}".lower()
    rule = {"type": "wday", "wday": tomorrow, "intervals": [{"start": "10:00", "end": "11:00"}]}
    told = {"availability_rule": {"user": host.user_uri, "timezone": "UTC", "rules": [rule]}}
    CalendarWindow.objects.filter(kind="type_hours").update(content=[told])
    CalendarWindow.objects.filter(kind="busy").update(content=[])

    grid = charlie.get(f"/availability/?event_type={event_type.pk}").context["grid"]

    shown = [run for row in grid.rows for day in row.days for run in day.open]
    assert {(run.start.astimezone(UTC).hour, run.end.astimezone(UTC).hour) for run in shown} == {(10, 11)}


def test_tells_when_everyone_is_free(alice: Client) -> None:
    hosts_page(3)

    grid = alice.get("/availability/?span=fortnight&zone=Europe/Berlin").context["grid"]

    # The last one, for the first may be today, and over.
    (*_, monday) = [day for day in grid.together.days if day.starts_at.weekday() == 0]
    mine = next(day for day in grid.rows[0].days if day.starts_at == monday.starts_at)
    assert monday.open == mine.open
    assert monday.open


def test_counts_the_grids_queries(alice: Client, django_assert_max_num_queries: Callable[[int], Any]) -> None:
    _, path = hosts_page(8)
    alice.get(path)

    with django_assert_max_num_queries(10):
        page = alice.get(path)

    assert len(page.context["grid"].rows) == 8
    assert len(page.context["grid"].days) == 14
    assert page.context["grid"].waiting == 0


def test_answers_an_idle_poll_with_304(alice: Client, django_assert_max_num_queries: Callable[[int], Any]) -> None:
    _, path = hosts_page(8)
    etag = alice.get(f"{path}&live=1")["ETag"]

    with django_assert_max_num_queries(7):
        response = alice.get(f"{path}&live=1", headers={"if-none-match": etag})

    assert response.status_code == 304


def test_shows_two_hundred_interviewers_twelve_at_a_time(
    alice: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    hosts_page(200, busy_a_day=1)

    with django_assert_max_num_queries(10):
        page = alice.get("/availability/")

    assert len(page.context["grid"].rows) == 12
    assert "200 interviewers are too many side by side" in page.content.decode()


def test_shows_the_interviewers_picked(alice: Client) -> None:
    hosts_page(5)
    first, second = Interviewer.objects.order_by("pk")[1:3]

    page = alice.get(f"/availability/?who={first.pk}&who={second.pk}")

    assert [row.name for row in page.context["grid"].rows] == [first.name, second.name]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=2001-01-01", "tells nothing of the past"),
        ("since=9999-12-31", "offers nothing that far ahead"),
        ("since=tomorrow", "This is no date"),
        ("who=999999", "Somebody chosen is no interviewer any more"),
        ("who=nobody", "Somebody chosen is no interviewer any more"),
        ("event_type=999999", "This event type can no longer be booked"),
        ("candidate=999999", "This candidate is in the archive"),
        ("span=year", "Not known here, so left out"),
    ],
)
def test_says_what_it_left_out(alice: Client, query: str, words: str) -> None:
    hosts_page(2)

    response = alice.get(f"/availability/?{query}")

    assert response.status_code == 200
    assert words in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/availability/", "/availability/who/", "/availability/load/", "/availability/shared/"]
)
@pytest.mark.parametrize("is_connected", [True, False])
def test_says_that_a_zone_is_not_known(alice: Client, path: str, is_connected: bool) -> None:
    hosts_page(2 if is_connected else 0)

    page = alice.get(f"{path}?zone=Nowhere/Bogus").content.decode()

    assert "Not known here, so left out: <code>zone=Nowhere/Bogus</code>." in page
    assert "left out" not in alice.get(path).content.decode()


def test_says_nothing_of_a_zone_that_is_known(alice: Client) -> None:
    hosts_page(2)

    for path in ("/availability/", "/availability/who/"):
        page = alice.get(f"{path}?zone=Asia/Kathmandu").content.decode()

        assert ("All times in Asia/Kathmandu" in page, "left out" in page) == (True, False)


def test_says_that_a_week_is_none(alice: Client) -> None:
    hosts_page(1)

    assert "<code>week=2026-W99</code>" in alice.get("/availability/load/?week=2026-W99").content.decode()
    assert "left out" not in alice.get("/availability/load/?week=2026-W48").content.decode()


def test_says_that_a_deleted_event_type_can_no_longer_be_booked(alice: Client) -> None:
    hosts_page(2)
    gone = EventTypeFactory(connection=Connection.objects.get(), deleted_at=timezone.now(), is_active=False)

    assert "can no longer be booked" in alice.get(f"/availability/?event_type={gone.pk}").content.decode()


def test_offers_the_candidates_zone(alice: Client) -> None:
    hosts_page(1)
    candidate = CandidateFactory(name="Maya Shrestha", timezone="Asia/Kathmandu")

    page = alice.get(f"/availability/?candidate={candidate.pk}").content.decode()

    assert "Show them in Maya’s zone, Asia/Kathmandu" in page


def test_says_the_same_as_a_list(alice: Client) -> None:
    hosts_page(2)

    page = alice.get("/availability/?layout=list&span=fortnight&zone=Europe/Berlin").content.decode()

    assert "bookable" in page
    assert "; busy" in page
    assert "no hours" in page


def test_shows_interviewers_as_columns_for_a_day(alice: Client) -> None:
    hosts_page(3)
    monday = timezone.now() + timedelta(days=7 - timezone.now().weekday())

    page = alice.get(f"/availability/?span=day&zone=Europe/Berlin&since={monday:%Y-%m-%d}").content.decode()

    assert page.count("calendar__day") >= 4
    assert "Busy" in page
    assert "Bookable" in page


def test_forgets_what_is_over_and_what_nobody_looks_at(alice: Client) -> None:
    hosts_page(1)
    CalendarWindow.objects.filter(kind="hours").update(read_at=timezone.now() - timedelta(days=20))

    availability.prune(now=timezone.now() + timedelta(days=2))

    assert not CalendarWindow.objects.filter(kind="hours").exists()
    assert CalendarWindow.objects.filter(kind="busy").exists()


def test_reads_what_a_lost_message_left(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    alice.get("/availability/")

    assert availability.due(now=timezone.now()) == []
    assert availability.due(now=timezone.now() + timedelta(seconds=6)) == [connection.pk]


def test_keeps_a_minute_of_slots_for_who_is_about_to_choose(
    sandbox: Sandbox, connection: Connection, event_type: EventType
) -> None:
    start, end = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(days=3)

    first = availability.slots(event_type, start, end)
    again = availability.slots(event_type, start, end)
    CalendarWindow.objects.update(read_at=timezone.now() - timedelta(seconds=61))
    later = availability.slots(event_type, start, end)

    assert first.value
    assert again.read_at == first.read_at
    assert later.read_at != first.read_at
    windows = availability.stretches(CalendarWindow.Kind.SLOTS, event_type.pk, connection.pk, start, end)
    assert len(sandbox.requests(SLOTS)) == 2 * len(list(windows))
    assert all(start <= slot.start_time < end for slot in first.value)
