"""Importing candidates from a file, over HTTP: the preview, the run, the rejected rows, and taking it back."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candidates.imports import plan
from candidates.models import Candidate, CandidateImport, ImportFile, ImportRow, Note, Position
from scheduling.models import TimelineEntry
from scheduling.services import import_progress, import_runs, imports
from tests.factories import CandidateFactory, LinkFactory, PositionFactory, make_interview, make_user
from tests.scheduling.conftest import signed_in

pytestmark = pytest.mark.databases

State = CandidateImport.State
HEAD = "Name,Email,Phone,Time zone,Position,Owner,Notes"
ZOE = "Zoë Quill,zoe@example.org,+49 30 123456,Europe/Berlin,,,Nice"
SAM = "Sam Poe,sam@example.org,,,,,"


def upload(client: Client, content: str | bytes, name: str = "people.csv") -> Any:
    data = content if isinstance(content, bytes) else content.encode()
    return client.post("/candidates/import/upload/", {"file": SimpleUploadedFile(name, data)}, follow=True)


def table(*lines: str) -> str:
    return "\r\n".join(lines)


def form(row: CandidateImport, **choices: Any) -> dict[str, Any]:
    """What the preview's form sends unless somebody chooses otherwise."""
    sent = {f"column_{name}": column for name, column in row.mapping.items()}
    sent |= {"encoding": row.encoding, "delimiter": row.delimiter, "owner": row.owner_id or ""}
    sent |= {"digest": plan.digest(row.expected), "header_row": row.header_row}
    return {name: value for name, value in {**sent, **choices}.items() if value is not None}


def choose(client: Client, row: CandidateImport, **choices: Any) -> Any:
    response = client.post(f"/candidates/import/{row.pk}/columns/", form(row, **choices), follow=True)
    row.refresh_from_db()
    return response


def run(client: Client, row: CandidateImport, **choices: Any) -> Any:
    """Press the button, and let the worker act."""
    response = client.post(f"/candidates/import/{row.pk}/run/", form(row, **choices), follow=True)
    imports.advance(row.pk)
    row.refresh_from_db()
    return response


def import_(client: Client, *lines: str, **choices: Any) -> CandidateImport:
    """All steps: upload, choose, run."""
    upload(client, table(HEAD, *lines))
    row = CandidateImport.objects.latest("pk")
    if choices:
        choose(client, row, **choices)
    run(client, row, **choices)
    assert row.state == State.DONE
    return row


def undo(client: Client, row: CandidateImport) -> CandidateImport:
    client.post(f"/candidates/import/{row.pk}/undo/")
    imports.advance(row.pk)
    row.refresh_from_db()
    return row


def counts(row: CandidateImport) -> tuple[int, int, int, int]:
    return row.created_count, row.updated_count, row.skipped_count, row.rejected_count


# The file


def test_shows_what_a_file_would_do_and_does_nothing_yet(alice: Client) -> None:
    page = upload(alice, table(HEAD, ZOE, SAM, "Nobody,,,,,,")).content.decode()

    row = CandidateImport.objects.get()
    assert (row.state, row.row_count, row.expected["created"], row.expected["rejected"]) == (State.MAPPED, 3, 2, 1)
    assert "Zoë Quill" in page
    assert "Enter an e-mail address." in page
    assert "Add 2" in page
    assert Candidate.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty."),
        (b"PK\x03\x04[Content_Types].xml", "This is an Excel workbook; save it as CSV"),
        (b"%PDF-1.4", "This is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "This is a picture"),
        (b"Name,Email\r\n", "no row with a candidate"),
        (b"n,e\n" + b"a,b\n" * 50_001, "more than 50,000 rows"),
        (b"x" * (20 * 1024 * 1024 + 1), "larger than 20 MB"),
    ],
)
def test_refuses_politely_and_keeps_nothing(alice: Client, content: bytes, words: str) -> None:
    response = upload(alice, content)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert (CandidateImport.objects.count(), ImportFile.objects.count()) == (0, 0)


def test_asks_for_a_file(alice: Client) -> None:
    response = alice.post("/candidates/import/upload/", {})

    assert response.status_code == 422
    assert "Choose a file." in response.content.decode()


