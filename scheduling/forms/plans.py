"""A position's plan of interviews, as people edit it."""

from django import forms
from django.http import QueryDict

from candidates.models import Position
from scheduling.forms.links import bookable_event_types
from scheduling.models import EventType, PlanStep


class StepForm(forms.Form):
    """Which interview comes next in the plan, and how it follows the one before."""

    event_type = forms.ModelChoiceField(
        EventType.objects.none(),
        label="Event type",
        empty_label=None,
        error_messages={
            "required": "Choose an event type.",
            "invalid_choice": "This event type is no longer offered.",
        },
    )
    rule = forms.ChoiceField(
        label="Once the interview before it is held",
        choices=PlanStep.Rule.choices,
        error_messages={"invalid_choice": "Choose how it follows."},
    )

    def __init__(self, position: Position, data: QueryDict | None = None) -> None:
        super().__init__(data)
        planned = PlanStep.objects.filter(position=position)
        left = bookable_event_types().exclude(pk__in=planned.values("event_type"))
        self.fields["event_type"].queryset = left  # type: ignore[attr-defined]  # a model choice field


class RuleForm(forms.Form):
    rule = forms.ChoiceField(choices=PlanStep.Rule.choices)
