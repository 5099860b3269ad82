"""What is filled in for an act on many rows."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from candidates.forms import TidyNameField
from candidates.models import Tag, owners
from scheduling.forms.interviews import CancelForm
from scheduling.forms.links import DEFAULT_LIFE, EventTypeForm, bookable_event_types, end_of_life
from scheduling.models import BulkRun, EventType


class KeyForm(forms.Form):
    """Which form this is, and which rows it was shown with."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, digest: str = "") -> None:
        super().__init__(data, initial={"request_key": uuid.uuid4(), "digest": digest}, auto_id="bulk_%s")


class InviteForm(EventTypeForm):
    """Links of one event type for all, perhaps sent, perhaps not to whoever has one."""

    leaves_out = forms.BooleanField(
        required=False, initial=True, label="Leave out whoever has an open link for this event type"
    )
    sends_mail = forms.BooleanField(required=False, label="Send each by e-mail")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the limits say of the event type is shown with it, and who has a link for it.
        self.fields["event_type"].widget.attrs["data-shows"] = "event_type"

    def example(self) -> tuple[EventType | None, datetime]:
        """The event type and the end a mail is shown for: what was chosen, else what is chosen at first."""
        given = self.cleaned_data if self.is_valid() else {}
        usual = timezone.localdate() + DEFAULT_LIFE
        return given.get("event_type") or bookable_event_types().first(), given.get("expires_on") or end_of_life(usual)

    def wish(self) -> dict[str, Any]:
        given = self.cleaned_data
        event_type = given["event_type"]
        sends = " Each is sent by e-mail." if given["sends_mail"] else ""
        return {
            "event_type": event_type.pk,
            "expires_at": given["expires_on"].isoformat(),
            "leaves_out": given["leaves_out"],
            "sends_mail": given["sends_mail"],
            "words": f"For {event_type}.{sends}",
        }


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
        self.names = {str(user.pk): user.get_full_name() or user.email for user in owners()}
        choices = [("", "Choose somebody"), *self.names.items(), (NOBODY, "Nobody")]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]  # a choice field

    def wish(self) -> dict[str, Any]:
        chosen = self.cleaned_data["owner"]
        owner = int(chosen) if chosen != NOBODY else None
        return {"owner": owner, "words": f"To {self.names.get(chosen, NOBODY)}."}


class NewTagForm(forms.Form):
    name = TidyNameField(
        max_length=40,
        label="Tag",
        widget=forms.TextInput(attrs={"list": "known_tags", "autocomplete": "off"}),
        error_messages={"required": "Enter a tag.", "max_length": "A tag has at most 40 characters."},
    )

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
        return {
            "side": asked.side.value,
            "reason": asked.reason,
            "private_note": asked.private_note,
            "sends_notice": asked.sends_notice,
        }


ActForm = InviteForm | NothingForm | OwnersForm | NewTagForm | OldTagForm | CancelAllForm
FORMS: dict[str, type[InviteForm | NothingForm | OwnersForm | NewTagForm | OldTagForm]] = {
    BulkRun.Act.INVITE: InviteForm,
    BulkRun.Act.OWNER: OwnersForm,
    BulkRun.Act.TAG: NewTagForm,
    BulkRun.Act.UNTAG: OldTagForm,
}


def form_of(act: str, data: Any = None, *, other_seats: int = 0) -> ActForm:
    """The form of an act, filled in or empty; `other_seats` lose theirs too by a cancellation."""
    if act == BulkRun.Act.CANCEL:
        return CancelAllForm(data, other_seats=other_seats, auto_id="bulk_%s")
    return FORMS.get(act, NothingForm)(data, auto_id="bulk_%s")