def test_asks_which_columns_when_it_cannot_tell(alice: Client) -> None:
    page = upload(alice, "A;B\nZoe;not an address\n").content.decode()
    row = CandidateImport.objects.get()
    assert row.state == State.UPLOADED
    assert "Choose the columns." in page

    response = choose(alice, row)
    assert response.status_code == 422
    assert "Choose the column with the e-mail address." in response.content.decode()

    choose(alice, row, column_name=0, column_email=1)
    assert row.state == State.MAPPED


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"column_phone": 0}, "This column is chosen twice."),
        ({"column_phone": 77}, "Choose one of the file’s columns."),
        ({"column_first_name": 3}, "Choose either the whole name or its parts."),
        ({"encoding": "rot13"}, "Select a valid choice"),
        ({"header_row": 7}, "Select a valid choice"),
        ({"header_row": "x"}, "Select a valid choice"),
        ({"position": 77}, "Select a valid choice"),
        ({"owner": 77}, "Choose somebody from the list."),
    ],
)
def test_says_what_is_wrong_with_a_choice(alice: Client, choices: dict[str, Any], words: str) -> None:
    upload(alice, table(HEAD, ZOE))
    row = CandidateImport.objects.get()

    response = choose(alice, row, **choices)

    assert response.status_code == 422
    assert words in response.content.decode()


def test_reads_the_file_anew_with_another_encoding_and_delimiter(alice: Client) -> None:
    upload(alice, "Name;Email\nZo\xeb;zoe@example.org\n".encode("cp1252"))
    row = CandidateImport.objects.get()

    choose(alice, row, encoding="cp1251")
    assert "Zoл" in alice.get(f"/candidates/import/{row.pk}/").content.decode()
    choose(alice, row, delimiter="|")
    assert row.state == State.UPLOADED
    choose(alice, row, delimiter=";", encoding="cp1252", column_name=None, column_email=None)

    assert (row.state, row.mapping) == (State.MAPPED, {"name": 0, "email": 1})


def test_leaves_out_what_stands_above_the_names_of_the_columns(alice: Client) -> None:
    page = upload(
        alice, table("Open candidates", "as of,28 November", "", HEAD, ZOE, SAM, "Nobody,,,,,,")
    ).content.decode()
    row = CandidateImport.objects.get()

    run(alice, row)

    assert "Row 4 names the columns; what stands above it is left out." in page
    assert f'<option value="4" selected>Row 4: {HEAD.replace(",", " · ")}</option>' in page
    assert counts(row) == (2, 0, 0, 1)
    rejected = b"".join(alice.get(f"/candidates/import/{row.pk}/rejected/")).decode()
    assert rejected.splitlines()[0] == f"\ufeff{HEAD},Reason"
    assert "Open candidates" not in rejected


def test_reads_the_file_anew_with_other_names_of_the_columns(alice: Client) -> None:
    upload(alice, table("Zoe Quill,zoe@example.org", "Name,Email", "Sam Poe,sam@example.org"))
    row = CandidateImport.objects.get()
    assert (row.header_row, row.row_count) == (2, 1)

    choose(alice, row, header_row=0)
    page = alice.get(f"/candidates/import/{row.pk}/").content.decode()

    assert (row.state, row.row_count, row.expected["created"], row.expected["rejected"]) == (State.MAPPED, 3, 2, 1)
    assert "left out" not in page
    assert "Column 2 (zoe@example.org)" in page


def test_previews_changed_choices_before_it_imports(alice: Client) -> None:
    CandidateFactory(email="zoe@example.org")
    upload(alice, table(HEAD, ZOE))
    row = CandidateImport.objects.get()

    page = run(alice, row, update_existing="on").content.decode()

    assert "Nothing is imported yet" in page
    assert (row.state, row.expected["updated"]) == (State.MAPPED, 1)


def test_shows_what_a_file_would_do_as_of_now(alice: Client) -> None:
    upload(alice, table(HEAD, ZOE, SAM))
    row = CandidateImport.objects.get()
    CandidateFactory(email="zoe@example.org")

    page = alice.get(f"/candidates/import/{row.pk}/").content.decode()

    assert re.search(r"Add 1\s*</button>", page)
    row.refresh_from_db()
    assert (row.expected["created"], row.expected["skipped"]) == (1, 1)


