"""Reading files as people's programs write them."""

import pytest

from candidates.imports import reading
from candidates.imports.reading import Format, Unreadable

TABLE = [["Name", "Email", "Notes"], ["Zoe Quill", "zoe@example.org", "Nice"], ["Sam Poe", "sam@example.org", ""]]
NAMES = {
    "cp1252": "Zoë Müller;François Lefèvre;María Peña;Åsa Öberg;Søren Kjær;João Conceição",
    "mac-roman": "Zoë Müller;François Lefèvre;María Peña;Åsa Öberg",
    "cp1250": "Łukasz Wiśniewski;Jiří Dvořák;Štěpán Růžička;Grażyna Wójcik",
    "cp1251": "Иван Петров;Мария Смирнова;Ольга Кузнецова",
    "cp1253": "Γιώργος Παπαδόπουλος;Μαρία Νικολάου",
    "cp1255": "דוד כהן;שרה לוי",
    "cp1256": "محمد علي;فاطمة حسن",
    "cp932": "山田太郎;佐藤花子;鈴木一郎",
    "gb18030": "王小明;李娜;张伟",
    "big5hkscs": "陳大文;林美玲",
    "cp949": "김민수;이영희",
}


def read(content: bytes) -> list[list[str]]:
    return [row.cells for row in reading.rows(content, reading.examine(content))]


def text(delimiter: str = ",", end: str = "\r\n") -> str:
    return end.join(delimiter.join(cells) for cells in TABLE) + end


@pytest.mark.parametrize("encoding", NAMES)
def test_reads_the_names_of_any_code_page(encoding: str) -> None:
    names = NAMES[encoding].split(";")
    lines = ["Name;Email", *(f"{name};person{number}@example.org" for number, name in enumerate(names))]

    rows = read("\r\n".join(lines).encode(encoding))

    assert [cells[0] for cells in rows] == names


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_reads_unicode_with_and_without_a_mark(encoding: str) -> None:
    assert read("Name;Email\nZoë 山田 Łukasz;zoe@example.org\n".encode(encoding)) == [
        ["Zoë 山田 Łukasz", "zoe@example.org"]
    ]


def test_finds_foreign_letters_far_down_the_file() -> None:
    plain = "".join(f"Candidate {number};c{number}@example.org\n" for number in range(9_000))

    rows = read(f"Name;Email\n{plain}Zoë Müller;zoe@example.org\n".encode("cp1252"))

    assert rows[-1][0] == "Zoë Müller"


def test_keeps_utf_8_with_one_broken_letter() -> None:
    rows = read(b"Name;Email\n" + "Zoë Müller é è ñ ç å ø;a@example.org\n".encode() * 3 + b"Bro\xffken;b@x.org\n")

    assert rows[0][0].startswith("Zoë Müller")
    assert rows[-1][0] == "Bro\ufffdken"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_finds_the_delimiter_whatever_ends_the_lines(delimiter: str, end: str) -> None:
    content = text(delimiter, end).encode()

    assert reading.examine(content).delimiter == delimiter
    assert read(content) == TABLE[1:]


def test_is_not_misled_by_commas_inside_cells() -> None:
    content = b"Name;Email\nQuill, Zoe;zoe@example.org\nPoe, Sam;sam@example.org\n"

    assert read(content)[0] == ["Quill, Zoe", "zoe@example.org"]


def test_obeys_excels_own_line() -> None:
    assert read(b'sep=|\r\nName|Email\r\n"A;B"|a@example.org\r\n') == [["A;B", "a@example.org"]]


def test_keeps_line_breaks_delimiters_and_quotation_marks_in_quotes() -> None:
    content = b'Name,Email,Notes\r\n"Quill, Zoe",zoe@example.org,"Two\r\nlines and ""marks"""\r\n'

    assert read(content) == [["Quill, Zoe", "zoe@example.org", 'Two\r\nlines and "marks"']]


def test_numbers_rows_as_a_spreadsheet_does() -> None:
    content = b"\nName,Email\n\nA,a@example.org\n,\nB,b@example.org"

    rows = list(reading.rows(content, reading.examine(content)))

    assert [row.number for row in rows] == [4, 6]


