"""How people look at tables: saved views, chosen columns, filters as chips, whose is mine, and the board."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from re import DOTALL, findall, sub
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from candidates.models import Candidate, Tag
from scheduling.models import BookingLink, Preference, SavedView, TimelineEntry
from scheduling.queries.board import MOST_CARDS
from scheduling.queries.candidates import STATES
from scheduling.services import saved_views
from tests.factories import CandidateFactory, EventTypeFactory, InterviewerFactory, LinkFactory, make_interview

pytestmark = pytest.mark.django_db

LISTS = ["/candidates/", "/links/", "/interviews/"]


def save(client: Client, name: str, query: str, *, table: str = "candidates", **fields: Any) -> str:
    data = {"name": name, "query": query, "next": f"/{table}/", **fields}
    return client.post(f"/tables/{table}/views/", data, follow=True).content.decode()


def tabs(page: str) -> list[tuple[str, bool]]:
    """The views' names, and which of them is current."""
    nav = page[page.index('aria-label="Saved views"') :]
    found = findall(r'<a class="views__tab"[^>]*?(aria-current="true")?>([^<]*)', nav[: nav.index("</nav>")])
    return [(unescape(name).strip(), bool(current)) for current, name in found]


def heads(page: str) -> list[str]:
    """The columns' heads, without what only screen readers hear."""
    row = page[page.index("<thead>") : page.index("</thead>")]
    return [unescape(text) for text in findall(r">([^<>▲▼]+)<", row) if text.strip() and text not in ("Select", "Acts")]


def test_saves_what_the_table_shows_under_a_name(alice: Client) -> None:
    page = save(alice, "  Booked   by me ", "state=booked&mine=1&sort=-added&after=x&live=1&evil=1", columns=["owner"])

    view = SavedView.objects.get()
    assert (view.name, view.query, view.columns) == ("Booked by me", "state=booked&mine=1&sort=-added", ["owner"])
    assert tabs(page) == [("All candidates", False), ("Booked by me", True)]


@pytest.mark.parametrize("table", ["candidates", "links", "interviews"])
def test_opens_a_view_with_its_filter_order_and_columns(alice: Client, recruiter: User, table: str) -> None:
    link = LinkFactory(candidate=CandidateFactory(name="Ann Applicant"))
    make_interview(link.candidate)
    SavedView.objects.create(owner=recruiter, table=table, name="Mine", query="q=Ann&sort=candidate", columns=["state"])
    page = alice.get(f"/{table}/?saved=none").content.decode()
    address = unescape(findall(r'href="([^"]*saved=\d+[^"]*)"', page)[0])

    opened = alice.get(address).content.decode()

    assert tabs(opened)[1] == ("Mine", True)
    assert "“Ann” ✕" in opened
    assert heads(opened)[-1] == "State"


def test_recognises_a_view_by_its_filter_alone(alice: Client) -> None:
    save(alice, "Booked", "state=booked")

    assert ("Booked", True) in tabs(alice.get("/candidates/?state=booked&position=").content.decode())
    assert ("Booked", False) in tabs(alice.get("/candidates/?state=held").content.decode())


def test_says_that_an_open_view_was_changed_and_updates_it(alice: Client) -> None:
    save(alice, "Booked", "state=booked")
    view = SavedView.objects.get()

    page = alice.get(f"/candidates/?saved={view.pk}&state=booked&mine=1").content.decode()
    assert "views__changed" in page
    assert "Update view" in page
    page = alice.post(
        f"/tables/views/{view.pk}/update/", {"query": "state=booked&mine=1"}, follow=True
    ).content.decode()

    assert "views__changed" not in page
    assert SavedView.objects.get().query == "state=booked&mine=1"


def test_shares_a_view_with_everyone(alice: Client, charlie: Client) -> None:
    save(alice, "Team", "state=booked", is_shared="on")
    save(alice, "My own", "state=held")

    page = charlie.get("/candidates/").content.decode()

    assert [name for name, _ in tabs(page)] == ["All candidates", "Team"]
    assert "shared by Alice" in page


def test_lets_charlie_save_views_of_his_own_but_not_share_them(charlie: Client) -> None:
    save(charlie, "Mine", "state=booked", is_shared="on")

    assert not SavedView.objects.get().is_shared
    assert "Everyone sees it" not in charlie.get("/candidates/").content.decode()