def test_imports_nothing_when_the_outcome_is_another_than_was_shown(alice: Client) -> None:
    upload(alice, table(HEAD, ZOE, SAM))
    row = CandidateImport.objects.get()
    CandidateFactory(email="zoe@example.org")

    page = run(alice, row).content.decode()

    assert "Nothing is imported yet: something changed here meanwhile." in page
    assert (row.state, row.expected["created"]) == (State.MAPPED, 1)
    run(alice, row)
    assert counts(row) == (1, 0, 1, 0)


@pytest.mark.parametrize("change", [{"name": "Zoe"}, {"archived_at": timezone.now()}])
def test_looks_again_when_somebody_here_changed(alice: Client, change: dict[str, Any]) -> None:
    person = CandidateFactory(name="Zoë Quill", email="zoe@example.org")
    upload(alice, table(HEAD, "Zoë Quill,zoe@example.org,,,,,"))
    row = CandidateImport.objects.get()
    choose(alice, row, update_existing="on")
    before = row.expected["stamp"]

    Candidate.objects.filter(pk=person.pk).update(updated_at=timezone.now(), **change)
    alice.get(f"/candidates/import/{row.pk}/")

    row.refresh_from_db()
    assert row.expected["stamp"] != before


def test_lists_what_there_is_to_import_and_what_was_taken_back(alice: Client) -> None:
    undo(alice, import_(alice, ZOE, SAM))
    upload(alice, table(HEAD, "Nobody,,,,,,"))

    page = alice.get("/candidates/import/").content.decode()

    assert "Nothing to import" in page
    assert "Ready to import" not in page
    assert "2 undone" in page
    assert 'data-label="Added">2<' not in page
    assert 'data-label="Skipped">0<' in page


def test_forgets_a_file(alice: Client) -> None:
    upload(alice, table(HEAD, ZOE))

    alice.post(f"/candidates/import/{CandidateImport.objects.get().pk}/discard/")

    assert (CandidateImport.objects.count(), ImportFile.objects.count()) == (0, 0)


# Rows


def test_adds_candidates_with_all_their_facts(alice: Client) -> None:
    position = PositionFactory(title="Designer", location="Berlin")
    everyones = PositionFactory()
    bob = make_user("bob", "Recruiter")

    import_(
        alice,
        'Zoë  Quill,Zoe@Example.org,+49 30 123456,europe/berlin,"designer, berlin",BOB@example.org,Nice',
        position=everyones.pk,
    )

    candidate = Candidate.objects.get()
    assert (candidate.name, candidate.email, str(candidate.phone)) == ("Zoë Quill", "zoe@example.org", "+49 30 123456")
    assert (candidate.timezone, candidate.owner) == ("Europe/Berlin", bob)
    assert [(note.text, note.author) for note in candidate.notes.all()] == [
        ("Nice", CandidateImport.objects.get().created_by)
    ]
    assert set(candidate.positions.all()) == {position, everyones}
    entry = candidate.timeline.get()
    assert (entry.kind, entry.detail) == (TimelineEntry.Kind.CANDIDATE_ADDED, "from people.csv")
    assert "Candidate added from people.csv" in alice.get(f"/candidates/{candidate.pk}/").content.decode()


def test_joins_first_and_last_name(alice: Client) -> None:
    upload(alice, "Vorname;Name;E-Mail\nZoë;Quill;zoe@example.org\n")
    run(alice, CandidateImport.objects.get())

    assert Candidate.objects.get().name == "Zoë Quill"


def test_gives_nobody_to_who_may_only_look(alice: Client) -> None:
    viewer = make_user("viewer", "Viewer")
    page = upload(alice, table(HEAD, ZOE)).content.decode()
    row = CandidateImport.objects.get()

    response = choose(alice, row, owner=viewer.pk)

    assert response.status_code == 422
    assert "Choose somebody from the list." in response.content.decode()
    assert row.owner != viewer
    assert ">Alice</option>" in page
    assert ">Viewer</option>" not in page


