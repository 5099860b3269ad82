"""The forms of an import: the file, and how it is to be read."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import Truncator

from candidates.forms import OwnerField
from candidates.imports.columns import FIELDS
from candidates.imports.reading import DELIMITERS, ENCODINGS, MAX_BYTES, Head
from candidates.models import CandidateImport, Position, owners

_EXAMPLE = 40
_ROW = 60


class UploadForm(forms.Form):
    """One file, as a spreadsheet or an applicant tracking system exports it."""

    file = forms.FileField(
        label="CSV file",
        max_length=255,
        # Whether it is empty is told in our own words, once it is read.
        allow_empty_file=True,
        help_text="Comma, semicolon or tab, in any encoding; at most 50,000 rows and 20 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
        error_messages={
            "required": "Choose a file.",
            "missing": "Choose a file.",
            "max_length": "The file’s name is too long. Rename it.",
        },
    )

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        # Before it is read: so large a file is on disk, not in memory.
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                "This file is larger than 20 MB. An import takes at most 50,000 rows: split it into smaller files."
            )
        return file


class ColumnsForm(forms.Form):
    """Which column holds what, how the bytes are read, and what is to be done with the rows."""

    encoding = forms.ChoiceField(label="Encoding", choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(label="Cells are parted by", choices=list(DELIMITERS.items()))
    header_row = forms.TypedChoiceField(label="The columns are named in", coerce=int)
    position = forms.ModelChoiceField(
        Position.objects.filter(closed_at=None),
        required=False,
        label="Consider all of them for",
        empty_label="Only what the file says",
    )
    owner = OwnerField(label="Owner of those the file gives none")
    update_existing = forms.BooleanField(
        label="Update candidates who are here already",
        required=False,
        help_text="By e-mail address. Empty cells erase nothing; otherwise they are skipped.",
    )
    make_positions = forms.BooleanField(label="Make missing positions", required=False)

    def __init__(self, row: CandidateImport, head: Head, data: Any = None) -> None:
        names = ["encoding", "delimiter", "position", "owner", "update_existing", "make_positions"]
        initial = {name: getattr(row, name) for name in names}
        initial |= {f"column_{name}": column for name, column in row.mapping.items()}
        super().__init__(data, initial=initial | {"header_row": head.header_row}, auto_id="columns_%s")
        self.head = head
        self.fields["owner"].queryset = owners(present=row.owner_id)  # type: ignore[attr-defined]  # a choice field
        self.fields["header_row"].choices = header_choices(head)  # type: ignore[attr-defined]  # a choice field
        choices = [("", "Not in the file"), *column_choices(head)]
        for name, label in FIELDS.items():
            self.fields[f"column_{name}"] = forms.TypedChoiceField(
                label=label,
                choices=choices,
                required=name == "email",
                coerce=int,
                empty_value=None,
                error_messages={
                    "required": "Choose the column with the e-mail address.",
                    "invalid_choice": "Choose one of the file’s columns.",
                },
            )

    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{name}"] for name in FIELDS]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = {name: cleaned.get(f"column_{name}") for name in FIELDS}
        mapping = {name: column for name, column in chosen.items() if column is not None}
        cleaned["mapping"] = mapping
        if self.is_other_reading(cleaned):
            # The file then has other columns, which are guessed anew and shown: these do not matter.
            for name in FIELDS:
                self.errors.pop(f"column_{name}", None)
        else:
            self._clean_mapping(mapping)
        return cleaned

    def is_other_reading(self, cleaned: dict[str, Any]) -> bool:
        names = ["encoding", "delimiter", "header_row"]
        return any(name in cleaned and cleaned[name] != self.initial[name] for name in names)

    def _clean_mapping(self, mapping: dict[str, int]) -> None:
        if "name" in mapping and mapping.keys() & {"first_name", "last_name"}:
            self.add_error("column_name", "Choose either the whole name or its parts.")
        elif not mapping.keys() & {"name", "first_name", "last_name"}:
            self.add_error("column_name", "Choose the column with the name, or those with its parts.")
        for name, column in mapping.items():
            if list(mapping.values()).count(column) > 1:
                self.add_error(f"column_{name}", "This column is chosen twice.")

    def choices(self) -> dict[str, Any]:
        """What is chosen, by the import's fields."""
        names = ["encoding", "delimiter", "header_row", "mapping", "update_existing", "make_positions"]
        chosen = {name: self.cleaned_data[name] for name in names}
        return chosen | {
            "position_id": getattr(self.cleaned_data["position"], "pk", None),
            "owner_id": getattr(self.cleaned_data["owner"], "pk", None),
        }


def header_choices(head: Head) -> list[tuple[int, str]]:
    """Each of the first rows by its number and what is in it, and none of them."""
    rows = {row.number: " · ".join(filter(None, map(_line, row.cells))) for row in head.top}
    rows.setdefault(head.header_row, " · ".join(head.headers))
    named = [
        (number, f"Row {number}: {Truncator(words).chars(_ROW)}") for number, words in sorted(rows.items()) if number
    ]
    return [*named, (0, "No row: the first has a candidate already")]


def column_choices(head: Head) -> list[tuple[str, str]]:
    """Each column by its name with the first thing in it, which says more than a name."""
    choices = []
    for column, header in enumerate(head.headers):
        cells = (row.cells[column].strip() for row in head.sample if column < len(row.cells))
        example = Truncator(_line(next(filter(None, cells), ""))).chars(_EXAMPLE)
        choices.append((str(column), f"{header} ({example})" if example else header))
    return choices


def _line(cell: str) -> str:
    return " ".join(cell.replace("\0", "").split())
