"""The words people are found by."""

import pytest

from candidates import words


def finds(text: str, *, name: str = "", email: str = "", phone: str = "") -> bool:
    """Whether what was typed finds this person."""
    known = words.of_person(name, email, phone)
    return any(
        all(any(word.startswith(part) for word in known) for part in alternative) for alternative in words.typed(text)
    )


@pytest.mark.parametrize("text", ["zoe", "ZOË", "zoë q", "quill zoe", "Quïll", "z"])
def test_finds_names_whatever_their_accents_and_order(text: str) -> None:
    assert finds(text, name="Zoë Quill")


@pytest.mark.parametrize("text", ["uill", "oe", "zoe x", "quillz"])
def test_finds_words_by_their_beginning_only(text: str) -> None:
    assert not finds(text, name="Zoë Quill")


@pytest.mark.parametrize("text", ["o'brien", "obrien", "brien", "O’Brien", "anne-marie", "annemarie", "marie"])
def test_finds_names_of_several_parts_written_either_way(text: str) -> None:
    assert finds(text, name="Anne-Marie O’Brien")


@pytest.mark.parametrize("text", ["ann.lee", "lee", "ANN.LEE+jobs@mail.example.org", "ann.lee+", "example", "jobs"])
def test_finds_addresses_by_their_parts(text: str) -> None:
    assert finds(text, email="ann.lee+jobs@mail.example.org")


def test_finds_everybody_of_a_domain() -> None:
    assert finds("@mail.exa", email="ann@mail.example.org")
    assert not finds("@example", email="ann@mail.example.org")


@pytest.mark.parametrize("text", ["+49 30 123456", "030123456", "30 123", "+49 (30) 12", "123 456", "49-30"])
def test_finds_phone_numbers_as_people_write_them(text: str) -> None:
    assert finds(text, phone="+4930123456")


@pytest.mark.parametrize("text", ["王", "小明", "明", "王小明"])
def test_finds_names_written_without_spaces_from_any_place(text: str) -> None:
    assert finds(text, name="王小明")


@pytest.mark.parametrize(
    ("text", "name"),
    [("김민", "김민준"), ("민준", "김민준"), ("דוד", "דוד כהן"), ("محمد", "مُحَمَّد علي"), ("straße", "Ann STRASSE")],
)
def test_finds_names_in_other_scripts(text: str, name: str) -> None:
    assert finds(text, name=name)


@pytest.mark.parametrize("text", ["", " ", "\u202e", "\u200d"])
def test_looks_for_nothing_when_nothing_was_typed(text: str) -> None:
    assert words.typed(text) == []


@pytest.mark.parametrize("name", ["x" * 10_000, "a " * 5_000, "王" * 5_000, "a-" * 5_000, "\u202e" * 100, "👩‍💻" * 300])
def test_costs_little_for_hostile_names(name: str) -> None:
    found = words.of_person(name, "a@b.c")

    assert len(found) <= words.MOST_WORDS
    assert all(len(word) <= words.MOST_BYTES for word in found)


def test_knows_which_word_begins_the_name() -> None:
    assert [word for word, is_first in words.of_person("Ann Lee", "lee@x.y").items() if is_first] == [b"ann"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Zoë Quill", b"zoe quill"),
        ("  ZOE\u00a0 \u202equill\u200d ", b"zoe quill"),
        ("(Bob) O’Brien", "bob) o’brien".encode()),
        ("*** Bob", b"*** bob"),
        ("\u202e Bob", b"bob"),
        ("¨ Bob", b"bob"),
        ("STRASSER", b"strasser"),
        ("", b""),
        ("x" * 10_000, b"x" * words.MOST_BYTES),
    ],
)
def test_puts_names_side_by_side_whatever_their_accents_and_letter_case(name: str, expected: bytes) -> None:
    assert words.sort_name(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "Ann Lee",
        "O’Brien",
        "(Bob) X",
        "*** Bob",
        "*\u00a8*bob",
        "\u00a8 Bob",
        "王小明",
        "_x_ y",
        "a@b c",
        "x" * 90,
        "🙂",
    ],
)
def test_begins_with_the_word_that_begins_the_name(name: str) -> None:
    first = [word for word, is_first in words.of_person(name, "").items() if is_first]

    assert first
    assert words.sort_name(name).startswith(first[0])