def test_gives_them_the_chosen_owner(alice: Client) -> None:
    bob = make_user("bob", "Recruiter")

    import_(alice, ZOE, SAM, owner=bob.pk)

    assert set(Candidate.objects.values_list("owner", flat=True)) == {bob.pk}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (",a@example.org,,,,,", "Name: Enter the candidate’s name."),
        ("\u202e\u2069,a@example.org,,,,,", "Name: Enter the candidate’s name."),
        ("A,,,,,,", "Email: Enter an e-mail address."),
        ("A,nonsense,,,,,", "Email: Enter an address such as name@example.com."),
        ("A,a@example.org,030 123,,,,", "Phone: Enter the number in the international form"),
        ("A,a@example.org,,Moon/Base,,,", "Time zone: “Moon/Base” is no time zone such as Europe/Berlin."),
        ("A,a@example.org,,,Astronaut,,", "Considered for: there is no position “Astronaut”."),
        ("A,a@example.org,,,Welder,,", "Considered for: the position “Welder” is closed."),
        ("A,a@example.org,,,Cook,,", "Considered for: there are several positions “Cook”"),
        (
            "A,a@example.org,,,,nobody@example.org,",
            "Owner: nobody who can own candidates has the address “nobody@example.org”.",
        ),
        (
            "A,a@example.org,,,,viewer@example.org,",
            "Owner: nobody who can own candidates has the address “viewer@example.org”.",
        ),
        ("A,a@example.org,,,,," + "x" * 10_001, "Notes: A note has at most 10,000 characters. Shorten it."),
        ("x" * 201 + ",a@example.org,,,,,", "Name: A name has at most 200 characters. Shorten it."),
        ("A\0,a@example.org,,,,,", "Name: There is a character that cannot be kept (a null)."),
        ("A,a@example.org,,,,,,,surplus", "The row has 9 cells, there are 7 columns."),
        ("zoe again,ZOE@example.org,,,,,", "Email: same address as row 2."),
    ],
)
def test_rejects_a_row_and_says_why_beside_the_cell(alice: Client, line: str, words: str) -> None:
    PositionFactory(title="Welder", closed_at=timezone.now())
    PositionFactory(title="Cook", location="Berlin")
    PositionFactory(title="Cook", location="Paris")
    make_user("viewer", "Viewer")

    preview = upload(alice, table(HEAD, ZOE, line)).content.decode()
    row = CandidateImport.objects.get()
    run(alice, row)

    said = words.partition(": ")[2] or words
    assert said.lower() in preview.lower()
    assert counts(row) == (1, 0, 0, 1)
    assert words in row.rows.get(state="rejected").problem


def test_does_not_take_letters_it_cannot_read(alice: Client) -> None:
    upload(alice, "Name;Email\nÄÖÜ äöü ß éèê çñå;a@example.org\n".encode() + b"Bro\xffken;b@example.org\n")

    assert "some letters cannot be read" in CandidateImport.objects.get().expected["problems"][0]["words"]


def test_makes_missing_positions_when_asked_to(alice: Client) -> None:
    lines = ["A,a@example.org,,,Astronaut; Pilot,,", "B,b@example.org,,,astronaut,,"]

    row = import_(alice, *lines, make_positions="on")

    assert sorted(Position.objects.values_list("title", flat=True)) == ["Astronaut", "Pilot"]
    assert counts(row) == (2, 0, 0, 0)
    assert Position.objects.get(title="Astronaut").candidates.count() == 2