def acts_on(view: SavedView) -> list[tuple[str, dict[str, str]]]:
    return [
        (f"/tables/views/{view.pk}/edit/", {"name": "Hers no more"}),
        (f"/tables/views/{view.pk}/update/", {"query": "state=held"}),
        (f"/tables/views/{view.pk}/delete/", {}),
        (f"/tables/views/{view.pk}/restore/", {}),
        (f"/tables/{view.table}/columns/", {"saved": str(view.pk), "columns": "owner"}),
    ]


def test_lets_nobody_else_change_a_shared_view(alice: Client, charlie: Client) -> None:
    save(alice, "Team", "state=booked", is_shared="on")
    view = SavedView.objects.get()

    answers = [charlie.post(path, data).status_code for path, data in acts_on(view)]

    assert answers == [403] * 5
    view.refresh_from_db()
    assert (view.name, view.query, view.columns) == ("Team", "state=booked", [])
    assert "Delete" not in charlie.get(f"/tables/views/{view.pk}/").content.decode()


def test_lets_administrators_change_shared_views_of_others(alice: Client, bob: Client) -> None:
    save(alice, "Team", "state=booked", is_shared="on")
    view = SavedView.objects.get()

    bob.post(f"/tables/views/{view.pk}/edit/", {"name": "Everybody’s"})

    view.refresh_from_db()
    assert (view.name, view.is_shared, view.owner.email) == ("Everybody’s", True, "alice@example.org")


def test_hides_others_own_views_from_everybody(alice: Client, bob: Client) -> None:
    save(alice, "Secret", "state=booked")
    view = SavedView.objects.get()

    assert bob.get(f"/tables/views/{view.pk}/").status_code == 404
    assert [bob.post(path, data).status_code for path, data in acts_on(view)] == [404] * 5
    assert "Secret" not in bob.get(f"/candidates/?saved={view.pk}&state=booked").content.decode()
    assert f"<code>saved={view.pk}</code>" in bob.get(f"/candidates/?saved={view.pk}").content.decode()


def test_has_one_view_of_a_name_for_each_person_and_table(alice: Client, bob: Client) -> None:
    save(alice, "Booked", "state=booked")

    page = save(alice, "BOOKED", "state=held")
    save(alice, "Booked", "state=booked", table="links")
    save(bob, "Booked", "state=booked")

    assert "You have a view called “BOOKED” already." in page
    assert SavedView.objects.count() == 3


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "Name the view."), ("   ", "Name the view."), ("x" * 61, "at most 60"), ("a\u202eb", "cannot be seen")],
)
def test_refuses_a_name_that_is_none(alice: Client, name: str, words: str) -> None:
    page = save(alice, name, "state=booked")

    assert words in page
    assert not SavedView.objects.exists()


def test_shows_a_hostile_name_as_text(alice: Client) -> None:
    page = save(alice, "<script>alert(1)</script>", "q=" + "x" * 5000)

    assert "<script>alert(1)" not in page
    assert len(SavedView.objects.get().query) <= 202


def test_keeps_so_many_views_and_no_more(alice: Client, recruiter: User) -> None:
    SavedView.objects.bulk_create(
        SavedView(owner=recruiter, table="candidates", name=f"View {number}")
        for number in range(saved_views.MOST_VIEWS)
    )

    assert "50 views are enough" in save(alice, "One more", "state=booked")


def test_tells_when_a_view_names_what_was_deleted(alice: Client) -> None:
    tag = Tag.objects.create(name="gone")
    CandidateFactory(name="Ann").tags.add(tag)
    save(alice, "Gone", f"tag={tag.pk}")
    view, pk = SavedView.objects.get(), tag.pk
    tag.delete()

    page = alice.get(f"/candidates/?saved={view.pk}&tag={pk}").content.decode()

    assert f"<code>tag={pk}</code>" in page
    assert "Ann" in page
    assert f"<code>tag={pk}</code>" in alice.get(f"/tables/views/{view.pk}/").content.decode()


