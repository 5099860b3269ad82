"""Rows of a file as people's programs write them: any encoding Excel writes, any delimiter, anything else refused."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, dropwhile, islice, takewhile

import chardet

from candidates.imports import columns

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
# So many rows may stand above the names of the columns, as reports have a title and a date there.
MOST_ABOVE = 20

DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar"}
ENCODINGS = {
    "utf-8-sig": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "utf-16-le": "Unicode (UTF-16, little-endian)",
    "utf-16-be": "Unicode (UTF-16, big-endian)",
    "utf-32": "Unicode (UTF-32)",
    "cp1252": "Western European (Windows)",
    "mac-roman": "Western European (Mac)",
    "cp1250": "Central European (Windows)",
    "mac-latin2": "Central European (Mac)",
    "cp1251": "Cyrillic (Windows)",
    "cp1253": "Greek (Windows)",
    "cp1254": "Turkish (Windows)",
    "cp1255": "Hebrew (Windows)",
    "cp1256": "Arabic (Windows)",
    "cp1257": "Baltic (Windows)",
    "cp1258": "Vietnamese (Windows)",
    "cp874": "Thai (Windows)",
    "cp932": "Japanese (Shift-JIS)",
    "gb18030": "Chinese (GB18030)",
    "big5hkscs": "Chinese (Big5)",
    "cp949": "Korean (Windows)",
}
# A few names in a Western file look as Baltic, Vietnamese or Mac Central European: those are only taken when chosen.
_GUESSABLE = set(ENCODINGS) - {"mac-latin2", "cp1257", "cp1258"} - {name for name in ENCODINGS if "utf" in name}
# As chardet calls it -> what also reads the letters Windows adds.
_WIDER = {"Big5": "big5hkscs"}
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    # Before UTF-16's, which it begins with.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SAVE_AS = "Open it there and save it as CSV, then upload that file."
_SIGNATURES = {
    b"\xd0\xcf\x11\xe0": f"This is an Excel workbook of the old kind (.xls). {_SAVE_AS}",
    b"%PDF": "This is a PDF. Export the list as CSV and upload that file.",
    b"\x89PNG": "This is a picture. Export the list as CSV and upload that file.",
    b"\xff\xd8\xff": "This is a picture. Export the list as CSV and upload that file.",
    b"GIF8": "This is a picture. Export the list as CSV and upload that file.",
    b"\x1f\x8b": "This is a compressed file. Unpack it and upload the CSV file inside.",
    b"7z\xbc\xaf": "This is a compressed file. Unpack it and upload the CSV file inside.",
    b"Rar!": "This is a compressed file. Unpack it and upload the CSV file inside.",
    b"{\\rtf": "This is a text document. Save the list as CSV and upload that file.",
}
_NOT_TEXT = "This does not look like a text file. Export the list as CSV and upload that file."
_NO_CANDIDATES = "There is no row with a candidate in this file."
# A row of these is blank, whatever the delimiter.
_NOTHING = " \t\r\n\xa0\ufeff,;|\"'"
# No line of a file: it shows whether the last quotation mark was closed.
_END = "\x1eend\x1e"


class Unreadable(Exception):
    """The file cannot be imported as it is; the text tells the person what to do."""


@dataclass(frozen=True)
class Format:
    """How a file's bytes become cells; `header_row` is the number of the row that names the columns, 0 when none does.

    What stands above that row is left out.
    """

    encoding: str
    delimiter: str
    header_row: int


@dataclass(frozen=True)
class Row:
    """One row; `number` is what a spreadsheet shows beside it, blank rows counted."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Head:
    """The columns' names with the number of their row, the first rows below it, and the first of the whole file."""

    headers: list[str]
    header_row: int
    sample: list[Row]
    top: list[Row]

    @property
    def left_out(self) -> list[int]:
        """The numbers of the rows above the names of the columns."""
        return [row.number for row in self.top if row.number < self.header_row]


