"""The form of a booking page: name, e-mail, the event type's questions."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from sandbox.engine.bookings import Person
from sandbox.models import EventType, RoutingForm

Question = Mapping[str, Any]


class InviteeForm(forms.Form):
    """Prefilled from the address: `name` (or its parts), `email`, `a1`… in question order, `location`."""

    name = forms.CharField(max_length=255, label="Name")
    email = forms.EmailField(max_length=254, label="Email")

    def __init__(self, event_type: EventType, prefill: QueryDict, data: QueryDict | None) -> None:
        super().__init__(data, initial=self._initial(prefill), auto_id="id_%s")
        self.event_type = event_type
        if len(event_type.locations) > 1:
            kinds = [(option["kind"], words(option["kind"])) for option in event_type.locations]
            self.fields["location_kind"] = forms.ChoiceField(choices=kinds, label="Location", widget=forms.RadioSelect)
        if any(option["kind"] in ("outbound_call", "ask_invitee") for option in event_type.locations):
            self.fields["location"] = forms.CharField(max_length=255, label="Phone number or place", required=False)
            self.initial["location"] = prefill.get("location", "")
        for question in event_type.questions:
            name = f"a{question['position'] + 1}"
            self.fields[name] = field_of(question)
            self.initial[name] = initial_of(question, prefill.get(name, ""))

    def person(self, *, zone: str, tracking: dict[str, str]) -> Person:
        """Who books, with answers as Calendly gives them: several choices one to a line."""
        answers = []
        for question in self.event_type.questions:
            value = self.cleaned_data.get(f"a{question['position'] + 1}")
            text = "\n".join(value) if isinstance(value, list) else str(value or "")
            if text:
                answers.append({"answer": text, "position": question["position"], "question": question["name"]})
        return Person(
            name=self.cleaned_data["name"],
            email=self.cleaned_data["email"],
            timezone=zone,
            answers=answers,
            tracking=tracking,
            location_kind=self.cleaned_data.get("location_kind", ""),
            location_text=self.cleaned_data.get("location", ""),
        )

    def _initial(self, prefill: QueryDict) -> dict[str, str]:
        parts = " ".join(filter(None, [prefill.get("first_name", ""), prefill.get("last_name", "")]))
        return {"name": prefill.get("name") or parts, "email": prefill.get("email", "")}


class RoutingAnswers(forms.Form):
    """A routing form's questions, `q1`… in their order."""

    def __init__(self, routing_form: RoutingForm, data: QueryDict | None) -> None:
        super().__init__(data, auto_id="id_%s")
        self.questions = {f"q{number}": asked for number, asked in enumerate(routing_form.questions, start=1)}
        for name, asked in self.questions.items():
            self.fields[name] = routing_field_of(asked)

    def answers(self) -> dict[str, str]:
        """By question name."""
        return {asked["name"]: self.cleaned_data[name] for name, asked in self.questions.items()}

    def prefill(self) -> dict[str, str]:
        """What the booking page need not ask again."""
        known = {asked["type"]: self.cleaned_data[name] for name, asked in self.questions.items()}
        return {kind: known[kind] for kind in ("name", "email") if known.get(kind)}


def routing_field_of(question: Question) -> forms.Field:
    """The field a routing form's question is answered in."""
    common = {"label": question["name"], "required": question["required"]}
    choices = [(choice, choice) for choice in question["answer_choices"] or []]
    match question["type"]:
        case "email":
            return forms.EmailField(max_length=254, **common)
        case "select":
            return forms.ChoiceField(choices=[("", "Choose"), *choices], **common)
        case "radios":
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
        case "textarea":
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=10_000, **common)
    return forms.CharField(max_length=255, **common)


def field_of(question: Question) -> forms.Field:
    """The field a question is answered in."""
    common = {"label": question["name"], "required": question["required"]}
    choices = [(choice, choice) for choice in question["answer_choices"] or []]
    match question["type"]:
        case "single_select":
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
        case "multi_select":
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
        case "text":
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=10_000, **common)
        case "phone_number":
            hint = "Use the international form, such as +49 30 5550 1122."
            return forms.RegexField(r"^\+[0-9 ().-]{6,30}$", error_messages={"invalid": hint}, **common)
    return forms.CharField(max_length=10_000, **common)


def initial_of(question: Question, text: str) -> str | list[str]:
    """Choices are prefilled by their number from 1, several with commas; "Other" cannot be."""
    choices = question["answer_choices"]
    if not choices:
        return text
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    chosen = [choices[number - 1] for number in numbers if 0 < number <= len(choices)]
    return chosen if question["type"] == "multi_select" else (chosen or [""])[0]


def words(kind: str) -> str:
    """A place's kind as people say it."""
    return {
        "physical": "In person",
        "outbound_call": "We call you",
        "inbound_call": "You call us",
        "google_conference": "Google Meet",
        "zoom_conference": "Zoom",
        "microsoft_teams_conference": "Microsoft Teams",
        "ask_invitee": "Your choice",
    }.get(kind, kind.replace("_", " ").capitalize())