def test_skips_who_is_here_already(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoe", email="zoe@example.org")

    row = import_(alice, ZOE.replace("zoe@", "ZOE@"))

    assert counts(row) == (0, 0, 1, 0)
    assert row.rows.get().problem == "Already a candidate."
    candidate.refresh_from_db()
    assert candidate.name == "Zoe"


def test_updates_and_erases_nothing_with_empty_cells(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoe", email="zoe@example.org", timezone="Europe/Paris")

    row = import_(alice, "Zoë Quill,zoe@example.org,+49 30 123456,,,,", update_existing="on")

    candidate.refresh_from_db()
    assert counts(row) == (0, 1, 0, 0)
    assert (candidate.name, str(candidate.phone)) == ("Zoë Quill", "+49 30 123456")
    assert (candidate.notes.count(), candidate.timezone) == (0, "Europe/Paris")
    assert candidate.timeline.get().detail == "name, phone, from people.csv"


def test_updates_nobody_whom_nothing_changes(alice: Client) -> None:
    import_(alice, ZOE)

    row = import_(alice, ZOE, update_existing="on")

    assert counts(row) == (0, 0, 1, 0)
    assert Candidate.objects.get().timeline.count() == 1


def test_leaves_the_archive_alone_and_says_so(alice: Client) -> None:
    CandidateFactory(name="Zoe", email="zoe@example.org", archived_at=timezone.now())

    page = upload(alice, table(HEAD, ZOE)).content.decode()
    row = CandidateImport.objects.get()
    choose(alice, row, update_existing="on")

    assert "1 is in the archive" in page
    assert row.expected["skipped"] == 1


# The run


def test_tells_how_far_it_has_come(alice: Client) -> None:
    row = import_(alice, ZOE, SAM, "Nobody,,,,,,")

    page = alice.get(f"/candidates/import/{row.pk}/").content.decode()
    assert "3 of 3 rows" in page
    assert "2 added, 0 updated, 0 skipped, 1 rejected" in page
    assert "It goes on" not in page
    assert "Sam Poe" not in alice.get(f"/candidates/import/{row.pk}/?state=rejected").content.decode()
    live = alice.get(f"/candidates/import/{row.pk}/?live=1")
    again = alice.get(f"/candidates/import/{row.pk}/?live=1", headers={"if-none-match": live["ETag"]})
    assert (live.status_code, again.status_code) == (200, 304)


def test_goes_on_after_a_crash_without_doing_a_row_twice(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "BATCH", 2)
    upload(alice, table(HEAD, *(f"C {n},c{n}@example.org,,,New,," for n in range(7)), "C 0,c0@example.org,,,,,"))
    row = CandidateImport.objects.get()
    choose(alice, row, make_positions="on")
    real, written = import_runs._write, []

    def dying(row: CandidateImport, batch: Any) -> bool:
        written.append(len(batch))
        if len(written) == 3:
            raise DatabaseError("the disk is full")
        return real(row, batch)

    monkeypatch.setattr(import_runs, "_write", dying)
    run(alice, row, make_positions="on")
    assert (row.state, row.created_count) == (State.FAILED, 4)
    assert "What was done so far is kept." in alice.get(f"/candidates/import/{row.pk}/").content.decode()

    alice.post(f"/candidates/import/{row.pk}/resume/")
    imports.advance(row.pk)
    row.refresh_from_db()

    assert (row.state, counts(row)) == (State.DONE, (7, 0, 0, 1))
    assert row.rows.get(state="rejected").problem == "Email: same address as row 2."
    assert (Candidate.objects.count(), Position.objects.count(), row.rows.count()) == (7, 1, 8)


def test_is_found_by_the_sweep_when_its_worker_died(alice: Client) -> None:
    upload(alice, table(HEAD, ZOE))
    row = CandidateImport.objects.get()
    imports.start(row)
    now = timezone.now()
    CandidateImport.objects.update(claimed_until=now + import_progress.CLAIM)

    imports.advance(row.pk)

    assert Candidate.objects.count() == 0
    assert imports.due(now=now) == []
    assert imports.due(now=now + 2 * import_progress.CLAIM) == [row.pk]


def test_runs_once_however_often_it_is_started(alice: Client) -> None:
    row = import_(alice, ZOE)

    for _ in range(2):
        run(alice, row)

    assert (Candidate.objects.count(), row.rows.count()) == (1, 1)


def test_decides_anew_when_somebody_adds_a_candidate_meanwhile(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(alice, table(HEAD, ZOE, SAM))
    real, calls = plan.decide, []

    def racing(*args: Any, **kwargs: Any) -> Any:
        decisions = real(*args, **kwargs)
        calls.append(1)
        if len(calls) == 1:
            # Seen too late: as if it had been added by another process just now.
            found = next(d for d in decisions if d.values.email == "zoe@example.org")
            found.values.email = "other@example.org"
            CandidateFactory(email="other@example.org")
        return decisions

    row = CandidateImport.objects.get()
    monkeypatch.setattr(plan, "decide", racing)
    imports.start(row)
    imports.advance(row.pk)
    row.refresh_from_db()

    assert (row.state, len(calls), sum(counts(row))) == (State.DONE, 2, 2)


def test_asks_the_database_the_same_whatever_the_number_of_rows(
    alice: Client, django_assert_max_num_queries: Any
) -> None:
    def lines(count: int, name: str) -> list[str]:
        return [f"C {n},{name}{n}@example.org,,,,," for n in range(count)]

    upload(alice, table(HEAD, *lines(5, "a")))
    with django_assert_max_num_queries(60) as few:
        run(alice, CandidateImport.objects.latest("pk"))
    # Each request starts the count anew.
    count = len(few)
    upload(alice, table(HEAD, *lines(100, "b")))

    with django_assert_max_num_queries(count + 5):
        run(alice, CandidateImport.objects.latest("pk"))


# The rejected rows


def rejected(client: Client, row: CandidateImport) -> list[list[str]]:
    response = client.get(f"/candidates/import/{row.pk}/rejected/")
    assert 'filename="rejected-people.csv"' in response["Content-Disposition"]
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_gives_the_rejected_rows_back_with_the_reason(alice: Client) -> None:
    row = import_(alice, ZOE, 'Bad,nonsense,,,,,"Two\nlines"', "Short,")

    found = rejected(alice, row)

    assert found[0] == [*HEAD.split(","), "Reason"]
    assert found[1] == ["Bad", "nonsense", "", "", "", "", "Two\nlines", found[1][-1]]
    assert "Enter an address such as name@example.com." in found[1][-1]
    assert found[2][0] == "Short"
    assert len(found[2]) == 8


def test_writes_nothing_a_spreadsheet_takes_for_a_formula(alice: Client) -> None:
    evil = ["=1+1", "+49 30 123456", "-2", "@SUM(A1)", " =1", "\t=1"]
    row = import_(alice, *(f'"{cell}",nonsense,,,,,"{cell}"' for cell in evil))

    cells = [cell for line in rejected(alice, row) for cell in line]

    assert [cell for cell in cells if cell.lstrip(" \t").startswith(("=", "+", "-", "@"))] == []


def test_takes_the_corrected_file_back(alice: Client) -> None:
    row = import_(alice, "Zoe,nonsense,+49 30 123456,,,,=note")
    lines = rejected(alice, row)
    lines[1][1] = "zoe@example.org"
    out = io.StringIO()
    csv.writer(out).writerows(lines)

    upload(alice, out.getvalue())
    run(alice, CandidateImport.objects.latest("pk"))

    candidate = Candidate.objects.get()
    assert (str(candidate.phone), candidate.notes.get().text) == ("+49 30 123456", "=note")


def test_has_no_file_when_nothing_was_rejected(alice: Client) -> None:
    assert alice.get(f"/candidates/import/{import_(alice, ZOE).pk}/rejected/").status_code == 404


# Undoing


def test_takes_back_whom_it_added(alice: Client) -> None:
    row = import_(alice, ZOE, "B,b@example.org,,,New,,", make_positions="on")

    undo(alice, row)

    assert (row.state, row.undone_count, row.kept_count) == (State.UNDONE, 2, 0)
    assert (Candidate.objects.count(), Position.objects.count(), TimelineEntry.objects.count()) == (0, 0, 0)
    assert "2 undone" in alice.get(f"/candidates/import/{row.pk}/").content.decode()


def test_keeps_and_names_those_something_happened_to(alice: Client) -> None:
    row = import_(
        alice, *(f"{name},{name}@example.org,,,,," for name in ("link", "talk", "edit", "admin", "gone", "away"))
    )
    person = {candidate.name: candidate for candidate in Candidate.objects.all()}
    LinkFactory(candidate=person["link"])
    make_interview(person["talk"])
    alice.post(f"/candidates/{person['edit'].pk}/edit/", {"name": "Edited", "email": "edit@example.org"})
    person["admin"].save()
    person["gone"].delete()

    undo(alice, row)

    assert set(Candidate.objects.values_list("name", flat=True)) == {"link", "talk", "Edited", "admin"}
    assert (row.undone_count, row.kept_count) == (2, 4)
    page = alice.get(f"/candidates/import/{row.pk}/?state=kept").content.decode()
    for words in ("There is a booking link.", "There is an interview.", "candidate edited.", "Edited since."):
        assert words in page


def test_restores_what_it_updated(alice: Client) -> None:
    old, other = PositionFactory(), PositionFactory(title="Other")
    candidate = CandidateFactory(name="Zoe", email="zoe@example.org", owner=None)
    Note.objects.create(candidate=candidate, text="Old")
    candidate.positions.add(old)
    line = "Zoë Quill,zoe@example.org,+49 30 123456,,Other,alice@example.org,New"
    row = import_(alice, line, update_existing="on")
    assert set(candidate.positions.all()) == {old, other}

    undo(alice, row)

    candidate.refresh_from_db()
    assert (candidate.name, str(candidate.phone), candidate.owner) == ("Zoe", "", None)
    assert [note.text for note in candidate.notes.all()] == ["Old"]
    assert list(candidate.positions.all()) == [old]
    assert "import of people.csv undone" in candidate.timeline.latest("pk").detail


def test_adds_a_note_to_those_it_updates_once(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoë Quill", email="zoe@example.org", phone="+49 30 123456")
    Note.objects.create(candidate=candidate, text="Old")

    import_(alice, ZOE, update_existing="on")
    again = import_(alice, ZOE, update_existing="on")

    assert [note.text for note in candidate.notes.all()] == ["Nice", "Old"]
    assert counts(again) == (0, 0, 1, 0)
    assert candidate.timeline.get().detail == "timezone, notes, from people.csv"


@pytest.mark.parametrize("what", ["add", "edit"])
def test_keeps_those_who_were_noted_since(alice: Client, what: str) -> None:
    row = import_(alice, ZOE)
    note = Note.objects.get()
    path = f"/candidates/{note.candidate_id}/notes/" if what == "add" else f"/candidates/notes/{note.pk}/edit/"
    alice.post(path, {"text": "Call back"})

    undo(alice, row)

    assert row.rows.get().problem == "There is a note."
    assert Candidate.objects.count() == 1


def test_undoes_an_import_from_when_notes_were_one_field(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoe", email="zoe@example.org")
    row = import_(alice, ZOE, update_existing="on")
    done = row.rows.get()
    done.before = {"positions": [], "fields": {"name": "Zoe", "notes": "Old"}}
    done.save()

    undo(alice, row)

    candidate.refresh_from_db()
    assert (row.state, candidate.name) == (State.UNDONE, "Zoe")


def test_leaves_an_update_that_was_changed_since(alice: Client) -> None:
    CandidateFactory(name="Zoe", email="zoe@example.org")
    row = import_(alice, ZOE, update_existing="on")
    candidate = Candidate.objects.get()
    candidate.name = "Zoë Third"
    candidate.save()

    undo(alice, row)

    candidate.refresh_from_db()
    assert (candidate.name, str(candidate.phone), row.kept_count) == ("Zoë Third", "+49 30 123456", 1)


def test_undoes_once(alice: Client) -> None:
    row = undo(alice, import_(alice, ZOE))
    CandidateFactory(email="zoe@example.org")

    undo(alice, row)

    assert (Candidate.objects.count(), row.undone_count) == (1, 1)


def test_undoes_the_newer_of_two_imports_first(alice: Client) -> None:
    first = import_(alice, ZOE)
    second = import_(alice, ZOE.replace("Quill", "Second"), update_existing="on")

    undo(alice, first)
    assert (first.undone_count, first.kept_count) == (0, 1)

    undo(alice, second)
    assert Candidate.objects.get().name == "Zoë Quill"


def test_keeps_a_position_somebody_else_uses_by_now(alice: Client) -> None:
    row = import_(alice, "B,b@example.org,,,New,,", make_positions="on")
    CandidateFactory().positions.add(Position.objects.get())

    undo(alice, row)

    assert Position.objects.get().title == "New"


def test_forgets_old_imports_and_abandoned_files(alice: Client) -> None:
    import_(alice, ZOE)
    upload(alice, table(HEAD, SAM))
    now = timezone.now()

    imports.prune(now=now + timedelta(days=8))
    assert CandidateImport.objects.get().state == State.DONE

    imports.prune(now=now + timedelta(days=91))
    assert (CandidateImport.objects.count(), ImportRow.objects.count(), Candidate.objects.count()) == (0, 0, 1)


# Who may, and what else people send


@pytest.mark.parametrize("path", ["", "{pk}/", "{pk}/rejected/"])
def test_is_not_shown_to_charlie(alice: Client, charlie: Client, path: str) -> None:
    row = import_(alice, ZOE, "Nobody,,,,,,")

    assert charlie.get(f"/candidates/import/{path.format(pk=row.pk)}").status_code == 403


@pytest.mark.parametrize("act", ["upload", "{pk}/columns", "{pk}/run", "{pk}/resume", "{pk}/undo", "{pk}/discard"])
def test_not_for_charlie(alice: Client, charlie: Client, act: str) -> None:
    upload(alice, table(HEAD, ZOE))
    row = CandidateImport.objects.get()

    assert charlie.post(f"/candidates/import/{act.format(pk=row.pk)}/", form(row)).status_code == 403
    row.refresh_from_db()
    assert row.state == State.MAPPED


def test_does_not_offer_charlie_the_link(alice: Client, charlie: Client) -> None:
    assert "/candidates/import/" in alice.get("/candidates/").content.decode()
    assert "/candidates/import/" not in charlie.get("/candidates/").content.decode()


def test_asks_strangers_to_sign_in(db: None) -> None:
    assert Client().get("/candidates/import/")["Location"].startswith("/accounts/login/")


def test_lists_imports_newest_first_at_a_fixed_cost(alice: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(3):
        upload(alice, table(HEAD, ZOE), name=f"file-{number}.csv")
    with django_assert_max_num_queries(15) as few:
        page = alice.get("/candidates/import/").content.decode()
    count = len(few)
    assert page.index("file-2.csv") < page.index("file-0.csv")
    for number in range(10):
        upload(alice, table(HEAD, ZOE), name=f"more-{number}.csv")

    with django_assert_max_num_queries(count):
        alice.get("/candidates/import/")


def test_survives_hostile_cells(alice: Client) -> None:
    evil = "<script>alert(1)</script>"
    page = upload(alice, table(f"Name,Email,{evil}", f"{evil},{evil}@example.org,\0")).content.decode()
    row = CandidateImport.objects.get()
    page += (
        run(alice, row).content.decode() + alice.get(f"/candidates/import/{row.pk}/?state=%00&page=x").content.decode()
    )

    assert evil not in page


LETTERS = st.text(st.characters(codec="utf-8"), max_size=12)
CELLS = st.one_of(
    LETTERS, st.sampled_from(["zoe@example.org", "ZOE@example.org", "+49 30 123456", '"', "=1", "\0", "a\nb"])
)
TABLES = st.lists(st.lists(CELLS, max_size=9), max_size=12)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp932", "gb18030"])


def written(rows: list[list[str]], delimiter: str, encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([HEAD.split(","), *rows])
    return out.getvalue().encode(encoding, "replace")


@pytest.fixture
def somebody(db: None) -> Client:
    return signed_in(make_user("somebody", "Recruiter"))


FILES = st.one_of(st.binary(max_size=400), st.builds(written, TABLES, st.sampled_from(",;\t|"), ENCODINGS))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=FILES)
def test_takes_any_file_without_breaking_and_its_counts_add_up(somebody: Client, content: bytes) -> None:
    CandidateImport.objects.all().delete()
    response = upload(somebody, content)

    assert response.status_code in (200, 422)
    row = CandidateImport.objects.first()
    if row is not None and row.state == State.MAPPED:
        assert row.expected["total"] == row.row_count
        before = Candidate.objects.count()
        run(somebody, row)
        assert row.state == State.DONE
        assert sum(counts(row)) == row.row_count == row.rows.count()
        assert Candidate.objects.count() == before + row.created_count == before + row.expected["created"]
        assert undo(somebody, row).state == State.UNDONE or not row.created_count
        assert Candidate.objects.count() == before