def test_renames_a_view_and_deletes_it(alice: Client) -> None:
    save(alice, "Booked", "state=booked")
    save(alice, "Held", "state=held")
    view = SavedView.objects.get(name="Booked")

    taken = alice.post(f"/tables/views/{view.pk}/edit/", {"name": "held"})
    assert (taken.status_code, "There is a view with this name" in taken.content.decode()) == (422, True)
    alice.post(f"/tables/views/{view.pk}/edit/", {"name": "Now booked", "is_shared": "on"})
    view.refresh_from_db()
    assert (view.name, view.is_shared) == ("Now booked", True)
    page = alice.post(f"/tables/views/{view.pk}/delete/", follow=True).content.decode()

    assert "The view “Now booked” is deleted." in page
    assert [name for name, _ in tabs(page)] == ["All candidates", "Held"]


def deleted_views(page: str) -> list[str]:
    """What the page says of deleted views it offers to bring back."""
    return [
        unescape(words) for words in findall(r'class="views__deleted".*?</svg>\s*([^<]*)</span><button', page, DOTALL)
    ]


def test_deletes_a_view_at_once_and_brings_it_back_as_it_was(alice: Client) -> None:
    CandidateFactory(name="Ann")
    save(alice, "Booked", "q=Ann&sort=-added", columns=["owner"])
    view = SavedView.objects.get()
    alice.post("/tables/candidates/opens-with/", {"saved": view.pk})

    page = alice.post(f"/tables/views/{view.pk}/delete/", follow=True).content.decode()
    assert (tabs(page), deleted_views(page)) == ([("All candidates", True)], ["“Booked” was deleted"])
    assert f'action="/tables/views/{view.pk}/restore/"' in page
    assert alice.get("/candidates/").status_code == 200
    page = alice.post(f"/tables/views/{view.pk}/restore/", follow=True).content.decode()

    assert "The view “Booked” is back." in page
    assert (tabs(page), deleted_views(page)) == ([("All candidates", False), ("Booked", True)], [])
    assert heads(page) == ["Candidate", "Owner"]
    assert alice.get("/candidates/")["Location"] == f"/candidates/?saved={view.pk}&q=Ann&sort=-added"


def test_deletes_and_brings_back_once_however_often_it_is_asked(alice: Client) -> None:
    save(alice, "Booked", "state=booked")
    view = SavedView.objects.get()

    for act in ("delete", "delete", "restore", "restore"):
        assert alice.post(f"/tables/views/{view.pk}/{act}/").status_code == 302

    assert ("Booked", False) in tabs(alice.get("/candidates/").content.decode())


def test_takes_a_deleted_shared_view_from_everybody_at_once(alice: Client, charlie: Client) -> None:
    save(alice, "Team", "state=booked", is_shared="on")
    view = SavedView.objects.get()
    alice.post(f"/tables/views/{view.pk}/delete/")

    page = charlie.get("/candidates/?state=booked").content.decode()

    assert (tabs(page), deleted_views(page)) == ([("All candidates", True)], [])
    assert charlie.get(f"/tables/views/{view.pk}/").status_code == 404
    assert charlie.post(f"/tables/views/{view.pk}/restore/").status_code == 403
    alice.post(f"/tables/views/{view.pk}/restore/")
    assert ("Team", False) in tabs(charlie.get("/candidates/").content.decode())


def test_lets_the_owner_undo_what_an_administrator_deleted(alice: Client, bob: Client) -> None:
    save(alice, "Team", "state=booked", is_shared="on")
    view = SavedView.objects.get()
    page = bob.post(f"/tables/views/{view.pk}/delete/", follow=True).content.decode()
    assert deleted_views(page) == ["“Team” was deleted"]
    (words,) = deleted_views(alice.get("/candidates/").content.decode())
    assert words == "“Team” was deleted by Bob"

    alice.post(f"/tables/views/{view.pk}/restore/")

    assert ("Team", False) in tabs(bob.get("/candidates/").content.decode())


def test_gives_a_deleted_views_name_away_and_says_so_on_undo(alice: Client) -> None:
    save(alice, "Booked", "state=booked")
    view = SavedView.objects.get()
    alice.post(f"/tables/views/{view.pk}/delete/")
    save(alice, "booked", "state=held")

    page = alice.post(f"/tables/views/{view.pk}/restore/", follow=True).content.decode()

    assert "There is another view called “Booked” by now." in page
    assert [name for name, _ in tabs(page)] == ["All candidates", "booked"]
    assert deleted_views(page) == ["“Booked” was deleted"]