def test_tells_a_first_row_with_a_candidate_from_a_header() -> None:
    content = b"Zoe Quill,zoe@example.org\nSam Poe,sam@example.org\n"

    found = reading.examine(content)

    assert found.header_row == 0
    assert len(list(reading.rows(content, found))) == 2
    assert reading.head(content, found).headers == ["Column 1", "Column 2"]


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        (["Name,Email", "A,a@example.org"], 1),
        (["Open candidates", "28 November 2026", "", "Name,Email", "A,a@example.org"], 4),
        (["Exported by,anna@example.org,,", "Name,Email,Phone,Notes", "A,a@example.org,,"], 2),
        (["Report,Q4", "Wer,E-Mail", "A,a@example.org"], 2),
        (["Report", "Wer,Womit", "A,a@example.org"], 2),
        (["Report", "Wer", "A"], 1),
        (["A,a@example.org", "Email,b@example.org"], 0),
        (["A,nonsense", "B,b@example.org"], 1),
        (["x"] * 19 + ["Name,Email", "A,a@example.org"], 20),
    ],
)
def test_finds_the_row_that_names_the_columns(lines: list[str], row: int) -> None:
    content = "\n".join(lines).encode()

    found = reading.examine(content)
    head = reading.head(content, found)

    assert (found.delimiter, found.header_row, head.header_row) == (",", row, row)
    assert head.headers == (lines[row - 1].split(",") if row else ["Column 1", "Column 2"])
    assert [line.number for line in reading.rows(content, found)] == list(range(row + 1, len(lines) + 1))
    assert head.left_out == [number for number in range(1, row) if lines[number - 1]]


def test_takes_the_next_row_where_a_blank_one_should_name_the_columns() -> None:
    content = b"\n\nName,Email\nA,a@example.org\n"

    head = reading.head(content, reading.Format("utf-8-sig", ",", header_row=1))

    assert (head.headers, head.header_row, head.left_out) == (["Name", "Email"], 3, [])


def test_tells_columns_with_one_name_or_none_apart() -> None:
    content = b"Email,Email,,Name\na@example.org,b@example.org,x,A\n"

    assert reading.head(content, reading.examine(content)).headers == ["Email", "Email (2)", "Column 3", "Name"]


def test_reads_ragged_rows_and_null_characters() -> None:
    assert read(b"Name,Email,Notes\nA,a@example.org\nB\0,b@example.org,x,y,z\n") == [
        ["A", "a@example.org"],
        ["B\0", "b@example.org", "x", "y", "z"],
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "is empty"),
        (b"\xff\xfe\r\0\n\0", "is empty"),
        (b",,,\n,,\n", "no row with a candidate"),
        (b"PK\x03\x04\x14\0[Content_Types].xml xl/workbook.xml", "an Excel workbook; save it as CSV"),
        (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "OpenDocument"),
        (b"PK\x03\x04\x14\0candidates.csv", "compressed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook of the old kind"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"<html><table><tr><td>Name</td></tr></table></html>", "a web page"),
        (bytes(range(256)) * 40, "does not look like a text file"),
        (b'Name,Email\nA,a@example.org\n"B,b@example.org\nC,c@example.org\n', "row 3 is never closed"),
        (b'Name,Email\nA,a@example.org\n"B' + b"x" * 200_000, "a cell is far too long"),
        (b"x" * (20 * 1024 * 1024 + 1), "larger than 20 MB"),
        (b"Name,Email" + b",x" * 300 + b"\nA,a@example.org\n", "more than 200 columns"),
    ],
)
def test_refuses_politely_what_is_no_list(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        reading.count(content, _head_too(content))


def _head_too(content: bytes) -> Format:
    found = reading.examine(content)
    reading.head(content, found)
    return found


def test_refuses_a_million_rows_without_reading_them_all() -> None:
    content = b"n,e\n" + b"a,b\n" * 1_000_000
    found = reading.examine(content)

    with pytest.raises(Unreadable, match="more than 50,000 rows"):
        reading.count(content, found)
