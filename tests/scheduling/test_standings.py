"""The note of where candidates and links stand: it is what is derived, after every act, and when time has passed."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models.sql.compiler import SQLCompiler
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate, Position, Tag
from scheduling.models import BookingLink, Interview
from scheduling.queries import volume
from scheduling.queries.board import CHOSEN, MOST_CARDS, laid_out
from scheduling.queries.candidate_search import Search
from scheduling.queries.keyset import MOST_COUNTED
from scheduling.queries.orders import Key
from scheduling.queries.standings import OfEachState, Ordered
from scheduling.queries.tables import CANDIDATE_SORTS
from scheduling.services import candidates, matching, outcomes, standings
from tests.factories import CandidateFactory, LinkFactory, make_interview, make_user

pytestmark = pytest.mark.databases


@pytest.fixture
def candidate(db: None) -> Candidate:
    """Somebody noted: nothing about them is due."""
    made: Candidate = CandidateFactory(name="Zoë Quill")
    standings.refresh(candidates=[made.pk])
    return made


def noted(row: Any) -> str:
    row.refresh_from_db()
    return str(row.standing)


def shown(client: Client, state: str, path: str = "/candidates/") -> bool:
    """Whether the list of a state has her."""
    return "Zoë Quill" in client.get(path, {"state": state}).content.decode()


def test_notes_what_becomes_of_a_candidate(candidate: Candidate, alice: Client) -> None:
    assert noted(candidate) == "to_invite"

    interview = make_interview(candidate)
    assert noted(candidate) == "booked"
    assert candidate.next_interview_at == interview.starts_at
    assert candidate.standing_until == interview.ends_at

    Interview.objects.filter(pk=interview.pk).delete()
    standings.refresh(candidates=[candidate.pk])
    make_interview(candidate, starts_in=-timedelta(hours=4), held=True)
    assert noted(candidate) == "held"
    assert candidate.next_interview_at is None


def test_notes_what_becomes_of_a_link(candidate: Candidate, alice: Client) -> None:
    link = LinkFactory(candidate=candidate)
    standings.refresh(links=[link.pk], candidates=[candidate.pk])
    assert (noted(link), noted(candidate)) == ("invited", "invited")

    Client().get(f"/b/{link.token}/")
    Client().post(f"/b/{link.token}/")
    alice.post(f"/links/{link.pk}/withdraw/")

    assert (noted(link), noted(candidate)) == ("withdrawn", "to_invite")


def test_notes_a_booking_through_the_link(candidate: Candidate) -> None:
    link = LinkFactory(candidate=candidate)
    standings.refresh(links=[link.pk])

    make_interview(candidate, link=link)

    assert noted(link) == "booked"


def test_notes_both_when_a_booking_changes_hands(candidate: Candidate) -> None:
    other = CandidateFactory()
    interview = make_interview(other)

    matching.attach(interview, candidate, position=None, by=make_user("alice", "Recruiter"))

    assert (noted(other), noted(candidate)) == ("to_invite", "booked")


def test_notes_an_outcome(candidate: Candidate) -> None:
    interview = make_interview(candidate, starts_in=-timedelta(hours=1))
    assert noted(candidate) == "needs_attention"

    outcomes.mark_held(interview, by=make_user("alice", "Recruiter"))

    assert noted(candidate) == "held"


def let_time_pass(**changes: Any) -> None:
    """Let what was noted before have ended a minute ago."""
    Interview.objects.update(**changes)
    Candidate.objects.update(standing_until=timezone.now() - timedelta(minutes=1))


def test_is_right_before_the_sweep_comes(candidate: Candidate, alice: Client) -> None:
    make_interview(candidate)
    assert shown(alice, "booked")

    past = timezone.now() - timedelta(minutes=1)
    let_time_pass(starts_at=past - timedelta(hours=1), ends_at=past)

    assert noted(candidate) == "booked"
    assert not shown(alice, "booked")
    assert shown(alice, "needs_attention")


def test_is_noted_by_the_sweep_with_when_it_happened(candidate: Candidate, alice: Client) -> None:
    make_interview(candidate)
    past = timezone.now() - timedelta(minutes=1)
    let_time_pass(starts_at=past - timedelta(hours=1), ends_at=past)

    standings.refresh_due(now=timezone.now())

    assert noted(candidate) == "needs_attention"
    assert candidate.standing_since is not None
    assert abs(candidate.standing_since - past) < timedelta(seconds=5)
    assert candidate.standing_until is None
    assert shown(alice, "needs_attention")


def test_notes_a_link_that_ran_out(candidate: Candidate, alice: Client) -> None:
    link = LinkFactory(candidate=candidate, expires_at=timezone.now() + timedelta(hours=1))
    standings.refresh(links=[link.pk], candidates=[candidate.pk])
    past = timezone.now() - timedelta(seconds=1)
    BookingLink.objects.update(expires_at=past, standing_until=past)
    assert shown(alice, "expired", "/links/")

    standings.refresh_due(now=timezone.now())

    assert noted(link) == "expired"
    assert shown(alice, "expired", "/links/")
    assert not shown(alice, "invited", "/links/")


def test_is_derived_anew_for_a_row_saved_as_a_whole(candidate: Candidate, alice: Client) -> None:
    stale = Candidate.objects.get()
    make_interview(candidate)

    stale.save()

    assert noted(candidate) == "to_invite"
    assert shown(alice, "booked")
    standings.refresh_due(now=timezone.now())
    assert noted(candidate) == "booked"


def test_keeps_since_when_while_nothing_changes(candidate: Candidate) -> None:
    make_interview(candidate)
    noted(candidate)
    since = candidate.standing_since

    make_interview(candidate, starts_in=timedelta(days=9))

    assert noted(candidate) == "booked"
    assert candidate.standing_since == since


def test_finds_people_by_what_they_are_called_now(candidate: Candidate, alice: Client) -> None:
    alice.post(f"/candidates/{candidate.pk}/edit/", {"name": "Zoë Adams", "email": candidate.email})

    assert "Zoë Adams" in alice.get("/candidates/?q=adams").content.decode()
    assert "Zoë Adams" not in alice.get("/candidates/?q=quill").content.decode()


def test_finds_interviews_by_the_address_they_were_booked_with(candidate: Candidate, alice: Client) -> None:
    interview = make_interview(candidate, invitee_email="private@elsewhere.example")

    page = alice.get("/interviews/?q=elsewhere").content.decode()

    assert f"/interviews/{interview.pk}/" in page
    assert f"/interviews/{interview.pk}/" in alice.get("/interviews/?q=quill").content.decode()


def test_loses_no_booking_when_its_candidate_gets_another_address(candidate: Candidate, alice: Client) -> None:
    Candidate.objects.update(email="old@first.example")
    candidate.refresh_from_db()
    candidates.note_edited(candidate, changed=["email"], by=make_user("dora", "Recruiter"))
    interview = make_interview(candidate)

    alice.post(f"/candidates/{candidate.pk}/edit/", {"name": candidate.name, "email": "new@second.example"})

    assert f"/interviews/{interview.pk}/" in alice.get("/interviews/?q=old@first").content.decode()


def test_counts_by_state_what_the_list_has(alice: Client, candidate: Candidate) -> None:
    make_interview(CandidateFactory())
    make_interview(CandidateFactory(), canceled=True)

    states = {state: count for state, _, count in alice.get("/candidates/").context["states"] if count != "0"}

    assert states == {"to_invite": "1", "booked": "1", "canceled": "1"}


def test_counts_no_further_than_a_thousand(alice: Client, recruiter: User) -> None:
    rows = [Candidate(name=f"N {n}", email=f"n{n}@example.com", standing="held") for n in range(MOST_COUNTED + 20)]
    Candidate.objects.bulk_create(rows)
    Candidate.objects.update(standing_until=None)

    counts = Search(QueryDict(""), recruiter, timezone.now()).counts

    assert counts.of("held") == MOST_COUNTED + 1
    assert 'Held <span class="tabs__count">1,000+' in alice.get("/candidates/").content.decode()


@pytest.mark.parametrize("is_due", [True, False])
@pytest.mark.parametrize("most", [0, 1, 1000])
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("position={position}", {"booked": 1, "to_invite": 1}),
        ("tag={tag}", {"booked": 1, "canceled": 1}),
        ("position={position}&tag={tag}", {"booked": 1}),
        ("position={position}&tag={tag}&state=canceled", {"booked": 1}),
        ("q=ann", {"booked": 1, "to_invite": 1}),
        ("q=ann&position={position}&mine=1", {"booked": 1}),
        ("q=ann&archived=1", {"to_invite": 1}),
        ("q=nobody", {}),
        ("q=...", {}),
    ],
)
def test_finds_what_few_and_many_have_alike_and_counts_few(
    recruiter: User, monkeypatch: pytest.MonkeyPatch, most: int, address: str, expected: dict[str, int], is_due: bool
) -> None:
    position, tag = Position.objects.create(title="Nurse"), Tag.objects.create(name="Night")
    booked, plain, canceled, gone = (CandidateFactory(name=name) for name in ("Ann A", "Ann B", "Cleo", "Ann Old"))
    make_interview(booked)
    make_interview(canceled, canceled=True)
    position.candidates.set([booked, plain, gone])
    tag.candidates.set([booked, canceled])
    Candidate.objects.filter(pk=booked.pk).update(owner=recruiter)
    Candidate.objects.filter(pk=gone.pk).update(archived_at=timezone.now())
    # A note that is due is derived.
    standings.refresh(candidates=[plain.pk, canceled.pk, *([] if is_due else [booked.pk, gone.pk])])
    monkeypatch.setattr(volume, "FEW", most)

    query, order = QueryDict(address.format(position=position.pk, tag=tag.pk)), CANDIDATE_SORTS["-name"]
    search = Search(query, recruiter, timezone.now(), Ordered(tuple(order)))
    counts = search.counts
    anywhere = query.copy()
    anywhere.pop("state", None)
    found = {row.pk for row in Search(anywhere, recruiter, timezone.now()).rows()}
    listed = [row.pk for row in search.rows().order_by(*(key.ordering() for key in order))]

    assert len(found) == sum(expected.values())
    assert search.first_ids() == (listed if search.is_found else None)
    if counts.by_state is None:
        assert most < 2, "so few are always counted"
        assert counts.words() == counts.words("held") == ""
    else:
        assert {state: count for state, count in counts.by_state.items() if count} == expected


@pytest.mark.parametrize("is_due", [True, False])
def test_finds_in_two_queries_and_one_more_while_a_note_is_due(
    recruiter: User, django_assert_num_queries: Any, is_due: bool
) -> None:
    position = Position.objects.create(title="Nurse")
    position.candidates.set(people := [CandidateFactory() for _ in range(3)])
    standings.refresh(candidates=[person.pk for person in people[is_due:]])
    search = Search(QueryDict(f"position={position.pk}&state=to_invite"), recruiter, timezone.now())

    with django_assert_num_queries(3 if is_due else 2):
        counts, first, rows = search.counts, search.first_ids(), search.rows()

    assert counts.of("to_invite") == 3
    assert first == [row.pk for row in rows.order_by("pk")] == [person.pk for person in people]


@pytest.mark.parametrize("is_due", [True, False])
@pytest.mark.parametrize("state", ["", "to_invite"])
def test_lays_out_in_two_more_queries_whom_it_found(
    recruiter: User, django_assert_num_queries: Any, state: str, is_due: bool
) -> None:
    position = Position.objects.create(title="Nurse")
    position.candidates.set(people := [CandidateFactory() for _ in range(3)])
    standings.refresh(candidates=[person.pk for person in people[is_due:]])
    query, now = QueryDict(f"position={position.pk}&state={state}"), timezone.now()
    search = Search(query, recruiter, now, CHOSEN)
    recruiter.get_all_permissions()

    with django_assert_num_queries(5 if is_due else 4):
        columns = laid_out(search, state=state, viewer=recruiter, now=now)

    shown = {column.state: [card.pk for card in column.cards] for column in columns if column.cards}
    assert shown == {"to_invite": [person.pk for person in people]}


@pytest.mark.parametrize("state", ["", "needs_attention", "booked"])
def test_lays_out_where_they_stand_whose_note_is_due(alice: Client, state: str) -> None:
    position = Position.objects.create(title="Nurse")
    people = [CandidateFactory() for _ in range(MOST_CARDS + 2)]
    over, ahead = CandidateFactory(), CandidateFactory()
    interview, _ = make_interview(over), make_interview(ahead)
    position.candidates.set([*people, over, ahead])
    standings.refresh(candidates=[person.pk for person in people])
    past = timezone.now() - timedelta(minutes=1)
    Interview.objects.filter(pk=interview.pk).update(starts_at=past - timedelta(hours=1), ends_at=past)
    Candidate.objects.filter(pk=over.pk).update(standing_until=past)

    page = alice.get("/candidates/", {"position": str(position.pk), "layout": "board", "state": state})

    expected = {
        "to_invite": (MOST_CARDS + 2, [person.pk for person in people[:MOST_CARDS]]),
        "booked": (1, [ahead.pk]),
        "needs_attention": (1, [over.pk]),
    }
    columns = page.context["columns_of_board"]
    found = {column.state: (column.count, [card.pk for card in column.cards]) for column in columns if column.count}
    assert found == ({state: expected[state]} if state else expected)
    counts = {name: count for name, _, count in page.context["states"] if count != "0"}
    assert counts == {name: str(count) for name, (count, _) in expected.items()}


@pytest.mark.parametrize(("state", "expected"), [("", "ABDEG"), ("held", "ABG"), ("booked", "DEG"), ("opened", "G")])
def test_finds_so_many_of_each_state_and_of_those_that_are_due(recruiter: User, state: str, expected: str) -> None:
    position, now = Position.objects.create(title="Nurse"), timezone.now()
    for standing, names in {"held": "ABC", "booked": "DEF", "opened": "GH"}.items():
        for days, name in enumerate(names):
            position.candidates.add(person := CandidateFactory(name=name))
            Candidate.objects.filter(pk=person.pk).update(
                standing=standing,
                standing_since=now - timedelta(days=9 - days),
                standing_until=now - timedelta(minutes=1) if standing == "opened" else None,
            )
    query = QueryDict(f"position={position.pk}&state={state}")

    ids = Search(query, recruiter, now, OfEachState(("held", "booked"), 2, most_due=1)).first_ids()

    assert ids is not None
    assert sorted(Candidate.objects.filter(pk__in=ids).values_list("name", flat=True)) == list(expected)


@pytest.mark.parametrize("state", ["", "to_invite"])
@pytest.mark.parametrize("most", [1, 1000])
def test_lays_out_whom_few_and_many_have_alike(
    alice: Client, monkeypatch: pytest.MonkeyPatch, most: int, state: str
) -> None:
    people = [CandidateFactory(name=f"Ann {number:02}") for number in range(MOST_CARDS + 3)]
    make_interview(CandidateFactory(name="Ann Booked"))
    canceled = CandidateFactory(name="Ann Canceled")
    make_interview(canceled, canceled=True)
    CandidateFactory(name="Cleo")
    # All notes but one, which is due.
    standings.refresh(candidates=[person.pk for person in people] + [canceled.pk])
    monkeypatch.setattr(volume, "FEW", most)

    page = alice.get("/candidates/", {"q": "ann", "layout": "board", "state": state})

    cards = {column.state: len(column.cards) for column in page.context["columns_of_board"] if column.cards}
    assert cards == ({"to_invite": MOST_CARDS} if state else {"to_invite": MOST_CARDS, "booked": 1, "canceled": 1})
    first = next(column for column in page.context["columns_of_board"] if column.state == "to_invite")
    assert [card.pk for card in first.cards] == [person.pk for person in people[:MOST_CARDS]]


@pytest.mark.parametrize("address", ["", "mine=1", "archived=1", "state=to_invite", "q=ann"])
def test_writes_a_board_that_walks_once(recruiter: User, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    first, second = (CandidateFactory(name=name, owner=recruiter) for name in ("Ann First", "Ann Second"))
    archived_at = timezone.now() if address == "archived=1" else None
    Candidate.objects.update(standing="to_invite", standing_until=None, archived_at=archived_at)
    recruiter.get_all_permissions()
    monkeypatch.setattr(volume, "FEW", 0)

    def shown() -> list[int]:
        query, now = QueryDict(address), timezone.now()
        search = Search(query, recruiter, now, CHOSEN)
        columns = laid_out(search, state=str(query.get("state", "")), viewer=recruiter, now=now)
        assert not search.is_found
        return [card.pk for column in columns for card in column.cards]

    def written_again(*_args: Any, **_options: Any) -> None:
        pytest.fail("SQL is written for a second board")

    before = shown()
    monkeypatch.setattr(SQLCompiler, "as_sql", written_again)

    assert shown() == before == [first.pk, second.pk]


def test_says_many_where_too_many_are_found_to_count(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [CandidateFactory(name=f"Ann {number:02}") for number in range(60)]
    standings.refresh(candidates=[person.pk for person in people])
    monkeypatch.setattr(volume, "FEW", 1)

    page = alice.get("/candidates/", {"q": "ann"})
    board = alice.get("/candidates/", {"q": "ann", "layout": "board"})

    assert "25 of many candidates" in page.content.decode()
    assert "All matching" in page.content.decode()
    assert "tabs__count" not in page.content.decode()
    assert page.context["page"].next
    assert "All<span" in board.content.decode()


@pytest.mark.parametrize("sort", ["name", "-name", "added"])
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("q=yuki", ["Yuki One", "yuki two", "Lee Yuki", "Sam"]),
        ("q=YUKI&mine=1", ["yuki two", "Lee Yuki"]),
        ("q=yuki&archived=1", ["Yuki Old"]),
        ("q=yuki@exa", ["Yuki One", "yuki two"]),
        ("q=@example.net", ["Sam", "Yul"]),
        ("q=yuki&state=canceled", ["Lee Yuki"]),
    ],
)
def test_lists_whom_a_word_finds_that_thousands_have(
    recruiter: User, monkeypatch: pytest.MonkeyPatch, address: str, expected: list[str], sort: str
) -> None:
    CandidateFactory(name="Yuki One", email="yuki@example.org")
    CandidateFactory(name="yuki two", email="yuki@example.com", owner=recruiter)
    make_interview(lee := CandidateFactory(name="Lee Yuki", owner=recruiter), canceled=True)
    CandidateFactory(name="Sam", email="yukisam@example.net")
    CandidateFactory(name="Yuki Old", archived_at=timezone.now())
    CandidateFactory(name="Yul", email="yul@example.net")
    standings.refresh(candidates=[lee.pk])
    query, order = QueryDict(address), CANDIDATE_SORTS[sort]
    # More than are counted, but not too many to be found.
    monkeypatch.setattr(volume, "FEW", 1)

    search = Search(query, recruiter, timezone.now(), Ordered(tuple(order)))
    found = [Candidate.objects.get(pk=pk).name for pk in search.first_ids() or []]

    assert search.is_found
    assert search.counts.words() == ""
    assert sorted(found) == sorted(expected)
    monkeypatch.setattr(volume, "FEW", 0)
    walked = Search(query, recruiter, timezone.now()).rows().order_by(*(key.ordering() for key in order))
    assert found == [row.name for row in walked]


@pytest.mark.parametrize(
    ("anns", "bergs", "both", "is_found"), [(3, 3, 1, True), (30, 3, 2, True), (30, 30, 1, True), (1, 1, 20, False)]
)
def test_finds_who_has_two_words_that_many_have_each(
    recruiter: User, monkeypatch: pytest.MonkeyPatch, anns: int, bergs: int, both: int, *, is_found: bool
) -> None:
    names = ["Ann Other"] * anns + ["Other Berg"] * bergs + ["Ann Berg"] * both
    people = [CandidateFactory(name=name, email=f"x{number}@y.zz") for number, name in enumerate(names)]
    standings.refresh(candidates=[person.pk for person in people])
    # So that more than ten are too many to be found.
    monkeypatch.setattr(volume, "FEW", 1)

    search = Search(QueryDict("q=ann berg"), recruiter, timezone.now(), Ordered((Key("pk"),)))

    expected = [person.pk for person in people if person.name == "Ann Berg"]
    assert search.is_found == is_found
    assert search.first_ids() == (expected if is_found else None)
    assert search.counts.of("to_invite") == (both if is_found else None)
    assert list(search.rows().order_by("pk").values_list("pk", flat=True)) == expected


def test_says_many_of_a_word_that_thousands_have_and_counts_a_position(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = Position.objects.create(title="Nurse")
    position.candidates.set(people := [CandidateFactory(name=f"Ann {number:02}") for number in range(40)])
    standings.refresh(candidates=[person.pk for person in people])
    monkeypatch.setattr(volume, "FEW", 10)

    of_word = alice.get("/candidates/", {"q": "ann"})
    board_of_word = alice.get("/candidates/", {"q": "ann", "layout": "board"})
    of_position = alice.get("/candidates/", {"position": str(position.pk)})

    assert "25 of many candidates" in of_word.content.decode()
    assert of_word.context["page"].next
    assert [column.count for column in board_of_word.context["columns_of_board"] if column.cards] == [40]
    assert "25 of 40 candidates" in of_position.content.decode()


def test_checks_and_repairs(candidate: Candidate) -> None:
    make_interview(candidate)
    link = LinkFactory(candidate=candidate)
    standings.refresh(links=[link.pk], candidates=[candidate.pk])
    Candidate.objects.update(standing="held")
    BookingLink.objects.update(standing="booked")

    with pytest.raises(CommandError, match="2 notes are wrong"):
        call_command("standings", "--check")
    call_command("standings", "--repair", stdout=StringIO())

    assert (noted(candidate), noted(link)) == ("booked", "invited")
    call_command("standings", "--check", stdout=StringIO())


def test_checks_and_repairs_what_a_name_says(alice: Client, candidate: Candidate) -> None:
    CandidateFactory(name="Bea")
    standings.refresh(candidates=Candidate.objects.values_list("pk", flat=True))
    # Renamed behind the back of everything.
    Candidate.objects.filter(pk=candidate.pk).update(name="Abe Quill")

    with pytest.raises(CommandError, match="1 notes are wrong"):
        call_command("standings", "--check")
    call_command("standings", "--repair", stdout=StringIO())

    call_command("standings", "--check", stdout=StringIO())
    found = [list(alice.get("/candidates/", query).context["page"].rows) for query in ({}, {"q": "abe"}, {"q": "zoe"})]
    assert [[row.name for row in rows] for rows in found] == [["Abe Quill", "Bea"], ["Abe Quill"], []]
