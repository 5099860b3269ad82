"""Guessing what a file's columns hold."""

import pytest

from candidates.imports import columns


def guess(headers: str, *rows: str) -> dict[str, str]:
    names = headers.split(",")
    found = columns.guess(names, [row.split(",") for row in rows])
    return {field: names[column] for field, column in found.items()}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        # As exported by Greenhouse, Lever, Workable, Ashby, Google Contacts, Outlook and LinkedIn.
        (
            "Candidate ID,First Name,Last Name,Email,Phone,Job,Recruiter",
            "first_name last_name email phone positions owner",
        ),
        ("Candidate Name,Primary Email,Phone,Posting,Owner,Stage", "name email phone positions owner"),
        ("Name,Email,Phone,Job,Created at", "name email phone positions"),
        ("Candidate Name,Primary Email Address,Primary Phone Number,Job Title", "name email phone positions"),
        ("Given Name,Family Name,E-mail 1 - Value,Phone 1 - Value,Notes", "first_name last_name email phone notes"),
        ("First Name,Last Name,E-mail Address,Mobile Phone", "first_name last_name email phone"),
        ("First Name,Last Name,Email Address,Company", "first_name last_name email"),
        ("FIRST_NAME,last-name,e.mail,Time_Zone", "first_name last_name email timezone"),
        ("Vorname,Nachname,E-Mail-Adresse,Telefon,Stelle", "first_name last_name email phone positions"),
        ("Prénom,Nom,Courriel,Téléphone", "first_name last_name email"),
        ("氏名,メールアドレス,電話", "name email phone"),
    ],
)
def test_knows_the_headers_of_common_exports(headers: str, expected: str) -> None:
    assert set(expected.split()) <= set(guess(headers))


def test_prefers_the_better_of_two_headers() -> None:
    assert guess("Secondary email,Email,Home phone,Phone")["email"] == "Email"
    assert guess("Home phone,Phone,Email")["phone"] == "Phone"


def test_takes_a_header_that_contains_the_word() -> None:
    assert guess("Candidate’s e-mail (work),Name")["email"] == "Candidate’s e-mail (work)"


def test_takes_name_for_the_last_one_beside_a_lone_first_name() -> None:
    assert guess("Name,Vorname,E-Mail") == {"last_name": "Name", "first_name": "Vorname", "email": "E-Mail"}


def test_takes_the_whole_name_where_there_are_also_parts() -> None:
    assert guess("First name,Last name,Full name,Email") == {"name": "Full name", "email": "Email"}


def test_looks_into_the_cells_where_headers_say_nothing() -> None:
    found = guess("A,B,C", "x1,zoe@example.org,+49 30 5550 1122", "x2,sam@example.org,+1 202 555 0143")

    assert found == {"email": "B", "phone": "C"}


def test_finds_names_without_headers() -> None:
    assert guess("Column 1,Column 2", "Zoë Quill,zoe@example.org", "Sam van Poe,sam@example.org")["name"] == "Column 1"


def test_gives_no_column_away_twice() -> None:
    found = columns.guess(["Email", "Contact"], [["a@example.org", "b@example.org"]])

    assert len(set(found.values())) == len(found)
