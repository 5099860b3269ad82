"""Candidates: the form, the archive, the derived state, Today's needs."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate, Position
from scheduling.models import BookingLink
from scheduling.queries import candidates as query
from scheduling.queries import connections, needs
from scheduling.services import standings
from tests.factories import CandidateFactory, ConnectionFactory, LinkFactory, PositionFactory, make_interview, make_user

pytestmark = pytest.mark.databases


def save(client: Client, path: str = "/candidates/new/", **fields: Any) -> Any:
    data = {"name": "Zoë Quill", "email": "Zoe@Example.org", "phone": "", "timezone": "", **fields}
    return client.post(path, data, follow=True)


def test_adds_a_candidate_for_several_positions(alice: Client) -> None:
    positions = [PositionFactory(), PositionFactory()]

    save(alice, positions=[position.pk for position in positions], phone="+49 30 123456", timezone="Europe/Berlin")

    candidate = Candidate.objects.get()
    assert (candidate.email, candidate.positions.count(), str(candidate.phone)) == (
        "zoe@example.org",
        2,
        "+49 30 123456",
    )
    assert [entry.kind for entry in candidate.timeline.all()] == ["candidate_added"]


def test_has_one_candidate_an_address_whatever_its_case(alice: Client) -> None:
    other = CandidateFactory(name="Zoë the First", email="zoe@example.org")

    response = save(alice, email="ZOE@example.ORG")

    assert response.status_code == 422
    assert f'<a href="/candidates/{other.pk}/">Zoë the First</a>' in response.content.decode()
    assert Candidate.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "  "}, "Enter the candidate’s name."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"email": ""}, "Enter an e-mail address."),
        ({"email": "zoe"}, "such as name@example.com"),
        ({"phone": "030 123"}, "in the international form"),
        ({"timezone": "Moon/Base"}, "Select a valid choice"),
        ({"positions": ["77"]}, "Select a valid choice"),
        ({"owner": "77"}, "Choose somebody from the list."),
    ],
)
def test_says_beside_the_field_what_is_wrong(alice: Client, fields: dict[str, Any], words: str) -> None:
    response = save(alice, **fields)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert Candidate.objects.count() == 0


def test_edits_and_tells_what_changed(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoe Quill", email="zoe@example.org")

    save(alice, f"/candidates/{candidate.pk}/edit/", name="Zoë Quill")

    assert candidate.timeline.get().detail == "name"


def test_archives_and_restores(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoë Quill")

    alice.post(f"/candidates/{candidate.pk}/archive/", follow=True)
    assert "Zoë Quill" not in alice.get("/candidates/").content.decode()
    assert "Zoë Quill" in alice.get("/candidates/?archived=1").content.decode()

    alice.post(f"/candidates/{candidate.pk}/restore/")
    assert "Zoë Quill" in alice.get("/candidates/").content.decode()


@pytest.mark.parametrize("search", ["zoë", "ZOE@", "30 123"])
def test_finds_by_name_address_and_phone(alice: Client, search: str) -> None:
    CandidateFactory(name="Zoë Quill", email="zoe@example.org", phone="+4930123456")
    CandidateFactory(name="Somebody Else")

    page = alice.get("/candidates/", {"q": search}).content.decode()

    assert "Zoë Quill" in page
    assert "Somebody Else" not in page


@pytest.mark.parametrize("path", ["archive", "restore", "edit"])
def test_not_for_charlie(charlie: Client, path: str) -> None:
    assert charlie.post(f"/candidates/{CandidateFactory().pk}/{path}/").status_code == 403


def test_closes_and_opens_positions(alice: Client) -> None:
    response = alice.post("/settings/positions/new/", {"title": "Designer", "location": "Berlin"}, follow=True)
    assert "Designer, Berlin is added." in response.content.decode()
    position = Position.objects.get()

    for expected in (False, True):
        alice.post(f"/settings/positions/{position.pk}/close/")
        position.refresh_from_db()
        assert position.is_open is expected


def test_has_one_position_a_title_and_place(alice: Client) -> None:
    PositionFactory(title="Designer", location="Berlin")

    response = alice.post("/settings/positions/new/", {"title": "designer", "location": "BERLIN"})

    assert response.status_code == 422
    assert "already a position with this title" in response.content.decode()


def state(candidate: Candidate) -> str:
    return str(query.with_state(Candidate.objects.filter(pk=candidate.pk), timezone.now()).get().state)


@pytest.fixture
def candidate(db: None) -> Candidate:
    return CandidateFactory()


def test_is_to_invite_at_first(candidate: Candidate) -> None:
    assert state(candidate) == "to_invite"


def test_is_invited_then_opened_then_booked_then_to_mark_then_held(candidate: Candidate) -> None:
    link = LinkFactory(candidate=candidate)
    assert state(candidate) == "invited"

    BookingLink.objects.update(opened_at=timezone.now())
    assert state(candidate) == "opened"

    interview = make_interview(candidate, link=link)
    assert state(candidate) == "booked"

    interview.delete()
    make_interview(candidate, link=link, starts_in=-timedelta(hours=4))
    assert state(candidate) == "needs_attention"

    candidate.interviews.all().delete()
    make_interview(candidate, link=link, starts_in=-timedelta(hours=4), held=True)
    assert state(candidate) == "held"

    LinkFactory(candidate=candidate)
    assert state(candidate) == "invited"


def test_is_a_no_show_or_canceled_after_the_last_interview(candidate: Candidate) -> None:
    make_interview(candidate, starts_in=-timedelta(days=9), held=True)
    make_interview(candidate, starts_in=-timedelta(days=5), no_show=True)
    assert state(candidate) == "no_show"

    make_interview(candidate, canceled=True)
    assert state(candidate) == "canceled"


def test_needs_attention_when_the_only_link_ran_out(candidate: Candidate) -> None:
    LinkFactory(candidate=candidate, expires_at=timezone.now() - timedelta(hours=1))
    assert state(candidate) == "needs_attention"


def test_is_to_invite_again_when_the_only_link_was_withdrawn(candidate: Candidate) -> None:
    LinkFactory(candidate=candidate, withdrawn_at=timezone.now())
    assert state(candidate) == "to_invite"


def kinds() -> list[str]:
    return [need.kind for need in needs.read(timezone.now(), connections.frame_state())]


def test_needs_nobody_when_all_is_well(candidate: Candidate) -> None:
    ConnectionFactory()
    make_interview(candidate)
    LinkFactory(candidate=candidate, event_type__connection=ConnectionFactory())

    assert kinds() == []


@pytest.mark.parametrize("lost", ["needs_reconnect", "disconnected"])
def test_needs_a_connection(db: None, lost: str) -> None:
    assert kinds() == ["connection"]
    ConnectionFactory(state=lost)
    assert kinds() == ["connection"]


@pytest.mark.parametrize("is_noted", [True, False])
def test_names_each_need_once_whether_or_not_its_state_is_noted(db: None, *, is_noted: bool) -> None:
    ConnectionFactory()
    make_interview(CandidateFactory(), starts_in=timedelta(minutes=30))
    make_interview()
    make_interview(CandidateFactory(), canceled=True)
    make_interview(CandidateFactory(), starts_in=-timedelta(hours=3))
    LinkFactory()
    LinkFactory(expires_at=timezone.now() - timedelta(hours=1))
    BookingLink.objects.update(created_at=timezone.now() - timedelta(days=3))
    assert BookingLink.objects.filter(standing_until__lte=timezone.now()).count() == 2
    if is_noted:
        standings.refresh_due(now=timezone.now())
        assert not BookingLink.objects.filter(standing_until__lte=timezone.now()).exists()

    assert kinds() == ["soon", "unmatched", "canceled", "unmarked", "silent", "expired"]


def test_forgets_a_cancellation_once_a_new_link_is_out(candidate: Candidate) -> None:
    ConnectionFactory()
    make_interview(candidate, canceled=True)
    assert kinds() == ["canceled"]

    LinkFactory(candidate=candidate)
    assert kinds() == []


def test_begins_a_rejected_form_with_what_is_wrong(alice: Client) -> None:
    page = save(alice, name="", email="zoe").content.decode()

    assert "<title>Error: Add candidate" in page
    assert "Nothing was saved yet." in page
    assert page.index("data-problems") < page.index('id="id_name"')
    assert '<a href="#id_name">Enter the candidate’s name.</a>' in page
    assert '<a href="#id_email">' in page


def test_gives_candidates_to_who_may_act_on_them(alice: Client, bob: Client, charlie: Client) -> None:
    page = alice.get("/candidates/new/").content.decode()

    owners = re.findall(r"<option[^>]*>([^<]*)</option>", page.split('name="owner"')[1].split("</select>")[0])
    assert owners == ["Nobody", "Alice", "Bob"]


def test_keeps_an_owner_who_may_be_given_nothing_more(alice: Client) -> None:
    viewer = make_user("viv", "Viewer")
    candidate = CandidateFactory(name="Zoë Quill", email="zoe@example.org", owner=viewer)

    edited = alice.get(f"/candidates/{candidate.pk}/edit/").content.decode()
    other = alice.get("/candidates/new/").content.decode()

    assert f'<option value="{viewer.pk}" selected>Viv</option>' in edited
    assert "Viv" not in other


def test_takes_an_archiving_back_from_its_notice(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoë Quill")

    page = alice.post(f"/candidates/{candidate.pk}/archive/", follow=True).content.decode()
    undo = re.search(r'<form method="post" action="([^"]+)">[^>]*>\s*<button class="button button--small">Undo', page)
    assert undo is not None
    alice.post(undo[1])

    candidate.refresh_from_db()
    assert "Zoë Quill is archived.<" in page
    assert not candidate.is_archived


@pytest.mark.parametrize(
    ("count", "words"), [(1, "Their link no longer leads anywhere."), (2, "Their 2 links no longer lead anywhere.")]
)
def test_says_which_links_an_archiving_closes(alice: Client, count: int, words: str) -> None:
    candidate = CandidateFactory()
    LinkFactory.create_batch(count, candidate=candidate)

    page = alice.post(f"/candidates/{candidate.pk}/archive/", follow=True).content.decode()

    assert words in page


def test_heads_a_candidates_page_with_owner_and_next_step(alice: Client, recruiter: User) -> None:
    ConnectionFactory()
    candidate = CandidateFactory(owner=recruiter)
    before = alice.get(f"/candidates/{candidate.pk}/").content.decode()
    interviews = [make_interview(candidate, starts_in=timedelta(days=days)) for days in (1, 2, 3, 4)]

    page = alice.get(f"/candidates/{candidate.pk}/").content.decode()

    assert "Owner: Alice · Next: a booking link" in " ".join(before.split())
    assert f'Next: <a href="/interviews/{interviews[0].pk}/">' in page
    assert page.index("<summary>2 more interviews</summary>") < page.index('id="send"')
    assert page.count("button--primary") == 1


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f"])
def test_keeps_no_character_that_turns_the_reading_direction(alice: Client, mark: str) -> None:
    typed = {"name": f"Ann{mark} Applicant", "email": "ann@example.com"}

    page = alice.post("/candidates/new/", typed, follow=True).content.decode()

    assert Candidate.objects.get().name == "Ann Applicant"
    assert mark not in page


@pytest.mark.parametrize("name", ["\u202e\u2069", "\u200b\u200b", "\u2060 \ufeff", "\u3164", "\u0301"])
def test_asks_for_a_name_that_can_be_seen(alice: Client, name: str) -> None:
    response = alice.post("/candidates/new/", {"name": name, "email": "ann@example.com"})

    assert response.status_code == 422
    assert "Enter the candidate’s name." in response.content.decode()


def test_shows_names_kept_before_that_rule_without_such_characters(alice: Client) -> None:
    interview = make_interview()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_attempt SET invitee_name = %s", ["Sam\u202e Stranger"])

    for path in (interview.get_absolute_url(), "/interviews/", "/interviews/unmatched/", "/"):
        page = alice.get(path, follow=True).content.decode()
        assert "\u202e" not in page
    assert "Sam Stranger" in alice.get(interview.get_absolute_url()).content.decode()
