"""Forms about interviews."""

from django import forms

from candidates.models import Candidate, Position

MAX_REASON = 10_000


class CancelForm(forms.Form):
    """Why; and, when it hits others too, that this is meant."""

    reason = forms.CharField(
        required=False,
        max_length=MAX_REASON,
        label="Reason, which the candidate will read",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    for_everyone = forms.BooleanField(
        required=False,
        label="Cancel it for everyone",
        error_messages={"required": "Say that you mean to cancel it for everyone."},
    )

    def __init__(self, *args: object, other_seats: int = 0, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # a form's own arguments
        if other_seats:
            self.fields["for_everyone"].required = True
        else:
            del self.fields["for_everyone"]


class AttachForm(forms.Form):
    """Whose booking it is."""

    candidate = forms.CharField(label="Candidate’s e-mail address", error_messages={"required": "Choose a candidate."})
    position = forms.ModelChoiceField(
        Position.objects.filter(closed_at=None), required=False, empty_label="No position"
    )

    def clean_candidate(self) -> Candidate:
        """By address, as the list of suggestions writes it, or by the exact name when only one has it."""
        text = self.cleaned_data["candidate"].strip()
        email = text.rpartition("<")[2].rstrip(">").strip().lower()
        candidate = Candidate.objects.filter(email=email).first()
        if candidate is None:
            named = list(Candidate.objects.filter(name__iexact=text)[:2])
            candidate = named[0] if len(named) == 1 else None
        if candidate is None:
            raise forms.ValidationError("No candidate has this address. Choose one from the list, or make a candidate.")
        return candidate


class MakeCandidateForm(forms.Form):
    position = forms.ModelChoiceField(
        Position.objects.filter(closed_at=None), required=False, empty_label="No position"
    )
