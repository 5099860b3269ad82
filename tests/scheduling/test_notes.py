"""A candidate's notes, tags and owner: who may change which, and what the time line tells of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate, Note, Tag
from scheduling.services import candidates as service
from tests.factories import CandidateFactory, make_user
from tests.scheduling.conftest import signed_in

pytestmark = pytest.mark.databases


@pytest.fixture
def candidate(db: None) -> Candidate:
    return CandidateFactory(name="Zoë Quill")


@pytest.fixture
def note(candidate: Candidate, recruiter: User) -> Note:
    """A note of Alice's."""
    return Note.objects.create(candidate=candidate, author=recruiter, text="Prefers mornings")


def page_of(client: Client, candidate: Candidate) -> str:
    return client.get(f"/candidates/{candidate.pk}/").content.decode()


def write(client: Client, candidate: Candidate, text: str) -> Any:
    return client.post(f"/candidates/{candidate.pk}/notes/", {"text": text}, follow=True)


def do(client: Client, note: Note, what: str, **data: str) -> Any:
    return client.post(f"/candidates/notes/{note.pk}/{what}/", data, follow=True)


# Notes


def test_shows_a_note_among_what_happened(alice: Client, recruiter: User, candidate: Candidate) -> None:
    service.note_added(candidate, by=recruiter)
    write(alice, candidate, " Prefers <b>mornings</b>\nand tea ")
    service.archive(candidate, by=recruiter)

    page = page_of(alice, candidate)

    note = Note.objects.get()
    assert (note.text, note.author) == ("Prefers <b>mornings</b>\nand tea", recruiter)
    assert page.index("Candidate archived") < page.index("Prefers &lt;b&gt;mornings") < page.index("Candidate added")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  \n ", "Write something, or go back."),
        ("x" * 10_001, "at most 10,000 characters"),
        ("a\0b", "Null characters are not allowed"),
    ],
)
def test_gives_back_a_note_it_cannot_keep(alice: Client, candidate: Candidate, text: str, words: str) -> None:
    response = write(alice, candidate, text)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Note.objects.exists()


def test_edits_a_note_and_says_so(alice: Client, note: Note) -> None:
    assert "Prefers mornings" in alice.get(f"/candidates/notes/{note.pk}/edit/").content.decode()

    page = do(alice, note, "edit", text="Prefers evenings").content.decode()

    assert "Prefers evenings" in page
    assert "· edited <time" in page


def test_leaves_a_note_that_was_saved_as_it_was(alice: Client, note: Note) -> None:
    do(alice, note, "edit", text="Prefers mornings")

    note.refresh_from_db()
    assert note.edited_at is None


def test_deletes_a_note_and_brings_it_back(alice: Client, charlie: Client, note: Note) -> None:
    page = do(alice, note, "delete").content.decode()
    assert "Prefers mornings" not in page
    assert f"/candidates/notes/{note.pk}/restore/" in page
    assert "Note deleted" not in page_of(charlie, note.candidate)

    assert "Prefers mornings" in do(alice, note, "restore").content.decode()


def test_forgets_to_offer_a_note_deleted_long_ago(alice: Client, note: Note) -> None:
    Note.objects.update(deleted_at=timezone.now() - timedelta(hours=2))

    assert "Note deleted" not in page_of(alice, note.candidate)


def test_leaves_anybodys_notes_to_administrators(note: Note, bob: Client) -> None:
    other = signed_in(make_user("dora", "Recruiter"))

    assert f"/candidates/notes/{note.pk}/" not in page_of(other, note.candidate)
    for what in ("edit", "delete", "restore"):
        assert do(other, note, what, text="Mine now").status_code == 403
    note.refresh_from_db()
    assert (note.text, note.deleted_at) == ("Prefers mornings", None)

    assert "Corrected" in do(bob, note, "edit", text="Corrected").content.decode()
    assert do(bob, note, "delete").status_code == 200


def test_updates_open_pages_when_notes_change(alice: Client, note: Note) -> None:
    address = f"/candidates/{note.candidate_id}/?live=1"

    for what in ("edit", "delete", "restore"):
        etag = alice.get(address)["ETag"]
        assert alice.get(address, headers={"if-none-match": etag}).status_code == 304
        do(alice, note, what, text="Prefers evenings")
        assert alice.get(address, headers={"if-none-match": etag}).status_code == 200


# Tags


def tag(client: Client, candidate: Candidate, name: str) -> str:
    return client.post(f"/candidates/{candidate.pk}/tags/", {"name": name}, follow=True).content.decode()


def test_tags_by_a_word_whatever_its_case(alice: Client, candidate: Candidate) -> None:
    other = CandidateFactory()
    tag(alice, other, "Senior")
    tag(alice, candidate, "  senior ")
    page = tag(alice, candidate, "SENIOR")

    assert [known.name for known in Tag.objects.all()] == ["Senior"]
    assert candidate.timeline.get().detail == "tags, added “Senior”"
    assert '<option value="Senior">' in page


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "Enter a tag."), ("  ", "Enter a tag."), ("\u200b", "Enter a tag."), ("x" * 41, "at most 40 characters")],
)
def test_says_what_is_no_tag(alice: Client, candidate: Candidate, name: str, words: str) -> None:
    assert words in tag(alice, candidate, name)
    assert not Tag.objects.exists()


