"""What is filled in for an act on many rows."""

import uuid
from typing import Any

from django import forms

from candidates.models import Tag
from candidates.rules import tidy_name
from scheduling.forms.interviews import CancelForm
from scheduling.models import BulkRun
from scheduling.queries import people


class KeyForm(forms.Form):
    """Which form this is, and which rows it was shown with."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, digest: str = "") -> None:
        super().__init__(data, initial={"request_key": uuid.uuid4(), "digest": digest}, auto_id="bulk_%s")


class NothingForm(forms.Form):
    """The act needs nothing."""

    def wish(self) -> dict[str, Any]:
        return {}


NOBODY = "nobody"


class OwnersForm(forms.Form):
    """Who looks after the candidates; nobody is a choice too, but never the one that was there already."""

    owner = forms.ChoiceField(
        label="To whom?",
        error_messages={
            "required": "Choose who looks after them.",
            "invalid_choice": "Choose somebody from the list.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {str(user.pk): user.get_full_name() or user.email for user in people.owners()}
        choices = [("", "Choose somebody"), *self.names.items(), (NOBODY, "Nobody")]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]  # a choice field

    def wish(self) -> dict[str, Any]:
        chosen = self.cleaned_data["owner"]
        owner = int(chosen) if chosen != NOBODY else None
        return {"owner": owner, "words": f"To {self.names.get(chosen, NOBODY)}."}


class NewTagForm(forms.Form):
    name = forms.CharField(
        max_length=40,
        label="Tag",
        widget=forms.TextInput(attrs={"list": "known_tags", "autocomplete": "off"}),
        error_messages={"required": "Enter a tag.", "max_length": "A tag has at most 40 characters."},
    )

    def clean_name(self) -> str:
        return tidy_name(self.cleaned_data["name"])

    def wish(self) -> dict[str, Any]:
        name = self.cleaned_data["name"]
        return {"tag": name, "words": f"The tag “{name}”."}


class OldTagForm(forms.Form):
    tag = forms.ModelChoiceField(
        Tag.objects.all(),
        label="Tag",
        empty_label=None,
        error_messages={"required": "Choose a tag.", "invalid_choice": "There is no such tag any more."},
    )

    def wish(self) -> dict[str, Any]:
        tag = self.cleaned_data["tag"]
        return {"tag_id": tag.pk, "words": f"The tag “{tag}”."}


class CancelAllForm(CancelForm):
    """One side and reason for all."""

    def wish(self) -> dict[str, Any]:  # type: ignore[override]  # the same facts, to be kept in a row
        asked = super().wish()
        return {"side": asked.side.value, "reason": asked.reason, "private_note": asked.private_note}


ActForm = NothingForm | OwnersForm | NewTagForm | OldTagForm | CancelAllForm
FORMS: dict[str, type[NothingForm | OwnersForm | NewTagForm | OldTagForm]] = {
    BulkRun.Act.OWNER: OwnersForm,
    BulkRun.Act.TAG: NewTagForm,
    BulkRun.Act.UNTAG: OldTagForm,
}


def form_of(act: str, data: Any = None, *, other_seats: int = 0) -> ActForm:
    """The form of an act, filled in or empty; `other_seats` lose theirs too by a cancellation."""
    if act == BulkRun.Act.CANCEL:
        return CancelAllForm(data, other_seats=other_seats, auto_id="bulk_%s")
    return FORMS.get(act, NothingForm)(data, auto_id="bulk_%s")