def test_brings_no_view_back_when_there_are_enough(alice: Client, recruiter: User) -> None:
    save(alice, "Booked", "state=booked")
    view = SavedView.objects.get()
    alice.post(f"/tables/views/{view.pk}/delete/")
    SavedView.objects.bulk_create(
        SavedView(owner=recruiter, table="candidates", name=f"View {number}")
        for number in range(saved_views.MOST_VIEWS)
    )

    page = alice.post(f"/tables/views/{view.pk}/restore/", follow=True).content.decode()

    assert "There are 50 views again." in page


def test_offers_the_undo_for_an_hour_and_forgets_the_view_in_a_day(alice: Client) -> None:
    save(alice, "Booked", "state=booked")
    view = SavedView.objects.get()
    alice.post(f"/tables/views/{view.pk}/delete/")
    now = timezone.now()

    saved_views.prune(now=now + timedelta(hours=23))
    assert SavedView.objects.exists()
    SavedView.objects.update(deleted_at=now - timedelta(minutes=61))
    assert deleted_views(alice.get("/candidates/").content.decode()) == []
    saved_views.prune(now=now + timedelta(hours=24))

    assert not SavedView.objects.exists()


def test_opens_a_table_with_the_chosen_view(alice: Client) -> None:
    save(alice, "Booked", "state=booked")
    view = SavedView.objects.get()
    alice.post("/tables/candidates/opens-with/", {"saved": view.pk})

    assert alice.get("/candidates/")["Location"] == f"/candidates/?saved={view.pk}&state=booked"
    assert alice.get("/candidates/?saved=none").status_code == 200
    assert alice.get("/links/").status_code == 200
    view.delete()
    assert alice.get("/candidates/").status_code == 200


def test_stops_opening_with_a_view(alice: Client) -> None:
    save(alice, "Booked", "state=booked")
    alice.post("/tables/candidates/opens-with/", {"saved": SavedView.objects.get().pk})

    alice.post("/tables/candidates/opens-with/", {})

    assert alice.get("/candidates/").status_code == 200


def test_remembers_the_columns_of_each_person_and_table(alice: Client, bob: Client) -> None:
    LinkFactory()
    alice.post("/tables/candidates/columns/", {"columns": ["phone", "added", "evil"]})

    assert heads(alice.get("/candidates/").content.decode()) == ["Candidate", "Phone", "Added"]
    assert heads(bob.get("/candidates/").content.decode()) == [
        "Candidate",
        "State",
        "Considered for",
        "Next interview",
        "Owner",
    ]
    assert "Made" in heads(alice.get("/links/").content.decode())
    assert Preference.objects.get(user__email="alice@example.org").tables == {
        "candidates": {"columns": ["phone", "added"]}
    }


