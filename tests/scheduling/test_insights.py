"""How interviews went over weeks: what is counted, that each figure opens the rows it counts, and odd addresses."""

from datetime import UTC, datetime, timedelta
from html import unescape
from re import findall, search
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate, Position
from scheduling.models import BookingLink, Interview, Interviewer
from scheduling.queries import insights
from scheduling.queries.insights import Insights
from scheduling.queries.tallies import HOW, Tally
from scheduling.services import interviews
from tests.factories import (
    CandidateFactory,
    ConnectionFactory,
    EventTypeFactory,
    InterviewerFactory,
    LinkFactory,
    PositionFactory,
    make_interview,
)

pytestmark = [pytest.mark.django_db, pytest.mark.databases]

DAY = timedelta(days=1)


def told(client: Client, address: str = "/insights/") -> Insights:
    """What the page shows."""
    response = client.get(address)
    assert response.status_code == 200
    shown: Insights = response.context["insights"]
    return shown


def group(shown: Insights, words: str) -> dict[str, Tally]:
    """The rows of one group by their words."""
    return {row.words: row for rows in shown.groups for row in rows.rows if rows.words == words}


def listed(client: Client, address: str) -> int:
    """How many interviews the list has that a figure opens."""
    response = client.get(address)
    assert not response.context["ignored"]
    return len(response.context["page"].rows)


def went(how: str, *, ago: timedelta = 3 * DAY, link: BookingLink | None = None, **facts: Any) -> Interview:
    """An interview that began so long ago and went so."""
    if how in ("canceled_in_time", "canceled_late"):
        before = timedelta(hours=1) if how == "canceled_late" else 9 * DAY
        facts |= {"canceled": True, "canceled_at": timezone.now() - ago - before}
    elif how in ("held", "no_show"):
        facts[how] = True
    interview = make_interview(CandidateFactory(), starts_in=-ago, link=link, **facts)
    if how == "interviewer_no_show":
        interview.interviewer_no_show_at = timezone.now()
        interview.save()
        interviews.settle(interview)
    return interview


def hosted(interview: Interview, *hosts: Interviewer) -> None:
    interview.interviewers.set(hosts)


def test_tells_each_way_an_interview_can_go_and_opens_its_rows(alice: Client) -> None:
    for number, how in enumerate(HOW, start=1):
        for _ in range(number):
            went(how)

    everything = told(alice).everything

    assert {cell.how: cell.count for cell in everything.cells} == {
        "held": 1,
        "no_show": 2,
        "interviewer_no_show": 3,
        "canceled_in_time": 4,
        "canceled_late": 5,
        "unmarked": 6,
    }
    assert [listed(alice, cell.address) for cell in everything.cells] == [1, 2, 3, 4, 5, 6]


def test_leaves_out_what_is_ahead_under_way_or_before_the_weeks(alice: Client) -> None:
    went("held", ago=57 * DAY)
    make_interview(CandidateFactory(), starts_in=timedelta(hours=2))
    make_interview(CandidateFactory(), starts_in=-timedelta(minutes=5))
    make_interview(CandidateFactory(), starts_in=40 * DAY, canceled=True)

    assert told(alice).everything.total == 0
    assert told(alice, "/insights/?starts=12w").everything.total == 1


def test_counts_a_rate_of_those_alone_of_which_is_known_who_came(alice: Client) -> None:
    for how in ("held", "held", "held", "no_show", "interviewer_no_show", "canceled_late", "unmarked"):
        went(how)

    page = alice.get("/insights/").content.decode()

    assert told(alice).everything.no_show_rate == "25 %"
    assert "Candidate no-shows, 1 of 4" in page


def test_has_no_rate_of_nothing(alice: Client) -> None:
    went("canceled_late")

    assert told(alice).everything.no_show_rate == "–"


def test_puts_each_interview_into_its_week(alice: Client) -> None:
    for days in (0.1, 6, 8, 8, 27):
        went("held", ago=days * DAY)
    went("no_show", ago=8 * DAY)

    weeks = told(alice, "/insights/?starts=4w").weeks.rows

    assert [week.counts["held"] for week in weeks] == [1, 0, 2, 2]
    assert [week.total for week in weeks] == [1, 0, 3, 2]


