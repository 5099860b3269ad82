"""What candidates may do, as recruiters say it."""

from typing import Any

from django import forms

from scheduling.models import CandidatePolicy


class PolicyForm(forms.ModelForm[CandidatePolicy]):
    class Meta:
        model = CandidatePolicy
        fields = ["books_in_place", "embeds", "max_moves", "cutoff_hours", "heals"]
        labels = {
            "books_in_place": "Book on our page",
            "embeds": "Show Calendly’s page inside ours",
            "max_moves": "Moves a candidate may make",
            "cutoff_hours": "Hours before the start",
            "heals": "Replace dead links",
        }

    def __init__(self, data: Any = None, *, instance: CandidatePolicy) -> None:
        super().__init__(data, instance=instance, auto_id="policy_%s")
