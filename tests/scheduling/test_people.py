"""Accounts: roles, hand-overs, leaving and coming back, and who may not."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from candidates.models import Candidate
from scheduling.models import TimelineEntry
from scheduling.queries import roles
from scheduling.services import people
from tests.factories import PASSWORD, CandidateFactory, make_user
from tests.scheduling.conftest import signed_in

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parent.parent.parent / "docs/architecture.md"


@pytest.fixture
def dora(db: None) -> User:
    return make_user("dora", "Recruiter")


@pytest.fixture
def emil(db: None) -> User:
    return make_user("emil", "Recruiter")


def role(name: str) -> dict[str, str]:
    return {"role": str(Group.objects.get(name=name).pk)}


def act(client: Client, user: User, deed: str, fields: dict[str, Any] | None = None) -> str:
    return client.post(f"/settings/people/{user.pk}/{deed}/", fields or {}, follow=True).content.decode()


def test_lists_everybody_with_role_and_state(bob: Client, dora: User, emil: User) -> None:
    User.objects.filter(pk=emil.pk).update(is_active=False)

    page = bob.get("/settings/people/").content.decode()

    assert [word in page for word in ("dora@example.org", "emil@example.org", "Recruiter", "never")] == [True] * 4
    assert page.index("dora@example.org") < page.index("emil@example.org")
    assert "Deactivated" in page


def test_costs_the_list_the_same_for_many(bob: Client, django_assert_max_num_queries: Callable[[int], Any]) -> None:
    bob.get("/settings/people/")
    with django_assert_max_num_queries(15) as few:
        bob.get("/settings/people/")
    for number in range(5):
        make_user(f"p{number}", "Viewer")

    with django_assert_max_num_queries(len(few)):
        bob.get("/settings/people/")


def test_changes_a_role_from_the_next_click_on(bob: Client, dora: User) -> None:
    browser = signed_in(dora)
    browser.get("/candidates/new/")

    page = act(bob, dora, "role", role("Viewer"))

    assert "Dora is now Viewer" in page
    assert browser.get("/candidates/new/").status_code == 403
    assert [group.name for group in dora.groups.all()] == ["Viewer"]


def test_keeps_groups_that_are_no_roles(bob: Client, dora: User) -> None:
    dora.groups.add(Group.objects.create(name="Berlin"))

    act(bob, dora, "role", role("Admin"))

    assert set(dora.groups.values_list("name", flat=True)) == {"Berlin", "Admin"}


def test_gives_no_role_that_is_none(bob: Client, dora: User) -> None:
    other = Group.objects.create(name="Berlin")

    response = bob.post(f"/settings/people/{dora.pk}/role/", {"role": other.pk})

    assert response.status_code == 422
    assert [group.name for group in dora.groups.all()] == ["Recruiter"]


def test_hands_current_candidates_over_and_tells_it(bob: Client, dora: User, emil: User) -> None:
    current, archived = CandidateFactory(owner=dora), CandidateFactory(owner=dora)
    people_of_others = CandidateFactory(owner=None)
    Candidate.objects.filter(pk=archived.pk).update(archived_at=archived.created_at)

    page = act(bob, dora, "hand-over", {"taker": emil.pk})

    assert "1 candidate is now Emil’s" in page
    assert list(Candidate.objects.filter(owner=emil)) == [current]
    assert list(Candidate.objects.filter(owner=dora)) == [archived]
    entry = TimelineEntry.objects.get(kind="handed_over")
    assert (entry.candidate, entry.detail) == (current, "from Dora to Emil")
    assert entry.actor == User.objects.get(username="bob@example.org")
    assert "Handed over from Dora to Emil" in bob.get(f"/candidates/{current.pk}/").content.decode()
    assert people_of_others.owner is None


def test_hands_many_over_in_few_queries(
    bob: Client, dora: User, emil: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    CandidateFactory.create_batch(60, owner=dora)

    with django_assert_max_num_queries(8):
        people.hand_over(dora, emil, by=dora)

    assert TimelineEntry.objects.filter(kind="handed_over").count() == 60


@pytest.mark.parametrize("wrong", ["viewer", "deactivated", "themselves", "nobody", "nonsense"])
def test_hands_over_only_to_somebody_who_may_recruit(bob: Client, dora: User, emil: User, wrong: str) -> None:
    CandidateFactory(owner=dora)
    if wrong == "viewer":
        emil.groups.set([Group.objects.get(name="Viewer")])
    User.objects.filter(pk=emil.pk).update(is_active=wrong != "deactivated")
    taker = {"themselves": dora.pk, "nobody": "", "nonsense": "x"}.get(wrong, emil.pk)

    response = bob.post(f"/settings/people/{dora.pk}/hand-over/", {"taker": taker})

    assert response.status_code == 422
    assert Candidate.objects.get().owner == dora


def test_signs_somebody_out_at_once_and_for_good(bob: Client, dora: User) -> None:
    browser = signed_in(dora)
    assert browser.get("/").status_code == 200

    act(bob, dora, "deactivate")
    gone = browser.get("/")
    act(bob, dora, "reactivate")

    assert gone.status_code == 302
    assert browser.get("/").status_code == 302, "an old session stays dead when the account comes back"
    assert bob.get("/").status_code == 200


def test_lets_nobody_sign_in_while_deactivated(bob: Client, dora: User) -> None:
    fields = {"login": dora.email, "password": PASSWORD}
    act(bob, dora, "deactivate")

    refused = Client().post("/accounts/login/", fields, follow=True).content.decode()
    act(bob, dora, "reactivate")
    welcomed = Client().post("/accounts/login/", fields, follow=True).content.decode()

    assert "<h1>Today</h1>" not in refused
    assert "<h1>Today</h1>" in welcomed


def test_hands_candidates_over_while_deactivating(bob: Client, dora: User, emil: User) -> None:
    candidate = CandidateFactory(owner=dora)
    now = candidate.created_at
    TimelineEntry.objects.create(kind="candidate_added", candidate=candidate, actor=dora, happened_at=now)

    without = bob.post(f"/settings/people/{dora.pk}/deactivate/")
    page = act(bob, dora, "deactivate", {"taker": emil.pk})

    assert without.status_code == 422
    assert "Dora can no longer sign in. 1 candidate is now Emil’s" in page
    assert Candidate.objects.get().owner == emil
    assert TimelineEntry.objects.filter(actor=dora).count() == 1


def test_gives_nothing_new_to_whoever_left(bob: Client, dora: User) -> None:
    act(bob, dora, "deactivate")

    assert "dora@example.org" not in bob.get("/candidates/new/").content.decode()


@pytest.mark.parametrize(("deed", "words"), [("role", "your own role"), ("deactivate", "your own account")])
def test_lets_nobody_lock_themselves_out(bob: Client, deed: str, words: str) -> None:
    make_user("anna", "Admin")
    me = User.objects.get(username="bob@example.org")

    page = act(bob, me, deed, role("Viewer"))

    assert words in page
    assert User.objects.get(pk=me.pk).is_active
    assert me.has_perm("auth.change_user")


@pytest.mark.parametrize(
    "deed",
    [
        lambda anna, by: people.deactivate(anna, taker=None, by=by),
        lambda anna, by: people.change_role(anna, Group.objects.get(name="Viewer"), by=by),
    ],
    ids=["deactivate", "demote"],
)
def test_keeps_the_last_active_administrator(dora: User, deed: Callable[[User, User], Any]) -> None:
    anna, away = make_user("anna", "Admin"), make_user("away", "Admin")
    User.objects.filter(pk=away.pk).update(is_active=False)

    with pytest.raises(people.NotPossible, match="last active administrator"):
        deed(anna, dora)

    assert User.objects.get(pk=anna.pk).has_perm("auth.change_user")


def test_leaves_superusers_to_superusers(bob: Client) -> None:
    root = User.objects.create_superuser("root", "root@example.org", PASSWORD)

    pages = [act(bob, root, "role", role("Viewer")), act(bob, root, "deactivate")]

    assert "on the admin site" in pages[0]
    assert "Only a superuser" in pages[1]
    assert User.objects.get(pk=root.pk).is_active


def test_does_not_let_staff_make_themselves_superusers(bob: Client) -> None:
    User.objects.filter(username="bob@example.org").update(is_staff=True)
    me = User.objects.get(username="bob@example.org")

    assert bob.get(f"/admin/auth/user/{me.pk}/change/").status_code in (302, 403)


@pytest.mark.parametrize("deed", ["role", "hand-over", "deactivate", "reactivate"])
def test_not_for_alice_or_charlie(alice: Client, charlie: Client, dora: User, emil: User, deed: str) -> None:
    CandidateFactory(owner=dora)

    for client in (alice, charlie):
        answer = client.post(f"/settings/people/{dora.pk}/{deed}/", {**role("Admin"), "taker": emil.pk})
        assert answer.status_code == 403

    dora.refresh_from_db()
    assert dora.is_active
    assert Candidate.objects.get().owner == dora
    assert [group.name for group in dora.groups.all()] == ["Recruiter"]


@pytest.mark.parametrize("path", ["/settings/people/", "/settings/people/1/"])
def test_shows_people_to_administrators_only(alice: Client, charlie: Client, path: str) -> None:
    assert [client.get(path).status_code for client in (alice, charlie)] == [403, 403]
    assert Client().get(path).status_code == 302


def test_changes_nothing_by_a_mere_look(bob: Client, dora: User) -> None:
    for deed in ("role", "hand-over", "deactivate"):
        assert bob.get(f"/settings/people/{dora.pk}/{deed}/").headers["Location"] == f"/settings/people/{dora.pk}/"
    assert bob.get(f"/settings/people/{dora.pk}/reactivate/").status_code == 405


def test_publishes_the_matrix_to_everybody(alice: Client, bob: Client, charlie: Client) -> None:
    pages = [client.get("/settings/people/roles/") for client in (alice, bob, charlie)]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert "You are Viewer" in pages[2].content.decode()
    assert Client().get("/settings/people/roles/").status_code == 302


def test_reads_the_matrix_from_the_groups(charlie: Client) -> None:
    Group.objects.get(name="Recruiter").permissions.clear()

    rows = {row.words: dict(row.cells) for row in roles.matrix()}

    assert not any(cells["Recruiter"] for cells in rows.values())
    assert all(cells["Admin"] for cells in rows.values())


def test_has_words_for_every_permission_a_role_has() -> None:
    assert [row.words for row in roles.matrix()] == list(roles.WORDS)


def test_prints_the_matrix_that_holds() -> None:
    section = DOCUMENT.read_text().split("## Who may do what")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "✓" in line]
    printed = {row[0]: [bool(cell) for cell in row[1:]] for row in cells}

    assert printed == {row.words: [may for _, may in row.cells] for row in roles.matrix()}
    assert re.search(r"\| Viewer \| Recruiter \| Admin \|", section)