def test_writes_phone_numbers_as_people_do_in_as_many_queries(
    alice: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        CandidateFactory(phone=f"+4420794600{number}8")
    alice.get("/candidates/")
    with CaptureQueriesContext(connection) as usual:
        alice.get("/candidates/")
    as_many = len(usual)
    alice.post("/tables/candidates/columns/", {"columns": ["phone"]})

    with django_assert_num_queries(as_many):
        page = alice.get("/candidates/").content.decode()

    assert "+44 20 7946 0008" in page
    assert "+44 20 7946 0028" in page


def test_goes_back_to_the_usual_columns(alice: Client) -> None:
    CandidateFactory()
    alice.post("/tables/candidates/columns/", {"columns": ["phone"]})

    alice.post("/tables/candidates/columns/", {"columns": ["phone"], "usual": "1"})

    assert "State" in heads(alice.get("/candidates/").content.decode())


def test_chooses_columns_in_the_open_view(alice: Client) -> None:
    CandidateFactory()
    save(alice, "Booked", "")
    view = SavedView.objects.get()

    alice.post("/tables/candidates/columns/", {"columns": ["added"], "saved": view.pk})

    assert heads(alice.get(f"/candidates/?saved={view.pk}").content.decode()) == ["Candidate", "Added"]
    assert "State" in heads(alice.get("/candidates/?saved=none").content.decode())


@pytest.mark.parametrize("kept", [{"candidates": "x"}, {"candidates": {"columns": 7, "view": "x"}}, [], "x"])
def test_survives_a_preference_that_is_none(alice: Client, recruiter: User, kept: object) -> None:
    CandidateFactory()
    Preference.objects.update_or_create(user=recruiter, defaults={"tables": kept})

    assert alice.get("/candidates/").status_code == 200


@pytest.mark.parametrize("path", ["/tables/people/columns/", "/tables/people/views/", "/tables/people/opens-with/"])
def test_knows_no_other_table(alice: Client, path: str) -> None:
    assert alice.post(path, {"name": "x"}).status_code == 404


def test_shows_each_filter_as_a_chip_that_removes_it(alice: Client) -> None:
    host = InterviewerFactory(name="Mia Member")
    event_type = EventTypeFactory(name="Phone screen")
    make_interview(CandidateFactory(name="Ann"))

    page = alice.get(
        f"/interviews/?view=all&interviewers={host.pk}&event_type={event_type.pk}&mine=1&q=Ann&outcome=held"
    ).content.decode()

    chips = [unescape(text) for text in findall(r'<a class="chip"[^>]*>([^✕]*) ✕', page)]
    assert chips == ["Outcome: Held", "Interviewer: Mia Member", "Event type: Phone screen", "“Ann”", "Mine"]
    removing = [unescape(href) for href in findall(r'<a class="chip" href="([^"]*)"', page)]
    assert "q=Ann" not in removing[3]
    assert "view=all" in removing[3]


def test_counts_interviews_of_my_candidates_and_of_my_links_as_mine(alice: Client, recruiter: User) -> None:
    bob = User.objects.create_user("bob2")
    make_interview(CandidateFactory(name="Owned", owner=recruiter))
    orphan = LinkFactory(candidate=CandidateFactory(name="Linked"), created_by=recruiter)
    make_interview(orphan.candidate, link=orphan)
    others = LinkFactory(candidate=CandidateFactory(name="Handed over", owner=bob), created_by=recruiter)
    make_interview(others.candidate, link=others)
    make_interview()

    page = alice.get("/interviews/?view=all&mine=1").content.decode()

    assert [name for name in ("Owned", "Linked", "Handed over", "Sam Stranger") if name in page] == ["Owned", "Linked"]


def columns(page: str) -> dict[str, tuple[str, list[str]]]:
    """The board's columns: their counts and the names on their cards."""
    found = {}
    for part in page.split('<section class="board__column"')[1:]:
        state = findall(r'id="column-(\w+)"', part)[0]
        found[state] = (findall(r'board__count">(\d+)', part)[0], findall(r'class="person__name"[^>]*>([^<]*)', part))
    return found


def test_lays_candidates_out_by_state(alice: Client) -> None:
    CandidateFactory(name="New")
    booked = make_interview(CandidateFactory(name="Booked"))
    make_interview(CandidateFactory(name="Over"), starts_in=-timedelta(hours=4))
    link = LinkFactory(candidate=CandidateFactory(name="Invited"))

    page = alice.get("/candidates/?layout=board").content.decode()

    assert list(columns(page)) == list(STATES)
    assert columns(page)["booked"] == ("1", ["Booked"])
    assert columns(page)["needs_attention"] == ("1", ["Over"])
    assert f'href="/interviews/{booked.pk}/"' in page
    assert f'action="/links/{link.pk}/remind/"' in page
    assert "Send link" in page
    assert "Say how it went" in page


def test_says_how_long_somebody_is_in_their_state(alice: Client) -> None:
    now = timezone.now()
    first, second = CandidateFactory(name="Second"), CandidateFactory(name="First")
    for candidate, days in ((first, 2), (second, 9)):
        link = LinkFactory(candidate=candidate)
        BookingLink.objects.filter(pk=link.pk).update(created_at=now - timedelta(days=days))
        TimelineEntry.objects.create(
            kind="link_made", key=str(uuid4()), candidate=candidate, happened_at=now - timedelta(days=days)
        )
        TimelineEntry.objects.create(kind="reminder_sent", key=str(uuid4()), candidate=candidate, happened_at=now)

    page = alice.get("/candidates/?layout=board").content.decode()

    assert columns(page)["invited"][1] == ["First", "Second"]
    assert '<strong><span class="no-print" data-relative>9 d ago</span></strong>' in page


def test_counts_from_the_end_what_time_alone_changed(alice: Client) -> None:
    make_interview(CandidateFactory(), starts_in=-timedelta(hours=10))

    assert (
        '<strong><span class="no-print" data-relative>9 h ago</span></strong>'
        in alice.get("/candidates/?layout=board").content.decode()
    )


def test_shows_so_many_cards_and_where_the_others_are(alice: Client) -> None:
    for _ in range(MOST_CARDS + 3):
        CandidateFactory()

    page = alice.get("/candidates/?layout=board&q=Candidate").content.decode()

    assert len(columns(page)["to_invite"][1]) == MOST_CARDS
    assert 'href="?q=Candidate&amp;state=to_invite">3 more' in page


def test_filters_the_board_like_the_list(alice: Client, recruiter: User) -> None:
    CandidateFactory(name="Mine", owner=recruiter)
    CandidateFactory(name="Not mine")

    page = alice.get("/candidates/?layout=board&mine=1").content.decode()

    assert columns(page)["to_invite"] == ("1", ["Mine"])


def test_offers_charlie_no_act_on_the_board(charlie: Client) -> None:
    LinkFactory()

    page = charlie.get("/candidates/?layout=board").content.decode()

    assert "/remind/" not in page
    assert "#send" not in page


def put_canceled(candidate: Candidate) -> str:
    make_interview(candidate, canceled=True)
    return f"/candidates/{candidate.pk}/#send"


def put_held(candidate: Candidate) -> str:
    make_interview(candidate, starts_in=-timedelta(days=1), held=True)
    return f"/candidates/{candidate.pk}/#send"


def put_over(candidate: Candidate) -> str:
    return f"/interviews/{make_interview(candidate, starts_in=-timedelta(hours=4)).pk}/"


def put_booked(candidate: Candidate) -> str:
    return f"/interviews/{make_interview(candidate).pk}/"


def put_invited(candidate: Candidate) -> str:
    return f"/links/{LinkFactory(candidate=candidate).pk}/remind/"


def put_nowhere(candidate: Candidate) -> str:
    return f"/candidates/{candidate.pk}/#send"


@pytest.mark.parametrize(
    ("put", "words"),
    [
        (put_canceled, "Book again for Zoë"),
        (put_held, "Next interview for Zoë"),
        (put_over, "Say how it went with Zoë"),
        (put_booked, "Open interview with Zoë"),
        (put_invited, "Remind Zoë by e-mail"),
        (put_nowhere, "Send link to Zoë"),
    ],
)
def test_offers_on_a_card_what_comes_next(alice: Client, put: Callable[[Candidate], str], words: str) -> None:
    candidate = CandidateFactory(name="Zoë")
    address = put(candidate)

    page = alice.get("/candidates/?layout=board").content.decode()
    Candidate.objects.update(archived_at=timezone.now())
    archive = alice.get("/candidates/?layout=board&archived=1").content.decode()

    card = page[page.index("board__card") :].split("</li>")[0]
    assert words in " ".join(sub("<[^>]*>", "", card).split())
    assert f'href="{address}"' in card or f'action="{address}"' in card
    assert columns(archive)
    assert "#send" not in archive
    assert "/remind/" not in archive


def test_narrows_the_board_to_one_state(alice: Client) -> None:
    CandidateFactory()

    assert list(columns(alice.get("/candidates/?layout=board&state=booked").content.decode())) == ["booked"]


def forms_next(page: str, act: str) -> list[str]:
    """Where the forms for this act return to."""
    pattern = rf'action="/[^"]*/\d+/{act}/">.*?name="next" value="([^"]*)"'
    return [unescape(address) for address in findall(pattern, page, DOTALL)]


@pytest.mark.parametrize("act", ["held", "no-show"])
def test_returns_from_an_interview_to_the_list_as_it_was(alice: Client, act: str) -> None:
    make_interview(CandidateFactory(name="Zoé Moreau"), starts_in=-timedelta(hours=3))
    address = "/interviews/?view=unmarked&q=moreau&sort=candidate"
    page = alice.get(f"{address}&live=1").content.decode()

    assert forms_next(page, act) == [address]


@pytest.mark.parametrize("act", ["remind", "withdraw"])
def test_returns_from_a_link_to_the_list_as_it_was(alice: Client, act: str) -> None:
    LinkFactory(candidate=CandidateFactory(name="Zoé Moreau"))
    address = "/links/?state=invited&q=moreau&sort=candidate"
    page = alice.get(f"{address}&live=1").content.decode()

    assert forms_next(page, act) == [address]