def examine(content: bytes) -> Format:
    """Find out how a file is to be read; raises `Unreadable` when it is no table of text."""
    _refuse_what_is_no_text(content)
    encoding = find_encoding(content)
    start = content[: 256 * 1024].decode(encoding, "replace")
    if sum(1 for letter in start if letter < " " and letter not in "\t\r\n") > len(start) / 20:
        raise Unreadable(_NOT_TEXT)
    if start.lstrip()[:100].lower().startswith(("<html", "<!doctype", "<?xml", "<table")):
        raise Unreadable("This is a web page, whatever its name says. Open it in Excel and save it as CSV.")
    delimiter = _find_delimiter(content, encoding)
    top = _top(content, Format(encoding, delimiter, header_row=0))
    if not top:
        raise Unreadable(_NO_CANDIDATES)
    return Format(encoding, delimiter, _find_header(top))


def _refuse_what_is_no_text(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise Unreadable("This file is larger than 20 MB. Split it into smaller files.")
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Unreadable("This file is empty.")
    if content.startswith(b"PK\x03\x04"):
        start = content[:65536]
        if b"xl/" in start or b"[Content_Types]" in start:
            raise Unreadable("This is an Excel workbook; save it as CSV (“CSV UTF-8”) and upload that file.")
        if b"opendocument" in start:
            raise Unreadable("This is an OpenDocument file; save it as CSV and upload that file.")
        raise Unreadable("This is a compressed file. Unpack it and upload the CSV file inside.")
    for signature, words in _SIGNATURES.items():
        if content.startswith(signature):
            raise Unreadable(words)


def find_encoding(content: bytes) -> str:
    """By its mark, else UTF-8 when it is valid, else what the letters look like: a guess people can change."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding
    if wide := _unmarked_utf_16(content):
        return wide
    sample = _lines_with_foreign_letters(content)
    letters = sample.decode("utf-8", "replace")
    if letters.count("\ufffd") * 10 <= sum(letter > "\x7f" for letter in letters):
        # Valid, or UTF-8 with a broken spot: those cells are told.
        return "utf-8-sig"
    found = chardet.detect(sample, include_encodings=_GUESSABLE)["encoding"] or "cp1252"
    encoding = codecs.lookup(_WIDER.get(found, found)).name
    # Where both read the same, the rest of the file is likelier Western.
    if encoding != "cp1252" and sample.decode(encoding, "replace") == sample.decode("cp1252", "replace"):
        return "cp1252"
    return encoding if encoding in ENCODINGS else "cp1252"


def _unmarked_utf_16(content: bytes) -> str | None:
    start = content[:4096]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 10 < len(start) * 2 or min(even, odd) * 4 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _lines_with_foreign_letters(content: bytes) -> bytes:
    """The lines that tell encodings apart, wherever they are in the file; some 64 KB of them."""
    found, size = [], 0
    if not content.isascii():
        for line in io.BytesIO(content.replace(b"\r", b"\n")):
            if not line.isascii():
                found.append(line[:8192])
                size += len(found[-1])
            if size > 64 * 1024:
                break
    return b"".join(found)


def _find_delimiter(content: bytes, encoding: str) -> str:
    """The delimiter whose first hundred rows make most sense: known headers, addresses alone in cells, even rows."""

    def sense(delimiter: str) -> tuple[int, float, int]:
        found = Format(encoding, delimiter, header_row=0)
        try:
            sample = [row.cells for row in islice(_filled(content, found), 100)]
        except Unreadable:
            return 0, 0, 0
        if not sample:
            return 0, 0, 0
        widths = [len(cells) for cells in sample]
        usual = max(set(widths), key=widths.count)
        top = sample[:MOST_ABOVE]
        known = max(map(_known, top)) + any(columns.is_address(cell) for cells in top for cell in cells)
        return known, widths.count(usual) / len(widths) if usual > 1 else 0, usual

    if told := _told_delimiter(content[:64].decode(encoding, "replace")):
        return told
    return max(DELIMITERS, key=sense)


def _told_delimiter(start: str) -> str | None:
    """Excel's own first line, `sep=;`."""
    told = re.match(r'"?sep=(.)"?[\r\n]', start, re.IGNORECASE)
    return told[1] if told and told[1] in DELIMITERS else None


def _find_header(top: list[Row]) -> int:
    """The number of the row that names the columns: the one with most names we know, else the first with several cells
    above the first candidate; 0 when that is the first row."""
    named = max(top, key=lambda row: _known(row.cells))
    if _known(named.cells) > 1:
        return named.number
    above = list(takewhile(lambda row: not any(map(columns.is_address, row.cells)), top))
    if named in above and _known(named.cells):
        return named.number
    wide = (row for row in above if sum(bool(cell.strip(_NOTHING)) for cell in row.cells) > 1)
    return next(chain(wide, above), Row(0, [])).number


def _known(cells: list[str]) -> int:
    return len({columns.field_of(cell) for cell in cells} - {None})


def head(content: bytes, found: Format) -> Head:
    """The columns' names, told apart where they are the same, and up to a hundred rows."""
    named, below = _parted(content, found)
    sample, top = list(islice(below, 100)), _top(content, found)
    if named is None and not sample:
        raise Unreadable(_NO_CANDIDATES)
    width = len(named.cells) if named else max(len(row.cells) for row in sample)
    if width > MAX_COLUMNS:
        raise Unreadable(f"This file has more than {MAX_COLUMNS} columns. Keep those you need.")
    if named is None:
        return Head([f"Column {number}" for number in range(1, width + 1)], 0, sample, top)
    headers, seen = [], Counter[str]()
    for number, cell in enumerate(named.cells, 1):
        name = " ".join(cell.replace("\0", "").split())[:80] or f"Column {number}"
        seen[name] += 1
        headers.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return Head(headers, named.number, sample, top)


def rows(content: bytes, found: Format) -> Iterator[Row]:
    """Every row with something in it below the names of the columns; raises `Unreadable` where a file cannot go on.

    Reads as it goes: at no time is more than a row decoded.
    """
    _, below = _parted(content, found)
    for index, row in enumerate(below, 1):
        if index > MAX_ROWS:
            raise Unreadable(f"This file has more than {MAX_ROWS:,} rows. Split it into smaller files.")
        yield row


def count(content: bytes, found: Format) -> int:
    """How many rows there are; raises `Unreadable` for none, and for more than one import takes."""
    number = sum(1 for _ in rows(content, found))
    if not number:
        raise Unreadable(_NO_CANDIDATES)
    return number


def _parted(content: bytes, found: Format) -> tuple[Row | None, Iterator[Row]]:
    """The row that names the columns, and what is below it; of blank rows the next one does."""
    filled = _filled(content, found)
    if not found.header_row:
        return None, filled
    filled = dropwhile(lambda row: row.number < found.header_row, filled)
    return next(filled, None), filled


def _top(content: bytes, found: Format) -> list[Row]:
    return list(islice(_filled(content, found), MOST_ABOVE))


def _filled(content: bytes, found: Format) -> Iterator[Row]:
    for row in _records(content, found):
        if any(cell.strip(_NOTHING) for cell in row.cells):
            yield row


def _records(content: bytes, found: Format) -> Iterator[Row]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=found.encoding, errors="replace", newline="")
    lines: Iterable[str] = chain(text, [_END])
    number = 0
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=found.delimiter), 1):
            if cells and cells[-1].endswith(_END):
                if cells != [_END]:
                    raise Unreadable(
                        f"A quotation mark in row {number} is never closed, so the rest of the file reads as one cell."
                    )
                return
            if number == 1 and cells and cells[0].lower().startswith("sep=") and len("".join(cells)) <= 5:
                continue
            yield Row(number, cells)
    except csv.Error as error:
        raise Unreadable(
            f"Row {number + 1} cannot be read: a cell is far too long, perhaps for a quotation mark that is not closed."
        ) from error
