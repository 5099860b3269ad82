"""What pages show of rows is what is true of them, however it was asked."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate, Position, Tag
from scheduling.models import BookingLink, Interview
from scheduling.queries import by_ids, candidates, interviews, links
from scheduling.queries.compiled import CompiledRows
from scheduling.queries.tables import CANDIDATES, INTERVIEWS, LINKS, Table
from tests.factories import CandidateFactory, InterviewerFactory, LinkFactory, make_interview, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.databases]

BUTTON = re.compile('class="button (.*?)</(?:a|button)>', re.DOTALL)
find = by_ids.rows_by_ids(lambda ids: Candidate.objects.filter(pk__in=ids).order_by())


@pytest.mark.parametrize("count", [0, 1, 10, 11, 501])
def test_finds_as_many_as_are_named(count: int, django_assert_num_queries: Any) -> None:
    people = [Candidate(name=f"C {number}", email=f"c{number}@example.com") for number in range(count + 3)]
    ids = [row.pk for row in Candidate.objects.bulk_create(people)]

    with django_assert_num_queries(0 if count == 0 else 1 if count <= by_ids.SIZES[-1] else 2):
        found = find(ids[:count])

    assert {row.pk for row in found} == set(ids[:count])


def test_keeps_the_order_of_the_ids_and_leaves_out_who_is_gone() -> None:
    ids = [CandidateFactory().pk for _ in range(4)]
    wanted = [ids[2], ids[0], 10**12, ids[3]]

    assert [row.pk for row in by_ids.in_order(find(wanted), wanted)] == [ids[2], ids[0], ids[3]]


def test_knows_who_is_among_the_named() -> None:
    ids = [CandidateFactory().pk for _ in range(4)]
    named = Candidate.objects.filter(by_ids.Among("pk", ids[1:3]))
    nobody = Candidate.objects.filter(by_ids.Among("pk", []))
    either = Candidate.objects.filter(Q(by_ids.Among("pk", [])) | Q(pk=ids[0]))

    assert {row.pk for row in named} == set(ids[1:3])
    assert list(nobody) == []
    assert [row.pk for row in either] == [ids[0]]


def test_knows_who_is_among_those_other_rows_name() -> None:
    people = [CandidateFactory() for _ in range(3)]
    nurse, cook = (Position.objects.create(title=title) for title in ("Nurse", "Cook"))
    nurse.candidates.set(people[:2])
    cook.candidates.set(people[1:])
    has = Candidate.positions.through.objects
    nurses, cooks = (has.filter(position=one).values_list("candidate_id") for one in (nurse, cook))
    named = Candidate.objects.filter(by_ids.AmongRows("pk", nurses))
    both = Candidate.objects.filter(by_ids.AmongRows("pk", nurses.intersection(cooks)))
    nobody = Candidate.objects.filter(by_ids.AmongRows("pk", nurses.none()))

    assert {row.pk for row in named} == {person.pk for person in people[:2]}
    assert [row.pk for row in both] == [people[1].pk]
    assert list(nobody) == []


def test_knows_who_is_among_those_named_later() -> None:
    ids = [CandidateFactory().pk for _ in range(4)]
    asked = CompiledRows(lambda: Candidate.objects.filter(by_ids.Among("pk", "named")))

    found = [asked.ask(named=named) for named in (ids[1:3], [], {ids[0], 10**12})]

    assert [{row.pk for row in rows} for rows in found] == [set(ids[1:3]), set(), {ids[0]}]


def test_dresses_candidates_as_they_are(django_assert_num_queries: Any) -> None:
    now = timezone.now()
    olga = make_user("olga", "Recruiter")
    booked, invited, plain = (CandidateFactory(name=name, owner=olga) for name in ("Ann", "Ben", "Cleo"))
    make_interview(booked, starts_in=timedelta(days=2))
    LinkFactory(candidate=invited, expires_at=now + timedelta(days=1))
    booked.positions.add(
        Position.objects.create(title="Nurse", location="Berlin"), Position.objects.create(title="Cook")
    )
    invited.tags.add(Tag.objects.create(name="night"), Tag.objects.create(name="day"))
    ids = [invited.pk, plain.pk, booked.pk]
    truth = {row.pk: row for row in candidates.with_rows(Candidate.objects.filter(pk__in=ids), now)}

    with django_assert_num_queries(2):
        rows = candidates.dressed(ids, now)
        shown = [(row.pk, row.state, row.next_at, row.owner, row.position_names, row.tag_names) for row in rows]

    assert shown == [
        (pk, row.state, row.next_at, row.owner, [str(p) for p in row.positions.all()], [str(t) for t in row.tags.all()])
        for pk, row in ((pk, truth[pk]) for pk in ids)
    ]
    assert [names for *_, names, _ in shown] == [[], [], ["Cook", "Nurse, Berlin"]]


def test_dresses_links_as_they_are(django_assert_num_queries: Any) -> None:
    now = timezone.now()
    rows = [
        LinkFactory(),
        LinkFactory(expires_at=now - timedelta(hours=1)),
        LinkFactory(withdrawn_at=now),
        LinkFactory(opened_at=now),
    ]
    make_interview(rows[0].candidate, link=rows[0])
    ids = [row.pk for row in reversed(rows)]
    truth = {row.pk: row.state for row in links.with_rows(BookingLink.objects.all(), now)}

    with django_assert_num_queries(1):
        shown = [(row.pk, row.state, row.candidate.name, row.event_type.name) for row in links.dressed(ids, now)]

    assert [(pk, state) for pk, state, *_ in shown] == [(pk, truth[pk]) for pk in ids]
    assert {state for _, state, *_ in shown} == {"booked", "expired", "withdrawn", "opened"}


@pytest.mark.parametrize("dress", [interviews.dressed, interviews.outlined])
def test_dresses_interviews_as_they_are(dress: Any, django_assert_num_queries: Any) -> None:
    candidate = CandidateFactory()
    rows = [
        make_interview(candidate, canceled=True, canceled_by="Ann"),
        make_interview(candidate, starts_in=-timedelta(days=1), held=True),
        make_interview(None, invitee_name="", invitee_email="stranger@example.org"),
    ]
    rows[0].interviewers.add(InterviewerFactory(name="Zoë"), InterviewerFactory(name="Ann"))
    rows[1].interviewers.add(InterviewerFactory(name="", email="host@example.org"))
    rows[2].interviewers.add(InterviewerFactory(name="", email="", user_uri="https://api.calendly.com/users/H"))
    ids = [row.pk for row in reversed(rows)]
    truth = {row.pk: row for row in interviews.with_rows(Interview.objects.all())}

    with django_assert_num_queries(3):
        shown = [(row.pk, row.outcome, row.who, row.host_names) for row in dress(ids)]

    assert shown == [
        (pk, truth[pk].outcome, truth[pk].who, [str(host) for host in truth[pk].interviewers.all()]) for pk in ids
    ]
    assert [hosts for *_, hosts in shown] == [
        ["https://api.calendly.com/users/H"],
        ["host@example.org"],
        ["Ann", "Zoë"],
    ]


@pytest.mark.parametrize(
    "address",
    ["/", "/candidates/", "/candidates/?layout=board", "/links/", "/interviews/", "/interviews/?layout=week"],
)
def test_asks_as_often_for_forty_rows_as_for_one(alice: Client, address: str) -> None:
    """Forty are two pages of a list."""

    def queries(rows: int) -> int:
        for _ in range(rows):
            link = LinkFactory()
            make_interview(link.candidate, link=link, starts_in=timedelta(minutes=30))
        alice.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert alice.get(address).status_code == 200
        return len(captured)

    assert queries(1) == queries(39) <= 12


@pytest.mark.parametrize("table", [CANDIDATES, LINKS, INTERVIEWS], ids=lambda table: table.name)
def test_asks_for_nothing_more_with_all_columns_in_any_order(alice: Client, table: Table) -> None:
    """What a list reads of a row is all it tells, and all it is ordered by."""
    olga, nurse = make_user("olga", "Recruiter"), Position.objects.create(title="Nurse")
    for _ in range(13):
        link = LinkFactory(candidate=CandidateFactory(owner=olga), position=nurse, created_by=olga)
        make_interview(link.candidate, link=link, starts_in=timedelta(minutes=30))
    Interview.objects.update(position=nurse)
    alice.post(f"/tables/{table.name}/columns/", {"columns": list(table.columns)})
    page = reverse(table.page)
    alice.get(page)

    for sort in table.sorts:
        with CaptureQueriesContext(connection) as captured:
            assert alice.get(page, {"sort": sort}).status_code == 200
        assert len(captured) <= 12


def test_offers_of_an_interview_what_can_be_done_with_it(alice: Client, charlie: Client) -> None:
    moves = "https://calendly.com/reschedulings/"
    ahead, over = timedelta(days=3), -timedelta(days=1)
    make_interview(CandidateFactory(name="Ann"), starts_in=ahead, reschedule_url=f"{moves}ann")
    make_interview(CandidateFactory(name="Ben"), starts_in=over, reschedule_url=f"{moves}ben")
    make_interview(CandidateFactory(name="Cem"), starts_in=ahead, reschedule_url=f"{moves}cem", canceled=True)
    make_interview(CandidateFactory(name="Dora"), starts_in=ahead)

    page = alice.get("/interviews/", {"view": "all"}).content.decode()
    rows = {_who(row): row.partition("</tr>")[0] for row in page.split("<tr data-row=")[1:]}
    acts = {name: [_words(act) for act in BUTTON.findall(row)] for name, row in rows.items()}

    assert acts == {
        "Ann": ["Copy reschedule link of Ann", "Cancel… interview with Ann"],
        "Ben": ["Held with Ben", "No-show by Ben"],
        "Cem": ["Book again"],
        "Dora": ["Cancel… interview with Dora"],
    }
    assert [name for name, row in rows.items() if f'data-copy="{moves}{name.lower()}"' in row] == ["Ann"]
    assert moves not in charlie.get("/interviews/", {"view": "all"}).content.decode()


def test_looks_up_rows_by_what_is_asked_next_whatever_they_belong_to() -> None:
    rows = Interview.objects.filter(position=2, event_type__in=[1, 2], state="held", candidate__isnull=False)

    plain, looked_up = (str(found.order_by().query) for found in (rows, by_ids.looked_up(rows)))

    # A plus is how SQLite is told to apply no index.
    assert plain.count('+"scheduling_interview".') == 0
    assert looked_up.count('+"scheduling_interview".') == (4 if connection.vendor == "sqlite" else 0)


def _words(act: str) -> str:
    """What a button or link is called, from its attributes on."""
    return re.sub(r"<[^>]*>", "", act.partition(">")[2]).strip()


def _who(row: str) -> str:
    return row.partition('class="person__name"')[2].partition(">")[2].partition("<")[0]
