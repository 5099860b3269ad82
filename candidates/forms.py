"""Candidates and positions as people fill them in."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html

from candidates.freshness import FreshModelForm
from candidates.models import Candidate, Note, Position, owners
from candidates.rules import ERROR_MESSAGES, ZONES, tidy_email, tidy_name


class TidyNameField(forms.CharField):
    """What somebody or something is called; a name of which nothing can be seen is none."""

    def to_python(self, value: Any) -> str:
        return tidy_name(super().to_python(value) or "")


class PersonField(forms.ModelChoiceField[User]):
    """Somebody of ours, by name, else by address."""

    def label_from_instance(self, obj: User) -> str:
        return obj.get_full_name() or obj.email


class OwnerField(PersonField):
    """Who looks after a candidate; nobody is a choice too."""

    def __init__(self, *, label: str | None = None) -> None:
        super().__init__(
            User.objects.none(),
            required=False,
            label=label,
            empty_label="Nobody",
            error_messages={"invalid_choice": "Choose somebody from the list."},
        )


class CandidateForm(FreshModelForm[Candidate]):
    timezone = forms.ChoiceField(
        required=False, label="Time zone", choices=[("", "Not known"), *[(zone, zone) for zone in ZONES]]
    )

    owner = OwnerField()

    class Meta:
        model = Candidate
        fields = ["name", "email", "phone", "timezone", "positions", "owner"]
        labels = {"email": "Email", "positions": "Considered for"}
        help_texts = {"phone": "In the international form, such as +49 30 5550 1122."}
        widgets = {"positions": forms.CheckboxSelectMultiple}
        error_messages = ERROR_MESSAGES
        field_classes = {"name": TidyNameField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.instance.positions.values_list("pk", flat=True) if self.instance.pk else []
        open_or_known = Position.objects.filter(closed_at=None) | Position.objects.filter(pk__in=known)
        self.fields["positions"].queryset = open_or_known.distinct()  # type: ignore[attr-defined]  # a model field

        # Who may be given nothing more stays until somebody else is chosen.
        self.fields["owner"].queryset = owners(present=self.instance.owner_id)  # type: ignore[attr-defined]  # a model field

    def changes(self) -> list[str]:
        """The fields whose value is another than before, once cleaned."""
        before, after = self.initial, self.cleaned_data
        return [name for name in self.changed_data if str(before.get(name) or "") != str(after.get(name) or "")]

    def clean_email(self) -> str:
        """In small letters; an address that is taken names who has it."""
        email = tidy_email(self.cleaned_data["email"])
        other = Candidate.objects.filter(email=email).exclude(pk=self.instance.pk).first()
        if other is not None:
            where = "in the archive; restore them there" if other.is_archived else "already a candidate"
            link = format_html('<a href="{}">{}</a> is {}.', reverse("candidate", args=[other.pk]), other.name, where)
            raise forms.ValidationError(link, code="taken")
        return email


class NoteForm(FreshModelForm[Note]):
    class Meta:
        model = Note
        fields = ["text"]
        labels = {"text": "Note"}
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}
        error_messages = {"text": {"required": "Write something, or go back.", **ERROR_MESSAGES["text"]}}


class TagForm(forms.Form):
    """A tag's name, known or new."""

    name = TidyNameField(
        max_length=40,
        error_messages={"required": "Enter a tag.", "max_length": "A tag has at most 40 characters."},
    )


class OwnerForm(forms.Form):
    """A new owner alone."""

    owner = OwnerField()

    def __init__(self, candidate: Candidate, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"owner": candidate.owner_id})
        self.fields["owner"].queryset = owners(present=candidate.owner_id)  # type: ignore[attr-defined]  # a choice


class PositionForm(FreshModelForm[Position]):
    class Meta:
        model = Position
        fields = ["title", "department", "location"]
        error_messages = {"title": {"required": "Enter the position’s title."}}
