"""How somebody wants the desk."""

from typing import Any

from django import forms

from candidates.rules import ZONES
from scheduling.models import Preference
from scheduling.queries.zone_names import RENAMED, todays


class PreferenceForm(forms.ModelForm[Preference]):
    timezone = forms.ChoiceField(
        required=False,
        label="Time zone",
        choices=[("", "As my browser says"), *[(zone, zone) for zone in ZONES if zone not in RENAMED]],
        help_text="A fixed zone holds on every device; else times follow where you are.",
    )

    class Meta:
        model = Preference
        fields = ["timezone", "clock", "shortcuts", "wish_mails"]
        labels = {"clock": "Clock", "shortcuts": "Keyboard shortcuts", "wish_mails": "Mails about candidates’ wishes"}
        widgets = {"clock": forms.RadioSelect}
        help_texts = {
            "shortcuts": "Single keys act on the desk.",
            "wish_mails": "When a candidate of yours finds no time that fits, or asks to change or cancel.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # One that was kept under its older name is still chosen.
        self.initial["timezone"] = todays(self.initial.get("timezone", ""))