def test_names_weeks_by_their_days(alice: Client) -> None:
    went("held")
    alice.cookies["zone"] = "UTC"
    today = timezone.now().astimezone(UTC).date()

    weeks = [week.words for week in told(alice, "/insights/?starts=26w").weeks.rows]

    assert len(weeks) == 26
    assert weeks[-1].endswith(f"{today.day} {today:%b}")
    assert weeks[-1].startswith(f"{(today - 6 * DAY).day} ")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_counts_days_where_the_viewer_is(alice: Client, zone: str) -> None:
    alice.cookies["zone"] = zone
    for hours in range(1, 24 * 30, 18):
        went("held", ago=timedelta(hours=hours))

    shown = told(alice, "/insights/?starts=4w")
    held = next(cell for cell in shown.everything.cells if cell.how == "held")

    assert held.count == sum(week.total for week in shown.weeks.rows)
    assert held.count == listed(alice, f"{held.address}&rows=100") > 30


def test_tells_interviewers_event_types_and_positions_apart(alice: Client) -> None:
    ada, bob = InterviewerFactory(name="Ada"), InterviewerFactory(name="", email="bob@example.org")
    phone, position = EventTypeFactory(name="Phone screen"), PositionFactory(title="Engineer", location="Graz")
    for how, hosts in (("held", [ada]), ("held", [ada, bob]), ("no_show", [bob]), ("held", [])):
        hosted(went(how), *hosts)
    Interview.objects.filter(state="no_show").update(event_type=phone, position=position)

    shown = told(alice)

    assert {words: row.total for words, row in group(shown, "Interviewer").items()} == {
        "Ada": 2,
        "bob@example.org": 2,
        "No interviewer": 1,
    }
    assert group(shown, "Interviewer")["bob@example.org"].no_show_rate == "50 %"
    assert {words: row.total for words, row in group(shown, "Event type").items()} == {
        "No event type": 3,
        "Phone screen": 1,
    }
    assert list(group(shown, "Position")) == ["No position", "Engineer, Graz"]


def test_opens_the_rows_of_each_row_and_figure(alice: Client) -> None:
    ada, position = InterviewerFactory(name="Ada", is_member=True), PositionFactory()
    for how in ("held", "held", "no_show"):
        interview = went(how)
        hosted(interview, ada)
        Interview.objects.filter(pk=interview.pk).update(position=position)
    went("held")

    shown = told(alice)
    of_ada, of_position = group(shown, "Interviewer")["Ada"], group(shown, "Position")[str(position)]

    for row in (of_ada, of_position):
        assert listed(alice, row.address) == row.total == 3
        assert listed(alice, row.address_of("held")) == 2
        assert listed(alice, row.address_of("no_show")) == 1


def test_tells_no_group_in_which_nothing_differs(alice: Client) -> None:
    went("held")

    assert told(alice).groups == []


def test_names_those_with_most_and_the_others_together(alice: Client) -> None:
    positions = [PositionFactory(title=f"Position {n:02}") for n in range(insights.MOST_NAMED + 3)]
    for position in positions:
        interview = went("held")
        Interview.objects.filter(pk=interview.pk).update(position=position)
    most = went("no_show")
    Interview.objects.filter(pk=most.pk).update(position=positions[-1])

    rows = list(group(told(alice), "Position").values())

    assert [row.words for row in rows[:2]] == [positions[-1].title, "Position 00"]
    assert (rows[-1].words, rows[-1].total, rows[-1].address) == ("3 others", 3, "")
    assert sum(row.total for row in rows) == insights.MOST_NAMED + 4


@pytest.mark.parametrize("name", ["event_type", "position", "interviewers", "mine"])
def test_takes_the_filters_of_the_list(alice: Client, recruiter: User, name: str) -> None:
    event_type, position, ada = EventTypeFactory(), PositionFactory(), InterviewerFactory()
    mine = went("held")
    hosted(mine, ada)
    Interview.objects.filter(pk=mine.pk).update(event_type=event_type, position=position)
    Candidate.objects.filter(interviews=mine).update(owner=recruiter)
    for _ in range(2):
        went("held")
    value = {"event_type": event_type.pk, "position": position.pk, "interviewers": ada.pk, "mine": 1}[name]

    page = alice.get(f"/insights/?starts=4w&{name}={value}")
    shown: Insights = page.context["insights"]

    assert shown.everything.total == 1
    assert listed(alice, shown.everything.address_of("held")) == 1
    assert '<a class="chip" href="?starts=4w">' in page.content.decode()
    apart = {"interviewers": "Interviewer", "event_type": "Event type", "position": "Position"}
    assert [rows.words for rows in shown.groups] == [words for key, words in apart.items() if key != name]