def test_gives_a_tag_back_from_the_notice(alice: Client, candidate: Candidate) -> None:
    tag(alice, candidate, "senior")
    path = f"/candidates/{candidate.pk}/tags/{Tag.objects.get().pk}"

    page = alice.post(f"{path}/remove/", follow=True).content.decode()
    alice.post(f"{path}/restore/")

    assert f'action="{path}/restore/"' in page
    assert [known.name for known in candidate.tags.all()] == ["senior"]


def test_takes_a_tag_away(alice: Client, candidate: Candidate) -> None:
    tag(alice, candidate, "senior")
    path = f"/candidates/{candidate.pk}/tags/{Tag.objects.get().pk}/remove/"

    for _ in range(2):
        assert "no longer tagged “senior”" in alice.post(path, follow=True).content.decode()

    assert not candidate.tags.exists()
    assert [entry.detail for entry in candidate.timeline.order_by("pk")] == [
        "tags, added “senior”",
        "tags, removed “senior”",
    ]


def test_lists_candidates_by_tag(alice: Client, candidate: Candidate) -> None:
    CandidateFactory(name="Somebody Else")
    tag(alice, candidate, "senior")

    page = alice.get("/candidates/", {"tag": Tag.objects.get().pk}).content.decode()

    assert "Zoë Quill" in page
    assert "Somebody Else" not in page
    assert '<a class="chip" href="?">Tag: senior ✕' in page
    assert '<span class="tag">senior</span>' in page
    assert "Somebody Else" in alice.get("/candidates/?tag=x").content.decode()


# The owner


def own(client: Client, candidate: Candidate, owner: object) -> str:
    return client.post(f"/candidates/{candidate.pk}/owner/", {"owner": owner}, follow=True).content.decode()


def test_changes_the_owner_and_tells_it(alice: Client, candidate: Candidate) -> None:
    dora = make_user("dora", "Recruiter")

    for _ in range(2):
        own(alice, candidate, dora.pk)
    assert Candidate.objects.get().owner == dora
    own(alice, candidate, "")

    assert Candidate.objects.get().owner is None
    assert [entry.detail for entry in candidate.timeline.order_by("pk")] == ["owner, now Dora", "owner, now nobody"]


def test_gives_candidates_to_nobody_who_left(alice: Client, candidate: Candidate) -> None:
    dora = make_user("dora", "Recruiter")
    User.objects.filter(pk=dora.pk).update(is_active=False)

    assert "Choose somebody from the list." in own(alice, candidate, dora.pk)

    candidate.refresh_from_db()
    assert candidate.owner is None


# Everybody


@pytest.mark.parametrize(
    "path",
    [
        "{candidate}/notes/",
        "notes/{note}/edit/",
        "notes/{note}/delete/",
        "notes/{note}/restore/",
        "{candidate}/tags/",
        "{candidate}/tags/{tag}/remove/",
        "{candidate}/owner/",
    ],
)
def test_not_for_charlie(charlie: Client, note: Note, path: str) -> None:
    known = Tag.objects.create(name="senior")
    note.candidate.tags.add(known)
    # Not even where the note is Charlie's own, from when he was a recruiter.
    Note.objects.update(author=User.objects.get(email="charlie@example.org"))
    address = path.format(candidate=note.candidate_id, note=note.pk, tag=known.pk)

    response = charlie.post(f"/candidates/{address}", {"text": "x", "name": "x", "owner": ""})

    assert response.status_code == 403
    page = page_of(charlie, note.candidate)
    assert f"/candidates/{address}" not in page
    assert "Prefers mornings" in page


# It empties all tables when it ends, roles too: with the others that do.
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_keeps_what_stood_in_the_one_field() -> None:
    before = [("candidates", "0002_import"), ("scheduling", "0005_outcomes")]
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    old = executor.migrate(before).apps.get_model("candidates", "Candidate")
    with_note = old.objects.create(name="Zoë", email="zoe@example.org", notes="Nice\nand kind")
    old.objects.create(name="Ada", email="ada@example.org")
    try:
        executor.loader.build_graph()
        executor.migrate(latest)
        kept = Note.objects.get()
        assert (kept.candidate_id, kept.text, kept.created_at) == (with_note.pk, "Nice\nand kind", with_note.created_at)

        executor.loader.build_graph()
        back = executor.migrate(before).apps.get_model("candidates", "Candidate")
        assert sorted(back.objects.values_list("notes", flat=True)) == ["", "Nice\nand kind"]
    finally:
        executor.loader.build_graph()
        executor.migrate(latest)
