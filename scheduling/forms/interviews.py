"""Forms about interviews."""

from django import forms

from candidates.models import Candidate, Position
from scheduling.models import CancelRequest
from scheduling.services.cancellations import Wish

MAX_REASON = 10_000


class CancelForm(forms.Form):
    """On whose side the cause is, what the candidate reads, what stays here; and that hitting others too is meant."""

    side = forms.ChoiceField(
        label="On whose side?",
        choices=CancelRequest.Side.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say on whose side the cause is."},
    )
    reason = forms.CharField(
        required=False,
        max_length=MAX_REASON,
        label="Reason, which the candidate will read",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    private_note = forms.CharField(
        required=False,
        max_length=MAX_REASON,
        label="Private note, which stays here",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    sends_notice = forms.BooleanField(
        required=False,
        label="Write to the candidate ourselves, too",
        help_text="Calendly sends its own notice with the reason in any case. This one has the words under Settings, "
        "Messages, and answers to it reach you.",
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

    def wish(self) -> Wish:
        """What is asked of the service."""
        given = self.cleaned_data
        return Wish(
            CancelRequest.Side(given["side"]),
            reason=given["reason"],
            private_note=given["private_note"],
            sends_notice=given["sends_notice"],
        )


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
