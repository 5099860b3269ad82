"""Judging rows by the rules of the candidate's form, without a query per row."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from candidates.imports.reading import Row
from candidates.models import Candidate, Note, Position, owners
from candidates.rules import ERROR_MESSAGES, NULL_CHARACTER, ZONES, tidy_email, tidy_name

_MAX_TITLE = 120
_ZONES = {zone.casefold(): zone for zone in ZONES}
# Spreadsheets and our own list of rejected rows put an apostrophe before what would else be a formula.
_GUARDED = re.compile(r"'(?=\s*[=+\-@])")


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell; `kind` is the same for all cells with this problem."""

    words: str
    kind: str = ""

    def __str__(self) -> str:
        return self.words

    @property
    def in_cell(self) -> str:
        """The words without the column's name, for a place beside the cell."""
        words = self.words.partition(": ")[2] or self.words
        return words[:1].upper() + words[1:]


@dataclass
class Values:
    """A row's facts, cleaned; what is empty was not given."""

    email: str = ""
    name: str = ""
    phone: str = ""
    timezone: str = ""
    notes: str = ""
    owner_id: int | None = None
    position_ids: list[int] = field(default_factory=list)
    # Titles of positions that do not exist yet.
    new_positions: list[str] = field(default_factory=list)


@dataclass
class CheckedRow:
    """A row with its facts and, by field, what is wrong with it."""

    row: Row
    values: Values
    problems: dict[str, Problem]

    @property
    def problem(self) -> str:
        return " ".join(str(problem) for problem in self.problems.values())


class Lookups:
    """Positions by title, and who may be given candidates by address, read once; two queries."""

    def __init__(self, *, make_positions: bool) -> None:
        self.make_positions = make_positions
        self.positions: dict[str, list[Position]] = {}
        for position in Position.objects.all():
            for title in {position.title.casefold(), str(position).casefold()}:
                self.positions.setdefault(title, []).append(position)
        known = owners().exclude(email="").order_by().values_list("pk", "email")
        self.owners = {email.casefold(): pk for pk, email in known}