def test_tells_what_became_of_the_links_of_these_weeks(alice: Client, recruiter: User) -> None:
    now = timezone.now()
    LinkFactory()
    LinkFactory(opened_at=now)
    LinkFactory(opened_at=now, withdrawn_at=now)
    old = LinkFactory()
    BookingLink.objects.filter(pk=old.pk).update(created_at=now - 70 * DAY)
    for hours, how in ((1, "held"), (5, "unmarked"), (30, "canceled_late")):
        link = LinkFactory(created_by=recruiter)
        BookingLink.objects.filter(pk=link.pk).update(created_at=now - 10 * DAY)
        went(how, link=link, booked_at=now - 10 * DAY + timedelta(hours=hours))

    links = told(alice).links

    assert links is not None
    assert links.steps == [("Made", 6, "100 %"), ("Opened", 5, "83 %"), ("Booked", 3, "50 %"), ("Held", 1, "17 %")]
    assert links.usual_time == timedelta(hours=5)
    assert "Half of those booked were booked within" in alice.get("/insights/").content.decode()
    mine = told(alice, "/insights/?mine=1").links
    assert mine is not None
    assert mine.made == 3


def test_tells_no_links_of_an_interviewer(alice: Client) -> None:
    LinkFactory()
    ada = InterviewerFactory()

    page = alice.get(f"/insights/?interviewers={ada.pk}")

    assert page.context["insights"].links is None
    assert "Booking links made" not in page.content.decode()


def test_tells_links_before_any_interview_is_over(alice: Client) -> None:
    LinkFactory()

    page = alice.get("/insights/").content.decode()

    assert "Booking links made in the last 8 weeks" in page
    assert "No interview is over yet" in page


def test_tells_nothing_yet_from_nothing_that_matches_and_from_no_connection(alice: Client) -> None:
    unconnected = alice.get("/insights/").content.decode()
    ConnectionFactory()
    nothing = alice.get("/insights/").content.decode()
    filtered = alice.get(f"/insights/?position={PositionFactory().pk}").content.decode()

    assert "Calendly is not connected" in unconnected
    assert "No interview is over yet" in nothing
    assert "No interview matches" in filtered


@pytest.mark.parametrize(
    "odd",
    [
        "starts=7d",
        "starts=99w",
        "position=999999",
        "position=x",
        "interviewers=1%00",
        "event_type=" + "9" * 40,
        "outcome=held",
        "q=an",
        "view=past",
        "<b>=1",
    ],
)
def test_says_what_it_leaves_out_of_an_odd_address(alice: Client, odd: str) -> None:
    went("held")

    page = alice.get(f"/insights/?{odd}")

    assert page.status_code == 200
    assert page.context["insights"].everything.total == 1
    assert page.context["ignored"]
    assert page.context["asked"].query["starts"] == "8w"


def test_draws_bars_beside_their_numbers_and_none_with_a_style(alice: Client) -> None:
    for how in ("held", "held", "no_show", "canceled_late"):
        went(how)

    page = alice.get("/insights/?starts=4w").content.decode()
    widths = {
        how: float(width) for how, width in findall(r'bar__part--(\w+)" x="[\d.]+" width="([\d.]+)" height', page)
    }

    assert widths["held"] == 50
    assert widths["no_show"] == widths["canceled_late"] == 25
    assert search(r"<[^>]+\sstyle=", page) is None


def test_shows_hostile_names_as_words(alice: Client) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202e"
    hosted(went("held"), InterviewerFactory(name=hostile))

    page = alice.get("/insights/").content.decode()

    assert "<img" not in page.partition('id="main"')[2]
    assert hostile in unescape(page)


def test_is_for_everybody_who_may_look(charlie: Client) -> None:
    went("held")

    assert told(charlie).everything.total == 1


def test_not_for_somebody_without_a_role(client: Client) -> None:
    client.force_login(User.objects.create_user("dora@example.org", "dora@example.org", "x"))

    assert client.get("/insights/").status_code == 403


def test_not_to_be_posted_to(alice: Client) -> None:
    assert alice.post("/insights/").status_code == 405


def test_stands_in_the_navigation_and_the_palette(alice: Client) -> None:
    page = alice.get("/insights/").content.decode()
    found = alice.get("/search/?q=insi").content.decode()

    assert search(r'data-go="n" href="/insights/" aria-current="page"', page)
    assert 'href="/insights/"' in found.partition('id="main"')[2]


def test_position_filter_names_a_closed_position(alice: Client) -> None:
    position = PositionFactory(title="Old")
    Position.objects.filter(pk=position.pk).update(closed_at=datetime(2026, 1, 1, tzinfo=UTC))
    interview = went("held")
    Interview.objects.filter(pk=interview.pk).update(position=position)

    assert told(alice, f"/insights/?position={position.pk}").everything.total == 1
