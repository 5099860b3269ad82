"""The forms that make booking links."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from candidates.models import Candidate, Position
from scheduling.calendly.booking_links import MAX_ANSWERS, answer_value
from scheduling.models import Connection, EventType, EventTypeQuestion
from scheduling.queries.connections import serving
from scheduling.services.links import LinkRequest

DEFAULT_LIFE = timedelta(days=14)
# An unused single-use link dies at Calendly after this.
LONGEST_LIFE = timedelta(days=90)
MAX_ANSWER = 10_000


class EventTypeForm(forms.Form):
    """What every link is made with: an event type and a last day."""

    event_type = forms.ModelChoiceField(
        EventType.objects.none(),
        empty_label=None,
        error_messages={
            "required": "Choose an event type.",
            "invalid_choice": "This event type is no longer offered.",
        },
    )
    expires_on = forms.DateField(
        required=False,
        label="Last day to book",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="At most 90 days from now; empty means 90.",
    )

    def __init__(self, data: Any = None, *, initial: Mapping[str, Any] | None = None, auto_id: str) -> None:
        usual = {"expires_on": timezone.localdate() + DEFAULT_LIFE}
        super().__init__(data, initial={**usual, **(initial or {})}, auto_id=auto_id)
        self.fields["event_type"].queryset = bookable_event_types()  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_expires_on(self) -> datetime:
        return end_of_life(self.cleaned_data["expires_on"])


class LinkForm(EventTypeForm):
    """Also a position, and answers to fill in beforehand; `request_key` makes sending twice one act."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    position = forms.ModelChoiceField(Position.objects.none(), required=False, empty_label="No position")

    def __init__(
        self, candidate: Candidate, data: Any = None, *, preferred: int | None = None, position: int | None = None
    ) -> None:
        initial = {
            "request_key": uuid.uuid4(),
            "event_type": preferred,
            "position": position or candidate.positions.first(),
        }
        super().__init__(data, initial=initial, auto_id="link_%s")
        self.candidate = candidate
        bookable = bookable_event_types()
        self.fields["position"].queryset = candidate.positions.all()  # type: ignore[attr-defined]  # likewise
        self.questions = list(
            EventTypeQuestion.objects.filter(event_type__in=bookable, position__lt=MAX_ANSWERS).select_related(
                "event_type"
            )
        )
        for question in self.questions:
            self.fields[answer_name(question)] = answer_field(question)

    def answer_groups(self) -> list[tuple[EventType, list[forms.BoundField]]]:
        """The answer fields under their event types, for the template."""
        groups: dict[EventType, list[forms.BoundField]] = {}
        for question in self.questions:
            groups.setdefault(question.event_type, []).append(self[answer_name(question)])
        return list(groups.items())

    def request(self) -> LinkRequest:
        """What is asked of the service; only the chosen event type's answers count."""
        chosen: EventType = self.cleaned_data["event_type"]
        connection = serving(chosen)
        if connection is None:
            raise ValueError("a link needs a connection")
        return LinkRequest(
            candidate=self.candidate,
            event_type=chosen,
            connection=connection,
            request_key=self.cleaned_data["request_key"],
            position=self.cleaned_data["position"],
            expires_at=self.cleaned_data["expires_on"],
            answers={q.position: self._answer(q) for q in self.questions if q.event_type == chosen},
        )

    def _answer(self, question: EventTypeQuestion) -> str:
        value = self.cleaned_data.get(answer_name(question)) or []
        given = value if isinstance(value, list) else [value]
        return answer_value(question.answer_type, question.choices, given)


def bookable_event_types() -> QuerySet[EventType]:
    """What links can be made for now, over all live connections."""
    live = Connection.State.CONNECTED
    return EventType.objects.filter(connection__state=live, is_active=True, deleted_at=None)


def end_of_life(day: date | None) -> datetime:
    """The end of the chosen day where the recruiter is, at most as long as Calendly's links live."""
    longest = timezone.now() + LONGEST_LIFE
    if day is None:
        return longest
    if day < timezone.localdate():
        raise forms.ValidationError("This day is over. Choose today or a later day.")
    end = datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone())
    if end > longest + timedelta(days=1):
        raise forms.ValidationError("Calendly's links live 90 days at most. Choose an earlier day.")
    return min(end, longest)


def answer_name(question: EventTypeQuestion) -> str:
    return f"answer_{question.pk}"


def answer_field(question: EventTypeQuestion) -> forms.Field:
    """Never required: what is left open the candidate answers on Calendly's page."""
    kind = EventTypeQuestion.AnswerType
    choices = [(choice, choice) for choice in question.choices]
    if question.answer_type == kind.SINGLE_SELECT:
        return forms.ChoiceField(label=question.text, required=False, choices=[("", "Leave open"), *choices])
    if question.answer_type == kind.MULTI_SELECT:
        widget = forms.CheckboxSelectMultiple
        return forms.MultipleChoiceField(label=question.text, required=False, choices=choices, widget=widget)
    if question.answer_type == kind.TEXT:
        area = forms.Textarea(attrs={"rows": 2})
        return forms.CharField(label=question.text, required=False, max_length=MAX_ANSWER, widget=area)
    return forms.CharField(label=question.text, required=False, max_length=MAX_ANSWER)