class Checker:
    """Turns rows into checked rows; knows the addresses it has seen, so one is for one file and goes from its top."""

    def __init__(self, mapping: Mapping[str, int], width: int, lookups: Lookups) -> None:
        self.mapping = mapping
        self.width = width
        self.lookups = lookups
        self.seen: dict[str, int] = {}
        self.fields = {name: _form_field(Candidate, name) for name in ("name", "email", "phone")}
        self.fields["notes"] = _form_field(Note, "text", required=False)

    def check(self, rows: Iterable[Row]) -> Iterator[CheckedRow]:
        """Judge each row; the first good row with an address has it, later ones are told which row that is."""
        for row in rows:
            checked = self._check(row)
            email = checked.values.email
            if email in self.seen and not checked.problems:
                words = f"Email: same address as row {self.seen[email]}."
                checked.problems["email"] = Problem(words, "Email: same address as an earlier row.")
            elif not checked.problems:
                self.seen[email] = row.number
            yield checked

    def _check(self, row: Row) -> CheckedRow:
        checked = CheckedRow(row, Values(), {})
        values = checked.values
        if any(cell.strip() for cell in row.cells[self.width :]):
            words = f"The row has {len(row.cells)} cells, there are {self.width} columns."
            checked.problems["row"] = Problem(words, "The row has more cells than there are columns.")
        values.name = tidy_name(self._clean(checked, "name", tidy_name(self._name(row))))
        values.email = tidy_email(self._clean(checked, "email", self.cell(row, "email")))
        values.phone = self._clean(checked, "phone", self.cell(row, "phone"))
        values.notes = self._clean(checked, "notes", self.cell(row, "notes"))
        values.timezone = self._zone(checked, self.cell(row, "timezone"))
        values.owner_id = self._owner(checked, self.cell(row, "owner"))
        self._take_positions(checked, self.cell(row, "positions"))
        return checked

    def cell(self, row: Row, name: str) -> str:
        """The text of a field's cell, trimmed; empty where the row is too short or no column was chosen."""
        column = self.mapping.get(name)
        if column is None or column >= len(row.cells):
            return ""
        return _GUARDED.sub("", row.cells[column].strip(), count=1)

    def _name(self, row: Row) -> str:
        if "name" in self.mapping:
            return self.cell(row, "name")
        return f"{self.cell(row, 'first_name')} {self.cell(row, 'last_name')}".strip()

    def _clean(self, checked: CheckedRow, name: str, text: str) -> str:
        form_field = self.fields[name]
        if not text and not form_field.required:
            return ""
        if "\ufffd" in text:
            words = "some letters cannot be read; choose another encoding, or correct them in the file."
            checked.problems[name] = _problem(name, words)
            return ""
        try:
            return str(form_field.clean(text))
        except ValidationError as error:
            is_null = error.error_list[0].code == "null_characters_not_allowed"
            checked.problems[name] = _problem(name, NULL_CHARACTER if is_null else error.messages[0])
            return ""

    def _zone(self, checked: CheckedRow, text: str) -> str:
        zone = _ZONES.get(text.casefold().replace(" ", "_"), "")
        if text and not zone:
            checked.problems["timezone"] = _problem(
                "timezone", f"“{_short(text)}” is no time zone such as Europe/Berlin."
            )
        return zone

    def _owner(self, checked: CheckedRow, text: str) -> int | None:
        owner = self.lookups.owners.get(text.casefold())
        if text and owner is None:
            checked.problems["owner"] = _problem(
                "owner", f"nobody who can own candidates has the address “{_short(text)}”."
            )
        return owner

    def _take_positions(self, checked: CheckedRow, text: str) -> None:
        for title in self._titles(text):
            found = self.lookups.positions.get(title.casefold(), [])
            still_open = [position for position in found if position.is_open]
            if len(still_open) == 1:
                checked.values.position_ids.append(still_open[0].pk)
            elif still_open:
                words = f"there are several positions “{_short(title)}”; add the place, as in “{still_open[0]}”."
                checked.problems["positions"] = _problem("positions", words)
            elif found:
                checked.problems["positions"] = _problem("positions", f"the position “{_short(title)}” is closed.")
            elif not self.lookups.make_positions:
                checked.problems["positions"] = _problem("positions", f"there is no position “{_short(title)}”.")
            elif len(title) > _MAX_TITLE or "\0" in title or "\ufffd" in title:
                checked.problems["positions"] = _problem(
                    "positions", f"“{_short(title)}” cannot be a position’s title."
                )
            else:
                checked.values.new_positions.append(title)

    def _titles(self, text: str) -> list[str]:
        """One title, or several parted by semicolons, bars, line breaks, or by commas where each part is known."""
        if not text:
            return []
        if text.casefold() in self.lookups.positions:
            return [text]
        titles: dict[str, str] = {}
        for part in re.split(r"[;|\n\r]+", text):
            by_comma = [word.strip() for word in part.split(",")]
            is_known = part.strip().casefold() in self.lookups.positions
            all_known = all(word.casefold() in self.lookups.positions for word in by_comma)
            for title in by_comma if all_known and not is_known else [part]:
                tidy = " ".join(title.split())
                titles.setdefault(tidy.casefold(), tidy)
        titles.pop("", None)
        return list(titles.values())


def _form_field(model: type[Candidate] | type[Note], name: str, **options: Any) -> forms.Field:
    """The field of the model's form, with its validators, limits and words."""
    made = model._meta.get_field(name).formfield(error_messages=ERROR_MESSAGES.get(name), **options)  # type: ignore[union-attr]
    if not isinstance(made, forms.Field):
        raise TypeError(f"{name} is no field of a form")
    return made


def _problem(name: str, words: str) -> Problem:
    label = {
        "name": "Name",
        "email": "Email",
        "phone": "Phone",
        "timezone": "Time zone",
        "notes": "Notes",
        "owner": "Owner",
        "positions": "Considered for",
    }[name]
    return Problem(f"{label}: {words}")


def _short(text: str) -> str:
    text = " ".join(text.replace("\0", "\ufffd").split())
    return text if len(text) <= 60 else f"{text[:59]}…"
